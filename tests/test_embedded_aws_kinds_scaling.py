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
DENY_WITHOUT_TLS = {
    "Sid": "AllowSSLRequestsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


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
    assert sagemaker.list_tags(ResourceArn=endpoint.id)["Tags"] == [{"Key": "a", "Value": "2"}]

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


def test_alarm_on_a_metric(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    properties: dict[str, Any] = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
        "EvaluationPeriods": "5",
        "DatapointsToAlarm": 5,
        "ExtendedStatistic": "p99",
        "MetricName": "ModelLatency",
        "Namespace": "AWS/SageMaker",
        "Period": 60,
        "Threshold": "900000",
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "OKActions": ["arn:aws:sns:us-east-1:123456789012:t"],
    }
    alarm = bench.create("AWS::CloudWatch::Alarm", **properties, Tags=[{"Key": "a", "Value": "1"}])
    (read,) = cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert (read["AlarmArn"], read["Threshold"], read["EvaluationPeriods"]) == (alarm["Arn"], 900000.0, 5)
    assert read["OKActions"] == properties["OKActions"]
    alarm.update(**{**properties, "Threshold": 5, "OKActions": []})
    (read,) = cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert (read["Threshold"], read["OKActions"]) == (5.0, [])
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["Arn"])["Tags"] == []
    alarm.delete()
    assert cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"] == []


def test_alarm_on_metric_math(bench: Bench) -> None:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "a", "Value": "b"}],
    }
    metrics = [
        {"Id": "failed", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "rate", "Expression": "100 * failed", "Label": "per cent", "ReturnData": True},
    ]
    alarm = bench.create(
        "AWS::CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=metrics,
    )
    (read,) = bench.client("cloudwatch").describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert [each["Id"] for each in read["Metrics"]] == ["failed", "rate"]
    assert read["Metrics"][1]["Expression"] == "100 * failed"
    alarm.delete()


def test_dashboard(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    body = {"widgets": [{"type": "text", "x": 0, "y": 0, "properties": {"markdown": "one"}}]}
    dashboard = bench.create("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody=json.dumps(body))
    assert dashboard.id == "d"
    body["widgets"][0]["x"] = 6
    dashboard.update(DashboardName="d", DashboardBody=json.dumps(body))
    assert json.loads(cloudwatch.get_dashboard(DashboardName="d")["DashboardBody"]) == body
    dashboard.delete()
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_bucket(bench: Bench) -> None:
    s3 = bench.client("s3")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    old_versions = {
        "Id": "CleanupOldVersions",
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    expired = {"Id": "Old", "Status": "Enabled", "Prefix": "x/", "ExpirationInDays": 5}
    bucket = bench.create(
        "AWS::S3::Bucket",
        BucketName="bucket",
        AccessControl="Private",
        BucketEncryption={"ServerSideEncryptionConfiguration": [encryption]},
        LifecycleConfiguration={"Rules": [old_versions, expired]},
        PublicAccessBlockConfiguration={"BlockPublicAcls": "true", "RestrictPublicBuckets": True},
        VersioningConfiguration={"Status": "Enabled"},
        Tags=[{"Key": "a", "Value": "1"}],
    )
    assert (bucket.id, bucket["Arn"]) == ("bucket", "arn:aws:s3:::bucket")
    assert bucket["DomainName"] == "bucket.s3.amazonaws.com"
    assert bucket["RegionalDomainName"] == "bucket.s3.us-east-1.amazonaws.com"
    rules = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
    first, second = s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"]
    assert first["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert (second["Filter"], second["Expiration"]["Days"]) == ({"Prefix": "x/"}, 5)
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert s3.get_bucket_tagging(Bucket="bucket")["TagSet"] == [{"Key": "a", "Value": "1"}]

    bucket.update(BucketName="bucket")
    assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Suspended"
    for ask in (
        s3.get_bucket_encryption,
        s3.get_bucket_lifecycle_configuration,
        s3.get_public_access_block,
        s3.get_bucket_tagging,
    ):
        with pytest.raises(ClientError):
            ask(Bucket="bucket")

    s3.put_object(Bucket="bucket", Key="k", Body=b"")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        bucket.delete()
    for version in s3.list_object_versions(Bucket="bucket")["Versions"]:
        s3.delete_object(Bucket="bucket", Key="k", VersionId=version["VersionId"])
    bucket.delete()
    assert "bucket" not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_bucket_policy_keeps_what_denies_without_tls_to_itself(bench: Bench) -> None:
    """moto ignores conditions: it would deny the CLI's own uploads."""
    s3 = bench.client("s3")
    bucket = bench.create("AWS::S3::Bucket").id
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = bench.create(
        "AWS::S3::BucketPolicy", Bucket=bucket, PolicyDocument={**DOCUMENT, "Statement": [DENY_WITHOUT_TLS, allow]}
    )
    assert policy.id == bucket
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == [allow]
    policy.update(Bucket=bucket, PolicyDocument={**DOCUMENT, "Statement": [DENY_WITHOUT_TLS]})
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    policy.delete()


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
