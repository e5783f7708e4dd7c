"""The log of what scaling did: which events reach it, sent over an EventBridge that CloudFormation set up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from moto.events.models import EventPattern
from stack_bench import StackBench

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    ComponentHost,
    Endpoint,
    InferenceComponentCopies,
    RealTimeEndpoint,
    ScalingActivityLog,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack
    from conftest import Synthesised

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

# As the Application Auto Scaling user guide and the SageMaker developer guide have them.
AT_MAXIMUM = {
    "startTime": "2022-06-12T10:20:43Z",
    "endTime": "2022-06-12T10:23:40Z",
    "newDesiredCapacity": 8,
    "oldDesiredCapacity": 5,
    "minCapacity": 2,
    "maxCapacity": 8,
    "resourceId": "endpoint/shop/variant/A",
    "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "serviceNamespace": "sagemaker",
    "statusCode": "Successful",
    "scaledToMax": True,
    "direction": "scale-out",
}
CHANGED = {
    "EndpointName": "shop",
    "EndpointConfigName": "shop-1",
    "ProductionVariants": [
        {
            "VariantName": "A",
            "CurrentInstanceCount": 3,
            "DesiredInstanceCount": 6,
            "VariantStatus": [{"Status": "Updating", "StatusMessage": "Scaling out desired instance count to 6."}],
        }
    ],
    "EndpointStatus": "UPDATING",
}
SCALING = ("aws.application-autoscaling", "Application Auto Scaling Scaling Activity State Change")
ENDPOINT = ("aws.sagemaker", "SageMaker Endpoint State Change")
DEPLOYMENT = ("aws.sagemaker", "SageMaker Endpoint Deployment State Change")


def fill(stack: Stack) -> None:
    shop = RealTimeEndpoint.from_endpoint_name(stack, "Shop", "shop", instance_types={"A": "ml.c5.large"})
    queue = AsynchronousEndpoint.from_endpoint_name(
        stack, "Queue", "queue", variant_name="V", instance_type="ml.c5.large"
    )
    some = ScalingActivityLog(
        stack,
        "Some",
        endpoints=[shop, queue],
        components=[InferenceComponentCopies("summaries")],
        encryption_key=kms.Key(stack, "Key"),
        log_group_name="/aws/events/some",
        retention=logs.RetentionDays.ONE_WEEK,
        removal_policy=RemovalPolicy.RETAIN,
    )
    assert some.widget(shop)["type"] == "log"
    ScalingActivityLog(stack, "All")
    ScalingActivityLog(stack, "Copies", components=[InferenceComponentCopies("summaries")])


@dataclass(frozen=True)
class Deployed:
    """What CloudFormation has made."""

    aws: EmbeddedAws
    bench: StackBench
    made: Synthesised

    def groups(self) -> dict[str, str]:
        """The names of the log groups, by the ids of their constructs."""
        return {
            resource["Metadata"]["aws:cdk:path"].split("/")[1]: self.bench.physical_ids[logical_id]
            for logical_id, resource in self.made.template["Resources"].items()
            if resource["Type"] == "AWS::Logs::LogGroup"
        }

    def logged(self, event: dict[str, Any]) -> list[str]:
        """To which log groups EventBridge's rules send an event."""
        events = self.aws.client("events")
        return [
            target["Arn"].rpartition(":log-group:")[2]
            for rule in events.list_rules()["Rules"]
            if EventPattern.load(rule["EventPattern"]).matches_event(event)
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        ]


@pytest.fixture(scope="module")
def deployed(synthesise: Callable[[Callable[[Stack], object]], Synthesised], embedded_aws: EmbeddedAws) -> Deployed:
    made, bench = synthesise(fill), StackBench(embedded_aws, "activity")
    assert bench.deploy(made.template["Resources"]) == "CREATE_COMPLETE", bench.reasons
    return Deployed(embedded_aws, bench, made)


@pytest.mark.parametrize(
    ("kind", "detail", "logs"),
    [
        (SCALING, AT_MAXIMUM, ["All", "Some"]),
        (SCALING, AT_MAXIMUM | {"resourceId": "endpoint/queue/variant/V"}, ["All", "Some"]),
        (SCALING, AT_MAXIMUM | {"resourceId": "inference-component/summaries"}, ["All", "Copies", "Some"]),
        (SCALING, AT_MAXIMUM | {"resourceId": "endpoint/other/variant/A"}, ["All"]),
        (SCALING, AT_MAXIMUM | {"resourceId": "table/t", "serviceNamespace": "dynamodb"}, []),
        (ENDPOINT, CHANGED, ["All", "Some"]),
        (DEPLOYMENT, CHANGED | {"EndpointName": "queue"}, ["All", "Some"]),
        (ENDPOINT, CHANGED | {"EndpointName": "other"}, ["All"]),
        (("aws.sagemaker", "SageMaker Model State Change"), CHANGED, []),
        (("mine", ENDPOINT[1]), CHANGED, []),
    ],
)
def test_an_event_is_logged_where_it_belongs(
    deployed: Deployed, kind: tuple[str, str], detail: dict[str, Any], logs: list[str]
) -> None:
    source, type_ = kind
    groups = deployed.groups()
    found = deployed.logged({"source": source, "detail-type": type_, "detail": detail})
    assert sorted(found) == sorted(groups[name] for name in logs)


def test_only_these_rules_may_write_and_no_function_is_needed_for_that(deployed: Deployed) -> None:
    made, names = deployed.made, deployed.bench.physical_ids
    assert not made.of_type("AWS::Lambda::Function")
    policies = deployed.aws.client("logs").describe_resource_policies()["resourcePolicies"]
    statements = [s for policy in policies for s in json.loads(policy["policyDocument"])["Statement"]]
    put = [statement for statement in statements if statement["Action"] == "logs:PutLogEvents"]
    allowed = [arn for statement in put for arn in statement["Condition"]["ArnEquals"]["aws:SourceArn"]]
    assert sorted(arn.rpartition("/")[2] for arn in allowed) == sorted(
        names[rule] for rule in made.of_type("AWS::Events::Rule")
    )
    groups = set(deployed.groups().values())
    assert {s["Resource"].split(":log-group:")[1].removesuffix(":*") for s in statements} == groups
    assert {s["Action"] for s in statements} == {"logs:CreateLogStream", "logs:PutLogEvents"}
    for rule in made.of_type("AWS::Events::Rule").values():
        (target,) = rule["Targets"]
        assert set(target) == {"Arn", "Id"}  # EventBridge refuses a role for a log group


def test_a_log_is_kept_named_and_encrypted_as_asked(deployed: Deployed) -> None:
    made = deployed.made
    groups = {
        resource["Metadata"]["aws:cdk:path"].split("/")[1]: resource
        for resource in made.template["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    some, default = groups["Some"], groups["All"]
    assert (some["DeletionPolicy"], default["DeletionPolicy"]) == ("Retain", "Delete")
    assert some["Properties"]["LogGroupName"] == "/aws/events/some"
    assert (some["Properties"]["RetentionInDays"], default["Properties"]["RetentionInDays"]) == (7, 90)
    ((key, properties),) = made.of_type("AWS::KMS::Key").items()
    assert some["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert "KmsKeyId" not in default["Properties"]
    (_, statement) = properties["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {
        "Service": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    }
    assert list(statement["Condition"]) == ["ArnLike"]


def test_a_fleet_for_components_is_not_scaled_by_application_auto_scaling_itself(stack_of_host: Any) -> None:  # noqa: ANN401
    endpoint, log = stack_of_host
    assert log.node.try_find_child("AtMaximum") is None
    assert log.node.find_child("Changes").event_pattern["detail"] == {"EndpointName": ["host"]}
    query = log.widget(endpoint, [InferenceComponentCopies("summaries")])["properties"]["query"]
    assert 'detail.EndpointName = "host" or detail.resourceId in ["inference-component/summaries"]' in query
    assert "detail.resourceId in" not in log.widget(endpoint)["properties"]["query"]


@pytest.fixture
def stack_of_host() -> tuple[Endpoint[Any], ScalingActivityLog]:
    from aws_cdk import App, Stack  # noqa: PLC0415

    from cdk_sagemaker_scaling.endpoints._existing import ExistingEndpoint  # noqa: PLC0415

    stack = Stack(App(), "Host")
    host = ComponentHost("host", "AllTraffic", "ml.g5.xlarge")
    endpoint: Endpoint[Any] = ExistingEndpoint(stack, "Endpoint", endpoint="host", variants=[host])
    return endpoint, ScalingActivityLog(stack, "Log", endpoints=[endpoint])
