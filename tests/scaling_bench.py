"""The calls that the tests of scaling make."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws import EmbeddedAws

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/endpoint/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
COMPONENT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "inference-component/component",
    "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
}
INVOCATIONS = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
CPU = {
    "Metrics": [
        {
            "Id": "cpu",
            "MetricStat": {
                "Metric": {
                    "Namespace": "/aws/sagemaker/Endpoints",
                    "MetricName": "CPUUtilization",
                    "Dimensions": [{"Name": "EndpointName", "Value": "endpoint"}],
                },
                "Stat": "Average",
            },
            "ReturnData": False,
        },
        {"Id": "core", "Expression": "cpu / 4", "ReturnData": True},
    ]
}


def refusal(call: Api, **parameters: Api) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def track(scaling: Api, name: str = "tracking", *, value: float = 70, key: Api = TARGET, **metric: Api) -> Api:
    if not metric:
        metric = {"PredefinedMetricSpecification": INVOCATIONS}
    return scaling.put_scaling_policy(
        **key,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": value, "ScaleInCooldown": 60, **metric},
    )


def step(scaling: Api, *steps: tuple[float | None, float | None], name: str = "steps", **changes: Api) -> Api:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    adjustments = [
        {"ScalingAdjustment": 10} | {n: b for n, b in zip(names, bounds, strict=True) if b is not None}
        for bounds in steps
    ]
    configuration = {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": adjustments, **changes}
    return scaling.put_scaling_policy(
        **TARGET, PolicyName=name, PolicyType="StepScaling", StepScalingPolicyConfiguration=configuration
    )


def alarms(aws: EmbeddedAws) -> list[Api]:
    return list(aws.client("cloudwatch").describe_alarms()["MetricAlarms"])


def instances(aws: EmbeddedAws) -> int:
    told = aws.client("sagemaker").describe_endpoint(EndpointName="endpoint")["ProductionVariants"][0]
    assert told["CurrentInstanceCount"] == told["DesiredInstanceCount"]
    return int(told["CurrentInstanceCount"])
