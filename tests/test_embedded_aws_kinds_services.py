"""Each resource type: made, read back by boto3, changed, read back, deleted, gone."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from kinds_bench import ACCOUNT, DOCUMENT, REGION, TRUST, Bench

from embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with EmbeddedAws() as aws:
        yield Bench(aws.client)


def tags(listed: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


def gone(code: str, ask: Callable[..., object], **named: object) -> None:
    with pytest.raises(ClientError) as refused:
        ask(**named)
    assert refused.value.response["Error"]["Code"] == code


def test_role(bench: Bench) -> None:
    iam = bench.client("iam")
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    boundary = bench.create("AWS::IAM::ManagedPolicy", "Boundary", PolicyDocument=DOCUMENT)
    inline = [{"PolicyName": "first", "PolicyDocument": DOCUMENT}]
    role = bench.create(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=TRUST,
        ManagedPolicyArns=[read_only],
        Policies=inline,
        PermissionsBoundary=boundary.id,
        MaxSessionDuration="7200",
        Tags=[{"Key": "a", "Value": "1"}],
    )
    read = iam.get_role(RoleName=role.id)["Role"]
    assert (role["Arn"], role["RoleId"]) == (read["Arn"], read["RoleId"])
    assert role.id.startswith("Stack-Thing-")
    assert read["AssumeRolePolicyDocument"] == TRUST
    assert read["MaxSessionDuration"] == 7200
    assert read["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary.id
    assert tags(read["Tags"]) == {"a": "1"}
    assert iam.get_role_policy(RoleName=role.id, PolicyName="first")["PolicyDocument"] == DOCUMENT
    assert iam.list_attached_role_policies(RoleName=role.id)["AttachedPolicies"][0]["PolicyArn"] == read_only

    trusted = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": "*"}}]}
    role.update(
        AssumeRolePolicyDocument=trusted,
        Description="changed",
        Policies=[{"PolicyName": "second", "PolicyDocument": DOCUMENT}],
    )
    read = iam.get_role(RoleName=role.id)["Role"]
    assert read["AssumeRolePolicyDocument"] == trusted
    assert (read["Description"], read["MaxSessionDuration"]) == ("changed", 3600)
    assert "PermissionsBoundary" not in read
    assert not read.get("Tags")
    assert iam.list_role_policies(RoleName=role.id)["PolicyNames"] == ["second"]
    assert iam.list_attached_role_policies(RoleName=role.id)["AttachedPolicies"] == []

    role.delete()
    gone("NoSuchEntity", iam.get_role, RoleName=role.id)


def test_policies_of_roles(bench: Bench) -> None:
    iam = bench.client("iam")
    one, two = (bench.create("AWS::IAM::Role", n, AssumeRolePolicyDocument=TRUST).id for n in ("One", "Two"))
    policy = bench.create("AWS::IAM::Policy", PolicyName="p", PolicyDocument=DOCUMENT, Roles=[one])
    assert policy["Id"] == policy.id
    assert iam.get_role_policy(RoleName=one, PolicyName="p")["PolicyDocument"] == DOCUMENT
    policy.update(PolicyName="p", PolicyDocument=DOCUMENT, Roles=[two])
    assert iam.list_role_policies(RoleName=one)["PolicyNames"] == []
    policy.update(PolicyName="renamed", PolicyDocument=DOCUMENT, Roles=[two])
    assert iam.list_role_policies(RoleName=two)["PolicyNames"] == ["renamed"]
    policy.delete()
    assert iam.list_role_policies(RoleName=two)["PolicyNames"] == []


def test_managed_policy(bench: Bench) -> None:
    iam = bench.client("iam")
    role = bench.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST).id
    policy = bench.create(
        "AWS::IAM::ManagedPolicy",
        ManagedPolicyName="m",
        Path="/",
        Description="d",
        PolicyDocument=DOCUMENT,
        Roles=[role],
    )
    assert policy.id == policy["PolicyArn"] == f"arn:aws:iam::{ACCOUNT}:policy/m"
    assert (policy["AttachmentCount"], policy["DefaultVersionId"]) == (1, "v1")
    denied = {**DOCUMENT, "Statement": [{**DOCUMENT["Statement"][0], "Effect": "Deny"}]}
    policy.update(ManagedPolicyName="m", Path="/", Description="d", PolicyDocument=denied)
    version = iam.get_policy(PolicyArn=policy.id)["Policy"]["DefaultVersionId"]
    read = iam.get_policy_version(PolicyArn=policy.id, VersionId=version)["PolicyVersion"]
    assert read["Document"] == denied
    assert len(iam.list_policy_versions(PolicyArn=policy.id)["Versions"]) == 1
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    policy.delete()
    gone("NoSuchEntity", iam.get_policy, PolicyArn=policy.id)


def test_key_and_alias(bench: Bench) -> None:
    kms = bench.client("kms")
    allow = {**DOCUMENT, "Statement": [{**DOCUMENT["Statement"][0], "Principal": "*", "Action": "kms:*"}]}
    key = bench.create(
        "AWS::KMS::Key",
        KeyPolicy=allow,
        Description="d",
        EnableKeyRotation="true",
        Tags=[{"Key": "a", "Value": "1"}],
    )
    read = kms.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (key.id, key["Arn"]) == (read["KeyId"], read["Arn"])
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]
    assert json.loads(kms.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]) == allow
    other = {**allow, "Id": "other"}
    key.update(KeyPolicy=other, Description="e", EnableKeyRotation=False, Enabled=False)
    read = kms.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (read["Description"], read["Enabled"]) == ("e", False)
    assert not kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]
    assert json.loads(kms.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]) == other
    assert kms.list_resource_tags(KeyId=key.id)["Tags"] == []

    second = bench.create("AWS::KMS::Key")
    alias = bench.create("AWS::KMS::Alias", AliasName="alias/a", TargetKeyId=key.id)
    alias.update(AliasName="alias/a", TargetKeyId=second.id)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"] == second.id
    alias.delete()
    assert kms.list_aliases(KeyId=second.id)["Aliases"] == []
    key.delete()
    assert kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_topic_its_policy_and_its_subscription(bench: Bench) -> None:
    sns = bench.client("sns")
    topic = bench.create("AWS::SNS::Topic", DisplayName="d", KmsMasterKeyId="k", Tags=[{"Key": "a", "Value": "1"}])
    assert topic.id == topic["TopicArn"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic['TopicName']}"

    def read() -> dict[str, str]:
        attributes: dict[str, str] = sns.get_topic_attributes(TopicArn=topic.id)["Attributes"]
        return attributes

    default = json.loads(read()["Policy"])
    assert (read()["DisplayName"], read()["KmsMasterKeyId"]) == ("d", "k")
    topic.update(DisplayName="e", Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert (read()["DisplayName"], read().get("KmsMasterKeyId", "")) == ("e", "")
    assert tags(sns.list_tags_for_resource(ResourceArn=topic.id)["Tags"]) == {"a": "2", "b": "3"}

    policy = bench.create("AWS::SNS::TopicPolicy", PolicyDocument=DOCUMENT, Topics=[topic.id])
    assert policy["Id"] == policy.id
    assert json.loads(read()["Policy"]) == DOCUMENT
    policy.update(PolicyDocument={**DOCUMENT, "Id": "x"}, Topics=[topic.id])
    assert json.loads(read()["Policy"])["Id"] == "x"
    policy.delete()
    assert json.loads(read()["Policy"]) == default

    queue = bench.create("AWS::SQS::Queue")
    subscription = bench.create(
        "AWS::SNS::Subscription",
        TopicArn=topic.id,
        Protocol="sqs",
        Endpoint=queue["Arn"],
        RawMessageDelivery=True,
        FilterPolicy={"kind": ["alarm"]},
    )
    assert subscription.id == subscription["Arn"]
    told = sns.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    assert (told["RawMessageDelivery"], json.loads(told["FilterPolicy"])) == ("true", {"kind": ["alarm"]})
    subscription.update(TopicArn=topic.id, Protocol="sqs", Endpoint=queue["Arn"], RawMessageDelivery=False)
    told = sns.get_subscription_attributes(SubscriptionArn=subscription.id)["Attributes"]
    assert (told["RawMessageDelivery"], told.get("FilterPolicy", "")) == ("false", "")
    subscription.delete()
    gone("NotFound", sns.get_subscription_attributes, SubscriptionArn=subscription.id)
    topic.delete()
    gone("NotFound", sns.get_topic_attributes, TopicArn=topic.id)


def test_queue_and_its_policy(bench: Bench) -> None:
    sqs = bench.client("sqs")
    dead = bench.create("AWS::SQS::Queue", "Dead", MessageRetentionPeriod=1209600, SqsManagedSseEnabled=True)
    redrive = {"deadLetterTargetArn": dead["Arn"], "maxReceiveCount": 3}
    queue = bench.create(
        "AWS::SQS::Queue", VisibilityTimeout="60", RedrivePolicy=redrive, Tags=[{"Key": "a", "Value": "1"}]
    )

    def read(url: str) -> dict[str, str]:
        attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return attributes

    assert read(dead.id)["MessageRetentionPeriod"] == "1209600"
    assert queue["Arn"] == read(queue.id)["QueueArn"]
    assert queue.id == queue["QueueUrl"]
    assert queue["Arn"].endswith(queue["QueueName"])
    assert read(queue.id)["VisibilityTimeout"] == "60"
    assert json.loads(read(queue.id)["RedrivePolicy"]) == redrive
    queue.update(DelaySeconds=5)
    assert (read(queue.id)["VisibilityTimeout"], read(queue.id)["DelaySeconds"]) == ("30", "5")
    assert not read(queue.id).get("RedrivePolicy")
    assert not sqs.list_queue_tags(QueueUrl=queue.id).get("Tags")

    policy = bench.create("AWS::SQS::QueuePolicy", PolicyDocument=DOCUMENT, Queues=[queue.id])
    assert json.loads(read(queue.id)["Policy"]) == DOCUMENT
    policy.update(PolicyDocument=DOCUMENT, Queues=[dead.id])
    assert not read(queue.id).get("Policy")
    policy.delete()
    assert not read(dead.id).get("Policy")
    queue.delete()
    gone("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_attributes, QueueUrl=queue.id)


def test_log_group(bench: Bench) -> None:
    logs = bench.client("logs")
    group = bench.create("AWS::Logs::LogGroup", RetentionInDays=90, Tags=[{"Key": "a", "Value": "1"}])

    def read() -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = logs.describe_log_groups(logGroupNamePrefix=group.id)["logGroups"]
        return groups

    assert group["Arn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group.id}:*" == read()[0]["arn"]
    assert read()[0]["retentionInDays"] == 90
    assert logs.list_tags_for_resource(resourceArn=group["Arn"].removesuffix(":*"))["tags"] == {"a": "1"}
    group.update(RetentionInDays="7")
    assert read()[0]["retentionInDays"] == 7
    group.update()
    assert "retentionInDays" not in read()[0]
    assert logs.list_tags_for_resource(resourceArn=group["Arn"].removesuffix(":*"))["tags"] == {}
    group.update(KmsKeyId="key")
    assert read()[0]["kmsKeyId"] == "key"
    group.update()
    assert "kmsKeyId" not in read()[0]
    group.delete()
    assert read() == []


def test_function_and_its_permission(bench: Bench) -> None:
    functions = bench.client("lambda")
    role = bench.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)["Arn"]
    dead = bench.create("AWS::SQS::Queue")["Arn"]
    group = bench.create("AWS::Logs::LogGroup").id
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("module.py", "def handler(event, context): return event")
    bench.client("s3").create_bucket(Bucket="code")
    bench.client("s3").put_object(Bucket="code", Key="code.zip", Body=packed.getvalue())
    made: dict[str, Any] = {
        "Code": {"S3Bucket": "code", "S3Key": "code.zip"},
        "Handler": "module.handler",
        "Role": role,
        "Runtime": "python3.14",
        "Architectures": ["arm64"],
        "MemorySize": "512",
        "Timeout": 900,
        "Environment": {"Variables": {"DAYS": 7}},
        "DeadLetterConfig": {"TargetArn": dead},
        "LoggingConfig": {"LogGroup": group},
    }
    function = bench.create("AWS::Lambda::Function", **made, Tags=[{"Key": "a", "Value": "1"}])

    def read() -> dict[str, Any]:
        configuration: dict[str, Any] = functions.get_function_configuration(FunctionName=function.id)
        return configuration

    assert function["Arn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function.id}"
    first = read()
    assert (first["MemorySize"], first["Timeout"], first["Architectures"]) == (512, 900, ["arm64"])
    assert first["Environment"]["Variables"] == {"DAYS": "7"}
    assert (first["DeadLetterConfig"]["TargetArn"], first["LoggingConfig"]["LogGroup"]) == (dead, group)
    assert functions.list_tags(Resource=function["Arn"])["Tags"] == {"a": "1"}

    inline = {"ZipFile": "def handler(event, context): return 1"}
    function.update(
        Code=inline, Handler="index.handler", Role=role, Runtime="python3.14", TracingConfig={"Mode": "Active"}
    )
    second = read()
    assert second["CodeSha256"] != first["CodeSha256"]
    assert (second["MemorySize"], second["Timeout"], second["Handler"]) == (128, 3, "index.handler")
    assert "DeadLetterConfig" not in second
    assert "Environment" not in second
    assert second["Architectures"] == ["x86_64"]
    assert second["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{function.id}"

    source = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"
    permission = bench.create(
        "AWS::Lambda::Permission",
        Action="lambda:InvokeFunction",
        FunctionName=function["Arn"],
        Principal="events.amazonaws.com",
        SourceArn=source,
    )
    (statement,) = json.loads(functions.get_policy(FunctionName=function.id)["Policy"])["Statement"]
    assert statement["Sid"] == permission.id == permission["Id"]
    assert (statement["Action"], statement["Principal"]) == (
        "lambda:InvokeFunction",
        {"Service": "events.amazonaws.com"},
    )
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": source}}
    permission.delete()
    gone("ResourceNotFoundException", functions.get_policy, FunctionName=function.id)
    function.delete()
    gone("ResourceNotFoundException", functions.get_function, FunctionName=function.id)


def test_rule(bench: Bench) -> None:
    events = bench.client("events")
    dead = {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"}}
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "Id": "Target0", **dead}
    other = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "Id": "Target1", "Input": '{"a": 1}'}
    rule = bench.create(
        "AWS::Events::Rule",
        ScheduleExpression="rate(1 day)",
        State="ENABLED",
        Targets=[target, other],
        Tags=[{"Key": "a", "Value": "1"}],
    )
    read = events.describe_rule(Name=rule.id)
    assert (rule["Arn"], read["ScheduleExpression"], read["State"]) == (read["Arn"], "rate(1 day)", "ENABLED")
    assert events.list_targets_by_rule(Rule=rule.id)["Targets"] == [target, other]
    assert tags(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]) == {"a": "1"}
    rule.update(EventPattern={"source": ["aws.sagemaker"]}, State="DISABLED", Targets=[other])
    read = events.describe_rule(Name=rule.id)
    assert (json.loads(read["EventPattern"]), read["State"]) == ({"source": ["aws.sagemaker"]}, "DISABLED")
    assert not read.get("ScheduleExpression")
    assert events.list_targets_by_rule(Rule=rule.id)["Targets"] == [other]
    rule.delete()
    gone("ResourceNotFoundException", events.describe_rule, Name=rule.id)


def test_rule_of_another_bus(bench: Bench) -> None:
    bench.client("events").create_event_bus(Name="bus")
    rule = bench.create("AWS::Events::Rule", Name="r", EventBusName="bus", EventPattern={"source": ["x"]})
    assert rule.id == "bus|r"
    rule.update(Name="r", EventBusName="bus", EventPattern={"source": ["y"]})
    assert "y" in bench.client("events").describe_rule(Name="r", EventBusName="bus")["EventPattern"]
    rule.delete()
    gone("ResourceNotFoundException", bench.client("events").describe_rule, Name="r", EventBusName="bus")


def test_metadata_makes_nothing(bench: Bench) -> None:
    metadata = bench.create("AWS::CDK::Metadata", Analytics="v2:x")
    metadata.update(Analytics="v2:y")
    metadata.delete()
