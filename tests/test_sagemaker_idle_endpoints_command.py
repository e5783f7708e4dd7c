"""`python -m sagemaker_idle_endpoints`, and the function's environment and event."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError
from idle_bench import REGION, IdleBench, injected, refusal

import sagemaker_idle_endpoints
from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Action, handler
from sagemaker_idle_endpoints.__main__ import main
from sagemaker_idle_endpoints._clients import Account
from sagemaker_idle_endpoints._lambda import aws
from sagemaker_idle_endpoints._settings import Settings
from sagemaker_idle_endpoints.command._remedies import remedy, status_of

pytest_plugins = ["embedded_aws.fixture"]

SOURCE_ROOT = Path(sagemaker_idle_endpoints.__file__).parents[1]
TOPIC = "arn:aws:sns:us-east-1:123456789012:idle-endpoints"
Console = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True, scope="module")
def _models_are_read_once() -> Iterator[None]:
    """Each session reads the models of its services anew, a second for SageMaker's."""
    with patch.object(botocore.session, "create_loader", functools.cache(botocore.session.create_loader)):
        yield


@pytest.fixture
def environment(embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command run on this embedded AWS has."""
    for name, value in embedded_aws.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


@pytest.fixture
def bench(embedded_aws: EmbeddedAws, environment: None) -> IdleBench:  # noqa: ARG001
    bench = IdleBench(embedded_aws)
    bench.real_time("fraud")
    bench.real_time("churn")
    bench.called("churn", 5)
    return bench


# --- looking -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bench")
def test_it_prints_a_table_for_a_person(capsys: Console) -> None:
    assert main(["--lookback", "14d"]) == 0
    printed = capsys.readouterr()
    assert "2 endpoints: 1 idle (0 zeros, 1 no data), 1 busy" in printed.out
    assert "14 days" in printed.out
    assert "fraud" in printed.out
    assert "churn" not in printed.out
    assert printed.err == ""


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("table", "SageMaker endpoints"),
        ("markdown", "# SageMaker endpoints"),
        ("json", "{"),
        ("csv", "account,region"),
    ],
)
def test_it_prints_in_every_form(capsys: Console, form: str, begins: str) -> None:
    assert main(["--format", form]) == 0
    assert capsys.readouterr().out.startswith(begins)


@pytest.mark.usefixtures("bench")
def test_it_prints_json_for_a_program_with_its_calls(capsys: Console) -> None:
    assert main(["--json", "--lookback", "63d", "--no-tags"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["counts"]["idle_no_data"] == 1
    window = {name: datetime.fromisoformat(time) for name, time in report["window"].items()}
    assert (window["end"] - window["start"]).days == 63
    assert report["api_calls"]["DescribeEndpoint"] == 1
    assert "ListTags" not in report["api_calls"]


@pytest.mark.usefixtures("bench")
def test_several_regions_are_one_report(capsys: Console) -> None:
    assert main(["--json", "--region", "eu-west-1", "--region", REGION]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["regions"] == ["eu-west-1", REGION]
    assert {each["region"] for each in report["endpoints"]} == {REGION}


@pytest.mark.usefixtures("bench")
def test_a_region_named_twice_is_looked_at_once(capsys: Console) -> None:
    assert main(["--json", "--region", REGION, "--region", REGION]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["regions"] == [REGION]
    assert len(report["endpoints"]) == 2


@pytest.mark.parametrize(("columns", "lines"), [("80", 2), ("200", 1)])
def test_a_table_is_as_wide_as_the_terminal_and_100_columns_at_most(
    bench: IdleBench, capsys: Console, monkeypatch: pytest.MonkeyPatch, columns: str, lines: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    types = {"a": "ml.g5.48xlarge", "b": "ml.p4d.24xlarge"}
    bench.make(
        "unpriced",
        [
            {"VariantName": name, "ModelName": "model", "InstanceType": each, "InitialInstanceCount": 1}
            for name, each in types.items()
        ],
    )
    assert main([]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in printed if not line.startswith("    $ ")) <= min(int(columns), 100)
    first = next(number for number, line in enumerate(printed) if "not known" in line)
    assert "to do" in printed[first + lines]


@pytest.mark.usefixtures("bench")
def test_all_regions_are_those_that_are_enabled(capsys: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    enabled = Account(boto3.Session(region_name=REGION)).regions()
    assert {REGION, "eu-west-1", "us-west-2"} < set(enabled)
    monkeypatch.setattr(Account, "regions", lambda _: ("eu-west-1", REGION))  # each takes a while
    assert main(["--json", "--all-regions"]) == 0
    assert json.loads(capsys.readouterr().out)["regions"] == ["eu-west-1", REGION]


@pytest.mark.usefixtures("bench")
def test_prices_and_calls_to_ignore_are_taken(capsys: Console, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("item,unit,price_usd\nml.c5.large,hour,1\n", encoding="utf-8")
    assert main(["--json", "--ignore-calls-per-day", "5", "--prices", str(file)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["counts"]["idle_zeros"] == 1
    assert report["idle_usd_per_month"] == "1460.00"


@pytest.mark.parametrize("days", ["0d", "64d", "7", "a week"])
def test_a_wrong_lookback_is_bad_input(days: str, capsys: Console) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--lookback", days])
    assert "got" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    "arguments", [["--prices", "nowhere.csv"], ["--ignore-calls-per-day", "-1"], ["restore", "e", "--file", "none"]]
)
def test_bad_input_is_told_with_status_2(capsys: Console, arguments: list[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.usefixtures("environment")
def test_where_all_is_refused_the_status_is_1(
    embedded_aws: EmbeddedAws, capsys: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = embedded_aws.client("sagemaker", REGION)
    monkeypatch.setattr(Account, "eyes", lambda *_: (client, embedded_aws.client("cloudwatch", REGION)))
    with injected(client, "ListEndpoints", lambda _: refusal("AccessDeniedException")):
        assert main([]) == 1
    told = capsys.readouterr().err
    assert "ListEndpoints: AccessDeniedException: no luck" in told
    assert "actions that --help lists" in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoCredentialsError(), "sts get-caller-identity"),
        (EndpointConnectionError(endpoint_url="https://aws.test"), "--region"),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeEndpoint"), "--help"),
        (ClientError({"Error": {"Code": "ExpiredTokenException"}}, "DescribeEndpoint"), "aws sso login"),
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "DescribeEndpoint"), "Try again"),
    ],
)
def test_every_refusal_has_a_remedy(error: ClientError | BotoCoreError, told: str, capsys: Console) -> None:
    def refused() -> int:
        raise error

    assert status_of(refused) == 1
    assert told in remedy(error)
    assert remedy(error) in capsys.readouterr().err


def test_help_names_every_permission_and_needs_no_boto3() -> None:
    asked = "import sys; from sagemaker_idle_endpoints.__main__ import main\n"
    asked += "try: main(['--help'])\nfinally: print('boto3' in sys.modules)"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", asked], cwd=SOURCE_ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.endswith("False\n")
    for action in (
        "ListEndpoints",
        "ListInferenceComponents",
        "DescribeEndpointConfig",
        "ListTags",
        "GetMetricData",
    ):
        assert action in ran.stdout


# --- save and restore ----------------------------------------------------------------------------


def test_what_is_saved_and_deleted_comes_back(bench: IdleBench, tmp_path: Path, capsys: Console) -> None:
    file = tmp_path / "fraud.json"
    assert main(["save", "fraud", "--out", str(file)]) == 0
    before = bench.sagemaker.describe_endpoint(EndpointName="fraud")["ProductionVariants"]
    bench.sagemaker.delete_endpoint(EndpointName="fraud")
    assert main(["restore", "churn", "--file", str(file)]) == 2
    assert "that is of fraud, not of churn" in capsys.readouterr().err
    assert main(["restore", "fraud", "--file", str(file)]) == 0
    assert "fraud is back, on configuration fraud-config" in capsys.readouterr().out
    after = bench.sagemaker.describe_endpoint(EndpointName="fraud")["ProductionVariants"]
    assert [each["CurrentInstanceCount"] for each in after] == [each["CurrentInstanceCount"] for each in before]
    assert main(["save", "fraud"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize("written", ["not json", "{}", "[1]", '{"endpoint": null}'])
def test_a_file_that_save_did_not_write_is_named(capsys: Console, tmp_path: Path, written: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(written, encoding="utf-8")
    assert main(["restore", "fraud", "--file", str(file)]) == 2
    assert f"{file} is not what `save` wrote" in capsys.readouterr().err


@pytest.mark.usefixtures("bench")
def test_what_is_not_there_is_told_with_what_to_check(capsys: Console) -> None:
    assert main(["save", "nobody"]) == 1
    assert "Check its name, --region and --profile." in capsys.readouterr().err
    assert main(["restore", "fraud", "--bucket", "no-such-bucket"]) == 1
    assert "Check --bucket" in capsys.readouterr().err


def test_the_latest_in_the_bucket_is_restored(bench: IdleBench, embedded_aws: EmbeddedAws, capsys: Console) -> None:
    s3: Any = embedded_aws.client("s3", REGION)
    s3.create_bucket(Bucket="saved")
    assert main(["restore", "fraud", "--bucket", "saved"]) == 2
    assert "nothing is saved under s3://saved/state/saved/123456789012/us-east-1/fraud/" in capsys.readouterr().err
    assert main(["save", "fraud"]) == 0
    saved = json.loads(capsys.readouterr().out)
    for date, count in (("2026-03-01", 1), ("2026-03-09", 2)):
        saved["sizes"][0]["DesiredInstanceCount"] = count
        key = f"state/saved/123456789012/us-east-1/fraud/{date}.json"
        s3.put_object(Bucket="saved", Key=key, Body=json.dumps(saved).encode())
    bench.sagemaker.delete_endpoint(EndpointName="fraud")
    assert main(["restore", "fraud", "--bucket", "saved", "--no-wait"]) == 0
    assert "once it is in service, run this again" in capsys.readouterr().out
    assert main(["restore", "fraud", "--bucket", "saved"]) == 0
    (variant,) = bench.sagemaker.describe_endpoint(EndpointName="fraud")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2


# --- the function --------------------------------------------------------------------------------


@pytest.fixture
def function(bench: IdleBench, embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # noqa: ARG001
    embedded_aws.client("s3", REGION).create_bucket(Bucket="reports")
    topic = embedded_aws.client("sns", REGION).create_topic(Name="told")["TopicArn"]
    for name, value in {
        "LOOKBACK_DAYS": "7",
        "BUCKET_NAME": "reports",
        "TOPIC_ARN": topic,
        "ROLE_NAME": "Looks",
    }.items():
        monkeypatch.setenv(name, value)
    aws.cache_clear()
    yield SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:idle")
    aws.cache_clear()


def test_the_function_reports_the_day_of_its_event_once(function: Any, bench: IdleBench) -> None:  # noqa: ANN401
    scheduled = (bench.now - timedelta(hours=5)).isoformat()
    summary = handler({"detail-type": "Scheduled Event", "time": scheduled}, function)
    assert summary["window"]["end"] == (bench.now - timedelta(hours=5)).isoformat(timespec="seconds")
    assert json.loads(json.dumps(summary)) == summary
    bench.sagemaker.delete_endpoint(EndpointName="fraud")
    assert handler({"time": scheduled}, function) == summary
    assert handler({"time": scheduled, "again": True}, function)["counts"]["idle_no_data"] == 0
    assert aws() is aws()


def test_another_account_is_looked_at_by_its_role_and_kept_apart(function: Any) -> None:  # noqa: ANN401
    own = handler(None, function)
    other = handler({"account": "222222222222"}, function)
    assert (own["account"], other["account"]) == ("123456789012", "222222222222")
    assert (own["counts"]["busy"], other["counts"]["busy"]) == (1, 0)
    assert other["report"] == f"s3://reports/reports/{other['date']}/222222222222.json"
    with pytest.raises(ValueError, match="account must be twelve digits, got '12'"):
        handler({"account": "12"}, function)


def test_its_own_account_too_is_looked_at_by_the_role(function: Any, embedded_aws: EmbeddedAws) -> None:  # noqa: ANN401
    """What looks at many accounts may assume that role alone, and its own may be one of them."""
    embedded_aws.forget_calls()
    handler({"account": "123456789012", "again": True}, function)
    assert "AssumeRole" in {call.operation for call in embedded_aws.calls()}


def test_the_environment_says_all_its_faults_at_once() -> None:
    wrong = {"LOOKBACK_DAYS": "week", "ACTIONS": "stop", "DRY_RUN": "maybe"}
    with pytest.raises(ValueError, match="set it in the function's environment") as told:
        Settings.of(wrong)
    for part in (
        "LOOKBACK_DAYS must be",
        "'stop' is not a valid Action",
        "TOPIC_ARN must name",
        "BUCKET_NAME must name",
    ):
        assert part in str(told.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GRACE_DAYS", "0.5", "grace must be at least a day"),
        ("GRACE_DAYS", "x", "GRACE_DAYS must be a number, got 'x'"),
        ("IGNORED_CALLS_PER_DAY", "-1", "ignored_calls_per_day must be at least 0"),
        ("DRY_RUN", "no", "DRY_RUN must be one of true, false, got 'no'"),
    ],
)
def test_each_fault_of_the_environment_is_told(name: str, value: str, told: str) -> None:
    needed = {"LOOKBACK_DAYS": "7", "TOPIC_ARN": TOPIC, "BUCKET_NAME": "reports"}
    with pytest.raises(ValueError, match=told):
        Settings.of(needed | {name: value})


def test_what_the_environment_does_not_say_is_read_only() -> None:
    needed = {"LOOKBACK_DAYS": "7", "TOPIC_ARN": TOPIC, "BUCKET_NAME": "reports"}
    settings = Settings.of(needed)
    assert settings.switch.permitted == frozenset()
    acting = Settings.of(needed | {"ACTIONS": "scale-in, delete", "DRY_RUN": "false", "REGIONS": "eu-west-1,*"})
    assert (acting.switch.permitted, acting.switch.dry_run) == (frozenset(Action), False)
    assert acting.regions == ("eu-west-1", "*")
    assert Settings.of(needed | {"ACTIONS": "delete"}).switch.dry_run


def test_importing_the_package_does_not_import_boto3() -> None:
    asked = "import sys, sagemaker_idle_endpoints; sys.exit('boto3' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=SOURCE_ROOT, check=False)  # noqa: S603
    assert ran.returncode == 0
