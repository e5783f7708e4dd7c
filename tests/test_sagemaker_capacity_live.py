"""What AWS measured, taken by a command: the same minutes as CloudWatch has, or why there are none."""

from __future__ import annotations

import json
import os
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner, Result
from emptied import forget_endpoints_and_metrics

from embedded_aws import metric_store
from sagemaker_capacity import _aws, read_benchmark
from sagemaker_capacity._cli import cli

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
ACCOUNT, REGION, ROLE = "123456789012", "us-east-1", "arn:aws:iam::123456789012:role/Any"
START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
RATES = [600.0, 1200.0, 2400.0, 3600.0, 4800.0, 6000.0, 7200.0, 8100.0, 8200.0, 8150.0]
END = START + timedelta(minutes=len(RATES))
WINDOW = ["--start", START.isoformat(), "--end", END.isoformat()]
SAMPLE = Path(__file__).parent / "samples/readers/recommender/completed.json"


@pytest.fixture
def safe(embedded_aws: EmbeddedAws) -> dict[str, str | None]:
    """An environment in which a command knows the embedded AWS, emptied, and no other."""
    forget_endpoints_and_metrics()
    environment = embedded_aws.environment(os.environ | {"AWS_REGION": REGION})
    gone: dict[str, str | None] = dict.fromkeys(set(os.environ) - set(environment))
    return gone | environment


def run(environment: Mapping[str, str | None], *words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words], env=environment)


def seed(
    endpoint: str,
    rates: Sequence[float] = RATES,
    variant: str = "AllTraffic",
    *,
    start: datetime = START,
    instances: int = 1,
) -> None:
    """Minutes of a variant whose latency doubles once it is full."""
    values = np.array(rates)
    for name, points in {
        "Invocations": values,
        "InvocationsPerInstance": values / instances,
        "ModelLatency": np.where(values > 8000, 20_000.0, 10_000.0),
        "CPUUtilization": values / 50,
    }.items():
        namespace = "/aws/sagemaker/Endpoints" if name == "CPUUtilization" else "AWS/SageMaker"
        dimensions = {"EndpointName": endpoint, "VariantName": variant}
        metric_store.seed(ACCOUNT, REGION, namespace, name, dimensions, start, 60, points)


def deploy(aws: EmbeddedAws, endpoint: str, *variants: str) -> None:
    sagemaker: Api = aws.client("sagemaker", REGION)
    image = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/model:1"}
    sagemaker.create_model(ModelName=endpoint, ExecutionRoleArn=ROLE, PrimaryContainer=image)
    sagemaker.create_endpoint_config(
        EndpointConfigName=endpoint,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": endpoint,
                "InstanceType": "ml.c5.large",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 1,
            }
            for variant in variants
        ],
    )
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint)


def job_of(folder: Path, **changed: Api) -> Path:
    """The sample's job, with its windows where CloudWatch was seeded."""
    job = json.loads(SAMPLE.read_text()) | changed
    for each in job["InferenceRecommendations"]:
        each |= {"InvocationStartTime": START.isoformat(), "InvocationEndTime": END.isoformat()}
    file = folder / "job.json"
    file.write_text(json.dumps(job))
    return file


def test_what_was_measured_is_a_benchmark_that_plan_reads(
    embedded_aws: EmbeddedAws, safe: dict[str, str | None], tmp_path: Path
) -> None:
    deploy(embedded_aws, "one", "AllTraffic")
    seed(
        "one", [1.0, *RATES, 1.0], start=START - timedelta(minutes=1)
    )  # of before and after, which is not asked for
    out = tmp_path / "benchmark.csv"
    result = run(safe, "measure", "one", *WINDOW, "--out", out)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    assert f"one/AllTraffic: {len(RATES)} rows, {min(RATES):g} to {max(RATES):g} invocations" in result.stderr
    frame = read_benchmark(out).frame
    assert frame["invocations_per_minute"].tolist() == RATES
    assert frame["time_utc"].tolist() == [START + timedelta(minutes=minute) for minute in range(len(RATES))]
    assert frame["mean"].unique().tolist() == [10, 20]
    asked = ["--instance-type", "ml.c5.large", "--peak-tps", "500", "--min-tps", "70"]
    planned = run(safe, "plan", out, *asked, "--no-picture", "--json")
    assert planned.exit_code == 0, planned.output
    assert json.loads(planned.stdout)["limits"]["max_invocations_per_minute"] == max(RATES)


def test_without_a_file_the_benchmark_is_printed(safe: dict[str, str | None], tmp_path: Path) -> None:
    seed("gone")  # CloudWatch knows it all the same
    written = run(safe, "measure", "gone", "--variant", "AllTraffic", *WINDOW, "--out", tmp_path / "b.csv")
    printed = run(safe, "measure", "gone", "--variant", "AllTraffic", *WINDOW)
    assert (written.exit_code, printed.exit_code) == (0, 0)
    assert printed.stdout == (tmp_path / "b.csv").read_text()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["none"], 2, f"there is no endpoint none in {REGION}. Of one that was deleted"),
        (["none", "--variant", "A"], 2, f"There is no endpoint none in {REGION}."),
        (["two"], 2, "has 2 variants, A, B: give --variant"),
        (["two", "--variant", "C"], 2, "The endpoint has no variant C, but A, B."),
        (["two", "--variant", "A"], 3, "two/A cannot be used:\n  - no data of Invocations"),
        (["two", "--variant", "B"], 3, "several instances answered"),
        (
            ["two", "--variant", "A", "--end", (START - timedelta(hours=1)).isoformat()],
            2,
            "a window ends after its",
        ),
        (["two", "--variant", "A", "--start", "2020-01-01T00:00Z"], 2, "CloudWatch keeps nothing for"),
        (["two", "--variant", "A", "--start", "2020-01-01T00:00"], 2, "'2020-01-01T00:00' has no zone: write"),
        (["two", "--variant", "A", "--start", "yesterday"], 2, "'yesterday' is no time in ISO 8601"),
    ],
)
def test_what_gives_no_benchmark_says_why_and_writes_nothing(
    embedded_aws: EmbeddedAws,
    safe: dict[str, str | None],
    tmp_path: Path,
    words: list[str],
    code: int,
    told: str,
) -> None:
    deploy(embedded_aws, "two", "A", "B")
    seed("two", variant="B", instances=2)
    out = tmp_path / "benchmark.csv"
    out.write_text("kept")
    result = run(safe, "measure", *WINDOW, *words, "--out", out)
    assert result.exit_code == code, result.output
    assert told in result.stderr
    assert out.read_text() == "kept"


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "no Region is known to ask: give --region"),
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "there are no credentials"),
        (("AWS_SECRET_ACCESS_KEY",), "there are no credentials: Partial credentials"),
    ],
)
def test_who_asks_and_where_must_be_known(safe: dict[str, str | None], lost: tuple[str, ...], told: str) -> None:
    for command in (["measure", "one", *WINDOW], ["recommendations", "one"]):
        result = run(safe | dict.fromkeys(lost), *command)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr


def test_an_aws_that_is_not_there_is_told(safe: dict[str, str | None]) -> None:
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    result = run(safe | unreachable, "measure", "one", *WINDOW)
    assert result.exit_code == 2
    assert "SageMaker did not answer: Could not connect" in result.stderr


def test_each_recommendation_s_minutes_are_kept_and_can_be_compared(
    safe: dict[str, str | None], tmp_path: Path
) -> None:
    seed("sm-epc-a", np.array(RATES) * 2)
    seed("sm-epc-b")
    folder = tmp_path / "kept"
    result = run(safe, "recommendations", job_of(tmp_path), "--out-folder", folder)
    assert result.exit_code == 0, result.output
    assert "The Default job recommender-instance completed with 2 recommendations." in result.stdout
    assert sorted(file.name for file in folder.iterdir()) == ["ml.c5.large.csv", "ml.c5.xlarge.csv"]
    assert read_benchmark(folder / "ml.c5.large.csv").frame["invocations_per_minute"].tolist() == RATES
    command = shlex.split(result.stderr.splitlines()[-1])
    latency, peak = command.index("--slo-latency-ms") + 1, command.index("--peak-tps") + 1
    assert (command[0], command[latency], command[peak]) == ("sagemaker-capacity", "…", "…")
    command[latency], command[peak] = "15", "500"
    compared = run(safe, *command[1:], "--json")
    assert compared.exit_code == 0, compared.output
    offers = {offer["instance_type"]: offer for offer in json.loads(compared.stdout)["offers"]}
    assert offers["ml.c5.xlarge"]["price_usd_per_hour"] == "0.204"  # what the job says
    assert offers["ml.c5.xlarge"]["price_source"] == "given"


def test_several_recommendations_of_a_type_have_a_file_each(safe: dict[str, str | None], tmp_path: Path) -> None:
    seed("sm-epc-b")
    one = json.loads(SAMPLE.read_text())["InferenceRecommendations"][1]
    file = job_of(tmp_path, InferenceRecommendations=[one, json.loads(json.dumps(one))])
    result = run(safe, "recommendations", file, "--out-folder", tmp_path / "kept")
    assert result.exit_code == 0, result.output
    assert sorted(f.name for f in (tmp_path / "kept").iterdir()) == ["ml.c5.large-2.csv", "ml.c5.large.csv"]
    command = result.stderr.splitlines()[-1]
    assert command.count("ml.c5.large=") == 2  # its file and its price, once each
    assert f"ml.c5.large={tmp_path / 'kept' / 'ml.c5.large.csv'} " in command  # the job's first


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Status": "FAILED", "FailureReason": "no image"}, "is FAILED with 2 recommendations: no image"),
        ({"Status": "STOPPED"}, "is STOPPED with 2 recommendations"),
        ({"Status": "IN_PROGRESS"}, "is IN_PROGRESS"),
        ({"InferenceRecommendations": []}, "completed with 0 recommendations"),
    ],
)
def test_a_job_that_did_not_complete_is_told_as_what_it_is(
    safe: dict[str, str | None], tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    result = run(safe, "recommendations", job_of(tmp_path, **changed), "--json", "--out-folder", tmp_path / "kept")
    assert result.exit_code == 3
    assert told in result.stderr
    assert json.loads(result.stdout)["status"] == changed.get("Status", "COMPLETED")
    assert not (tmp_path / "kept").exists()


def test_minutes_that_are_gone_are_no_zeros(safe: dict[str, str | None], tmp_path: Path) -> None:
    seed("sm-epc-a")
    result = run(safe, "recommendations", job_of(tmp_path), "--out-folder", tmp_path / "kept")
    assert result.exit_code == 3
    assert "sm-epc-b/AllTraffic cannot be used:\n  - no data of Invocations" in result.stderr
    assert not (tmp_path / "kept").exists()


def test_a_job_is_described_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = boto3.client("sagemaker", REGION, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106
    job = json.loads(job_of(tmp_path).read_text())
    for each in (job, *job["InferenceRecommendations"]):
        each |= {key: datetime.fromisoformat(value) for key, value in each.items() if key.endswith("Time")}
    job["InferenceRecommendations"][0]["Metrics"]["CpuUtilization"] = float("nan")
    monkeypatch.setattr(_aws, "client_of", lambda *_: client)
    with Stubber(client) as stub:
        stub.add_response("describe_inference_recommendations_job", job, {"JobName": "recommender-instance"})
        stub.add_client_error("describe_inference_recommendations_job", "ResourceNotFound", "no such job")
        found = run({}, "recommendations", "recommender-instance", "--json")
        assert json.loads(found.stdout) == json.loads(run({}, "recommendations", job_of(tmp_path), "--json").stdout)
        missing = run({}, "recommendations", "none")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "SageMaker refused: An error occurred (ResourceNotFound)" in missing.stderr


def test_a_file_that_is_no_job_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text("{}")
    result = run({}, "recommendations", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no answer of DescribeInferenceRecommendationsJob" in result.stderr
