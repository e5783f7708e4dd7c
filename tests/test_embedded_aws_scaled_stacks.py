"""Each of SageMaker's scalable dimensions in a stack: tracked, stepped, scheduled and suspended, and read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from emptied import forget_endpoints_and_metrics
from endpoint_templates import CONFIGURATIONS, endpoint
from stack_bench import StackBench, attribute, resource

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
COMPONENT = {
    "Component": resource(
        "AWS::SageMaker::InferenceComponent",
        EndpointName=attribute("Endpoint", "EndpointName"),
        VariantName="main",
        Specification={
            "ModelName": attribute("Model", "ModelName"),
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
        },
        RuntimeConfig={"CopyCount": 2},
    )
}
VARIANT = {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/main"}
SCALED: dict[str, tuple[dict[str, Any], Api, int, list[str]]] = {
    # dimension: the resources, the resource id, the least capacity, the predefined metrics
    "sagemaker:variant:DesiredInstanceCount": (
        endpoint(CONFIGURATIONS["asynchronous"]),
        VARIANT,
        0,
        ["SageMakerVariantInvocationsPerInstance", "SageMakerVariantConcurrentRequestsPerModelHighResolution"],
    ),
    "sagemaker:variant:DesiredProvisionedConcurrency": (
        endpoint(CONFIGURATIONS["serverless"]),
        VARIANT,
        1,
        ["SageMakerVariantProvisionedConcurrencyUtilization"],
    ),
    "sagemaker:inference-component:DesiredCopyCount": (
        endpoint(CONFIGURATIONS["inference components"]) | COMPONENT,
        # Its name is no attribute: its ARN ends with it.
        {
            "Fn::Join": [
                "/",
                ["inference-component", {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Component"}]}]}],
            ]
        },
        0,
        [
            "SageMakerInferenceComponentInvocationsPerCopy",
            "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
        ],
    ),
}
MATH = {
    "Metrics": [
        {
            "Id": "cpu",
            "MetricStat": {
                "Metric": {
                    "Namespace": "/aws/sagemaker/Endpoints",
                    "MetricName": "CPUUtilization",
                    "Dimensions": [{"Name": "EndpointName", "Value": attribute("Endpoint", "EndpointName")}],
                },
                "Stat": "Average",
            },
            "ReturnData": False,
        },
        {"Id": "per_core", "Expression": "cpu / 4", "Label": "per core", "ReturnData": True},
    ]
}


@pytest.fixture
def stack(embedded_aws: EmbeddedAws) -> StackBench:
    """A stack in an AWS without endpoints."""
    bench = StackBench(embedded_aws)
    bench.cloudformation.delete_stack(StackName=bench.name)
    forget_endpoints_and_metrics()
    return bench


def policy(name: str, type_: str, **configuration: Api) -> dict[str, Any]:
    return resource(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        PolicyName=name,
        PolicyType=type_,
        ScalingTargetId={"Ref": "Target"},
        **{f"{type_.removesuffix('Scaling')}ScalingPolicyConfiguration": configuration},
    )


def steps(*each: tuple[float | None, float | None, int]) -> list[dict[str, Any]]:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
    return [{n: v for n, v in zip(names, one, strict=True) if v is not None} for one in each]


def scaled(dimension: str, most: int = 9) -> dict[str, Any]:
    """The dimension's resources, with a target and policies of every kind."""
    resources, resource_id, least, predefined = SCALED[dimension]
    target = resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        ServiceNamespace="sagemaker",
        ResourceId=resource_id,
        ScalableDimension=dimension,
        MinCapacity=least,
        MaxCapacity=most,
        SuspendedState={"DynamicScalingInSuspended": True},
        ScheduledActions=[
            {
                "ScheduledActionName": "sale",
                "Schedule": "cron(0 6 ? * MON-FRI *)",
                "Timezone": "Europe/Berlin",
                "StartTime": "2027-01-04T00:00:00Z",
                "EndTime": "2027-02-01T00:00:00",
                "ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 7},
            }
        ],
    )
    policies = {
        f"Tracks{number}": policy(
            f"tracks-{number}",
            "TargetTrackingScaling",
            TargetValue=0.7,
            PredefinedMetricSpecification={"PredefinedMetricType": metric},
            ScaleInCooldown=300,
            ScaleOutCooldown=60,
            DisableScaleIn=False,
        )
        for number, metric in enumerate(predefined)
    }
    policies["TracksMath"] = policy(
        "math", "TargetTrackingScaling", TargetValue=50, CustomizedMetricSpecification=MATH
    )
    for name, adjustments in {
        "Out": steps((0, 20, 1), (20, None, 3)),
        "In": steps((None, -20, -2), (-20, 0, -1)),
    }.items():
        policies[name] = policy(
            name,
            "StepScaling",
            AdjustmentType="ChangeInCapacity",
            Cooldown=60,
            MetricAggregationType="Maximum",
            StepAdjustments=adjustments,
        )
    policies["Alarm"] = resource(
        "AWS::CloudWatch::Alarm",
        Namespace="AWS/SageMaker",
        MetricName="ApproximateBacklogSize",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=10,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[{"Ref": "Out"}],
    )
    return resources | {"Target": target} | policies


@pytest.mark.parametrize("dimension", SCALED)
def test_what_scales_is_read_back(embedded_aws: EmbeddedAws, stack: StackBench, dimension: str) -> None:
    assert stack.deploy(scaled(dimension)) == "CREATE_COMPLETE", stack.reasons
    scaling, template = embedded_aws.client("application-autoscaling"), scaled(dimension)
    sagemaker = {"ServiceNamespace": "sagemaker"}
    (target,) = scaling.describe_scalable_targets(**sagemaker)["ScalableTargets"]
    sent = template["Target"]["Properties"]
    assert {name: target[name] for name in ("MinCapacity", "MaxCapacity", "ScalableDimension")} == {
        name: sent[name] for name in ("MinCapacity", "MaxCapacity", "ScalableDimension")
    }
    assert target["SuspendedState"] == {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }
    (action,) = scaling.describe_scheduled_actions(**sagemaker)["ScheduledActions"]
    times = {
        "StartTime": datetime(2027, 1, 4, tzinfo=UTC),
        "EndTime": datetime(2027, 2, 1, tzinfo=UTC),
    }
    assert {name: action[name] for name in sent["ScheduledActions"][0]} == {**sent["ScheduledActions"][0], **times}
    read = {each["PolicyName"]: each for each in scaling.describe_scaling_policies(**sagemaker)["ScalingPolicies"]}
    for logical_id, one in template.items():
        if one["Type"] == "AWS::ApplicationAutoScaling::ScalingPolicy" and logical_id != "TracksMath":
            name, type_ = one["Properties"]["PolicyName"], one["Properties"]["PolicyType"]
            configuration = f"{type_.removesuffix('Scaling')}ScalingPolicyConfiguration"
            assert read[name][configuration] == one["Properties"][configuration]
            assert read[name]["PolicyARN"] == stack.physical_ids[logical_id]
    math = read["math"]["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    assert [query["Id"] for query in math] == ["cpu", "per_core"]
    assert math[1]["Label"] == "per core"


def test_a_target_changes_in_place_and_goes_with_its_stack(embedded_aws: EmbeddedAws, stack: StackBench) -> None:
    dimension = "sagemaker:inference-component:DesiredCopyCount"
    stack.deploy(scaled(dimension))
    before = stack.physical_ids
    assert stack.deploy(scaled(dimension, most=1)) == "UPDATE_COMPLETE", stack.reasons
    assert stack.physical_ids == before
    (component,) = embedded_aws.client("sagemaker").list_inference_components()["InferenceComponents"]
    told = embedded_aws.client("sagemaker").describe_inference_component(
        InferenceComponentName=component["InferenceComponentName"]
    )
    assert told["RuntimeConfig"]["DesiredCopyCount"] == 1, "registering moves the capacity into the bounds"
    stack.delete()
    scaling = embedded_aws.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert embedded_aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_another_endpoint_replaces_target_and_policies(embedded_aws: EmbeddedAws, stack: StackBench) -> None:
    dimension = "sagemaker:variant:DesiredInstanceCount"
    stack.deploy(scaled(dimension))
    before, renamed = stack.physical_ids, scaled(dimension)
    renamed["Endpoint"]["Properties"]["EndpointName"] = "renamed"
    assert stack.deploy(renamed) == "UPDATE_COMPLETE", stack.reasons
    after = stack.physical_ids
    replaced = {name for name, id_ in after.items() if id_ != before[name]}
    assert replaced == {"Endpoint", "Target", *(name for name in after if name.startswith("Track")), "In", "Out"}
    scaling = embedded_aws.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert target["ResourceId"] == "endpoint/renamed/variant/main"
    alarms = embedded_aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {each["AlarmName"] for each in alarms if each["AlarmName"].startswith("TargetTracking")} == {
        alarm["AlarmName"]
        for each in scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
        for alarm in each["Alarms"]
    }


def test_a_target_of_nothing_fails_the_stack(stack: StackBench) -> None:
    resources = scaled("sagemaker:variant:DesiredInstanceCount")
    resources["Target"]["Properties"]["ResourceId"] = {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/none"}
    assert stack.deploy(resources) == "ROLLBACK_COMPLETE"
    assert "has no variant none" in stack.reasons


def test_provisioned_concurrency_stays_within_what_the_variant_allows(stack: StackBench) -> None:
    resources = scaled("sagemaker:variant:DesiredProvisionedConcurrency", most=30)
    resources["Target"]["Properties"]["MinCapacity"] = 21
    assert stack.deploy(resources) == "ROLLBACK_COMPLETE"
    assert "ProvisionedConcurrency is at most MaxConcurrency, got 21 and 20" in stack.reasons
