"""What a detector may do beside looking: by which switch, on which endpoints, and what it refuses to be told."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from refusals import refused
from roles import Roles, listed
from test_cdk_sagemaker_scaling_idle import ACTING, READING, TELLING

from cdk_sagemaker_scaling import IdleActions, IdleEndpointDetector
from sagemaker_idle_endpoints._daily import METRICS_NAMESPACE
from sagemaker_idle_endpoints.reports._metrics import DIMENSIONS, IDLE_COST, IDLE_ENDPOINTS

if TYPE_CHECKING:
    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

TOLD = "arn:aws:sns:eu-west-1:111111111111:told"
BOTH = IdleActions(scale_in=True, delete=True, dry_run=False, grace_days=14)


def detector(stack: Stack, **props: Any) -> IdleEndpointDetector:  # noqa: ANN401
    topic = sns.Topic.from_topic_arn(stack, "Topic", TOLD)
    return IdleEndpointDetector(stack, "Idle", topic=topic, **props)


def variables(made: Synthesised) -> dict[str, Any]:
    found: dict[str, Any] = made.only("AWS::Lambda::Function")["Environment"]["Variables"]
    return found


def may(made: Synthesised) -> set[str]:
    return set(Roles(made.template["Resources"]).may("Idle/Role"))


def test_in_a_dry_run_it_may_do_no_more_than_look(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: detector(stack, actions=IdleActions(delete=True)))
    assert not may(made) & ACTING
    assert variables(made)["ACTIONS"] == "delete"
    assert variables(made)["DRY_RUN"] == "true"


def test_it_acts_on_tagged_endpoints_that_no_stack_owns_alone(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: detector(stack, actions=BOTH, tag_key="owner:idle"))
    assert may(made) >= READING | TELLING | ACTING
    conditions = {
        action: statement["Condition"]
        for statement in Roles(made.template["Resources"]).statements("Idle/Role")
        for action in listed(statement["Action"])
        if "Condition" in statement
    }
    unowned = {"Null": {"aws:ResourceTag/aws:cloudformation:stack-name": "true"}}
    for action, tag in (
        ("sagemaker:DeleteEndpoint", "delete"),
        ("sagemaker:UpdateEndpointWeightsAndCapacities", "scale-in"),
    ):
        assert conditions[action] == {"StringEquals": {"aws:ResourceTag/owner:idle": tag}, **unowned}
    assert {
        "ACTIONS": "scale-in,delete",
        "DRY_RUN": "false",
        "GRACE_DAYS": "14",
        "TAG_KEY": "owner:idle",
    }.items() <= (variables(made).items())


@pytest.mark.parametrize(
    ("actions", "lacking"),
    [
        (IdleActions(scale_in=True, dry_run=False), "sagemaker:DeleteEndpoint"),
        (IdleActions(delete=True, dry_run=False), "sagemaker:UpdateEndpointWeightsAndCapacities"),
    ],
    ids=["scale in", "delete"],
)
def test_it_may_do_what_is_switched_on_alone(synthesise: Synthesise, actions: IdleActions, lacking: str) -> None:
    made = synthesise(lambda stack: detector(stack, actions=actions))
    assert ACTING - may(made) == {lacking}


def test_nobody_else_writes_what_it_keeps(synthesise: Synthesise) -> None:
    made = synthesise(detector)
    (bucket,), (role,) = made.of_type("AWS::S3::Bucket"), made.of_type("AWS::IAM::Role")
    denied = [s for s in made.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    (state,) = (s for s in denied if "aws:PrincipalArn" in str(s))
    assert state["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": [role, "Arn"]}}}
    assert set(state["Action"]) == {"s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}
    assert state["Resource"] == {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/state/*"]]}
    kept = made.template["Resources"][bucket]
    assert kept["DeletionPolicy"] == kept["UpdateReplacePolicy"] == "Retain"
    assert made.only("AWS::S3::Bucket")["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize(
    ("props", "said", "more"),
    [
        ({"regions": ["eu-west-1", "us-east-1"]}, "eu-west-1,us-east-1", set()),
        ({"all_regions": True}, "*", {"ec2:DescribeRegions"}),
    ],
    ids=["some", "all"],
)
def test_other_regions_are_said_and_permitted(
    synthesise: Synthesise, props: dict[str, Any], said: str, more: set[str]
) -> None:
    made = synthesise(lambda stack: detector(stack, **props))
    assert variables(made)["REGIONS"] == said
    permitted = Roles(made.template["Resources"]).may("Idle/Role")
    assert more <= permitted.keys()
    assert permitted["sagemaker:ListTags"] == {"arn:<AWS::Partition>:sagemaker:*:<AWS::AccountId>:endpoint/*"}


def test_prices_go_with_the_code(synthesise: Synthesise, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("item,unit,price_usd\nml.c5.large,hour,1\n", encoding="utf-8")
    made = synthesise(lambda stack: detector(stack, prices=file, ignored_calls_per_day=288))
    key = made.only("AWS::Lambda::Function")["Code"]["S3Key"].removesuffix(".zip")
    assert (made.folder / f"asset.{key}" / "prices.csv").read_bytes() == file.read_bytes()
    assert variables(made)["IGNORED_CALLS_PER_DAY"] == "288"


SHOWN = (IDLE_ENDPOINTS, IDLE_COST)


def test_its_graphs_show_its_own_metrics(synthesise: Synthesise) -> None:
    made = synthesise(lambda stack: cloudwatch.Dashboard(stack, "Board", widgets=[detector(stack).widgets()]))
    body = json.dumps(made.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert all(name in body for name in SHOWN)
    assert body.count(f"{{{','.join((METRICS_NAMESPACE, *DIMENSIONS))}}}") == len(SHOWN)


@pytest.mark.parametrize(
    ("props", "told"),
    [
        ({"actions": IdleActions()}, "actions: IdleActions permits nothing"),
        ({"actions": IdleActions(delete=True, grace_days=0)}, "actions: grace_days must be at least 1, got 0"),
        (
            {"actions": IdleActions(delete=True, grace_days=181)},
            "actions: grace_days must not be above the longest grace period, got 181 and 180",
        ),
        ({"ignored_calls_per_day": math.inf}, "ignored_calls_per_day must"),
        ({"ignored_calls_per_day": -1}, "ignored_calls_per_day must be at least 0, got -1"),
        ({"regions": ["eu-west-1", "eu-west-1"]}, "two regions are named 'eu-west-1'"),
        ({"regions": ["eu-west-1"], "all_regions": True}, "all_regions takes no regions beside it"),
        ({"tag_key": "aws:mine"}, "tag_key must be a tag's key that is not AWS's own, got 'aws:mine'"),
        ({"prices": "nowhere.csv"}, "prices must be a file as `sagemaker-capacity prices --refresh` writes it"),
    ],
)
def test_what_makes_no_sense_is_refused(stack: Stack, props: dict[str, Any], told: str) -> None:
    with refused(stack, "Idle: ", told):
        detector(stack, **props)


def test_all_faults_are_told_at_once(stack: Stack) -> None:
    with refused(stack, "lookback_days must", "ignored_calls_per_day must", "grace_days must"):
        detector(stack, lookback_days=0, ignored_calls_per_day=-1, actions=IdleActions(delete=True, grace_days=0))
