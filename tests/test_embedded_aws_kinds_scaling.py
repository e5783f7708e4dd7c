"""Endpoints, what scales them, what watches them; and what `cdk bootstrap` makes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from kinds_bench import ACCOUNT, DOCUMENT, REGION, TRUST, Bench, Made

from embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator

SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with EmbeddedAws() as aws:
        yield Bench(aws.client)


def variants(model: str, weight: float, **more: object) -> list[dict[str, Any]]:
    return [
        {
            "VariantName": "AllTraffic",
            "ModelName": model,
            "InstanceType": "ml.g5.xlarge",
            "InitialInstanceCount": "2",
            "InitialVariantWeight": weight,
            **more,
        }
    ]


def an_endpoint(bench: Bench) -> tuple[Made, Made, Made]:
    role = bench.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)["Arn"]
    container = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/i:1", "ModelDataUrl": "s3://b/m.tar.gz"}
    model = bench.create("AWS::SageMaker::Model", "Model", ExecutionRoleArn=role, PrimaryContainer=container)
    config = bench.create("AWS::SageMaker::EndpointConfig", ProductionVariants=variants(model["ModelName"], 1))
    endpoint = bench.create("AWS::SageMaker::Endpoint", EndpointConfigName=config["EndpointConfigName"])
    return model, config, endpoint


def test_model_configuration_and_endpoint(bench: Bench) -> None:
    sagemaker = bench.client("sagemaker")
    model, config, endpoint = an_endpoint(bench)
    assert model.id == f"{SAGEMAKER}:model/{model['ModelName']}"
    assert config.id == f"{SAGEMAKER}:endpoint-config/{config['EndpointConfigName']}"
    assert endpoint.id == f"{SAGEMAKER}:endpoint/{endpoint['EndpointName']}"
    read = sagemaker.describe_endpoint_config(EndpointConfigName=config["EndpointConfigName"])
    assert read["ProductionVariants"] == [{**variants(model["ModelName"], 1.0)[0], "InitialInstanceCount": 2}]
    created = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])

    second = bench.create("AWS::SageMaker::EndpointConfig", ProductionVariants=variants(model["ModelName"], 0.5))
    endpoint.update(
        EndpointConfigName=second["EndpointConfigName"],
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        Tags=[{"Key": "a", "Value": "1"}],
    )
    updated = sagemaker.describe_endpoint(EndpointName=endpoint["EndpointName"])
    assert updated["EndpointConfigName"] == second["EndpointConfigName"]
    assert updated["CreationTime"] == created["CreationTime"]
    assert updated["ProductionVariants"][0]["DesiredWeight"] == 0.5
    endpoint.update(**{**endpoint.properties, "Tags": [{"Key": "a", "Value": "2"}]})
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=endpoint.id)["Tags"]}
    assert {key: value for key, value in tags.items() if not key.startswith("aws:")} == {"a": "2"}
    assert tags["aws:cloudformation:stack-name"] == "Stack"

    for made, ask in (
        (endpoint, sagemaker.describe_endpoint),
        (config, sagemaker.describe_endpoint_config),
        (second, sagemaker.describe_endpoint_config),
        (model, sagemaker.describe_model),
    ):
        made.delete()
        name = next(attribute for attribute in made.physical.attributes if attribute.endswith("Name"))
        with pytest.raises(ClientError, match="Could not find"):
            ask(**{name: made[name]})


def test_target_its_actions_and_its_policies(bench: Bench) -> None:
    scaling = bench.client("application-autoscaling")
    _, _, endpoint = an_endpoint(bench)
    resource = f"endpoint/{endpoint['EndpointName']}/variant/AllTraffic"
    named = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource,
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    night = {
        "ScheduledActionName": "night",
        "Schedule": "cron(0 22 * * ? *)",
        "Timezone": "Europe/Prague",
        "ScalableTargetAction": {"MinCapacity": "1", "MaxCapacity": 2},
    }
    morning = {**night, "ScheduledActionName": "morning", "Schedule": "cron(0 6 * * ? *)"}
    target = bench.create(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        **named,
        MinCapacity="2",
        MaxCapacity=9,
        ScheduledActions=[night],
    )
    assert target.id == target["Id"] == f"{resource}|sagemaker:variant:DesiredInstanceCount|sagemaker"

    def read() -> tuple[dict[str, Any], dict[str, Any]]:
        (registered,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[resource])[
            "ScalableTargets"
        ]
        actions = scaling.describe_scheduled_actions(ServiceNamespace="sagemaker", ResourceId=resource)
        return registered, {action["ScheduledActionName"]: action for action in actions["ScheduledActions"]}

    registered, actions = read()
    assert (registered["MinCapacity"], registered["MaxCapacity"]) == (2, 9)
    assert actions["night"]["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 2}
    assert actions["night"]["Timezone"] == "Europe/Prague"
    target.update(
        **named,
        MinCapacity=2,
        MaxCapacity=20,
        ScheduledActions=[morning],
        SuspendedState={"ScheduledScalingSuspended": "true"},
        Tags=[{"Key": "a", "Value": "1"}],
    )
    registered, actions = read()
    assert registered["MaxCapacity"] == 20
    assert registered["SuspendedState"]["ScheduledScalingSuspended"] is True
    assert list(actions) == ["morning"]
    assert scaling.list_tags_for_resource(ResourceARN=registered["ScalableTargetARN"])["Tags"] == {"a": "1"}
    target.update(**named, MinCapacity=2, MaxCapacity=20)
    registered, actions = read()
    assert registered["SuspendedState"]["ScheduledScalingSuspended"] is False
    assert actions == {}

    tracking: dict[str, Any] = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 300,
        "TargetValue": "600",
    }
    policy = bench.create(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        ScalingTargetId=target.id,
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    step = bench.create(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        **named,
        PolicyName="s",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    policy.update(
        **{**policy.properties, "TargetTrackingScalingPolicyConfiguration": {**tracking, "TargetValue": 700}}
    )
    policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=resource)[
        "ScalingPolicies"
    ]
    read_policies = {each["PolicyName"]: each for each in policies}
    assert read_policies["p"]["PolicyARN"] == policy.id == policy["Arn"]
    assert read_policies["p"]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 700
    assert read_policies["s"]["PolicyARN"] == step.id
    for made in (step, policy):
        made.delete()
    left = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=resource)
    assert left["ScalingPolicies"] == []
    target.delete()
    gone = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[resource])
    assert gone["ScalableTargets"] == []


def test_repository(bench: Bench) -> None:
    ecr = bench.client("ecr")
    lifecycle = {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": 365,
                },
                "action": {"type": "expire"},
            }
        ]
    }
    permits = {**DOCUMENT, "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}
    repository = bench.create(
        "AWS::ECR::Repository",
        RepositoryName="repo",
        ImageTagMutability="IMMUTABLE",
        LifecyclePolicy={"LifecyclePolicyText": json.dumps(lifecycle)},
        RepositoryPolicyText=permits,
        ImageScanningConfiguration={"ScanOnPush": "true"},
        Tags=[{"Key": "a", "Value": "1"}],
    )
    (read,) = ecr.describe_repositories(repositoryNames=["repo"])["repositories"]
    assert (repository["Arn"], repository["RepositoryUri"]) == (read["repositoryArn"], read["repositoryUri"])
    assert (read["imageTagMutability"], read["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    assert json.loads(ecr.get_lifecycle_policy(repositoryName="repo")["lifecyclePolicyText"]) == lifecycle
    assert json.loads(ecr.get_repository_policy(repositoryName="repo")["policyText"]) == permits
    repository.update(RepositoryName="repo", EmptyOnDelete=True)
    (read,) = ecr.describe_repositories(repositoryNames=["repo"])["repositories"]
    assert (read["imageTagMutability"], read["imageScanningConfiguration"]) == ("MUTABLE", {"scanOnPush": False})
    for ask in (ecr.get_lifecycle_policy, ecr.get_repository_policy):
        with pytest.raises(ClientError, match="NotFound"):
            ask(repositoryName="repo")
    assert ecr.list_tags_for_resource(resourceArn=repository["Arn"])["tags"] == []
    repository.delete()
    assert ecr.describe_repositories()["repositories"] == []


def test_parameter(bench: Bench) -> None:
    ssm = bench.client("ssm")
    parameter = bench.create("AWS::SSM::Parameter", Name="/a/version", Type="String", Value=33, Tags={"a": "1"})
    assert (parameter.id, parameter["Type"], parameter["Value"]) == ("/a/version", "String", "33")
    parameter.update(Name="/a/version", Type="String", Value="34", Description="d")
    assert parameter["Value"] == "34" == ssm.get_parameter(Name="/a/version")["Parameter"]["Value"]
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a/version")["TagList"] == []
    parameter.delete()
    with pytest.raises(ClientError, match="ParameterNotFound"):
        ssm.get_parameter(Name="/a/version")
