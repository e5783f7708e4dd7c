"""CloudWatch, saved and live, and Inference Recommender: one instance's minutes in their units, or why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from botocore.stub import ANY, Stubber
from emptied import forget_endpoints_and_metrics
from hypothesis import given
from hypothesis import strategies as st

from embedded_aws import EmbeddedAws, metric_store
from sagemaker_capacity import BenchmarkError, read_benchmark
from sagemaker_capacity.readers import (
    RecommenderJob,
    Window,
    as_minutes_csv,
    describe_job,
    period_seconds,
    read_endpoint,
    read_endpoints,
    read_job,
    read_recommendations,
)

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
SAMPLES = Path(__file__).parent / "samples/readers"
ACCOUNT, REGION = "123456789012", "us-east-1"
START = datetime(2026, 3, 1, 10, tzinfo=UTC)
END = START + timedelta(minutes=4)
NOW = START + timedelta(hours=1)
WINDOW = Window("e", "AllTraffic", START, END)
INVOCATIONS = [600.0, 1200.0, 2400.0, 2500.0]


@pytest.fixture
def cloudwatch(embedded_aws: EmbeddedAws) -> Api:
    """CloudWatch without a metric."""
    forget_endpoints_and_metrics()
    return embedded_aws.client("cloudwatch", REGION)


def seed(name: str, values: list[float], window: Window = WINDOW, start: datetime = START) -> None:
    namespace = "/aws/sagemaker/Endpoints" if name.endswith("Utilization") else "AWS/SageMaker"
    dimensions = {"EndpointName": window.endpoint_name, "VariantName": window.variant_name}
    metric_store.seed(ACCOUNT, REGION, namespace, name, dimensions, start, 60, np.array(values))


def job_with(**changed: Api) -> Api:
    return json.loads((SAMPLES / "recommender/completed.json").read_text()) | changed


def saved(folder: Path, content: Api) -> Path:
    path = folder / "export.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_both_calls_of_the_cli_export_the_same_minutes() -> None:
    data = read_benchmark(SAMPLES / "cloudwatch/get_metric_data.json")
    statistics = read_benchmark(SAMPLES / "cloudwatch/get_metric_statistics.json")
    pd.testing.assert_frame_equal(data.frame[statistics.frame.columns], statistics.frame)
    assert data.frame["invocations_per_minute"].tolist() == INVOCATIONS
    assert data.frame["p99"].tolist() == [15, 15.5, 21, 80]
    assert data.frame["cpu_sum_percent"].tolist() == [30, 60, 121.5, 180]


def test_a_series_that_is_not_read_is_named() -> None:
    assert read_benchmark(SAMPLES / "cloudwatch/get_metric_data.json").ignored_columns == (
        "overhead OverheadLatency p99",
    )


def test_an_error_told_by_two_metrics_counts_once() -> None:
    frame = read_benchmark(SAMPLES / "cloudwatch/get_metric_data.json").frame
    assert frame["errors_per_minute"].tolist() == [0, 1, 2, 30]


def test_a_folder_of_answers_is_one_export(tmp_path: Path) -> None:
    text = (SAMPLES / "cloudwatch/get_metric_statistics.json").read_text()
    for number, part in enumerate(text.replace("}\n{", "}\n\0{").split("\0")):
        (tmp_path / f"{number}.json").write_text(part)
    whole = read_benchmark(SAMPLES / "cloudwatch/get_metric_statistics.json")
    assert read_benchmark(tmp_path).frame.equals(whole.frame)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"model_latency_p99"', '"latency"', "'latency ModelLatency' tells no statistic"),
        ('"model_latency_p99"', '"model_latency_ts99"', "is a total over the period, not a latency"),
        ('"model_latency_p99"', '"model_latency_p50"', "ModelLatency p50 has two values of 2026-03-01T10:00Z"),
        ("10200.0", "-1.0", "ModelLatency Average of 2026-03-01T10:00Z must be a number of at least 0, got -1.0"),
        ("10200.0", "NaN", "ModelLatency Average of 2026-03-01T10:00Z must be a number of at least 0, got nan"),
        ("+00:00", "", "has times without a zone"),
        ('"Complete"', '"InternalError"', "is InternalError: export it again"),
        ('nvocations"', 'thers"', "no data of Invocations"),
        ("T10:01:00", "T10:00:30", "its times are 30 s apart"),
    ],
)
def test_an_export_that_tells_no_minutes_says_why(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (SAMPLES / "cloudwatch/get_metric_data.json").read_text()
    assert old in text
    with pytest.raises(BenchmarkError) as error:
        read_benchmark(saved(tmp_path, text.replace(old, new)))
    assert said in str(error.value)
    assert "Period 60" in str(error.value)


def test_another_unit_than_the_metric_s_own_is_refused(tmp_path: Path) -> None:
    text = (SAMPLES / "cloudwatch/get_metric_statistics.json").read_text()
    with pytest.raises(BenchmarkError, match="ModelLatency is in Milliseconds, not Microseconds"):
        read_benchmark(saved(tmp_path, text.replace("Microseconds", "Milliseconds")))


def test_the_average_of_invocations_is_not_taken_for_their_number(tmp_path: Path) -> None:
    export = json.loads((SAMPLES / "cloudwatch/get_metric_data.json").read_text())
    export["MetricDataResults"][0]["Values"] = [1.0] * 4
    with pytest.raises(BenchmarkError, match="ask for its Sum"):
        read_benchmark(saved(tmp_path, export))


def test_counts_of_five_minutes_are_rates_per_minute(tmp_path: Path) -> None:
    text = (SAMPLES / "cloudwatch/get_metric_data.json").read_text()
    for minute in (3, 2, 1):
        text = text.replace(f"T10:0{minute}:", f"T10:{5 * minute:02}:")
    benchmark = read_benchmark(saved(tmp_path, text))
    assert benchmark.frame["invocations_per_minute"].tolist() == [count / 5 for count in INVOCATIONS]
    assert "periods of 300 s" in benchmark.warnings[0]


@pytest.mark.parametrize(
    ("days", "seconds"), [(0, 60), (15, 60), (15.01, 300), (63, 300), (63.01, 3600), (455, 3600)]
)
def test_the_period_is_the_shortest_that_cloudwatch_still_keeps(days: float, seconds: int) -> None:
    assert period_seconds(START, START + timedelta(days=days)) == seconds


def test_what_cloudwatch_has_forgotten_is_said() -> None:
    with pytest.raises(ValueError, match="keeps nothing for 456 days"):
        period_seconds(START, START + timedelta(days=456))


@given(days=st.tuples(st.floats(0, 455), st.floats(0, 455)))
def test_older_data_never_has_shorter_periods(days: tuple[float, float]) -> None:
    young, old = (period_seconds(START, START + timedelta(days=age)) for age in sorted(days))
    assert young <= old


def test_minutes_are_read_live_in_their_units(cloudwatch: Api) -> None:
    for name, values in {
        "Invocations": [5.0, *INVOCATIONS, 7.0],
        "Invocation4XXErrors": [0.0, 0.0, 1.0, 0.0, 3.0, 0.0],
        "Invocation5XXErrors": [0.0, 0.0, 0.0, 0.0, 2.0, 0.0],
        "InvocationModelErrors": [0.0, 0.0, 2.0, 0.0, 4.0, 0.0],
        "ModelLatency": [9000.0, 10000.0, 11000.0, 12000.0, 40000.0, 9000.0],
        "CPUUtilization": [1.0, 30.0, 60.0, 120.0, 180.0, 1.0],
    }.items():
        seed(name, values, start=START - timedelta(minutes=1))
    benchmark = read_endpoint(cloudwatch, WINDOW, now=NOW)
    frame = benchmark.frame
    assert frame["time_utc"].tolist() == [START + timedelta(minutes=n) for n in range(4)]
    assert frame["invocations_per_minute"].tolist() == INVOCATIONS
    assert frame["errors_per_minute"].tolist() == [0, 2, 0, 5]
    assert frame["mean"].tolist() == frame["p99"].tolist() == [10, 11, 12, 40]
    assert frame["cpu_sum_percent"].tolist() == [30, 60, 120, 180]
    assert benchmark.latency_statistics == ("mean", "p50", "p90", "p95", "p99")


def test_what_was_read_live_is_kept_as_evidence_by_its_own_digest(cloudwatch: Api, tmp_path: Path) -> None:
    seed("Invocations", INVOCATIONS)
    seed("ModelLatency", [10100.0, 10200.0, 10300.0, 10400.0])
    live = read_endpoint(cloudwatch, WINDOW, now=NOW)
    path = tmp_path / "benchmark.csv"
    path.write_text(as_minutes_csv(live.frame))
    kept = read_benchmark(path)
    assert kept.sha256 == live.sha256
    pd.testing.assert_frame_equal(kept.frame, live.frame)


def test_old_minutes_are_read_as_rates_of_longer_periods(cloudwatch: Api) -> None:
    seed("Invocations", [100.0] * 20)
    window = Window("e", "AllTraffic", START, START + timedelta(minutes=20))
    benchmark = read_endpoint(cloudwatch, window, now=START + timedelta(days=20))
    assert benchmark.frame["invocations_per_minute"].tolist() == [100] * 4
    assert "periods of 300 s" in benchmark.warnings[0]


def test_an_endpoint_without_data_is_no_zero(cloudwatch: Api) -> None:
    with pytest.raises(BenchmarkError, match=r"e/AllTraffic cannot be used:\n  - no data of Invocations"):
        read_endpoint(cloudwatch, WINDOW, now=NOW)


def test_several_instances_are_no_benchmark_of_one(cloudwatch: Api) -> None:
    seed("Invocations", INVOCATIONS)
    seed("InvocationsPerInstance", [count / 2 for count in INVOCATIONS])
    with pytest.raises(BenchmarkError, match="several instances answered, and a benchmark is of one"):
        read_endpoint(cloudwatch, WINDOW, now=NOW)


def test_more_variants_than_a_call_takes_are_asked_for_in_several(cloudwatch: Api) -> None:
    windows = [Window(f"e{number}", "AllTraffic", START, END) for number in range(50)]
    for number, window in enumerate(windows):
        seed("Invocations", [number + count for count in INVOCATIONS], window)
    asked: list[int] = []
    cloudwatch.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData",
        lambda params, **_: asked.append(len(params["MetricDataQueries"])),
    )
    found = read_endpoints(cloudwatch, windows, now=NOW)
    assert [benchmark.name for benchmark in found] == [f"e{number}/AllTraffic" for number in range(50)]
    assert [b.frame["invocations_per_minute"][0] for b in found] == [600 + number for number in range(50)]
    assert asked[0] == 500
    assert sum(asked) == 50 * 13
    assert len(asked) == 2


def client_of(service: str) -> Api:
    return boto3.client(service, REGION, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106


def test_pages_are_followed_to_the_last() -> None:
    client = client_of("cloudwatch")
    with Stubber(client) as stub:
        for first, token in ((0, "more"), (2, None)):
            times = [START + timedelta(minutes=minute) for minute in (first, first + 1)]
            result = {"Id": "q0", "Timestamps": times, "Values": INVOCATIONS[first : first + 2]}
            page = {"MetricDataResults": [result | {"StatusCode": "PartialData" if token else "Complete"}]}
            asked = {"MetricDataQueries": ANY, "StartTime": START, "EndTime": END, "ScanBy": "TimestampAscending"}
            stub.add_response(
                "get_metric_data",
                page | ({"NextToken": token} if token else {}),
                asked | ({} if token else {"NextToken": "more"}),
            )
        assert read_endpoint(client, WINDOW, now=NOW).frame["invocations_per_minute"].tolist() == INVOCATIONS
        stub.assert_no_pending_responses()


def test_a_series_that_cloudwatch_could_not_read_is_not_left_out() -> None:
    client = client_of("cloudwatch")
    with Stubber(client) as stub:
        failed = {"Id": "q0", "Label": "Invocations", "Timestamps": [], "Values": [], "StatusCode": "InternalError"}
        stub.add_response("get_metric_data", {"MetricDataResults": [failed]})
        with pytest.raises(BenchmarkError, match="CloudWatch answered InternalError for Invocations"):
            read_endpoint(client, WINDOW, now=NOW)


@pytest.mark.parametrize(("start", "end"), [(START.replace(tzinfo=None), END), (END, START), (START, START)])
def test_a_window_has_a_zone_and_a_length(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="a window"):
        Window("e", "v", start, end)


def test_every_recommendation_is_compared_the_cheapest_first() -> None:
    job = read_job(SAMPLES / "recommender/completed.json")
    assert job.told == "the Default job recommender-instance completed with 2 recommendations"
    frame = job.compared()
    assert frame["instance_type"].tolist() == ["ml.c5.large", "ml.c5.xlarge"]
    assert frame["cost_usd_per_million"].tolist() == pytest.approx([0.21, 0.24])
    assert frame["max_invocations_per_minute"].tolist() == [8100, 14000]
    assert frame["model_latency_ms"].tolist() == [26, 31]
    assert frame["cpu_percent"].isna().tolist() == [False, True]


def test_a_job_s_minutes_are_those_of_each_recommendation_s_own_window(cloudwatch: Api) -> None:
    job = read_job(SAMPLES / "recommender/completed.json")
    for number, each in enumerate(job.recommendations):
        assert each.window is not None
        seed("Invocations", [100.0 + number] * 30, each.window, START - timedelta(minutes=5))
    found = read_recommendations(cloudwatch, job, now=NOW)
    assert [each.instance_type for each, _ in found] == ["ml.c5.xlarge", "ml.c5.large"]
    (_, first), (_, second) = found
    assert first.frame["invocations_per_minute"].tolist() == [100] * 14
    assert first.frame["time_utc"][0] == START
    # 10:01:30 to 10:12:30 has ten whole minutes, and the parts at its ends have no rate per minute
    assert second.frame["invocations_per_minute"].tolist() == [101] * 10
    assert second.frame["time_utc"][0] == START + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Status": "FAILED", "FailureReason": "no such image"}, "is FAILED with 2 recommendations: no such image"),
        ({"Status": "STOPPED"}, "is STOPPED with 2 recommendations"),
        ({"Status": "IN_PROGRESS"}, "is IN_PROGRESS"),
        ({"InferenceRecommendations": []}, "completed with 0 recommendations"),
        ({"JobType": "Advanced", "Status": "FAILED", "InferenceRecommendations": []}, "the Advanced job"),
    ],
)
def test_a_job_that_did_not_complete_gives_no_minutes(
    cloudwatch: Api, tmp_path: Path, changed: Api, said: str
) -> None:
    path = saved(tmp_path, job_with(**changed))
    for call in (lambda: read_recommendations(cloudwatch, read_job(path), now=NOW), lambda: read_benchmark(path)):
        assert said in words_of(call)


def words_of(call: Callable[[], object]) -> str:
    with pytest.raises(BenchmarkError) as error:
        call()
    return str(error.value)


def test_a_saved_job_tells_where_its_minutes_are() -> None:
    said = words_of(lambda: read_benchmark(SAMPLES / "recommender/completed.json"))
    assert "and tells no minutes. They are CloudWatch's metrics of:" in said
    assert "ml.c5.large: sm-epc-b/AllTraffic, 2026-03-01T11:01:30+01:00 to 2026-03-01T11:12:30+01:00" in said


def test_a_job_is_described_live_like_the_saved_one() -> None:
    told = job_with()
    for each in (told, *told["InferenceRecommendations"]):
        each |= {key: datetime.fromisoformat(value) for key, value in each.items() if key.endswith("Time")}
    told["InferenceRecommendations"][0]["Metrics"]["CpuUtilization"] = float("nan")
    client = client_of("sagemaker")
    with Stubber(client) as stub:
        stub.add_response("describe_inference_recommendations_job", told, {"JobName": "recommender-instance"})
        live: RecommenderJob = describe_job(client, "recommender-instance")
    assert live == read_job(SAMPLES / "recommender/completed.json")


def test_a_saved_job_s_times_may_be_those_of_the_wire(tmp_path: Path) -> None:
    told = job_with()
    for each in told["InferenceRecommendations"]:
        for which in ("InvocationStartTime", "InvocationEndTime"):
            each[which] = datetime.fromisoformat(each[which]).timestamp()
    assert read_job(saved(tmp_path, told)) == read_job(SAMPLES / "recommender/completed.json")
