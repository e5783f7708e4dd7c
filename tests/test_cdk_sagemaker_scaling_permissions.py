"""Who may do what: roles, the topic, its key, the queue, and the code that the function runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

import sagemaker_idle_endpoints
from cdk_sagemaker_scaling import IdleEndpointDetector, NotificationTopic, RealTimeEndpoint, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conftest import Synthesised

IMAGES = {
    "A": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/first:1",
    "B": "222222222222.dkr.ecr.us-east-1.amazonaws.com/second@sha256:" + "0" * 64,
}
PACKAGE = Path(sagemaker_idle_endpoints.__file__).parent
# Actions that know no resource, by the service authorization reference.
OF_NO_RESOURCE = {
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "sagemaker:ListEndpoints",
    "sagemaker:ListInferenceComponents",
}


def fill(stack: Stack) -> None:
    endpoint = RealTimeEndpoint(
        stack,
        "Endpoint",
        variants=[
            Variant(
                name=n, image_uri=i, model_data_url=f"s3://bucket/{n}/model.tar.gz", instance_type="ml.c5.large"
            )
            for n, i in IMAGES.items()
        ],
    )
    RealTimeEndpoint(
        stack,
        "Other",
        variants=[
            Variant(name="A", image_uri=IMAGES["A"], model_data_url="s3://bucket/x", instance_type="ml.c5.large")
        ],
    )
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    endpoint.grant_invoke(caller)
    topic = NotificationTopic(stack, "Topic").topic
    IdleEndpointDetector(stack, "Idle", topic=topic)


@pytest.fixture(scope="module")
def made(synthesise: Callable[[Callable[[Stack], object]], Synthesised]) -> Synthesised:
    return synthesise(fill)


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value]


def statements(made: Synthesised, role: str = "") -> Iterator[dict[str, Any]]:
    """What roles may do; of one role where its construct's id is given."""
    for logical_id, properties in made.of_type("AWS::IAM::Role").items():
        for policy in properties.get("Policies", ()):
            if role in logical_id:
                yield from policy["PolicyDocument"]["Statement"]
    for properties in made.of_type("AWS::IAM::Policy").values():
        if any(role in attached["Ref"] for attached in properties["Roles"]):
            yield from properties["PolicyDocument"]["Statement"]


def actions(found: Iterable[dict[str, Any]]) -> set[str]:
    return {action for statement in found for action in listed(statement["Action"])}


def resources(made: Synthesised, role: str, action: str) -> set[str]:
    """The resources of an action, with what is known at deploy left as its name."""

    def known(part: Any) -> str:  # noqa: ANN401 - JSON
        match part:
            case str(text):
                return text
            case {"Fn::Join": [_, parts]}:
                return "".join(map(known, parts))
            case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
                return f"<{name}>"
        raise AssertionError(part)

    return {
        known(resource)
        for statement in statements(made, role)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def test_every_role_is_held_by_one_service_and_has_no_managed_policy(made: Synthesised) -> None:
    for role in made.of_type("AWS::IAM::Role").values():
        (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Action"] == "sts:AssumeRole"
        assert trusted["Principal"].keys() == {"Service"}
        assert isinstance(trusted["Principal"]["Service"], str)
        assert "ManagedPolicyArns" not in role


def test_no_action_of_a_role_has_a_wildcard(made: Synthesised) -> None:
    assert actions(statements(made))
    assert not [action for action in actions(statements(made)) if "*" in action]


def test_only_actions_that_know_no_resource_are_on_all(made: Synthesised) -> None:
    on_all = [s for s in statements(made) if "*" in listed(s["Resource"])]
    assert actions(on_all) == OF_NO_RESOURCE
    assert all(listed(s["Resource"]) == ["*"] for s in on_all)


def test_the_execution_role_reads_exactly_the_given_images_and_archives(made: Synthesised) -> None:
    arn = "arn:<AWS::Partition>"
    pull = {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
    for action in pull:
        assert resources(made, "EndpointExecutionRole", action) == {
            f"{arn}:ecr:eu-west-1:111111111111:repository/team/first",
            f"{arn}:ecr:us-east-1:222222222222:repository/second",
        }
    assert resources(made, "EndpointExecutionRole", "s3:GetObject") == {
        f"{arn}:s3:::bucket/A/model.tar.gz",
        f"{arn}:s3:::bucket/B/model.tar.gz",
    }
    others = actions(statements(made, "EndpointExecutionRole")) - pull - {"s3:GetObject"}
    assert {action.split(":")[0] for action in others - {"ecr:GetAuthorizationToken"}} == {"logs", "cloudwatch"}


def test_metrics_are_put_into_sagemakers_namespaces_alone(made: Synthesised) -> None:
    (put,) = (
        s for s in statements(made, "EndpointExecutionRole") if "cloudwatch:PutMetricData" in listed(s["Action"])
    )
    namespaces = put["Condition"]["StringLike"]["cloudwatch:namespace"]
    assert namespaces == ["AWS/SageMaker", "/aws/sagemaker/*"]


def test_who_is_granted_an_endpoint_may_invoke_that_one_alone(made: Synthesised) -> None:
    (endpoint,) = (e for e in made.of_type("AWS::SageMaker::Endpoint") if e.startswith("Endpoint"))
    (statement,) = statements(made, "Caller")
    assert actions([statement]) == {
        "sagemaker:InvokeEndpoint",
        "sagemaker:InvokeEndpointWithResponseStream",
    }
    assert statement["Resource"] == {"Ref": endpoint}


def called_by_the_package() -> set[str]:
    """The API calls in the package's source, as IAM actions: client methods and paginators."""
    clients = {"sagemaker": "sagemaker", "cloudwatch": "cloudwatch", "sns": "sns"}
    found = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=client), attr="get_paginator"),
                    args=[ast.Constant(value=str(operation)), *_],
                ) if client in clients:
                    found.add((client, operation))
                case ast.Call(func=ast.Attribute(value=ast.Name(id=client), attr=operation)) if client in clients:
                    found.add((client, operation))
    return {f"{clients[c]}:{o.title().replace('_', '')}" for c, o in found if o != "get_paginator"}


def test_the_detector_may_call_exactly_what_its_code_calls(made: Synthesised) -> None:
    called = called_by_the_package()
    assert called == {
        "cloudwatch:GetMetricData",
        "sagemaker:DescribeEndpoint",
        "sagemaker:ListEndpoints",
        "sagemaker:ListInferenceComponents",
        "sns:Publish",
    }
    # Lambda itself writes the log and the dead letters, and SNS encrypts under the caller's permission.
    by_aws = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "kms:Decrypt", "kms:GenerateDataKey"}
    assert actions(statements(made, "IdleRole")) == called | by_aws


def test_the_detector_writes_to_its_own_topic_queue_log_and_key_alone(made: Synthesised) -> None:
    (topic,) = made.of_type("AWS::SNS::Topic")
    (queue,) = made.of_type("AWS::SQS::Queue")
    (log_group,) = made.of_type("AWS::Logs::LogGroup")
    (key,) = made.of_type("AWS::KMS::Key")
    for action, resource in {
        "sns:Publish": topic,
        "sqs:SendMessage": queue,
        "logs:PutLogEvents": log_group,
        "kms:GenerateDataKey": key,
    }.items():
        assert resources(made, "IdleRole", action) == {f"<{resource}>"}
    assert resources(made, "IdleRole", "sagemaker:DescribeEndpoint") == {
        "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint/*"
    }


@pytest.mark.parametrize(
    ("policy", "refused"), [("AWS::SNS::TopicPolicy", "sns:Publish"), ("AWS::SQS::QueuePolicy", "sqs:*")]
)
def test_topic_and_queue_deny_what_comes_without_tls(made: Synthesised, policy: str, refused: str) -> None:
    denied = [s for s in made.only(policy)["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert [(s["Action"], s["Condition"]) for s in denied] == [
        (refused, {"Bool": {"aws:SecureTransport": "false"}})
    ]


def test_topic_and_queue_are_encrypted_and_the_key_rotates(made: Synthesised) -> None:
    (key,) = made.of_type("AWS::KMS::Key")
    assert made.only("AWS::SNS::Topic")["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert made.only("AWS::KMS::Key")["EnableKeyRotation"] is True
    assert made.only("AWS::SQS::Queue")["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize(
    ("kind", "document", "permitted"),
    [
        ("AWS::SNS::TopicPolicy", "PolicyDocument", ["sns:Publish"]),
        ("AWS::KMS::Key", "KeyPolicy", ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ],
)
def test_alarms_of_this_account_alone_may_publish(
    made: Synthesised, kind: str, document: str, permitted: list[str]
) -> None:
    (statement,) = (
        s
        for s in made.only(kind)[document]["Statement"]
        if s["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    )
    assert listed(statement["Action"]) == permitted
    assert statement["Effect"] == "Allow"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_function_logs_fails_and_runs_where_it_is_seen(made: Synthesised) -> None:
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


def test_a_topic_in_the_clear_needs_no_permission_on_a_key(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised],
) -> None:
    def fill(stack: Stack) -> None:
        topic = sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-west-1:111111111111:told")
        IdleEndpointDetector(
            stack, "Idle", topic=topic, lookback_days=30, schedule=events.Schedule.rate(Duration.hours(12))
        )

    made = synthesise(fill)
    assert not [action for action in actions(statements(made)) if action.startswith("kms:")]
    assert resources(made, "IdleRole", "sns:Publish") == {"arn:aws:sns:eu-west-1:111111111111:told"}
    assert made.only("AWS::Lambda::Function")["Environment"]["Variables"] == {
        "LOOKBACK_DAYS": "30",
        "TOPIC_ARN": "arn:aws:sns:eu-west-1:111111111111:told",
    }
    assert made.only("AWS::Events::Rule")["ScheduleExpression"] == "rate(12 hours)"


def asset(made: Synthesised) -> Path:
    """The folder that is zipped for the function."""
    key = made.only("AWS::Lambda::Function")["Code"]["S3Key"]
    return made.folder / f"asset.{key.removesuffix('.zip')}"


def test_the_functions_code_is_the_package_alone(made: Synthesised) -> None:
    shipped = {file.relative_to(asset(made)).as_posix() for file in asset(made).rglob("*") if file.is_file()}
    source = {f"{PACKAGE.name}/{file.name}" for file in PACKAGE.glob("*.py")}
    assert shipped == source - {f"{PACKAGE.name}/__main__.py"}


def test_the_handler_is_found_in_the_code_without_this_repository(made: Synthesised) -> None:
    module, _, name = made.only("AWS::Lambda::Function")["Handler"].partition(".")
    installed = Path(boto3.__file__).parent.parent  # Lambda's runtime brings it
    code = f"import sys; sys.path[:0] = {[str(asset(made)), str(installed)]!r}; import {module}; "
    code += f"print(callable({module}.{name}), {module}.__file__)"
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["True", str(asset(made) / module / "__init__.py")]


def test_the_codes_hash_is_the_same_each_time_and_whatever_python_caches(
    made: Synthesised,
    synthesise: Callable[[Callable[[Stack], object]], Synthesised],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = tmp_path / PACKAGE.name
    (again / "__pycache__").mkdir(parents=True)
    for file in PACKAGE.glob("*.py"):
        (again / file.name).write_bytes(file.read_bytes())
    (again / "__pycache__" / "_lambda.cpython-314.pyc").write_bytes(b"anything")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE.name)
    assert asset(synthesise(fill)).name == asset(made).name
    (again / "_lambda.py").write_text("changed", encoding="utf-8")
    assert asset(synthesise(fill)).name != asset(made).name
