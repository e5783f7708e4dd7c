"""Request logs that cannot be used: which file, which row, what to do; and nothing large is read to find out."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from request_log_files import COLUMNS, some_rows, write_csv, write_parquet

from sagemaker_capacity import BenchmarkError
from sagemaker_capacity.request_logs import LogColumns, read_request_logs

ROWS = some_rows(500, seed=6)
HEADER = "time_utc,latency_ms"
ROW = "2026-01-31T09:00:00Z,12"


def refused(path: Path, columns: LogColumns | None = None) -> str:
    with pytest.raises(BenchmarkError) as error:
        read_request_logs(path, columns)
    assert str(path) in str(error.value)
    return str(error.value)


def refused_text(folder: Path, *lines: str, **columns: str) -> str:
    path = folder / "log.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return refused(path, LogColumns(**columns))  # type: ignore[arg-type]  # a case's own


def test_nothing_there_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    assert "no such file or folder" in refused(tmp_path / "none")
    (tmp_path / ".hidden").touch()
    assert "holds no request logs: CSV (also .csv.gz) or Parquet" in refused(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty: a log has a header and a row a request"),
        (b"\n", "empty: a log has a header and a row a request"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "neither CSV nor Parquet"),
        ("time_utc,latency_ms\n".encode("utf-16"), "UTF-16, as PowerShell writes it: save it as UTF-8"),
        (b"caf\xe9,x\n1,2\n", "neither CSV in UTF-8 nor Parquet"),
        (b"x" * 100_000, "neither CSV nor Parquet: no line ends in its first 65536 bytes"),
        (b"PAR1 and then no more", "begins as Parquet but does not end so; was it cut off?"),
        (gzip.compress(HEADER.encode()), "compressed by gzip, but not called .gz"),
        (b"time_utc,latency_ms,time_utc\n", "its header gives 'time_utc' twice"),
        (f"{HEADER}\n".encode(), "hold no row"),
        (b"time,latency_ms\n1,2\n", "no column 'time_utc'; there are time, latency_ms"),
    ],
)
def test_what_is_no_log_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    assert said in refused(path)


def test_10_gb_of_something_else_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # a hole, which would be read as zeros
    start = time.process_time()
    assert "neither CSV nor Parquet" in refused(path)
    assert time.process_time() - start < 1


def test_a_parquet_file_that_is_cut_off_is_told_wherever_the_cut(tmp_path: Path) -> None:
    whole = write_parquet(tmp_path / "log.parquet", ROWS).read_bytes()
    for end in (4, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.parquet"
        path.write_bytes(whole[:end])
        assert f"{path}: begins as Parquet but does not end so" in refused(path, COLUMNS)


def test_a_parquet_file_with_its_data_spoilt_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "log.parquet", ROWS)
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(content)
    assert "cannot be read to their end" in refused(path, COLUMNS)


@pytest.mark.parametrize("missing", [1, 9, 5000])
def test_a_gzip_file_that_is_cut_off_is_told_wherever_the_cut(tmp_path: Path, missing: int) -> None:
    packed = gzip.compress(write_csv(tmp_path / "log.csv", some_rows(5000, seed=7)).read_bytes())
    path = tmp_path / "packed.csv.gz"
    path.write_bytes(packed[:-missing])
    assert "Compressed file ended before the end-of-stream marker" in refused(path, COLUMNS)
    path.write_bytes(packed[:-8] + bytes(8))
    assert "was cut off or damaged: CRC check failed" in refused(path, COLUMNS)


@pytest.mark.parametrize("name", ["a[1].csv", "*.csv", "{a,b}.csv"])
def test_a_name_that_is_a_pattern_is_not_taken_for_one(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / "b.csv", ROWS)
    path = write_csv(tmp_path / name, ROWS)
    assert "rename it without * ? [ ] { }" in refused(path, COLUMNS)


def test_two_forms_in_a_folder_are_told_by_name(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", ROWS)
    write_csv(tmp_path / "b.csv", ROWS)
    (tmp_path / "c.txt").write_bytes(b"\0")
    said = refused(tmp_path, COLUMNS)
    assert f"{tmp_path / 'b.csv'}: differs from {tmp_path / 'a.parquet'}: one is Parquet, one CSV" in said
    assert f"{tmp_path / 'c.txt'}: neither CSV nor Parquet" in said


def test_csv_files_with_other_headers_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("latency_ms,time_utc\n12,2026-01-31T09:00:00Z\n", encoding="utf-8")
    assert "b.csv: differs from" in (said := refused(tmp_path))
    assert "its header is ['latency_ms', 'time_utc'], not ['time_utc', 'latency_ms']" in said


def test_parquet_files_with_other_types_are_told(tmp_path: Path) -> None:
    for name, latency in (("a", [1]), ("b", [1.5])):
        pq.write_table(pa.table({"time_utc": [ROW[:20]], "latency_ms": latency}), tmp_path / f"{name}.parquet")
    assert "b.parquet: differs from" in (said := refused(tmp_path))
    assert "'latency_ms' is DOUBLE, not BIGINT" in said


@pytest.mark.parametrize(
    "cell",
    ["-1", "nan", "inf", "-inf", "1e300", "fast", "", "4294967.2961"],
)
def test_a_latency_that_is_none_is_told_by_its_row(tmp_path: Path, cell: str) -> None:
    said = refused_text(tmp_path, HEADER, ROW, ROW, f"2026-01-31T09:01:00Z,{cell}", ROW)
    assert "1 row: latency_ms is no number from 0 to 71 minutes; is latency_unit right?" in said
    assert f"log.csv, row 3: latency_ms is {repr(cell) if cell else 'blank'}" in said


@pytest.mark.parametrize(
    "cell", ["now", "", "12:00", "2026-02-30T09:00:00Z", "31/01/2026 09:00", "1769850000", "1969-12-31T23:59:59Z"]
)
def test_a_time_that_is_none_is_told_by_its_row(tmp_path: Path, cell: str) -> None:
    said = refused_text(tmp_path, HEADER, f"{cell},12", ROW)
    assert "1 row: time_utc is no time of ISO 8601, such as" in said
    assert f"log.csv, row 1: time_utc is {repr(cell) if cell else 'blank'}" in said


def test_times_with_and_without_a_zone_do_not_mix(tmp_path: Path) -> None:
    said = refused_text(tmp_path, HEADER, ROW, ROW, "2026-01-31 10:00:01,12", "2026-01-31T11:00:00+01:00,3")
    assert "3 rows give time_utc with its zone, 1 without: write every time with its zone" in said
    assert "log.csv, row 1: time_utc is '2026-01-31T09:00:00Z'" in said
    assert "log.csv, row 3: time_utc is '2026-01-31 10:00:01'" in said


def test_a_latency_in_another_unit_than_it_is_said_to_be_in_is_told(tmp_path: Path) -> None:
    rows = [f"2026-01-31T09:00:0{i}Z,{latency}" for i, latency in enumerate((9000, 12000, 8000))]  # µs
    assert "3 rows: latency is no number from 0 to 71 minutes; is latency_unit right?" in refused_text(
        tmp_path, "time_utc,latency", *rows, latency="latency", latency_unit="s"
    )


def test_faults_of_every_kind_are_counted_and_the_first_rows_shown(tmp_path: Path) -> None:
    lines = [f"2026-01-31T09:00:00Z,{i},999" for i in range(20)]
    said = refused_text(
        tmp_path, f"{HEADER},code", *lines, "now,1,200", ROW + ",", ROW[:-2] + "x,200", status="code"
    )
    assert "22 rows: code is no HTTP status code" not in said
    assert "21 rows: code is no HTTP status code (100 to 599)" in said
    assert "1 row: time_utc is no time" in said
    assert "1 row: latency_ms is no number" in said
    assert said.count("log.csv, row ") == 12


def test_the_rows_of_a_parquet_file_are_found_among_many_files(tmp_path: Path) -> None:
    for name in "abc":
        write_parquet(tmp_path / f"{name}.parquet", ROWS)
    bad = [*ROWS]
    bad[321] = (5, -7, 200, 1024, 1)
    write_parquet(tmp_path / "b.parquet", bad)
    assert f"{tmp_path / 'b.parquet'}, row 322: latency_us is -7" in refused(tmp_path, COLUMNS)


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_parquet_is_found_though_the_file_s_extremes_do_not_tell_it(
    tmp_path: Path, cell: float
) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"time_utc": [ROW[:20]] * 3, "latency_ms": [1.0, cell, 2.0]}), path)
    assert f"{path}, row 2: latency_ms is {cell}" in refused(path)


def test_a_row_with_too_many_or_too_few_cells_is_told_by_its_line(tmp_path: Path) -> None:
    for row in (f"{ROW},1", "2026-01-31T09:00:00Z"):
        said = refused_text(tmp_path, HEADER, ROW, row)
        assert "cannot be read to their end" in said
        assert "Line: 3" in said


def test_a_number_for_a_time_asks_for_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"time_utc": [1769850000], "latency_ms": [1]}), path)
    assert "'time_utc' is a number (BIGINT): give time_unit, one of s, ms, us" in refused(path)
    write_parquet(path, ROWS)
    columns = LogColumns(latency="latency_us", time_unit="s")
    assert "'time_utc' is a timestamp already: leave time_unit out" in refused(path, columns)


def test_columns_that_cannot_be_are_told_all_at_once() -> None:
    with pytest.raises(ValueError, match="unit of 'took' is not known: give latency_unit") as error:
        LogColumns(latency="took", status="code", error="code", by=("requests",), time_unit="h")  # type: ignore[arg-type]  # what is tried
    for said in (
        "time_unit must be one of s, ms, us, got 'h'",
        "give one",
        "'code' is given two",
        "'requests', as",
    ):
        assert said in str(error.value)


@pytest.mark.parametrize("engine", ["", "postgres", "spark://"])
def test_an_engine_that_is_none_is_told(tmp_path: Path, engine: str) -> None:
    path = write_csv(tmp_path / "log.csv", ROWS)
    with pytest.raises(ValueError, match=r"no engine .*: give duckdb, or the master of a Spark"):
        read_request_logs(path, COLUMNS, engine=engine)


def test_a_key_that_is_an_id_is_told_before_memory_runs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sagemaker_capacity.request_logs._reading._MOST_COUNTS", 400)
    path = write_parquet(tmp_path / "log.parquet", ROWS)
    columns = LogColumns(latency="latency_us", by=("memory_mb", "status"))
    assert "is one of memory_mb, status an id? Group by what has few values" in refused(path, columns)
