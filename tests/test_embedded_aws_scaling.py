import pytest
from scaling_bench import COMPONENT, ROLE, TARGET, Api, alarms, instances, refusal, step, track

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture", "scaling_fixtures"]


@pytest.mark.parametrize(("low", "high", "then"), [(1, 4, 2), (3, 4, 3), (0, 1, 1)])
def test_registering_moves_the_capacity_into_the_bounds(
    aws: EmbeddedAws, scaling: Api, low: int, high: int, then: int
) -> None:
    scaling.register_scalable_target(**TARGET, MinCapacity=low, MaxCapacity=high)
    assert instances(aws) == then


def test_registering_again_changes_what_is_given(scaling: Api, target: str) -> None:
    again = scaling.register_scalable_target(
        **TARGET, MaxCapacity=8, SuspendedState={"ScheduledScalingSuspended": True}, RoleARN=ROLE
    )
    (told,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert again["ScalableTargetARN"] == told["ScalableTargetARN"] == target
    assert (told["MinCapacity"], told["MaxCapacity"]) == (1, 8)
    assert told["RoleARN"].endswith("AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")
    assert told["SuspendedState"] == {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"MinCapacity": 5}, "less than minimum"),
        ({"ResourceId": "endpoint/endpoint"}, "endpoint/NAME/variant/NAME"),
        ({"ResourceId": "endpoint/none/variant/main"}, "none"),
        ({"ResourceId": "endpoint/endpoint/variant/none"}, "none"),
        ({"ResourceId": "endpoint/endpoint/variant/burstable"}, "ml.t2.medium is burstable"),
        ({"ResourceId": "endpoint/serverless/variant/serverless"}, "no instances"),
        ({"ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency"}, "no provisioned concurrency"),
        ({"ScalableDimension": "sagemaker:inference-component:DesiredCopyCount"}, "inference-component/NAME"),
        (
            {
                "ResourceId": "inference-component/none",
                "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
            },
            "inference-component/none",
        ),
        ({"ScalableDimension": "ecs:service:DesiredCount"}, "Unsupported"),
    ],
)
def test_what_cannot_be_scaled_is_refused(scaling: Api, changes: Api, told: str) -> None:
    code, message = refusal(
        scaling.register_scalable_target, **{**TARGET, "MinCapacity": 1, "MaxCapacity": 4, **changes}
    )
    assert code == "ValidationException"
    assert told in message
    assert not scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]


def test_other_services_are_refused_by_name(scaling: Api) -> None:
    code, message = refusal(scaling.describe_scalable_targets, ServiceNamespace="ecs")
    assert (code, "ecs" in message) == ("NotEmulated", True)
    code, message = refusal(
        scaling.get_predictive_scaling_forecast,
        **TARGET,
        PolicyName="p",
        StartTime="2026-01-01T00:00:00Z",
        EndTime="2026-01-02T00:00:00Z",
    )
    assert "GetPredictiveScalingForecast" in message


def test_a_new_target_needs_both_bounds(scaling: Api) -> None:
    assert "MaxCapacity" in refusal(scaling.register_scalable_target, **TARGET, MinCapacity=1)[1]


def test_provisioned_concurrency_is_scaled(aws: EmbeddedAws, scaling: Api) -> None:
    scaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/serverless/variant/serverless",
        ScalableDimension="sagemaker:variant:DesiredProvisionedConcurrency",
        MinCapacity=3,
        MaxCapacity=5,
    )
    told = aws.client("sagemaker").describe_endpoint(EndpointName="serverless")["ProductionVariants"][0]
    assert told["CurrentServerlessConfig"]["ProvisionedConcurrency"] == 3


def test_copies_of_a_component_are_scaled(aws: EmbeddedAws, scaling: Api) -> None:
    sagemaker = aws.client("sagemaker")
    sagemaker.create_inference_component(
        InferenceComponentName="component",
        EndpointName="components",
        VariantName="main",
        Specification={"ModelName": "model", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
        RuntimeConfig={"CopyCount": 9},
    )
    scaling.register_scalable_target(**COMPONENT, MinCapacity=0, MaxCapacity=5)
    told = sagemaker.describe_inference_component(InferenceComponentName="component")
    assert told["RuntimeConfig"]["CurrentCopyCount"] == 5
    per_copy = {"PredefinedMetricType": "SageMakerInferenceComponentInvocationsPerCopy"}
    track(scaling, key=COMPONENT, PredefinedMetricSpecification=per_copy)
    assert alarms(aws)[0]["Dimensions"] == [{"Name": "InferenceComponentName", "Value": "component"}]
    scaling.deregister_scalable_target(**COMPONENT)


def test_targets_come_in_pages_each_once(aws: EmbeddedAws, scaling: Api) -> None:
    sagemaker = aws.client("sagemaker")
    names = [f"endpoint-{number:03}" for number in range(130)]
    for name in names:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="endpoint")
        key = TARGET | {"ResourceId": f"endpoint/{name}/variant/main"}
        scaling.register_scalable_target(**key, MinCapacity=1, MaxCapacity=4)
    pages = list(scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="sagemaker"))
    assert [len(page["ScalableTargets"]) for page in pages] == [50, 50, 30]
    listed = [each["ResourceId"] for page in pages for each in page["ScalableTargets"]]
    assert listed == [f"endpoint/{name}/variant/main" for name in names]
    some = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=listed[3:5])
    assert [each["ResourceId"] for each in some["ScalableTargets"]] == listed[3:5]
    code, _ = refusal(scaling.describe_scalable_targets, ServiceNamespace="sagemaker", NextToken="made up")
    assert code == "InvalidNextTokenException"


def test_without_a_target_there_is_no_policy_and_no_action(scaling: Api) -> None:
    told = "No scalable target registered for service namespace: sagemaker, resource ID: endpoint/endpoint"
    for call in (
        lambda: track(scaling),
        lambda: scaling.put_scheduled_action(**TARGET, ScheduledActionName="a", Schedule="rate(1 day)"),
    ):
        code, message = refusal(call)
        assert code == "ObjectNotFoundException"
        assert told in message


@pytest.mark.usefixtures("target")
def test_a_scheduled_action_is_kept_and_changed(scaling: Api) -> None:
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="morning",
        Schedule="cron(0 7 ? * MON-FRI *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": 3},
        StartTime="2026-01-01T00:00:00Z",
    )
    (before,) = scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert before["StartTime"].year == 2026
    assert before["ScheduledActionARN"].endswith(":scheduledActionName/morning")
    scaling.put_scheduled_action(**TARGET, ScheduledActionName="morning", Schedule="rate(2 hours)")
    (after,) = scaling.describe_scheduled_actions(
        ServiceNamespace="sagemaker", ScheduledActionNames=["morning"], ResourceId=TARGET["ResourceId"]
    )["ScheduledActions"]
    assert after["Schedule"] == "rate(2 hours)"
    assert (after["Timezone"], after["ScalableTargetAction"]) == ("Europe/Berlin", {"MinCapacity": 3})
    assert "StartTime" not in after
    assert after["ScheduledActionARN"] == before["ScheduledActionARN"]
    scaling.delete_scheduled_action(**TARGET, ScheduledActionName="morning")
    code, _ = refusal(scaling.delete_scheduled_action, **TARGET, ScheduledActionName="morning")
    assert code == "ObjectNotFoundException"


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Schedule": "cron(0 7 * * MON-FRI *)"}, "cron"),
        ({"Schedule": "cron(0 7 ? * *)"}, "six fields"),
        ({"Schedule": "rate(0 hours)"}, "rate"),
        ({"Schedule": "at(2026-13-01T00:00:00)"}, "at("),
        ({"Timezone": "Europe/Nowhere"}, "Europe/Nowhere"),
        ({"ScalableTargetAction": {}}, "ScalableTargetAction"),
        ({"ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 2}}, "less than"),
    ],
)
def test_a_scheduled_action_that_aws_refuses_is_refused(scaling: Api, changes: Api, told: str) -> None:
    action = {"Schedule": "at(2026-01-01T00:00:00)", "ScalableTargetAction": {"MinCapacity": 3}, **changes}
    code, message = refusal(scaling.put_scheduled_action, **TARGET, ScheduledActionName="a", **action)
    assert code == "ValidationException"
    assert told in message


def nothing_is_left(aws: EmbeddedAws) -> bool:
    scaling = aws.client("application-autoscaling")
    asked = {"ServiceNamespace": "sagemaker"}
    return not (
        scaling.describe_scalable_targets(**asked)["ScalableTargets"]
        or scaling.describe_scaling_policies(**asked)["ScalingPolicies"]
        or scaling.describe_scheduled_actions(**asked)["ScheduledActions"]
        or alarms(aws)
    )


@pytest.mark.usefixtures("target")
def test_all_goes_with_a_target_and_a_target_with_its_endpoint(aws: EmbeddedAws, scaling: Api) -> None:
    for end in (
        lambda: scaling.deregister_scalable_target(**TARGET),
        lambda: aws.client("sagemaker").delete_endpoint(EndpointName="endpoint"),
    ):
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
        track(scaling)
        step(scaling, (0, None))
        scaling.put_scheduled_action(
            **TARGET, ScheduledActionName="a", Schedule="rate(1 day)", ScalableTargetAction={"MinCapacity": 2}
        )
        assert not nothing_is_left(aws)
        end()
        assert nothing_is_left(aws)
    assert refusal(scaling.deregister_scalable_target, **TARGET)[0] == "ObjectNotFoundException"


@pytest.mark.usefixtures("target")
def test_an_update_may_change_a_scaled_variants_model_but_not_its_type(aws: EmbeddedAws) -> None:
    sagemaker = aws.client("sagemaker")
    (main, *others) = sagemaker.describe_endpoint_config(EndpointConfigName="endpoint")["ProductionVariants"]
    configs = {"same": [main], "bigger": [main | {"InstanceType": "ml.c5.xlarge"}, *others], "without": others}
    for name, variants in configs.items():
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    sagemaker.update_endpoint(EndpointName="endpoint", EndpointConfigName="same")
    for name in ("bigger", "without"):
        _, message = refusal(sagemaker.update_endpoint, EndpointName="endpoint", EndpointConfigName=name)
        assert "main must be deregistered" in message


def test_tags_of_a_target(scaling: Api, target: str) -> None:
    scaling.tag_resource(ResourceARN=target, Tags={"team": "search", "stage": "test"})
    scaling.untag_resource(ResourceARN=target, TagKeys=["stage"])
    assert scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"team": "search"}
    assert refusal(scaling.list_tags_for_resource, ResourceARN="none")[0] == "ResourceNotFoundException"


@pytest.mark.usefixtures("target")
def test_nothing_scales_by_itself(scaling: Api) -> None:
    assert scaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"] == []


@pytest.mark.usefixtures("target")
def test_a_region_knows_its_own_targets_alone(aws: EmbeddedAws) -> None:
    elsewhere = aws.client("application-autoscaling", "eu-west-1")
    assert not elsewhere.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
