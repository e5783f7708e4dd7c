"""What is saved of an endpoint brings it back, with its scaling and the alarms that call it, and nothing else's."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from idle_bench import IdleBench
from idle_office import Session

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import restore_endpoint, save_endpoint
from sagemaker_idle_endpoints._clients import Account, Hands

pytest_plugins = ["embedded_aws.fixture"]

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/scaled/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.fixture
def bench(embedded_aws: EmbeddedAws) -> IdleBench:
    return IdleBench(embedded_aws)


@pytest.fixture
def hands(embedded_aws: EmbeddedAws) -> Hands:
    session: Any = Session(embedded_aws)
    return Account(session).hands()


def lost(bench: IdleBench, hands: Hands, name: str) -> dict[str, Any]:
    """What was saved of an endpoint that is deleted by now."""
    saved = save_endpoint(hands, name)
    bench.sagemaker.delete_endpoint(EndpointName=name)
    return saved


def test_scaling_comes_back_with_its_policies_and_schedules(bench: IdleBench, hands: Hands) -> None:
    bench.real_time("scaled")
    hands.scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    tracking = {"TargetValue": 4987.0, "PredefinedMetricSpecification": metric}
    hands.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    hands.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="morning",
        Schedule="cron(0 7 * * ? *)",
        ScalableTargetAction={"MinCapacity": 2},
    )
    saved = lost(bench, hands, "scaled")
    assert hands.scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    restore_endpoint(hands, saved)
    (there,) = hands.scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (there["MinCapacity"], there["MaxCapacity"]) == (1, 6)
    (policy,) = hands.scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 4987
    (action,) = hands.scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert action["ScalableTargetAction"] == {"MinCapacity": 2}


def test_the_alarms_of_a_step_policy_call_the_one_that_comes_back(bench: IdleBench, hands: Hands) -> None:
    """A policy that is made anew has another ARN, and without an alarm that calls it a step policy never acts."""
    bench.real_time("scaled")
    hands.scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    steps = [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]
    policy = hands.scaling.put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps},
    )["PolicyARN"]
    told = "arn:aws:sns:us-east-1:123456789012:told"
    alarm = {
        "AlarmName": "busy",
        "Namespace": "AWS/SageMaker",
        "MetricName": "InvocationsPerInstance",
        "Dimensions": [{"Name": "EndpointName", "Value": "scaled"}, {"Name": "VariantName", "Value": "main"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 4987.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "OKActions": [told],
    }
    cloudwatch: Any = hands.cloudwatch
    cloudwatch.put_metric_alarm(**alarm, AlarmActions=[told, policy])
    restore_endpoint(hands, lost(bench, hands, "scaled"))
    (anew,) = hands.scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert anew["PolicyARN"] != policy
    (now,) = cloudwatch.describe_alarms(AlarmNames=["busy"])["MetricAlarms"]
    assert now["AlarmActions"] == [told, anew["PolicyARN"]]
    assert {name: now[name] for name in alarm} == alarm


def test_all_of_an_endpoint_comes_back(bench: IdleBench, hands: Hands) -> None:
    """Key, capture, shadow, guardrail, tags; and the sizes, weights and concurrency that it had beside its own."""
    sagemaker = bench.sagemaker
    instances = {"ModelName": "model", "InstanceType": "ml.c5.large", "InitialInstanceCount": 2}
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 5,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName="whole",
        ProductionVariants=[{"VariantName": "main", **instances, "InitialVariantWeight": 1.0}],
        ShadowProductionVariants=[{"VariantName": "shadow", **instances, "InitialVariantWeight": 1.0}],
        KmsKeyId="alias/endpoints",
        DataCaptureConfig=capture,
        Tags=[{"Key": "of", "Value": "the configuration"}],
    )
    canary = {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 60,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
    }
    sagemaker.create_endpoint(
        EndpointName="whole",
        EndpointConfigName="whole",
        Tags=[{"Key": "of", "Value": "the endpoint"}],
        DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": canary}},
    )
    sizes = [
        {"VariantName": "main", "DesiredInstanceCount": 3},
        {"VariantName": "shadow", "DesiredWeight": 0.5},
    ]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="whole", DesiredWeightsAndCapacities=sizes)
    before = as_it_is(bench, "whole")
    assert {"DataCaptureConfig", "KmsKeyId", "LastDeploymentConfig", "ShadowProductionVariants"} <= before.keys()
    saved = lost(bench, hands, "whole")
    sagemaker.delete_endpoint_config(EndpointConfigName="whole")
    restore_endpoint(hands, saved)
    assert as_it_is(bench, "whole") == before


def test_a_serverless_endpoint_gets_the_concurrency_back_that_it_had(bench: IdleBench, hands: Hands) -> None:
    bench.serverless("small")
    update = {"VariantName": "main", "ServerlessUpdateConfig": {"MaxConcurrency": 5, "ProvisionedConcurrency": 2}}
    bench.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="small", DesiredWeightsAndCapacities=[update]
    )
    before = as_it_is(bench, "small")
    restore_endpoint(hands, lost(bench, hands, "small"))
    assert as_it_is(bench, "small") == before


def as_it_is(bench: IdleBench, name: str) -> dict[str, Any]:
    """What AWS tells of an endpoint, its configuration and the tags of both, but for times."""
    endpoint = bench.sagemaker.describe_endpoint(EndpointName=name)
    config = bench.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    told = {f"{key} of config" if key == "ProductionVariants" else key: value for key, value in config.items()}
    told |= endpoint
    for variant in [*told["ProductionVariants"], *told.get("ShadowProductionVariants", [])]:
        del variant["DeployedImages"]
    for arn in (endpoint["EndpointArn"], config["EndpointConfigArn"]):
        told[arn] = bench.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    return {key: value for key, value in told.items() if not key.endswith("Time") and key != "ResponseMetadata"}


def test_what_is_refused_of_the_scaling_keeps_none_of_the_rest(bench: IdleBench, hands: Hands) -> None:
    bench.real_time("scaled", "a", "main")
    saved = save_endpoint(hands, "scaled")
    wanted = {**TARGET, "MinCapacity": 1, "MaxCapacity": 6}
    passed = {**TARGET, "ScheduledActionName": "once", "Schedule": "no time at all"}
    saved["scaling"][0] |= {"targets": [wanted], "scheduled_actions": [passed]}
    later = {**passed, "ScheduledActionName": "daily", "Schedule": "rate(1 day)"}
    saved["scaling"][1]["scheduled_actions"] = [later | {"ScalableTargetAction": {"MinCapacity": 2}}]
    with pytest.raises(ClientError, match="ValidationException"):
        restore_endpoint(hands, saved)
    (there,) = hands.scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert there["ScheduledActionName"] == "daily"


def test_another_configuration_of_that_name_is_not_replaced(bench: IdleBench, hands: Hands) -> None:
    saved = lost(bench, hands, bench.real_time("gone"))
    saved["config"]["ProductionVariants"][0]["InstanceType"] = "ml.m5.large"
    with pytest.raises(ValueError, match="another configuration named gone-config"):
        restore_endpoint(hands, saved)
    with pytest.raises(ValueError, match="form 0 and form 1 is known"):
        restore_endpoint(hands, saved | {"schema": 0})


def test_an_endpoint_on_another_configuration_by_now_is_left(bench: IdleBench, hands: Hands) -> None:
    saved = save_endpoint(hands, bench.real_time("moved"))
    bench.real_time("other", instance_type="ml.m5.large")
    bench.sagemaker.update_endpoint(EndpointName="moved", EndpointConfigName="other-config")
    with pytest.raises(ValueError, match=r"moved is on configuration other-config by now, .* on moved-config"):
        restore_endpoint(hands, saved)


def test_what_has_its_size_is_not_updated(bench: IdleBench, hands: Hands, embedded_aws: EmbeddedAws) -> None:
    saved = save_endpoint(hands, bench.real_time("same", count=2))
    embedded_aws.forget_calls()
    assert restore_endpoint(hands, saved) == "same is in its old size, on configuration same-config"
    assert {call.operation for call in embedded_aws.calls()} == {"DescribeEndpoint"}
