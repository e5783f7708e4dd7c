"""The Lambda function and the command line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError
from botocore.stub import ANY, Stubber

import sagemaker_idle_endpoints
from sagemaker_idle_endpoints import __main__ as command
from sagemaker_idle_endpoints import _clients, handler
from sagemaker_idle_endpoints._lambda import aws_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "arn:aws:sns:us-east-1:123456789012:idle-endpoints"
SOURCE_ROOT = Path(sagemaker_idle_endpoints.__file__).parents[1]
OLD = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def stub_one_idle_endpoint(sagemaker: Stubber, cloudwatch: Stubber) -> None:
    facts = {
        "EndpointName": "fraud",
        "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/fraud",
        "EndpointStatus": "InService",
        "CreationTime": OLD,
        "LastModifiedTime": OLD,
    }
    variant = {"VariantName": "v", "CurrentInstanceCount": 1}
    sagemaker.add_response("list_endpoints", {"Endpoints": [facts]})
    sagemaker.add_response("describe_endpoint", facts | {"ProductionVariants": [variant]})
    sagemaker.add_response("list_inference_components", {"InferenceComponents": []})
    answer = {"Id": "q0", "Values": [0.0], "Timestamps": [OLD], "StatusCode": "Complete"}
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [answer]})


# --- the Lambda function -------------------------------------------------------------------------


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stubber, Stubber, Stubber]]:
    monkeypatch.setenv("LOOKBACK_DAYS", "30")
    monkeypatch.setenv("TOPIC_ARN", TOPIC)
    aws_clients.cache_clear()
    with ExitStack() as stack:
        sagemaker, cloudwatch, sns = (stack.enter_context(Stubber(each)) for each in aws_clients())
        yield sagemaker, cloudwatch, sns
    aws_clients.cache_clear()


def test_the_function_publishes_the_report_and_returns_its_summary(
    aws: tuple[Stubber, Stubber, Stubber], caplog: pytest.LogCaptureFixture
) -> None:
    sagemaker, cloudwatch, sns = aws
    stub_one_idle_endpoint(sagemaker, cloudwatch)
    expected = {
        "TopicArn": TOPIC,
        "Subject": "SageMaker: 1 idle of 1 endpoints in us-east-1",
        "Message": ANY,
        "MessageStructure": "json",
    }
    sns.add_response("publish", {"MessageId": "1"}, expected)
    sent: list[dict[str, Any]] = []
    sns.client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.append(params))
    result = handler({}, None)
    for stubber in aws:
        stubber.assert_no_pending_responses()
    message = json.loads(sent[0]["Message"])
    assert "fraud" in message["email"]
    assert message["default"] == message["email"]
    report = json.loads(message["sqs"])
    assert [each["activity"] for each in report["endpoints"]] == ["idle_zeros"]
    assert result == {key: report[key] for key in ("api_calls", "counts", "region", "window")}
    assert json.loads(json.dumps(result)) == result
    (record,) = [each for each in caplog.records if each.name == "sagemaker_idle_endpoints"]
    assert record.levelno == logging.INFO
    assert json.loads(record.getMessage())["counts"]["idle_zeros"] == 1


def test_a_warm_container_moves_its_window_on_and_keeps_its_clients(
    aws: tuple[Stubber, Stubber, Stubber],
) -> None:
    sagemaker, cloudwatch, sns = aws
    ends = []
    cloudwatch.client.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData", lambda params, **_: ends.append(params["EndTime"])
    )
    for _ in range(2):
        stub_one_idle_endpoint(sagemaker, cloudwatch)
        sns.add_response("publish", {"MessageId": "1"})
        handler({}, None)
    assert ends[0] < ends[1]
    assert aws_clients() is aws_clients()


@pytest.mark.parametrize("value", [None, "", "0", "64", "a week"])
def test_a_wrong_lookback_is_told_with_cause_value_and_remedy(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("LOOKBACK_DAYS", raising=False)
    if value is not None:
        monkeypatch.setenv("LOOKBACK_DAYS", value)
    with pytest.raises(ValueError, match="LOOKBACK_DAYS must be a whole number of days, 1 to 63, got"):
        handler({}, None)


def test_a_missing_topic_is_told_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKBACK_DAYS", "7")
    monkeypatch.delenv("TOPIC_ARN", raising=False)
    with pytest.raises(ValueError, match="TOPIC_ARN"):
        handler({}, None)


def test_a_refused_publish_fails_the_function(aws: tuple[Stubber, Stubber, Stubber]) -> None:
    sagemaker, cloudwatch, sns = aws
    stub_one_idle_endpoint(sagemaker, cloudwatch)
    sns.add_client_error("publish", "AuthorizationError", "not authorized")
    with pytest.raises(ClientError, match="AuthorizationError"):
        handler({}, None)


def test_importing_the_package_does_not_import_boto3() -> None:
    asked = "import sys, sagemaker_idle_endpoints; sys.exit('boto3' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=SOURCE_ROOT, check=False)  # noqa: S603
    assert ran.returncode == 0


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stubber, Stubber]]:
    """Stubs on the clients that the command opens: real ones, opened here in its stead."""
    opened = _clients.open_clients(boto3.Session())
    monkeypatch.setattr(_clients, "open_clients", lambda _: opened)
    with Stubber(opened[0]) as sagemaker, Stubber(opened[1]) as cloudwatch:
        yield sagemaker, cloudwatch


def test_the_command_prints_text_for_a_person(
    console: tuple[Stubber, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    stub_one_idle_endpoint(*console)
    assert command.main([]) == 0
    printed = capsys.readouterr()
    assert "fraud" in printed.out
    assert "7 days" in printed.out
    assert printed.err == ""


def test_the_command_prints_json_for_a_program(
    console: tuple[Stubber, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    stub_one_idle_endpoint(*console)
    assert command.main(["--json", "--lookback", "63d"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["counts"]["idle_zeros"] == 1
    window = {name: datetime.fromisoformat(time) for name, time in report["window"].items()}
    assert (window["end"] - window["start"]).days == 63


def test_a_denied_listing_ends_with_1_the_error_and_the_remedy(
    console: tuple[Stubber, Stubber], capsys: pytest.CaptureFixture[str]
) -> None:
    console[0].add_client_error("list_endpoints", "AccessDeniedException", "not authorized")
    assert command.main([]) == 1
    told = capsys.readouterr().err
    assert "ListEndpoints: AccessDeniedException: not authorized" in told
    assert "--help" in told


@pytest.mark.parametrize("lookback", ["7", "0d", "64d", "2w", "d", "1.5d", "-1d"])
def test_a_bad_lookback_ends_with_2_and_says_what_is_good(
    lookback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([f"--lookback={lookback}"])
    assert ended.value.code == 2
    assert "14" in capsys.readouterr().err


def test_without_a_region_the_command_ends_with_1_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert command.main([]) == 1
    assert "--region" in capsys.readouterr().err


def test_an_unknown_profile_ends_with_1_and_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--profile", "nobody"]) == 1
    told = capsys.readouterr().err
    assert "nobody" in told
    assert "--profile" in told


def test_without_credentials_the_command_ends_with_1_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert command.main([]) == 1
    assert "aws sts get-caller-identity" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (NoCredentialsError(), "get-caller-identity"),
        (EndpointConnectionError(endpoint_url="https://api.sagemaker.nowhere.amazonaws.com"), "network"),
        (ClientError({"Error": {"Code": "ExpiredTokenException"}}, "ListEndpoints"), "aws sso login"),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "ListEndpoints"), "Try again"),
    ],
)
def test_every_refusal_has_a_remedy(error: ClientError | BotoCoreError, remedy: str) -> None:
    assert remedy in command._remedy(error)  # noqa: SLF001


def test_help_tells_the_permissions_and_the_exit_statuses() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sagemaker_idle_endpoints", "--help"],
        cwd=SOURCE_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for told in (
        "sagemaker:ListEndpoints",
        "sagemaker:DescribeEndpoint",
        "sagemaker:ListInferenceComponents",
        "cloudwatch:GetMetricData",
        "exit status",
        "--lookback",
    ):
        assert told in ran.stdout
