"""What is no benchmark: each with the file, the row and the remedy in its words, and never half a frame."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from sagemaker_capacity import BenchmarkError, read_benchmark
from sagemaker_capacity._cli import cli

SAMPLES = Path(__file__).parent / "samples/readers"
LOGS = (
    "k6/results.csv.gz",
    "k6/results.json.gz",
    "jmeter/results.csv.gz",
    "jmeter/results.xml.gz",
    "vegeta/results.csv",
    "vegeta/results.json",
    "aiperf/profile_export.jsonl.gz",
)
HEADER = "time_utc,invocations_per_minute"


def refused(path: Path, content: str | bytes) -> str:
    """The words with which a file of that content is refused, which name it."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BenchmarkError) as error:
        read_benchmark(path)
    assert isinstance(error.value, ValueError)
    assert str(path) in str(error.value)
    return str(error.value)


def sample(name: str) -> str:
    content = (SAMPLES / name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


@pytest.mark.parametrize("packed", [False, True])
def test_an_empty_file_says_what_it_should_hold(tmp_path: Path, *, packed: bool) -> None:
    content = gzip.compress(b"") if packed else b""
    assert "is empty. Its columns are time_utc" in refused(tmp_path / "empty", content)


def test_a_folder_without_a_file_holds_none(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="the folder holds no file"):
        read_benchmark(tmp_path)


@pytest.mark.parametrize(("part", "rows"), [(0.05, "no whole minute"), (0.45, "one row only")])
@pytest.mark.parametrize("name", LOGS)
def test_a_log_of_less_than_two_whole_minutes_is_no_benchmark(
    tmp_path: Path, name: str, part: float, rows: str
) -> None:
    lines = sample(name).splitlines(keepends=True)
    end = "</testResults>\n" if ".xml" in name else ""
    said = refused(tmp_path / Path(name).name, "".join(lines[: round(part * len(lines))]) + end)
    assert f"{rows}: how latency grows with load takes several minutes" in said


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "k6/results.csv.gz",
            lambda t: re.sub(r"(http_req_duration,\d+,)", r"\1-", t, count=1),
            "line 3: metric_value must be a number of",
        ),
        ("vegeta/results.csv", lambda t: t.replace(",200,", ",200,-", 1), "line 1: latency must be a number of at"),
        (
            "jmeter/results.xml.gz",
            lambda t: t.replace(' t="', ' t="-', 1),
            "line 1: elapsed must be a number of at",
        ),
        (
            "jmeter/results.csv.gz",
            lambda t: t.replace(",true,", ",yes,", 1),
            "success must be true or false, got 'yes'",
        ),
    ],
)
def test_a_negative_or_unknown_value_is_named_with_its_line(
    tmp_path: Path, name: str, change: Callable[[str], str], said: str
) -> None:
    text = change(sample(name))
    assert text != sample(name), "the sample has such a value"
    assert said in refused(tmp_path / Path(name).name, text)


def test_not_a_number_is_named_with_its_line(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in sample("k6/results.json.gz").splitlines()]
    durations = [number for number, line in enumerate(lines) if "http_req_duration" in line.values()]
    lines[durations[1]]["data"]["value"] = float("nan")  # the first defines the metric
    said = refused(tmp_path / "k6.json", "".join(f"{json.dumps(line)}\n" for line in lines))
    assert f"line {durations[1] + 1}: metric_value must be a number of at least 0, got 'nan'" in said


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("k6/results.csv.gz", lambda t: t.replace(",true,", ",false,")),
        ("k6/results.json.gz", lambda t: t.replace('"expected_response":"true"', '"expected_response":"false"')),
        ("jmeter/results.csv.gz", lambda t: t.replace(",true,", ",false,")),
        ("jmeter/results.xml.gz", lambda t: t.replace('s="true"', 's="false"')),
        ("vegeta/results.csv", lambda t: t.replace(",200,", ",503,")),
        ("vegeta/results.json", lambda t: t.replace('"code":200', '"code":0')),
        (
            "cloudwatch/get_metric_statistics.json",
            lambda t: (
                t.replace('"InvocationModelErrors"', '"Skipped"', 1)
                + t.partition('"ModelLatency"')[0]
                .partition("}\n{")[0]
                .replace('"Invocations"', '"InvocationModelErrors"')
                + "}\n"
            ),
        ),
    ],
)
def test_where_every_request_failed_nothing_was_measured(
    tmp_path: Path, name: str, change: Callable[[str], str]
) -> None:
    assert "every request failed: nothing was measured" in refused(tmp_path / Path(name).name, change(sample(name)))


def test_failures_alone_are_no_benchmark_in_the_own_table_either(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-01T10:0{minute}:00Z,60,60\n" for minute in range(3))
    assert "every request failed" in refused(tmp_path / "b.csv", f"{HEADER},errors_per_minute\n{rows}")


def test_times_with_and_without_a_zone_do_not_mix(tmp_path: Path) -> None:
    said = refused(tmp_path / "b.csv", f"{HEADER}\n2026-03-01T10:00:00Z,6\n2026-03-01T10:01:00,7\n")
    assert "line 3: time_utc '2026-03-01T10:01:00' has no zone and line 2 has one" in said
    assert "write every time with its zone" in said


def test_times_of_several_zones_are_one_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text(f"{HEADER}\n2026-03-01T11:00:00+01:00,6\n2026-03-01T10:01:00Z,7\n")
    assert [f"{time:%H:%M}" for time in read_benchmark(path).frame["time_utc"]] == ["10:00", "10:01"]


def test_a_gap_is_taken_and_told_by_the_plan(tmp_path: Path) -> None:
    lines = sample("vegeta/results.csv").splitlines()
    begin = int(lines[0].partition(",")[0])
    minutes = [(int(line.partition(",")[0]) - begin) // (60 * 10**9) for line in lines]
    late = lines[-1].replace(lines[-1].partition(",")[0], str(begin + 181 * 10**9))
    kept = [line for line, minute in zip(lines, minutes, strict=True) if minute != 1]
    path = tmp_path / "results.csv"
    path.write_text("\n".join([*kept, late, ""]))
    frame = read_benchmark(path).frame
    assert frame["time_utc"].diff().dt.total_seconds().tolist()[1:] == [120]
    words = ["--instance-type", "ml.c5.large", "--peak-tps", "3", "--min-tps", "1"]
    assert "1 gap of more than a minute" in CliRunner().invoke(cli, ["plan", str(path), *words]).output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "timeStamp,elapsed,success\n1772359200,50,true\n",
            "timeStamp must be a time since 1970 in ms, of this cent",
        ),
        ("timeStamp,elapsed,success\n2026/03/01 10:00:00.000,50,true\n", "timestamp_format=ms"),
        ("timeStamp,elapsed\n1772359200000,50\n", "column success is missing"),
        (
            "metric_name,timestamp,metric_value\niteration_duration,1772359200,4.0\n",
            "no sample of http_req_duration",
        ),
        ("start_time,response_time,exception\n1772359200000,5,\n", "start_time must be a time since 1970 in s"),
    ],
)
def test_wrong_units_and_missing_columns_are_told_with_the_tool_s_own_remedy(
    tmp_path: Path, content: str, said: str
) -> None:
    assert said in refused(tmp_path / "log.csv", content)


@pytest.mark.parametrize("size", [40, 400])
def test_a_gzip_file_that_was_cut_off_says_so(tmp_path: Path, size: int) -> None:
    packed = gzip.compress(sample("vegeta/results.csv").encode())[:size]
    assert "is a broken gzip file, cut off or damaged" in refused(tmp_path / "results.csv.gz", packed)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vegeta/results.json", "no JSON"),
        ("k6/results.json.gz", "no JSON"),
        ("aiperf/profile_export.jsonl.gz", "no JSON"),
        ("genai_perf/profile_export.json.gz", "is no JSON in line"),
        ("cloudwatch/get_metric_data.json", "is no JSON in line"),
        ("jmeter/results.xml.gz", "is no whole XML file"),
    ],
)
def test_a_file_that_was_cut_off_says_where(tmp_path: Path, name: str, said: str) -> None:
    assert said in refused(tmp_path / Path(name).name, sample(name)[:-300])


def test_so_does_one_that_was_cut_off_in_its_first_record(tmp_path: Path) -> None:
    begun = sample("aiperf/profile_export.jsonl.gz")[:1000]
    assert "line 1: no JSON: " in refused(tmp_path / "profile_export.jsonl", begun)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("cloudwatch/get_metric_data.json", lambda t: t.replace('"Timestamps"', '"Times"')),
        ("cloudwatch/get_metric_data.json", lambda t: t.replace('"Values": [', '"Values": [1, ', 1)),
        ("cloudwatch/get_metric_statistics.json", lambda t: t.replace('"Timestamp"', '"Time"')),
        ("recommender/completed.json", lambda t: t.replace('"EndpointConfiguration"', '"Endpoint"')),
        ("genai_perf/profile_export.json.gz", lambda t: t.replace('"timestamp"', '"time"')),
        ("k6/results.json.gz", lambda t: t + '{"type": "Point", "metric": "http_req_duration", "data": null}\n'),
        ("locust/history.csv", lambda t: t.replace("Total Request Count", "Requests")),
    ],
)
def test_what_only_begins_like_a_tool_s_document_is_named_with_the_part_that_is_wrong(
    tmp_path: Path, name: str, change: Callable[[str], str]
) -> None:
    said = refused(tmp_path / Path(name).name.removesuffix(".gz"), change(sample(name)))
    assert "a part of it is missing or of another kind (" in said
    assert said.endswith("): export it again.")


def test_a_history_of_no_row_has_no_minute(tmp_path: Path) -> None:
    header, *_ = sample("locust/history.csv").splitlines(keepends=True)
    assert "no whole minute" in refused(tmp_path / "history.csv", header)


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01" + bytes(2000),
        b"\x7fELF\r\x01" + bytes(2000),
        b"PK\x03\x04" + bytes(range(256)) * 40,
        gzip.compress(bytes(5000)),
    ],
    ids=["program", "program with a carriage return", "zip", "packed zeros"],
)
def test_a_binary_file_of_something_else_is_no_benchmark(tmp_path: Path, content: bytes) -> None:
    refused(tmp_path / "something", content)


def test_ten_gigabytes_of_something_else_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "something"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(10 * 2**30)  # a sparse file: it takes no room on the disk, and would take all of the memory
    with pytest.raises(BenchmarkError, match="something"):
        read_benchmark(path)


@pytest.mark.parametrize("name", ["", *LOGS])
def test_nor_are_ten_gigabytes_that_begin_as_a_benchmark_does_and_the_plan_stays(tmp_path: Path, name: str) -> None:
    path, out = tmp_path / "something", tmp_path / "plan.json"
    words = ["--instance-type", "ml.c5.large", "--peak-tps", "3", "--min-tps", "1", "--out", str(out)]
    path.write_text(f"{HEADER}\n" + "".join(f"2026-03-01T10:0{m}:00Z,{m + 6}\n" for m in range(9)))
    assert CliRunner().invoke(cli, ["plan", str(path), *words]).exit_code == 0
    before = out.read_bytes()
    path.write_text(sample(name) if name else path.read_text())
    with path.open("r+b") as file:
        file.truncate(10 * 2**30)
    start = time.process_time()
    refusal = CliRunner().invoke(cli, ["plan", str(path), *words])
    assert time.process_time() - start < 2
    assert refusal.exit_code == 2
    assert f"{path} is larger than the 1,073,741,824 bytes that are read" in refusal.output
    assert "sagemaker-capacity requests something --out minutes.csv" in refusal.output
    assert out.read_bytes() == before


def test_what_a_small_gzip_file_unpacks_to_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sagemaker_capacity.readers._source._MOST_BYTES", 2000)
    content = gzip.compress(f"{HEADER}\n".encode() + b"2026-03-01T10:00:00Z,6\n" * 1000)
    assert len(content) < 2000
    assert "is larger than the 2,000 bytes that are read" in refused(tmp_path / "b.csv.gz", content)


def test_several_files_of_a_tool_that_writes_one_are_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(sample("jmeter/results.csv.gz"))
    with pytest.raises(BenchmarkError, match="holds 2 files of a tool that writes one a run"):
        read_benchmark(tmp_path)


def test_locust_s_totals_never_fall(tmp_path: Path) -> None:
    lines = sample("locust/history.csv").splitlines(keepends=True)
    again = lines[: len(lines) // 2] + lines[1:]
    assert "run Locust without --reset-stats" in refused(tmp_path / "history.csv", "".join(again))
