"""The detector of idle endpoints: what it may do, where it fails and logs, and the code that it runs."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from aws_cdk import CfnParameter, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from refusals import refused
from roles import Roles, listed

import sagemaker_idle_endpoints
from cdk_sagemaker_scaling import IdleEndpointDetector
from cdk_sagemaker_scaling.idle._actions import MOST_GRACE_DAYS
from cdk_sagemaker_scaling.idle._wanted import MOST_DAYS, TAG_KEY
from sagemaker_idle_endpoints import MAX_LOOKBACK_DAYS
from sagemaker_idle_endpoints._criteria import TAG
from sagemaker_idle_endpoints._daily import METRICS_NAMESPACE
from sagemaker_idle_endpoints.actions._decision import LONGEST_GRACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

PACKAGE = Path(sagemaker_idle_endpoints.__file__).parent
TOLD = "arn:aws:sns:eu-west-1:111111111111:told"
# Actions that know no resource, by the service authorization reference.
OF_NO_RESOURCE = {
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "sagemaker:ListEndpoints",
    "sagemaker:ListInferenceComponents",
    "tag:GetResources",
}
# Lambda itself writes the log and the dead letters, and SNS encrypts under the caller's permission.
BY_AWS = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"}
READING = OF_NO_RESOURCE - {"cloudwatch:PutMetricData"}
READING |= {"sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:ListTags"}
TELLING = {"cloudwatch:PutMetricData", "events:PutEvents", "s3:GetObject", "s3:PutObject", "sns:Publish"}
ACTING = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "cloudformation:DescribeStackResources",
    "sagemaker:DeleteEndpoint",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
}


def fill(stack: Stack) -> None:
    topic = sns.Topic(stack, "Topic", master_key=kms.Key(stack, "Key"))
    IdleEndpointDetector(stack, "Idle", topic=topic)


@pytest.fixture(scope="module")
def made(synthesise: Synthesise) -> Synthesised:
    return synthesise(fill)


@pytest.fixture(scope="module")
def may(made: Synthesised) -> dict[str, set[str]]:
    return Roles(made.template["Resources"]).may("Idle/Role")


def called_by_the_package() -> set[str]:
    """The API calls in the package's source, as IAM actions: client methods and paginators, not the command's."""
    services = {name: service for service, names in CLIENTS.items() for name in names}
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=client, attr="get_paginator"),
                    args=[ast.Constant(value=str(operation))],
                ) if name_of(client) in services:
                    found.add((services[name_of(client)], operation))
                case ast.Call(func=ast.Attribute(value=client, attr=operation)) if name_of(client) in services:
                    found.add((services[name_of(client)], operation))
    return {f"{service}:{operation.title().replace('_', '')}" for service, operation in found} - OF_PEOPLE


# As the package calls its clients.
CLIENTS = {
    "application-autoscaling": {"scaling"},
    "cloudformation": {"stacks"},
    "cloudwatch": {"cloudwatch"},
    "events": {"events"},
    "s3": {"s3"},
    "sagemaker": {"sagemaker"},
    "sns": {"sns"},
    "tag": {"tagging"},
}
# What restoring takes, and what is no call of a service.
OF_PEOPLE = {
    "application-autoscaling:PutScalingPolicy",
    "application-autoscaling:PutScheduledAction",
    "application-autoscaling:RegisterScalableTarget",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricAlarm",
    "s3:ListObjectsV2",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:GetWaiter",
    "events:Register",
    "events:Unregister",
    *(f"{service}:GetPaginator" for service in CLIENTS),
}


def name_of(client: ast.expr) -> str:
    """The last part of a client's name: `self._sagemaker` and `hands.sagemaker` are `sagemaker`."""
    return ast.unparse(client).rpartition(".")[2].lstrip("_")


def test_its_code_calls_what_it_looks_tells_and_acts_with() -> None:
    assert called_by_the_package() == READING | TELLING | ACTING


def test_it_may_look_and_tell_and_no_more(may: dict[str, set[str]]) -> None:
    assert may.keys() == READING | TELLING | BY_AWS


def test_it_writes_to_its_own_topic_queue_log_and_key_alone(made: Synthesised, may: dict[str, set[str]]) -> None:
    (topic,) = made.of_type("AWS::SNS::Topic")
    (queue,) = made.of_type("AWS::SQS::Queue")
    (log_group,) = made.of_type("AWS::Logs::LogGroup")
    (key,) = made.of_type("AWS::KMS::Key")
    assert may["sns:Publish"] == {f"<{topic}>"}
    assert may["sqs:SendMessage"] == {f"<{queue}.Arn>"}
    assert may["logs:PutLogEvents"] == {f"<{log_group}.Arn>"}
    assert may["kms:GenerateDataKey"] == {f"<{key}.Arn>"}
    assert may["sagemaker:DescribeEndpoint"] == {
        "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint/*"
    }
    assert {action for action, resources in may.items() if resources == {"*"}} == OF_NO_RESOURCE
    (bucket,) = made.of_type("AWS::S3::Bucket")
    assert may["s3:PutObject"] == {f"<{bucket}.Arn>/reports/*", f"<{bucket}.Arn>/state/*"}


def test_lambda_alone_holds_its_role_and_it_has_no_managed_policy(made: Synthesised) -> None:
    role = Roles(made.template["Resources"]).properties("Idle/Role")
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "ManagedPolicyArns" not in role


def test_its_dead_letters_are_encrypted_and_come_over_tls(made: Synthesised) -> None:
    assert made.only("AWS::SQS::Queue")["SqsManagedSseEnabled"] is True
    denied = [s for s in made.only("AWS::SQS::QueuePolicy")["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert [(s["Action"], s["Condition"]) for s in denied] == [
        ("sqs:*", {"Bool": {"aws:SecureTransport": "false"}})
    ]


def test_it_logs_fails_and_runs_where_it_is_seen(made: Synthesised) -> None:
    function, rule = made.only("AWS::Lambda::Function"), made.only("AWS::Events::Rule")
    (queue,) = made.of_type("AWS::SQS::Queue")
    (log_group,) = made.of_type("AWS::Logs::LogGroup")
    (name,) = made.of_type("AWS::Lambda::Function")
    assert function["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": log_group}}
    assert made.only("AWS::Logs::LogGroup")["RetentionInDays"] == 90
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [name, "Arn"]}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    permission = made.only("AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"]["Fn::GetAtt"][0] in made.of_type("AWS::Events::Rule")


def test_a_topic_in_the_clear_needs_no_permission_on_a_key(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        topic = sns.Topic.from_topic_arn(stack, "Topic", TOLD)
        every_half_day = events.Schedule.rate(Duration.hours(12))
        IdleEndpointDetector(stack, "Idle", topic=topic, lookback_days=30, schedule=every_half_day)

    made = synthesise(fill)
    may = Roles(made.template["Resources"]).may("Idle/Role")
    assert not [action for action in may if action.startswith("kms:")]
    assert may["sns:Publish"] == {TOLD}
    variables = made.only("AWS::Lambda::Function")["Environment"]["Variables"]
    (bucket,) = made.of_type("AWS::S3::Bucket")
    assert variables == {"BUCKET_NAME": {"Ref": bucket}, "LOOKBACK_DAYS": "30", "TOPIC_ARN": TOLD}
    assert made.only("AWS::Events::Rule")["ScheduleExpression"] == "rate(12 hours)"


def test_days_known_only_at_deploy_are_let_through(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        days = CfnParameter(stack, "Days", type="Number").value_as_number
        topic = sns.Topic.from_topic_arn(stack, "Topic", TOLD)
        IdleEndpointDetector(stack, "Idle", topic=topic, lookback_days=days)

    function = synthesise(fill).only("AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["LOOKBACK_DAYS"] == {"Ref": "Days"}


@pytest.mark.parametrize(("days", "told"), [(0, "at least 1, got 0"), (64, "got 64 and 63")])
def test_it_looks_back_1_to_63_days(stack: Stack, days: int, told: str) -> None:
    topic = sns.Topic.from_topic_arn(stack, "Topic", TOLD)
    with refused(stack, "Idle: lookback_days must", told):
        IdleEndpointDetector(stack, "Idle", topic=topic, lookback_days=days)


def asset(made: Synthesised) -> Path:
    """The folder that is zipped for the function."""
    key = made.only("AWS::Lambda::Function")["Code"]["S3Key"]
    return made.folder / f"asset.{key.removesuffix('.zip')}"


def sources() -> set[str]:
    """The files of the package that the function runs: not the command's."""
    every = (file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*") if file.is_file())
    kept = {file for file in every if not file.startswith("command/") and "__pycache__" not in file}
    return {f"{PACKAGE.name}/{file}" for file in kept - {"__main__.py", "py.typed"}}


def test_its_code_is_the_package_alone(made: Synthesised) -> None:
    shipped = {file.relative_to(asset(made)).as_posix() for file in asset(made).rglob("*") if file.is_file()}
    assert shipped == sources()
    assert f"{PACKAGE.name}/prices/prices_2022_us.csv" in shipped


def test_what_it_says_is_what_its_code_takes(made: Synthesised) -> None:
    """The constructs do not import the function's code, so that both have these names."""
    assert (TAG, MAX_LOOKBACK_DAYS, LONGEST_GRACE.days) == (TAG_KEY, MOST_DAYS, MOST_GRACE_DAYS)
    (statement,) = (
        statement
        for statement in Roles(made.template["Resources"]).statements("Idle/Role")
        if "cloudwatch:PutMetricData" in listed(statement["Action"])
    )
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": METRICS_NAMESPACE}}


def test_its_handler_is_found_in_the_code_without_this_repository(made: Synthesised) -> None:
    module, _, name = made.only("AWS::Lambda::Function")["Handler"].partition(".")
    installed = Path(boto3.__file__).parent.parent  # Lambda's runtime brings it
    code = f"import sys; sys.path[:0] = {[str(asset(made)), str(installed)]!r}; import {module}; "
    code += f"print(callable({module}.{name}), {module}.__file__)"
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["True", str(asset(made) / module / "__init__.py")]


def test_its_codes_hash_is_the_same_each_time_and_whatever_python_caches(
    made: Synthesised, synthesise: Synthesise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, again)
    (again / "__pycache__").mkdir(exist_ok=True)
    (again / "__pycache__" / "_lambda.cpython-314.pyc").write_bytes(b"anything")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE.name)
    assert asset(synthesise(fill)).name == asset(made).name
    (again / "_lambda.py").write_text("changed", encoding="utf-8")
    assert asset(synthesise(fill)).name != asset(made).name
