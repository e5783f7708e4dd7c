"""A template for each kind of endpoint that SageMaker hosts, with every property that its variants can have."""

from __future__ import annotations

from typing import Any

from stack_bench import attribute, resource

ROLE = "arn:aws:iam::123456789012:role/sagemaker"
KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 5,
    "DestinationS3Uri": "s3://bucket/captured",
    "KmsKeyId": KEY,
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
}
INSTANCES = {
    "InstanceType": "ml.g5.xlarge",
    "InitialInstanceCount": 2,
    "InitialVariantWeight": 0.5,
    "VolumeSizeInGB": 64,
    "InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu-3-1",
    "ModelDataDownloadTimeoutInSeconds": 600,
    "ContainerStartupHealthCheckTimeoutInSeconds": 300,
    "VariantInstanceProvisionTimeoutInSeconds": 900,
    "EnableSSMAccess": False,
    "CoreDumpConfig": {"DestinationS3Uri": "s3://bucket/dumped"},
    "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
}
METRICS = {
    "EnableEnhancedMetrics": True,
    "EnableDetailedObservability": False,
    "MetricPublishFrequencyInSeconds": 10,
}
MANAGED = {
    "Status": "ENABLED",
    "MinInstanceCount": 0,
    "MaxInstanceCount": 4,
    "ScaleInPolicy": {"Strategy": "IDLE_RELEASE", "MaximumStepSize": 2, "CooldownInMinutes": 20},
}
SERVERLESS = {"MemorySizeInMB": 3072, "MaxConcurrency": 20, "ProvisionedConcurrency": 5}
ASYNCHRONOUS = {
    "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
    "OutputConfig": {
        "S3OutputPath": "s3://bucket/out",
        "S3FailurePath": "s3://bucket/failed",
        "KmsKeyId": KEY,
        "NotificationConfig": {
            "SuccessTopic": "arn:aws:sns:us-east-1:123456789012:good",
            "ErrorTopic": "arn:aws:sns:us-east-1:123456789012:bad",
            "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"],
        },
    },
}
EXPLAINER = {
    "ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "1,2"}, "UseLogit": True}}
}


def variant(name: str = "main", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"VariantName": name, "ModelName": attribute("Model", "ModelName"), **more}


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "real-time": {
        "ProductionVariants": [variant(**INSTANCES), variant("other", **INSTANCES)],
        "DataCaptureConfig": CAPTURE,
        "ExplainerConfig": EXPLAINER,
        "KmsKeyId": KEY,
        "MetricsConfig": METRICS,
    },
    "shadowed": {
        "ProductionVariants": [variant(**INSTANCES)],
        "ShadowProductionVariants": [variant("shadow", **INSTANCES)],
    },
    "several instance types": {
        "ProductionVariants": [
            variant(
                InitialInstanceCount=3,
                InstancePools=[
                    {"InstanceType": "ml.g6.xlarge", "Priority": 2},
                    {"InstanceType": "ml.g5.xlarge", "Priority": 1, "ModelNameOverride": variant()["ModelName"]},
                ],
            )
        ]
    },
    "asynchronous": {"ProductionVariants": [variant(**INSTANCES)], "AsyncInferenceConfig": ASYNCHRONOUS},
    "serverless": {"ProductionVariants": [variant(ServerlessConfig=SERVERLESS, InitialVariantWeight=1)]},
    "inference components": {
        "ProductionVariants": [{"VariantName": "main", **INSTANCES, "ManagedInstanceScaling": MANAGED}],
        "ExecutionRoleArn": ROLE,
        "EnableNetworkIsolation": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]},
    },
}


def endpoint(configuration: dict[str, Any], **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """The resources of an endpoint of a configuration, with its model."""
    return {
        "Model": resource("AWS::SageMaker::Model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}),
        "Config": resource("AWS::SageMaker::EndpointConfig", **configuration),
        "Endpoint": resource(
            "AWS::SageMaker::Endpoint",
            EndpointConfigName=attribute("Config", "EndpointConfigName"),
            **properties,
        ),
    }
