"""The readers of load-test tools: the same requests are the same benchmark, whatever tool wrote them down."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sagemaker_capacity import BenchmarkError, read_benchmark
from sagemaker_capacity._cli import cli
from sagemaker_capacity.readers import FORMATS

SAMPLES = Path(__file__).parent / "samples/readers"
TOOLS_OWN = {
    "k6-csv": "k6/results.csv.gz",
    "k6-json": "k6/results.json.gz",
    "jmeter-csv": "jmeter/results.csv.gz",
    "jmeter-xml": "jmeter/results.xml.gz",
    "genai-perf": "genai_perf/profile_export.json.gz",
    "aiperf": "aiperf/profile_export.jsonl.gz",
}
PARENTS = ("jmeter/parents.csv.gz", "jmeter/parents.xml.gz")
EVERY = TOOLS_OWN | {
    "vegeta-csv": "vegeta/results.csv",
    "vegeta-json": "vegeta/results.json",
    "locust-history": "locust/history.csv",
    "locust-requests": "locust/requests.csv.gz",
    "cloudwatch": "cloudwatch/get_metric_data.json",
    "llmperf": "llmperf",
    "fmbench": "fmbench/all_metrics.csv",
    "minutes-csv": "../../../plans/xgboost/benchmark.csv",
}
MINUTE_NS = 60 * 10**9


def unpacked(sample: str) -> str:
    """The text of a packed sample."""
    return gzip.decompress((SAMPLES / sample).read_bytes()).decode()


def served(name: str) -> list[pd.DataFrame]:
    """What the server that was asked wrote down itself, by minutes from the first request on."""
    answers = pd.read_csv(SAMPLES / name)
    return [part for _, part in answers.groupby((answers["answered_ns"] - answers["came_ns"].min()) // MINUTE_NS)]


@pytest.mark.parametrize(("form", "sample"), EVERY.items())
def test_a_benchmark_s_form_is_told_by_its_content_and_may_be_insisted_on(form: str, sample: str) -> None:
    told = read_benchmark(SAMPLES / sample)
    assert told.format == form
    assert told.frame.equals(read_benchmark(SAMPLES / sample, form).frame)


@pytest.mark.parametrize(("form", "sample"), EVERY.items())
def test_another_form_than_insisted_on_is_refused_with_what_it_looks_like(form: str, sample: str) -> None:
    other = next(name for name in FORMATS if name not in {form, "minutes-csv"})
    with pytest.raises(BenchmarkError, match=f"is no {other}: it looks like {form}"):
        read_benchmark(SAMPLES / sample, other)


def test_a_format_of_no_reader_is_refused_with_those_there_are() -> None:
    with pytest.raises(BenchmarkError, match="the format 'gatling' is none of those that are read: minutes-csv, "):
        read_benchmark(SAMPLES / "vegeta/results.csv", "gatling")


@pytest.mark.parametrize(("form", "sample"), EVERY.items())
def test_every_frame_is_sorted_and_in_the_units_of_its_columns(form: str, sample: str) -> None:
    frame = read_benchmark(SAMPLES / sample).frame
    assert len(frame) >= 2
    if form != "fmbench":
        assert frame["time_utc"].is_monotonic_increasing
        assert str(frame["time_utc"].dt.tz) == "UTC"
    numbers = frame.drop(columns="time_utc")
    assert not (numbers < 0).any(axis=None)
    suffixes = ("_per_minute", "_ms", "_percent", "mean", "p50", "p90", "p95", "p99", "users", "concurrency")
    assert all(column.endswith(suffixes) for column in numbers)


@pytest.mark.parametrize("sample", [*TOOLS_OWN.values(), *PARENTS])
def test_a_tool_tells_of_as_many_requests_and_failures_as_its_server_answered(sample: str) -> None:
    own = "server_parents.csv" if sample in PARENTS else "server.csv"
    minutes = served(f"{Path(sample).parent}/{own}")
    frame = read_benchmark(SAMPLES / sample).frame
    assert len(frame) == len(minutes) - 1  # the last is no whole one
    for (_, row), answers in zip(frame.iterrows(), minutes, strict=False):
        # k6 writes the times of its CSV in whole seconds, so that its minutes begin up to one earlier
        assert row["invocations_per_minute"] == pytest.approx(len(answers), abs=3)
        assert row["errors_per_minute"] == pytest.approx((answers["status"] != 200).sum(), abs=1)


@pytest.mark.parametrize("sample", TOOLS_OWN.values())
def test_a_tool_s_latencies_are_those_of_its_server_and_the_way_there(sample: str) -> None:
    frame = read_benchmark(SAMPLES / sample).frame
    for (_, row), answers in zip(frame.iterrows(), served(f"{Path(sample).parent}/server.csv"), strict=False):
        good = answers[answers["status"] == 200]
        took_ms = (good["answered_ns"] - good["came_ns"]) / 1e6
        assert 0 < row["mean"] - took_ms.mean() < 5
        assert row["p50"] == pytest.approx(np.quantile(took_ms, 0.5, method="inverted_cdf"), abs=5)


@pytest.mark.parametrize("sample", [TOOLS_OWN["genai-perf"], TOOLS_OWN["aiperf"]])
def test_a_language_model_s_first_tokens_and_counts_are_those_of_its_server(sample: str) -> None:
    frame = read_benchmark(SAMPLES / sample).frame
    for (_, row), answers in zip(frame.iterrows(), served(f"{Path(sample).parent}/server.csv"), strict=False):
        first_ms = (
            answers["first_ns"] - answers["came_ns"]
        ) / 1e6  # of the first with content: the role came before
        assert 0 < row["time_to_first_token_mean_ms"] - first_ms.mean() < 5
        assert row["input_tokens_per_minute"] == answers["input_tokens"].sum()
        assert row["output_tokens_per_minute"] == answers["output_tokens"].sum()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("vegeta/results.csv", "vegeta/results.json"),
        ("jmeter/results.csv.gz", "jmeter/results.xml.gz"),
        PARENTS,
    ],
)
def test_a_tool_s_forms_of_the_same_run_make_the_same_frame(one: str, other: str) -> None:
    frames = [read_benchmark(SAMPLES / sample).frame for sample in (one, other)]
    pd.testing.assert_frame_equal(*frames)


def test_minutes_count_from_the_first_request_and_latency_is_of_those_that_succeeded() -> None:
    frame = read_benchmark(SAMPLES / "vegeta/results.csv").frame
    assert [f"{time:%H:%M:%S}" for time in frame["time_utc"]] == ["10:00:00", "10:01:00"]
    assert frame["invocations_per_minute"].tolist() == [12, 24]
    assert frame["errors_per_minute"].tolist() == [1, 2]
    results = [json.loads(line) for line in (SAMPLES / "vegeta/results.json").read_text().splitlines()]
    good = sorted(result["latency"] / 1e6 for result in results[:12] if result["code"] == 200)
    assert frame["p99"][0] == good[-1]
    assert frame["p50"][0] == good[len(good) // 2]
    assert frame["mean"][0] == pytest.approx(sum(good) / len(good), abs=1e-6)


def test_a_part_of_a_minute_at_the_end_is_left_out_and_said() -> None:
    (warning,) = read_benchmark(SAMPLES / "vegeta/results.csv").warnings
    assert warning == "The last 56.5 seconds are no whole minute and were left out."


def test_k6_s_times_are_those_of_the_answers(tmp_path: Path) -> None:
    rows = "".join(f"http_req_duration,2026-03-01T10:0{m}:{s}Z,30000.0\n" for m in range(2) for s in (30, 59))
    path = tmp_path / "k6.csv"
    path.write_text(f"metric_name,timestamp,metric_value\n{rows}")
    frame = read_benchmark(path).frame
    assert [f"{time:%H:%M:%S}" for time in frame["time_utc"]] == ["10:00:00", "10:01:00"]
    assert frame["mean"].tolist() == [30_000, 30_000]


def test_jmeter_s_transactions_and_redirects_count_no_request_twice(tmp_path: Path) -> None:
    lines, xml = (unpacked(sample).splitlines(keepends=True) for sample in PARENTS)
    sums = [line for line in lines if ",two invocations," in line]
    parts = [line for line in lines if re.search(r",invoke again-\d,", line)]
    without_any = [line for line in xml if 'rc="" rm=""' in line]  # the test ended before their first sample
    flat, nested = (read_benchmark(SAMPLES / sample).warnings for sample in PARENTS)
    assert flat[0].startswith(f"{len(sums)} rows of transactions were left out")
    assert flat[1] == f"{len(parts)} rows of parts of requests, such as redirects, were left out."
    assert nested[0].startswith(f"{len(without_any)} rows of transactions were left out")
    path = tmp_path / "transactions.csv"
    path.write_text("".join([lines[0], *sums]))
    with pytest.raises(BenchmarkError, match="transactions only: switch off their Generate parent sample"):
        read_benchmark(path)


def test_requests_of_one_thread_that_follow_one_another_at_once_are_no_parts(tmp_path: Path) -> None:
    begin = 1_772_359_200_000
    rows = "".join(f"{begin + number * 500},500,true,only 1-1\n" for number in range(240))
    path = tmp_path / "log.csv"
    path.write_text(f"timeStamp,elapsed,success,threadName\n{rows}")
    benchmark = read_benchmark(path)
    assert benchmark.frame["invocations_per_minute"].sum() == 240 - 1  # the last ends as the third minute begins
    assert not any("parts" in warning for warning in benchmark.warnings)


def test_locust_s_history_and_its_requests_tell_of_the_same_run() -> None:
    history = read_benchmark(SAMPLES / "locust/history.csv")
    requests = read_benchmark(SAMPLES / "locust/requests.csv.gz")
    assert len(history.frame) == len(requests.frame) == 2
    assert history.frame["invocations_per_minute"].tolist() == pytest.approx(
        requests.frame["invocations_per_minute"].tolist(), rel=0.01
    )
    assert history.frame["errors_per_minute"].tolist() == requests.frame["errors_per_minute"].tolist()
    assert history.frame["mean"].tolist() == pytest.approx(requests.frame["mean"].tolist(), rel=0.01)
    for percentile in ("p90", "p95", "p99"):
        assert (history.frame[percentile] >= requests.frame[percentile] - 1).all()  # Locust rounds to 2 digits
    assert any("bounds" in warning for warning in history.warnings)


def test_a_packed_file_reads_like_the_plain_one_and_has_a_digest_of_its_own(tmp_path: Path) -> None:
    plain = SAMPLES / "vegeta/results.csv"
    packed = tmp_path / "results.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    assert read_benchmark(packed).frame.equals(read_benchmark(plain).frame)
    assert read_benchmark(packed).sha256 == hashlib.sha256(packed.read_bytes()).hexdigest()


def test_tokens_that_no_server_counted_are_not_guessed(tmp_path: Path) -> None:
    for sample in (TOOLS_OWN["genai-perf"], TOOLS_OWN["aiperf"]):
        path = tmp_path / Path(sample).stem
        path.write_text(unpacked(sample).replace("_tokens", "_pieces"))
        frame = read_benchmark(path).frame
        assert [column for column in frame if "tokens" in column] == []
        assert "time_to_first_token_p50_ms" in frame


@pytest.mark.parametrize(
    ("sample", "remedy"),
    [
        ("genai_perf/profile_export_genai_perf.json", r"Give the profile_export\.json"),
        ("aiperf/profile_export_aiperf.json", r"Give the profile_export\.jsonl"),
    ],
)
def test_averages_are_refused_with_the_file_that_has_times(sample: str, remedy: str) -> None:
    with pytest.raises(BenchmarkError, match=remedy):
        read_benchmark(SAMPLES / sample)


def test_requests_that_warmed_the_server_up_are_no_benchmark(tmp_path: Path) -> None:
    lines = unpacked(TOOLS_OWN["aiperf"]).splitlines(keepends=True)
    warm = [line.replace('"benchmark_phase":"profiling"', '"benchmark_phase":"warmup"') for line in lines[:9]]
    path = tmp_path / "profile_export.jsonl"
    path.write_text("".join([*warm, *lines[9:]]))
    alone = tmp_path / "alone.jsonl"
    alone.write_text("".join(lines[9:]))
    assert read_benchmark(path).frame.equals(read_benchmark(alone).frame)


def test_a_folder_of_llmperf_s_summaries_is_a_row_a_level() -> None:
    frame = read_benchmark(SAMPLES / "llmperf").frame
    summary = json.loads((SAMPLES / "llmperf/concurrency_4_summary.json").read_text())
    assert frame["concurrency"].tolist() == [4, 16]
    row = frame.iloc[0]
    assert row["time_utc"].timestamp() == summary["timestamp"]
    assert row["invocations_per_minute"] == pytest.approx(
        summary["results_num_completed_requests_per_min"], abs=1e-6
    )
    assert row["p95"] == pytest.approx(summary["results_end_to_end_latency_s_quantiles_p95"] * 1000, abs=1e-6)
    assert row["time_to_first_token_p99_ms"] == pytest.approx(
        summary["results_ttft_s_quantiles_p99"] * 1000, abs=1e-6
    )
    assert row["output_tokens_per_minute"] == pytest.approx(
        summary["results_mean_output_throughput_token_per_s"] * 60, abs=1e-6
    )


def test_a_sweep_may_have_a_folder_a_level(tmp_path: Path) -> None:
    for level in (4, 16):
        folder = tmp_path / f"result_{level}"
        folder.mkdir()
        shutil.copy(SAMPLES / f"llmperf/concurrency_{level}_summary.json", folder / "summary.json")
        (folder / "individual_responses.json").write_text(
            json.dumps([{"ttft_s": 0.5, "end_to_end_latency_s": 9.4}])
        )
        (tmp_path / ".hidden").write_bytes(b"\x00")
    benchmark = read_benchmark(tmp_path)
    assert benchmark.frame.equals(read_benchmark(SAMPLES / "llmperf").frame)
    assert "result_16/individual_responses.json" in benchmark.warnings[0]


def test_one_level_of_llmperf_is_no_benchmark_and_its_answers_have_no_times(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="one row only"):
        read_benchmark(SAMPLES / "llmperf/concurrency_4_summary.json")
    answers = [{"error_code": None, "ttft_s": 0.5, "end_to_end_latency_s": 9.4, "number_output_tokens": 150}]
    (tmp_path / "individual_responses.json").write_text(json.dumps(answers))
    with pytest.raises(BenchmarkError, match=r"individual_responses\.json tells no times"):
        read_benchmark(tmp_path / "individual_responses.json")


def test_the_digest_of_a_folder_changes_with_each_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(SAMPLES / "llmperf", folder)
    before = read_benchmark(folder).sha256
    assert before == read_benchmark(SAMPLES / "llmperf").sha256
    file = folder / "concurrency_4_summary.json"
    file.write_text(file.read_text() + "\n")
    assert read_benchmark(folder).sha256 != before


def test_fmbench_s_levels_come_in_the_order_of_their_rates_without_times() -> None:
    benchmark = read_benchmark(SAMPLES / "fmbench/all_metrics.csv")
    assert benchmark.frame["time_utc"].isna().all()
    assert benchmark.frame["concurrency"].tolist() == [1, 2, 4, 6]
    assert benchmark.frame["invocations_per_minute"].tolist() == [11, 19, 30, 35]
    assert benchmark.frame["mean"][3] == pytest.approx(8468.025142)
    assert benchmark.frame["output_tokens_per_minute"][3] == pytest.approx(42.8 * 60)
    assert any("no times" in warning for warning in benchmark.warnings)


def test_two_of_fmbench_s_payloads_are_two_benchmarks(tmp_path: Path) -> None:
    text = (SAMPLES / "fmbench/all_metrics.csv").read_text().replace("3000-4000", "1-500", 1)
    (tmp_path / "all_metrics.csv").write_text(text)
    with pytest.raises(BenchmarkError, match=r"2 values of payload_file.*payload_en_1-500"):
        read_benchmark(tmp_path / "all_metrics.csv")


def test_the_help_names_every_form() -> None:
    said = CliRunner().invoke(cli, ["plan", "--help"]).output
    assert [form for form in FORMATS if form not in said] == []


@pytest.mark.parametrize("words", [[], ["--format", "jmeter-xml"]])
def test_a_plan_comes_from_a_tool_s_log_and_is_checked_against_it(tmp_path: Path, words: list[str]) -> None:
    shutil.copy(SAMPLES / "jmeter/results.xml.gz", tmp_path)
    out = tmp_path / "plan.json"
    asked = ["--instance-type", "ml.c5.large", "--peak-tps", "3", "--min-tps", "1", "--out", str(out), *words]
    made = CliRunner().invoke(cli, ["plan", str(tmp_path / "results.xml.gz"), *asked])
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(cli, ["plan", "--check", str(out)]).exit_code == 0


def test_a_form_that_is_not_the_file_s_ends_with_status_2_and_leaves_the_plan(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    shutil.copy(Path(__file__).parents[1] / "plans/xgboost/plan.json", out)
    before = out.read_bytes()
    words = ["--instance-type", "ml.c5.large", "--peak-tps", "3", "--min-tps", "1", "--out", str(out)]
    refused = CliRunner().invoke(
        cli, ["plan", str(SAMPLES / "k6/results.csv.gz"), *words, "--format", "vegeta-csv"]
    )
    assert refused.exit_code == 2
    assert "is no vegeta-csv: it looks like k6-csv" in refused.output
    assert out.read_bytes() == before
