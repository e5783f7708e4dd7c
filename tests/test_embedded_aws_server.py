"""The embedded AWS as its clients see it: on loopback, by boto3, with refusals that name what they refuse."""

import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws import EmbeddedAws
from embedded_aws.environment import ACCESS_KEY_ID
from embedded_aws.moto_version import refuse_another_moto

pytest_plugins = ["embedded_aws.fixture"]
# Whatever proxy the shell names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def listening() -> set[str]:
    """The addresses that this process listens on, as Linux tells them: hexadecimal address:port."""
    own = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            own.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    rows = [
        line.split()
        for name in ("tcp", "tcp6", "udp", "udp6")
        for line in Path("/proc/net", name).read_text(encoding="ascii").splitlines()[1:]
    ]
    # 0A is LISTEN; 07 is a bound UDP socket.
    return {row[1] for row in rows if row[3] in {"0A", "07"} and f"socket:[{row[9]}]" in own}


def ask(aws: EmbeddedAws, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    data = None if body is None else json.dumps(body).encode()
    with DIRECT.open(urllib.request.Request(aws.url + path, data, method=method)) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_loopback_and_nowhere_else_and_leaves_nothing_behind() -> None:
    before, threads = listening(), threading.active_count()
    with EmbeddedAws() as aws:
        aws.client("sns").list_topics()
        assert listening() - before == {f"0100007F:{aws.port:04X}"}
        home = Path(aws.environment()["CDK_HOME"])
        assert home.is_dir()
    assert listening() == before
    assert threading.active_count() == threads
    assert not home.parent.exists()


def test_it_begins_empty_and_only_one_serves_in_a_process() -> None:
    with EmbeddedAws() as aws:
        aws.client("sns").create_topic(Name="of-the-first")
        with pytest.raises(RuntimeError, match="already"):
            EmbeddedAws().start()
    with EmbeddedAws() as aws:
        assert aws.client("sns").list_topics()["Topics"] == []
    with pytest.raises(RuntimeError, match="not started"):
        _ = aws.url


def test_a_start_that_fails_does_not_block_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        EmbeddedAws(taken.getsockname()[1]).start()
    with EmbeddedAws() as aws:
        assert aws.port > 0


def test_an_untried_moto_is_refused_with_the_remedy() -> None:
    with pytest.raises(ImportError, match=r"install moto 5\.2\.x"):
        refuse_another_moto("6.0.0")


def test_messages_go_from_a_topic_to_a_queue(embedded_aws: EmbeddedAws) -> None:
    sns, sqs = embedded_aws.client("sns", "eu-west-1"), embedded_aws.client("sqs", "eu-west-1")
    topic, queue = sns.create_topic(Name="alarms")["TopicArn"], sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn == "arn:aws:sqs:eu-west-1:123456789012:inbox"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hot")
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(message["Body"])["Message"] == "hot"


def test_a_message_to_the_world_outside_is_not_sent(embedded_aws: EmbeddedAws) -> None:
    sns = embedded_aws.client("sns")
    topic = sns.create_topic(Name="outside")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://192.0.2.1/hook")
    with pytest.raises(ClientError, match=r"does not leave the loopback interface.*192\.0\.2\.1"):
        sns.publish(TopicArn=topic, Message="hot")


def test_roles_and_parameters_are_kept(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    assert embedded_aws.client("iam").get_role(RoleName="reader")["Role"]["Arn"].endswith(":role/reader")
    ssm = embedded_aws.client("ssm")
    ssm.put_parameter(Name="/version", Value="31", Type="String")
    assert ssm.get_parameter(Name="/version")["Parameter"]["Value"] == "31"


def test_objects_are_reached_path_style_signed_and_presigned(embedded_aws: EmbeddedAws) -> None:
    s3, body = embedded_aws.client("s3"), bytes(range(256)) * 4000
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="a folder/template.json", Body=body, ContentEncoding="gzip")
    assert s3.head_object(Bucket="assets", Key="a folder/template.json")["ContentLength"] == len(body)
    assert s3.get_object(Bucket="assets", Key="a folder/template.json")["Body"].read() == body
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "assets", "Key": "a folder/template.json"})
    assert url.startswith(f"{embedded_aws.url}/assets/")
    with DIRECT.open(url) as answer:
        assert answer.read() == body
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="assets", Key="absent")
    with pytest.raises(ClientError) as absent:
        s3.head_bucket(Bucket="nowhere")
    assert absent.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_long_body_that_an_sdk_zips_is_read(embedded_aws: EmbeddedAws) -> None:
    cloudwatch = embedded_aws.client("cloudwatch")
    data = [{"MetricName": f"of-no-short-name-{number}", "Value": number} for number in range(500)]
    cloudwatch.put_metric_data(Namespace="Fleet", MetricData=data)
    found = cloudwatch.get_paginator("list_metrics").paginate(Namespace="Fleet")
    assert sum(len(page["Metrics"]) for page in found) == 500


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (
            lambda aws: aws.client("cloudwatch").get_metric_widget_image(MetricWidget="{}"),
            "cloudwatch:GetMetricWidgetImage",
        ),
        (lambda aws: aws.client("sagemaker").list_apps(), "sagemaker:ListApps"),
        (
            lambda aws: aws.client("lambda").get_function_recursion_config(FunctionName="f"),
            "lambda:GetFunctionRecursionConfig",
        ),
        (
            lambda aws: aws.client("iam").get_service_last_accessed_details(JobId="x" * 36),
            "iam:GetServiceLastAccessedDetails",
        ),
        (lambda aws: aws.client("location").list_maps(), "geo:POST /maps/v0/list-maps"),
        (lambda aws: aws.client("ec2").describe_verified_access_groups(), "ec2:DescribeVerifiedAccessGroups"),
    ],
    ids=["json", "json-of-a-replaced-service", "rest", "query", "no-such-service", "ec2"],
)
def test_what_is_not_emulated_is_refused_by_name_within_a_second(
    embedded_aws: EmbeddedAws, call: Callable[[EmbeddedAws], object], named: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        call(embedded_aws)  # the first loads botocore's model of the service
    began = time.monotonic()
    with pytest.raises(ClientError) as refusal:
        call(embedded_aws)
    assert time.monotonic() - began < 1
    assert refusal.value.response["Error"]["Code"] == "NotEmulated"
    assert f"{named} is not emulated" in refusal.value.response["Error"]["Message"]
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_unsigned_requests_never_reach_motos_own_emulation_of_what_we_answer(embedded_aws: EmbeddedAws) -> None:
    body = b"Action=DescribeScalableTargets&ServiceNamespace=sagemaker"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        DIRECT.open(f"{embedded_aws.url}/application-autoscaling_us-east-1/", body)
    with refusal.value as answer:
        assert answer.code == 403
        assert b"the request is not signed" in answer.read()


def test_calls_are_recorded_by_who_made_them(embedded_aws: EmbeddedAws) -> None:
    embedded_aws.forget_calls()
    assert embedded_aws.calls() == []
    for _ in range(3):
        embedded_aws.client("sts").get_caller_identity()
    embedded_aws.client("s3").list_buckets()
    embedded_aws.client("lambda").list_functions()
    embedded_aws.client("cloudwatch").list_metrics()
    made = [(call.service, call.operation) for call in embedded_aws.calls(ACCESS_KEY_ID)]
    assert made == [
        ("sts", "GetCallerIdentity"),
        ("s3", "ListBuckets"),
        ("lambda", "ListFunctions"),
        ("cloudwatch", "ListMetrics"),
    ]
    assert embedded_aws.calls("SOMEONE") == []
    told = ask(embedded_aws, "GET", f"/_embedded/calls?access_key_id={ACCESS_KEY_ID}")
    first = {"access_key_id": ACCESS_KEY_ID, "service": "sts", "operation": "GetCallerIdentity", "times": 3}
    assert told[0] == first
    ask(embedded_aws, "DELETE", "/_embedded/calls")
    assert ask(embedded_aws, "GET", "/_embedded/calls") == []


def test_an_endpoint_is_backdated_in_its_region_only(embedded_aws: EmbeddedAws) -> None:
    sagemaker = embedded_aws.client("sagemaker", "eu-west-1")
    role = "arn:aws:iam::123456789012:role/sagemaker"
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="old", EndpointConfigName="c")

    def age() -> timedelta:
        made: datetime = sagemaker.describe_endpoint(EndpointName="old")["CreationTime"]
        return datetime.now(UTC) - made

    assert age() < timedelta(minutes=5)
    embedded_aws.backdate_endpoint("old", days=30, region="eu-west-1")
    assert timedelta(days=30) <= age() < timedelta(days=31)
    ask(embedded_aws, "POST", "/_embedded/endpoints/old/backdate", {"days": 1.5, "region": "eu-west-1"})
    assert timedelta(days=31.5) <= age() < timedelta(days=32)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(embedded_aws, "POST", "/_embedded/endpoints/old/backdate", {"days": 1, "region": "us-east-1"})
    with refusal.value as answer:
        assert b"endpoint old was not backdated" in answer.read()


def test_an_unknown_test_only_call_is_refused(embedded_aws: EmbeddedAws) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        ask(embedded_aws, "POST", "/_embedded/weather")
    with refusal.value as answer:
        assert b"POST /_embedded/weather is not a call" in answer.read()
