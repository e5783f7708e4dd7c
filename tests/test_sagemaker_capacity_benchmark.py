"""The reader of a benchmark: one meaning a file, whatever its form, and a clear word for each that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sagemaker_capacity import BenchmarkError, read_benchmark
from sagemaker_capacity.readers import as_minutes_csv

if TYPE_CHECKING:
    from pathlib import Path

    from sagemaker_capacity import Benchmark

HEADER = "time_utc,invocations_per_minute"
ROW = "2022-12-09T23:31:00Z,6"
NEXT = "2022-12-09T23:32:00Z,24"


def read(folder: Path, *lines: str) -> Benchmark:
    return read_bytes(folder, "".join(f"{line}\n" for line in lines).encode())


def read_bytes(folder: Path, content: bytes) -> Benchmark:
    path = folder / "load.csv"
    path.write_bytes(content)
    return read_benchmark(path)


def refused(folder: Path, *lines: str) -> str:
    with pytest.raises(BenchmarkError) as error:
        read(folder, *lines)
    assert isinstance(error.value, ValueError)
    assert str(folder / "load.csv") in str(error.value)
    return str(error.value)


def test_a_benchmark_is_a_frame_sorted_by_time_with_units_in_its_columns(tmp_path: Path) -> None:
    benchmark = read(
        tmp_path,
        f"{HEADER},errors_per_minute,cpu_sum_percent,latency_p95_us,latency_mean_ms",
        "2022-12-09T23:32:00Z,24,1,80,12000,11",
        "2022-12-09T23:31:00Z,6,,,,",
    )
    assert benchmark.name == "load.csv"
    assert benchmark.latency_statistics == ("p95", "mean")
    assert benchmark.ignored_columns == ()
    frame = benchmark.frame
    assert [f"{t:%H:%M}" for t in frame["time_utc"]] == ["23:31", "23:32"]
    assert list(frame["invocations_per_minute"]) == [6, 24]
    assert frame.loc[1, ["errors_per_minute", "cpu_sum_percent", "p95", "mean"]].tolist() == [1, 80, 12, 11]
    assert frame.loc[0, ["errors_per_minute", "cpu_sum_percent", "p95", "mean"]].isna().all()


def test_memory_and_gpu_are_kept_and_written_again(tmp_path: Path) -> None:
    header = f"{HEADER},memory_percent,gpu_sum_percent"
    frame = read(tmp_path, header, f"{ROW},41.5,180", f"{NEXT},,").frame
    assert frame.loc[0, ["memory_percent", "gpu_sum_percent"]].tolist() == [41.5, 180]
    again = read(tmp_path, *as_minutes_csv(frame).splitlines()).frame
    pd.testing.assert_frame_equal(again, frame)


@pytest.mark.parametrize(("unit", "cells"), [("us", (17600, 11300)), ("ms", (17.6, 11.3)), ("s", (0.0176, 0.0113))])
def test_a_latency_is_the_same_in_each_unit(tmp_path: Path, unit: str, cells: tuple[float, float]) -> None:
    rows = (f"2022-12-09T23:3{i}:00Z,6,{cell}" for i, cell in enumerate(cells))
    assert list(read(tmp_path, f"{HEADER},latency_p99.9_{unit}", *rows).frame["p99.9"]) == [17.6, 11.3]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n{NEXT}\n".encode(),
        f"{HEADER}\r\n{ROW}\r\n{NEXT}\r\n".encode(),
        f"{HEADER}\r{ROW}\r{NEXT}\r".encode(),
        f"{HEADER}\n{ROW}\n{NEXT}".encode(),
        b'"time_utc","invocations_per_minute"\n"2022-12-09T23:31:00Z","6"\n"2022-12-09T23:32:00Z","24"\n',
        b"time_utc , invocations_per_minute\n2022-12-09T23:31:00Z , 6 \n2022-12-09T23:32:00Z , 24\n",
        f"{HEADER}\n\n{ROW}\n\n{NEXT}\n\n".encode(),
        b"time_utc,invocations_per_minute\n2022-12-09 23:31,6.0\n2022-12-09 23:32,24.0\n",
        f"{HEADER}\n2022-12-10T01:31:00+02:00,0.6e1\n{NEXT}\n".encode(),
        b"invocations_per_minute,time_utc\n6,2022-12-09T23:31:00Z\n24,2022-12-09T23:32:00Z\n",
        f"{HEADER}\n{NEXT}\n{ROW}\n".encode(),
    ],
    ids=[
        "BOM",
        "CRLF",
        "CR",
        "no end of line",
        "quoted",
        "spaces",
        "blank lines",
        "no T",
        "zone",
        "columns swapped",
        "rows swapped",
    ],
)
def test_the_form_of_the_file_never_matters(tmp_path: Path, content: bytes) -> None:
    frame = read_bytes(tmp_path, content).frame
    assert frame["time_utc"].tolist() == [pd.Timestamp(f"2022-12-09T23:3{minute}:00Z") for minute in (1, 2)]
    assert frame["invocations_per_minute"].tolist() == [6, 24]


def test_columns_of_others_are_left_out_and_named(tmp_path: Path) -> None:
    benchmark = read(tmp_path, f"{HEADER},disk_percent,note", f"{ROW},x,-3", f"{NEXT},,")
    assert benchmark.ignored_columns == ("disk_percent", "note")
    assert list(benchmark.frame) == ["time_utc", "invocations_per_minute"]


def test_a_column_without_any_number_measured_nothing(tmp_path: Path) -> None:
    benchmark = read(
        tmp_path, f"{HEADER},latency_p99_ms,latency_mean_ms,cpu_sum_percent", f"{ROW},,11,", f"{NEXT},,,"
    )
    assert benchmark.latency_statistics == ("mean",)
    assert list(benchmark.frame) == ["time_utc", "invocations_per_minute", "mean"]


def test_the_sha_is_of_the_bytes(tmp_path: Path) -> None:
    one = read_bytes(tmp_path, f"{HEADER}\n{ROW}\n{NEXT}\n".encode())
    two = read_bytes(tmp_path, f"{HEADER}\r\n{ROW}\r\n{NEXT}\r\n".encode())
    assert one.sha256 != two.sha256
    assert one.frame.equals(two.frame)


def test_no_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BenchmarkError, match="cannot read the benchmark") as error:
            read_benchmark(path)
        assert str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n \r\n"])
def test_an_empty_file_says_which_columns_it_should_have(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BenchmarkError, match=r"load\.csv is empty\. Its columns are time_utc, invocations"):
        read_bytes(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", r"no text in UTF-8, for line 1 has the byte 0x89: save it as UTF-8"),
        (f"{HEADER}\n{ROW}\n".encode() + b"caf\xe9,6\n", r"no text in UTF-8, for line 3 has the byte 0xe9"),
        (f"{HEADER}\r\n{ROW}\r\n".encode("utf-16"), r"UTF-16, as PowerShell writes it: save it as UTF-8"),
    ],
)
def test_a_file_that_is_not_utf_8_says_so(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(BenchmarkError, match=rf"load\.csv is {said}"):
        read_bytes(tmp_path, content)


def test_one_row_tells_not_how_latency_grows(tmp_path: Path) -> None:
    assert "one row only: how latency grows with load takes several minutes" in refused(tmp_path, HEADER, ROW)


@pytest.mark.parametrize(("delimiter", "called"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_another_delimiter_is_named(tmp_path: Path, delimiter: str, called: str) -> None:
    said = refused(tmp_path, HEADER.replace(",", delimiter), ROW.replace(",", delimiter))
    assert f"looks like minutes-csv with {called} between its cells: write it with commas" in said
    jmeter = delimiter.join(["timeStamp", "elapsed", "success"])
    assert f"looks like jmeter-csv with {called}" in refused(tmp_path, jmeter)


def test_a_row_that_ends_too_early_was_cut_off(tmp_path: Path) -> None:
    said = refused(tmp_path, f"{HEADER},latency_p95_ms", f"{ROW},1", NEXT)
    assert "line 3 ends before the last of its 3 columns: was it cut off?" in said


def test_a_quote_that_nothing_closes_is_named_with_its_line(tmp_path: Path) -> None:
    assert "line 3 opens a quote that nothing closes" in refused(tmp_path, HEADER, ROW, f'"{NEXT}')


def test_a_header_is_in_the_first_line(tmp_path: Path) -> None:
    assert "line 1 is blank: the columns are named there" in refused(tmp_path, "", HEADER, ROW, NEXT)


def test_a_header_alone_holds_no_measurement(tmp_path: Path) -> None:
    assert "no number in invocations_per_minute: the file holds no measurement" in refused(tmp_path, HEADER)


def test_words_for_numbers_hold_no_measurement(tmp_path: Path) -> None:
    said = refused(tmp_path, HEADER, "2022-12-09T23:31:00Z,many")
    assert "the file holds no measurement" in said
    assert "line 2: invocations_per_minute must be a number of at least 0, got 'many'" in said


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("time_utc,other", ["invocations_per_minute"]),
        ("other,invocations_per_minute", ["time_utc"]),
        ("time;invocations", ["time_utc", "invocations_per_minute"]),
    ],
)
def test_a_missing_column_is_named_with_the_columns_there_are(
    tmp_path: Path, header: str, missing: list[str]
) -> None:
    said = refused(tmp_path, header, ROW)
    for column in missing:
        assert f"column {column} is missing" in said
    assert "The columns are time_utc, invocations_per_minute;" in said


@pytest.mark.parametrize(
    "column",
    [
        "latency_ms",
        "latency_p95",
        "latency_max_ms",
        "Latency",
        "cpu_percent",
        "cpu",
        "gpu_percent",
        "memory",
        "errors",
        "timestamp",
    ],
)
def test_a_column_of_ours_without_its_unit_is_refused_not_ignored(tmp_path: Path, column: str) -> None:
    said = refused(tmp_path, f"{HEADER},{column}", f"{ROW},1")
    assert f"column {column!r} is not understood: name the quantity with its unit, or drop it" in said


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("cpu_sum_percent,cpu_per_core_percent", "cpu_sum_percent and cpu_per_core_percent say the same twice"),
        ("latency_p95_ms,latency_p95_s", "latency p95 is given twice"),
        ("cpu_sum_percent,cpu_sum_percent ", "column cpu_sum_percent is given twice"),
        ("cpu_sum_percent,cpu_sum_percent", "column cpu_sum_percent is given twice"),
    ],
)
def test_a_quantity_given_twice_is_refused(tmp_path: Path, columns: str, said: str) -> None:
    assert said in refused(tmp_path, f"{HEADER},{columns}", f"{ROW},1,2")


@pytest.mark.parametrize(
    "cell", ["-1", "-0.001", "nan", "NaN", "inf", "-inf", "1e999", "ten", "1 000", "True", "0x1F"]
)
def test_a_cell_that_is_no_number_of_at_least_0_is_named_with_its_line(tmp_path: Path, cell: str) -> None:
    columns = "errors_per_minute,cpu_per_core_percent,latency_p95_ms"
    said = refused(tmp_path, f"{HEADER},{columns}", f"{ROW},1,1,1", f"2022-12-09T23:32:00Z{f',{cell}' * 4}")
    for column in ("invocations_per_minute", *columns.split(",")):
        assert f"line 3: {column} must be a number of at least 0, got {cell!r}" in said


@pytest.mark.parametrize("cell", ["1,000", "24,5", "1.000.000", "1'000", "1 000"])
def test_a_number_as_another_country_writes_it_is_refused_with_the_right_way(tmp_path: Path, cell: str) -> None:
    said = refused(tmp_path, HEADER, ROW, f'2022-12-09T23:32:00Z,"{cell}"')
    assert f"invocations_per_minute must be a number of at least 0, got {cell!r}: write it like 1234.5" in said
    if "," in cell:
        said = refused(tmp_path, HEADER, ROW, f"2022-12-09T23:32:00Z,{cell}")
        assert "line 3 has 3 cells, more than the 2 columns" in said
        assert "numbers such as 1234.5" in said


def test_invocations_are_never_blank(tmp_path: Path) -> None:
    assert "line 3: invocations_per_minute is blank" in refused(tmp_path, HEADER, ROW, "2022-12-09T23:32:00Z,")


@pytest.mark.parametrize(
    "time", ["", "now", "today", "2022", "2022-12-09", "12:30", "1670628660", "09/12/2022 23:31"]
)
def test_a_time_is_a_minute_of_a_day(tmp_path: Path, time: str) -> None:
    said = refused(tmp_path, HEADER, f"{time},6")
    assert f"line 2: time_utc is no ISO 8601 time, such as 2026-01-31T09:00:00Z: {time!r}" in said


@pytest.mark.parametrize("time", ["2022-12-09T23:31:00Z", "2022-12-09T23:31:59Z", "2022-12-10T00:31:00+01:00"])
def test_a_minute_has_one_row(tmp_path: Path, time: str) -> None:
    said = refused(tmp_path, HEADER, ROW, f"{time},7")
    assert "line 3: a second row for the minute 2022-12-09T23:31Z: sum the rows of a minute first" in said


@pytest.mark.parametrize(
    ("lines", "line"),
    [([HEADER, f"{ROW},7"], 2), ([HEADER, ROW, "2022-12-09T23:32:00Z,6,7"], 3)],
)
def test_a_row_with_more_cells_than_the_header_is_refused_not_cut(
    tmp_path: Path, lines: list[str], line: int
) -> None:
    assert f"line {line}" in refused(tmp_path, *lines)


def test_a_line_keeps_its_number_after_blank_lines(tmp_path: Path) -> None:
    said = refused(tmp_path, HEADER, "", ROW, "", "", "2022-12-09T23:32:00Z,-1")
    assert "line 6: invocations_per_minute" in said


def test_all_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    said = refused(tmp_path, f"{HEADER},latency_p95_ms", "yesterday,6,1", f"{ROW},x", f"{ROW[:-1]}-7,2")
    for fault in ("line 2: time_utc", "line 3: latency_p95_ms", "line 4: invocations", "line 4: a second row"):
        assert fault in said


def test_faults_without_end_are_cut_at_twelve_and_counted(tmp_path: Path) -> None:
    said = refused(
        tmp_path, HEADER, *(f"2022-12-09T23:{minute}:00Z,-1" for minute in range(10, 40)), ROW[:-1] + "1"
    )
    assert said.count("\n  - ") == 13
    assert "and 19 more" in said
