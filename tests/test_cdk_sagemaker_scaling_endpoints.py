"""What endpoints of every kind are given stands in their configurations, and nothing that they are not given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from every_kind import NAME
from least import (
    URI,
    asynchronous,
    bucket,
    component,
    host,
    real_time,
    serverless,
    variant,
)
from roles import Roles
from templates import COMPONENT, ENDPOINT, MODEL, ScaledTemplate

from cdk_sagemaker_scaling import AsynchronousOutput, DataCapture, MetricsConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

METRICS = {"EnableDetailedObservability": False}  # SageMaker's own default for a new configuration is True.


@pytest.fixture(scope="module")
def template(every_kind: Synthesised) -> ScaledTemplate:
    return ScaledTemplate(every_kind.template["Resources"])


def config(template: ScaledTemplate, path: str) -> dict[str, Any]:
    """The configuration of the endpoint at a path, each model's name as the path of its model."""
    endpoint = template.properties(template.at(path, ENDPOINT))
    found = template.properties(endpoint["EndpointConfigName"]["Fn::GetAtt"][0])
    return found | {
        key: [
            v | {"ModelName": template.path(v["ModelName"]["Fn::GetAtt"][0])} if "ModelName" in v else v
            for v in found[key]
        ]
        for key in ("ProductionVariants", "ShadowProductionVariants")
        if key in found
    }


def made(synthesise: Synthesise, fill: Callable[[Stack], object]) -> ScaledTemplate:
    return ScaledTemplate(synthesise(fill).template["Resources"])


def of_bucket(template: ScaledTemplate, prefix: str) -> dict[str, Any]:
    (there,) = template.of_type("AWS::S3::Bucket")
    return {"Fn::Join": ["", ["s3://", {"Ref": there}, f"/{prefix}"]]}


def test_the_least_of_each_kind_has_nothing_that_it_is_not_given(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        for kind in (real_time, asynchronous, serverless, component):
            kind(stack)

    template = made(synthesise, fill)
    instances = {"InitialInstanceCount": 1, "InitialVariantWeight": 1, "InstanceType": "ml.c5.large"}
    assert config(template, "RealTime") == {
        "MetricsConfig": METRICS,
        "ProductionVariants": [{"VariantName": "V", "ModelName": "RealTime/V/Model", **instances}],
    }
    assert config(template, "Asynchronous") == {
        "MetricsConfig": METRICS,
        "ProductionVariants": [{"VariantName": "V", "ModelName": "Asynchronous/Variant/Model", **instances}],
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/async/output"}},
    }
    assert config(template, "Serverless") == {
        "MetricsConfig": METRICS,
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "ModelName": "Serverless/Variant/Model",
                "InitialVariantWeight": 1,
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 20},
            }
        ],
    }
    role = template.at("ComponentHost/ExecutionRole", "AWS::IAM::Role")
    assert config(template, "ComponentHost") == {
        "MetricsConfig": METRICS,
        "ExecutionRoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "ProductionVariants": [{"VariantName": "AllTraffic", **instances, "InstanceType": "ml.g5.xlarge"}],
    }
    of_component = template.properties(template.at("Component", COMPONENT))
    assert of_component["Specification"].keys() == {"ComputeResourceRequirements", "ModelName"}
    assert of_component["Specification"]["ComputeResourceRequirements"] == {"MinMemoryRequiredInMb": 1024}
    assert of_component["RuntimeConfig"] == {"CopyCount": 1}
    for model in template.of_type(MODEL).values():
        assert model.keys() == {"ExecutionRoleArn", "PrimaryContainer"}
        assert model["PrimaryContainer"] == {"Image": URI}


def test_a_real_time_endpoint_has_its_variant_its_shadow_and_its_capture(template: ScaledTemplate) -> None:
    assert template.properties(template.at("RealTime", ENDPOINT))["EndpointName"] == NAME
    assert config(template, "RealTime") == {
        "ProductionVariants": [
            {
                "VariantName": "A",
                "ModelName": "RealTime/A/Model",
                "InstanceType": "ml.c5.large",
                "InitialInstanceCount": 2,
                "InitialVariantWeight": 0.75,
                "VolumeSizeInGB": 30,
                "ContainerStartupHealthCheckTimeoutInSeconds": 600,
                "ModelDataDownloadTimeoutInSeconds": 900,
                "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
            }
        ],
        "ShadowProductionVariants": [
            {
                "VariantName": "B",
                "ModelName": "RealTime/B/Model",
                "InstanceType": "ml.g4dn.xlarge",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 0.25,
            }
        ],
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 10,
            "DestinationS3Uri": of_bucket(template, "data-capture"),
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        },
        "MetricsConfig": METRICS | {"EnableEnhancedMetrics": True, "MetricPublishFrequencyInSeconds": 10},
    }


def test_an_asynchronous_endpoint_has_its_output_and_its_key(template: ScaledTemplate) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:told"
    key, volume = (template.at(path, "AWS::KMS::Key") for path in ("BucketKey", "VolumeKey"))
    found = config(template, "Asynchronous")
    assert found["KmsKeyId"] == {"Fn::GetAtt": [volume, "Arn"]}
    assert found["AsyncInferenceConfig"] == {
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
        "OutputConfig": {
            "S3OutputPath": of_bucket(template, "async/output"),
            "S3FailurePath": of_bucket(template, "async/failures"),
            "KmsKeyId": {"Fn::GetAtt": [key, "Arn"]},
            "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
        },
    }


def test_a_serverless_endpoint_has_its_provisioned_concurrency(template: ScaledTemplate) -> None:
    (found,) = config(template, "Serverless")["ProductionVariants"]
    assert found["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 20, "ProvisionedConcurrency": 2}


def test_a_host_has_its_managed_scaling_and_a_component_its_requirements(template: ScaledTemplate) -> None:
    (fleet,) = config(template, "Host")["ProductionVariants"]
    assert fleet["ManagedInstanceScaling"] == {
        "Status": "ENABLED",
        "MinInstanceCount": 0,
        "MaxInstanceCount": 4,
        "ScaleInPolicy": {"Strategy": "CONSOLIDATION", "MaximumStepSize": 2, "CooldownInMinutes": 15},
    }
    specification = template.properties(template.at("Component", COMPONENT))["Specification"]
    assert specification["ComputeResourceRequirements"] == {
        "MinMemoryRequiredInMb": 1024,
        "NumberOfCpuCoresRequired": 0.5,
        "NumberOfAcceleratorDevicesRequired": 1,
    }
    assert specification["StartupParameters"] == {"ContainerStartupHealthCheckTimeoutInSeconds": 600}
    assert template.path(specification["ModelName"]["Fn::GetAtt"][0]) == "Component/Model"


def test_the_models_of_an_endpoint_run_in_its_network(template: ScaledTemplate) -> None:
    subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    for path, models in {"RealTime": ["RealTime/A/Model", "RealTime/B/Model"], "Host": ["Component/Model"]}.items():
        group_id = template.at(f"{path}/SecurityGroup", "AWS::EC2::SecurityGroup")
        network = {"SecurityGroupIds": [{"Fn::GetAtt": [group_id, "GroupId"]}], "Subnets": subnets}
        assert "SecurityGroupIngress" not in template.properties(group_id)
        for model in models:
            found = template.properties(template.at(model, MODEL))
            assert found["VpcConfig"] == network
            assert found.get("EnableNetworkIsolation", False) == (path == "Host")
        assert config(template, path).get("VpcConfig") == (network if path == "Host" else None)
    assert config(template, "Host")["EnableNetworkIsolation"] is True
    assert "VpcConfig" not in template.properties(template.at("Serverless/Variant/Model", MODEL))


@pytest.mark.parametrize("kind", [real_time, asynchronous, host])
def test_an_endpoint_runs_in_the_subnets_and_groups_that_it_is_given(
    synthesise: Synthesise, kind: Callable[..., Any]
) -> None:
    def fill(stack: Stack) -> None:
        vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2)
        group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
        isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        endpoint = kind(stack, "E", vpc=vpc, vpc_subnets=isolated, security_groups=[group])
        endpoint.connections.allow_from_any_ipv4(ec2.Port.tcp(443))
        if kind is host:
            component(stack, endpoint=endpoint)

    template = made(synthesise, fill)
    ((group_id, group),) = template.of_type("AWS::EC2::SecurityGroup").items()
    assert [rule["ToPort"] for rule in group["SecurityGroupIngress"]] == [443]
    (model,) = template.of_type(MODEL).values()
    assert model["VpcConfig"]["SecurityGroupIds"] == [{"Fn::GetAtt": [group_id, "GroupId"]}]
    subnets = [template.path(subnet["Ref"]) for subnet in model["VpcConfig"]["Subnets"]]
    assert subnets == ["Vpc/IsolatedSubnet1/Subnet", "Vpc/IsolatedSubnet2/Subnet"]


def test_a_capture_is_encrypted_by_its_own_key_or_the_buckets(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        own = kms.Key(stack, "Own")
        of_bucket = s3.Bucket(stack, "Encrypted", encryption_key=kms.Key(stack, "OfBucket"))
        real_time(stack, "A", data_capture=DataCapture(bucket=of_bucket, encryption_key=own, responses=False))
        real_time(stack, "B", data_capture=DataCapture(bucket=of_bucket, prefix="kept", requests=False))

    template = made(synthesise, fill)
    own, of_bucket_key = (template.at(path, "AWS::KMS::Key") for path in ("Own", "OfBucket"))
    captures = {name: config(template, name)["DataCaptureConfig"] for name in "AB"}
    assert captures["A"]["KmsKeyId"] == {"Fn::GetAtt": [own, "Arn"]}
    assert captures["A"]["CaptureOptions"] == [{"CaptureMode": "Input"}]
    assert "KmsKeyId" not in captures["B"]
    assert captures["B"]["CaptureOptions"] == [{"CaptureMode": "Output"}]
    roles = Roles(template.resources)
    for name, key in {"A": own, "B": of_bucket_key}.items():
        assert roles.may(f"{name}/ExecutionRole")["kms:GenerateDataKey"] == {f"<{key}.Arn>"}


def test_requests_are_read_from_a_bucket_of_their_own(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        requests = s3.Bucket(stack, "Requests", encryption_key=kms.Key(stack, "Key"))
        asynchronous(stack, output=AsynchronousOutput(bucket=bucket(stack), prefix="out", input_bucket=requests))

    template = made(synthesise, fill)
    (requests,) = template.of_type("AWS::S3::Bucket")
    (key,) = template.of_type("AWS::KMS::Key")
    may = Roles(template.resources).may("Asynchronous/ExecutionRole")
    assert may["s3:GetObject"] == {f"<{requests}.Arn>/async/input/*"}
    assert may["s3:PutObject"] == {"arn:<AWS::Partition>:s3:::amzn-s3-demo-bucket/out/*"}
    assert may["kms:Decrypt"] == {f"<{key}.Arn>"}
    assert "kms:GenerateDataKey" not in may


def test_answers_are_encrypted_by_a_key_of_their_own_beside_the_buckets(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        both = s3.Bucket(stack, "Both", encryption_key=kms.Key(stack, "OfBucket"))
        asynchronous(stack, output=AsynchronousOutput(bucket=both, encryption_key=kms.Key(stack, "Own")))

    template = made(synthesise, fill)
    own, of_bucket_key = (template.at(path, "AWS::KMS::Key") for path in ("Own", "OfBucket"))
    may = Roles(template.resources).may("Asynchronous/ExecutionRole")
    assert may["kms:GenerateDataKey"] == {f"<{own}.Arn>"}
    assert may["kms:Decrypt"] == {f"<{own}.Arn>", f"<{of_bucket_key}.Arn>"}


def test_metrics_are_published_in_the_detail_that_is_asked_for(synthesise: Synthesise) -> None:
    detailed = MetricsConfig(publish_frequency_seconds=300, detailed_observability=True)
    template = made(synthesise, lambda stack: real_time(stack, metrics_config=detailed))
    assert config(template, "RealTime")["MetricsConfig"] == {
        "EnableDetailedObservability": True,
        "MetricPublishFrequencyInSeconds": 300,
    }


def test_ten_variants_share_the_traffic_by_their_weights(synthesise: Synthesise) -> None:
    variants = [variant(name=f"V{n}", weight=n) for n in range(10)]
    template = made(synthesise, lambda stack: real_time(stack, variants=variants))
    weights = {
        v["VariantName"]: v["InitialVariantWeight"] for v in config(template, "RealTime")["ProductionVariants"]
    }
    assert weights == {v.name: v.weight for v in variants}
