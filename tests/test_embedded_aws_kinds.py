"""What all kinds of resources have in common: nothing is dropped, nothing is taken over, nothing is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from kinds_bench import DOCUMENT, TRUST, Bench

from embedded_aws import EmbeddedAws
from embedded_aws.cloudformation.schema import schema_of
from embedded_aws.kinds import KINDS
from embedded_aws.kinds.api import in_shape, is_gone, lost
from embedded_aws.kinds.resource import AlreadyExistsError, NotCarriedError, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDPOINT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/none/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with EmbeddedAws() as aws:
        yield Bench(aws.client)


def kind(type_: str) -> Resource:
    found = KINDS[type_]
    assert isinstance(found, Resource)
    return found


def used(template: dict[str, Any]) -> dict[str, set[str]]:
    """The properties that a template's resources have, by type."""
    properties: dict[str, set[str]] = {}
    for resource in template["Resources"].values():
        properties.setdefault(resource["Type"], set()).update(resource.get("Properties", {}))
    return properties


def test_every_property_of_the_app_is_carried(repository: Path) -> None:
    golden = json.loads((repository / "tests/goldens/test_app/test_golden_of_the_app.json").read_text())
    for type_, properties in used(golden).items():
        assert properties <= kind(type_).carried, type_


def test_every_property_of_the_bootstrap_stack_is_carried(repository: Path) -> None:
    file = repository / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"
    for type_, properties in used(yaml.safe_load(file.read_text())).items():
        assert properties <= kind(type_).carried, type_


@pytest.mark.parametrize("type_", sorted(KINDS))
def test_a_kind_carries_what_its_schema_has_and_refuses_the_rest(bench: Bench, type_: str) -> None:
    schema = schema_of(type_)
    assert schema is not None
    carried = kind(type_).carried
    assert carried <= schema.properties - schema.read_only
    assert schema.required <= carried
    for name in schema.properties - carried:
        with pytest.raises(NotCarriedError, match=f"^{type_}: property {name} is not emulated"):
            bench.create(type_, **{name: "x"})


@pytest.mark.parametrize(
    ("type_", "properties", "told"),
    [
        ("AWS::SNS::Topic", {"TracingConfig": "Active", "DisplayName": "d"}, "TracingConfig"),
        ("AWS::SQS::Queue", {"MaximumMessageSize": "large"}, "large"),
        ("AWS::S3::Bucket", {"LifecycleConfiguration": {"Rules": [{"TagFilters": []}]}}, "TagFilters"),
        (
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "a", "Arn": "b", "C": 1}]},
            "C",
        ),
        ("AWS::ECR::Repository", {"LifecyclePolicy": {"RegistryId": "1"}}, "RegistryId"),
        ("AWS::IAM::Policy", {"PolicyName": "p", "PolicyDocument": DOCUMENT}, "Roles"),
        ("AWS::SSM::Parameter", {"Type": "SecureString", "Value": "x"}, "SecureString"),
        (
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            {**ENDPOINT, "PolicyName": "p", "PolicyType": "StepScaling", "ScalingTargetId": "a|b"},
            "ScalingTargetId",
        ),
    ],
)
def test_a_refusal_names_the_type_and_the_property(
    bench: Bench, type_: str, properties: dict[str, Any], told: str
) -> None:
    with pytest.raises((ValueError, ClientError), match=told) as refused:
        bench.create(type_, **properties)
    if not isinstance(refused.value, ClientError):
        assert type_ in str(refused.value)


def test_what_the_service_stores_only_in_part_is_refused(bench: Bench) -> None:
    """moto answers 200 and forgets the unit of a metric."""
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"}
    stat = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "AccountId": "123456789012"}
    with pytest.raises(NotCarriedError, match=r"AWS::CloudWatch::Alarm: property Metrics\.0\.AccountId"):
        bench.create(
            "AWS::CloudWatch::Alarm",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Threshold=1,
            Metrics=[stat],
        )
    assert bench.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_code_that_is_not_there_is_refused(bench: Bench) -> None:
    """moto would make a function without code."""
    role = bench.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)["Arn"]
    code = {"S3Bucket": bench.create("AWS::S3::Bucket").id, "S3Key": "none"}
    with pytest.raises(ValueError, match="AWS::Lambda::Function: there is no code at"):
        bench.create("AWS::Lambda::Function", Code=code, Role=role, Runtime="python3.14", Handler="a.b")
    assert bench.client("lambda").list_functions()["Functions"] == []


def test_what_is_carried_reads_back(bench: Bench) -> None:
    """Of the kinds that do not read back by themselves: each property that moto might forget."""
    key = bench.create("AWS::KMS::Key", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", MultiRegion="true").id
    read = bench.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    assert (read["KeySpec"], read["KeyUsage"], read["MultiRegion"]) == ("RSA_2048", "SIGN_VERIFY", True)

    parameter = {
        "Type": "String",
        "Description": "d",
        "AllowedPattern": "^1$",
        "DataType": "text",
        "Tier": "Advanced",
    }
    name = bench.create("AWS::SSM::Parameter", Value="1", **parameter).id
    (read,) = [p for p in bench.client("ssm").describe_parameters()["Parameters"] if p["Name"] == name]
    assert lost(parameter, read) == []

    queue = bench.create("AWS::SQS::Queue")["Arn"]
    attributes = {
        "DeliveryPolicy": {"healthyRetryPolicy": {"numRetries": 5}},
        "FilterPolicy": {"a": ["b"]},
        "RedrivePolicy": {"deadLetterTargetArn": queue},
    }
    texts = {"FilterPolicyScope": "MessageBody", "SubscriptionRoleArn": "arn:aws:iam::123456789012:role/x"}
    topic = bench.create("AWS::SNS::Topic").id
    arn = bench.create(
        "AWS::SNS::Subscription", TopicArn=topic, Protocol="sqs", Endpoint=queue, **attributes, **texts
    ).id
    read = bench.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert lost(texts, read) == []
    assert {name: json.loads(read[name]) for name in attributes} == attributes

    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    bucket = bench.create("AWS::S3::Bucket", OwnershipControls=controls).id
    assert bench.client("s3").get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls


def test_a_create_that_fails_half_way_leaves_nothing(bench: Bench) -> None:
    iam = bench.client("iam")
    before = iam.list_roles()["Roles"]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        bench.create(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=TRUST,
            Policies=[{"PolicyName": "p", "PolicyDocument": DOCUMENT}],
            ManagedPolicyArns=["arn:aws:iam::123456789012:policy/none"],
        )
    assert iam.list_roles()["Roles"] == before


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("AWS::CloudWatch::Dashboard", {"DashboardName": "n", "DashboardBody": '{"widgets": []}'}),
        ("AWS::Events::Rule", {"Name": "n", "ScheduleExpression": "rate(1 day)"}),
        ("AWS::IAM::Role", {"RoleName": "n", "AssumeRolePolicyDocument": TRUST}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "n"}),
        ("AWS::S3::Bucket", {"BucketName": "name"}),
        ("AWS::SNS::Topic", {"TopicName": "n"}),
        ("AWS::SQS::Queue", {"QueueName": "n"}),
        ("AWS::SSM::Parameter", {"Name": "n", "Type": "String", "Value": "v"}),
        (
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": "n",
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "MetricName": "m",
                "Namespace": "x",
                "Period": 60,
                "Statistic": "Sum",
                "Threshold": 1,
            },
        ),
    ],
)
def test_what_is_there_already_is_not_taken_over(bench: Bench, type_: str, properties: dict[str, Any]) -> None:
    made = bench.create(type_, **properties)
    with pytest.raises((AlreadyExistsError, ClientError), match=r"(?i)already ?exists|is already"):
        bench.create(type_, **properties)
    made.delete()
    bench.create(type_, **properties).delete()


def test_optional_properties_can_be_given_later(bench: Bench) -> None:
    topic = bench.create("AWS::SNS::Topic")
    topic.update(DisplayName="later")
    attributes = bench.client("sns").get_topic_attributes(TopicArn=topic.id)["Attributes"]
    assert attributes["DisplayName"] == "later"


def test_a_resource_has_the_tags_of_its_stack_and_its_own_win(bench: Bench) -> None:
    tagged = Bench(bench.context.clients, tags={"team": "a", "stage": "test"})
    role = tagged.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "team", "Value": "b"}])
    read = bench.client("iam").list_role_tags(RoleName=role.id)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in read} == {"team": "b", "stage": "test"}


def test_values_take_the_shapes_of_the_api() -> None:
    scaling = boto3.client("application-autoscaling", region_name="us-east-1").meta.service_model
    shape = scaling.operation_model("PutScalingPolicy").input_shape
    given = {
        "PolicyName": 5,
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": "600",
            "ScaleInCooldown": "300",
            "DisableScaleIn": "true",
            "CustomizedMetricSpecification": {"Dimensions": [{"Name": "n", "Value": True}]},
        },
    }
    assert in_shape(shape, given) == {
        "PolicyName": "5",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 600.0,
            "ScaleInCooldown": 300,
            "DisableScaleIn": True,
            "CustomizedMetricSpecification": {"Dimensions": [{"Name": "n", "Value": "true"}]},
        },
    }
    role = boto3.client("iam", region_name="us-east-1").meta.service_model.operation_model("CreateRole").input_shape
    assert json.loads(in_shape(role, {"AssumeRolePolicyDocument": TRUST})["AssumeRolePolicyDocument"]) == TRUST


def test_lost_names_each_path() -> None:
    sent = {"a": {"b": 1, "c": [1, {"d": 2}]}, "e": 0, "f": [1]}
    assert lost(sent, {**sent, "more": 1}) == []
    assert lost(sent, {"a": {"b": 2, "c": [1, {}]}}) == ["a.b", "a.c.1.d", "e", "f.0"]


def test_only_absence_is_gone() -> None:
    def error(code: str, message: str) -> ClientError:
        return ClientError({"Error": {"Code": code, "Message": message}}, "Delete")

    assert is_gone(error("NoSuchEntity", ""))
    assert is_gone(error("ValidationException", 'Could not find endpoint "e".'))
    assert not is_gone(error("ValidationException", "wrong"))
    assert not is_gone(error("DeleteConflict", ""))
