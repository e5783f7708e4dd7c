"""Raw results that an engine counts and that cannot be used: the file, the row, the remedy; exit status 2."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import serverless_folders as folders
from click.testing import CliRunner, Result
from serverless_folders import CONCURRENCY, INVOCATIONS, METRICS, STABILITY

from sagemaker_capacity.serverless._command import serverless
from sagemaker_capacity.serverless._counts import COMPILED_FOR

COLUMNS = tuple(COMPILED_FOR)
TYPES = {"DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "BIGINT": pa.int64()}
GROUP = {"memory_size": 2048, "max_concurrency": 2, "num_clients": 3}
Cells = dict[str, object]


def calls(count: int) -> list[Cells]:
    return [folders.succeeded(1000.0 + i, 100 + i) | GROUP for i in range(count)]


def summary(path: Path) -> Result:
    return CliRunner().invoke(serverless, [str(path), "--summary", "--json"])


def refused(path: Path) -> str:
    result = summary(path)
    assert result.exit_code == 2, result.output
    assert str(path) in result.output
    return result.output


def as_csv(path: Path, rows: list[Cells]) -> Path:
    """In a folder, so that it is counted and not read whole."""
    folders.write(path / "raw.csv", COLUMNS, rows)
    return path


def as_parquet(path: Path, rows: list[Cells]) -> Path:
    schema = pa.schema([(name, TYPES[COMPILED_FOR[name]]) for name in COLUMNS])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("invocation_latency", "-5", "must be 0 to 4294967 ms, or -1"),
        ("invocation_latency", "nan", "must be 0 to 4294967 ms, or -1"),
        ("invocation_latency", "inf", "must be 0 to 4294967 ms, or -1"),
        ("invocation_latency", "", "must be 0 to 4294967 ms, or -1"),
        ("invocation_latency", "fast", "must be 0 to 4294967 ms, or -1"),
        ("invocation_latency", "0", "above 0 of what was answered"),
        ("response_size", "large", "must be a number or blank"),
        ("throttle_exception", "maybe", "must be True, False or blank"),
        ("start_time", "", "must be a number of seconds"),
        ("start_time", "2026-01-31T09:00:00Z", "must be a number of seconds"),
        ("end_time", "1", "must be a number of seconds, not before start_time"),
        ("end_time", "nan", "must be a number of seconds, not before start_time"),
        ("memory_size", "1500", "must be 1024 … 6144 MB"),
        ("memory_size", "", "must be 1024 … 6144 MB"),
        ("num_clients", "0", "must be a whole number from 1"),
        ("max_concurrency", "2.5", "must be a whole number from 1"),
    ],
)
def test_a_cell_that_cannot_be_used_is_told_by_file_and_row(
    tmp_path: Path, column: str, cell: str, said: str
) -> None:
    rows = calls(6)
    rows[3][column] = cell
    told = refused(as_csv(tmp_path, rows))
    got = repr(cell) if cell else "nothing"
    assert f"{tmp_path / 'raw.csv'}, row 4: {column} " in told
    assert f"{said}" in told
    assert f", got {got}" in told
    assert told.count(", row ") == 1
    assert "Give the toolkit's file as it wrote it" in told


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("invocation_latency", -5.0),
        ("invocation_latency", float("nan")),
        ("invocation_latency", None),
        ("end_time", float("inf")),
        ("start_time", float("nan")),
        ("memory_size", 1500),
        ("num_clients", None),
    ],
)
def test_a_cell_of_parquet_is_told_by_its_row_too(tmp_path: Path, column: str, cell: float | None) -> None:
    rows = calls(6)
    rows[2][column] = cell
    assert f"row 3: {column} must be" in refused(as_parquet(tmp_path / "raw.parquet", rows))


def test_of_many_bad_rows_twelve_are_shown(tmp_path: Path) -> None:
    rows = [row | {"invocation_latency": -3.0} for row in calls(30)]
    assert refused(as_parquet(tmp_path / "raw.parquet", rows)).count(", row ") == 12


def test_latencies_in_another_unit_than_ms_are_told(tmp_path: Path) -> None:
    rows = [row | {"invocation_latency": 1000 * row["invocation_latency"]} for row in calls(20)]  # type: ignore[operator]  # a number
    for path in (as_parquet(tmp_path / "raw.parquet", rows), as_csv(tmp_path / "parts", rows) / "raw.csv"):
        said = refused(path)
        assert "3 clients on 2048 MB cannot have waited 2190 s in 19.119 s" in said
        assert "is a latency in ms, a time in s?" in said


def test_one_row_and_nothing_but_failures_are_a_summary(tmp_path: Path) -> None:
    one = summary(as_parquet(tmp_path / "one.parquet", calls(1)))
    assert (one.exit_code, '"successes": 1' in one.output) == (0, True)
    failed = [folders.failed(1000.0 + i, "throttle_exception") | GROUP for i in range(4)]
    all_failed = summary(as_parquet(tmp_path / "failed.parquet", failed))
    assert (all_failed.exit_code, '"throttled": 4' in all_failed.output) == (0, True)
    assert '"latency_mean_ms": null' in all_failed.output


def test_no_row_is_told(tmp_path: Path) -> None:
    for path in (as_parquet(tmp_path / "raw.parquet", []), as_csv(tmp_path / "parts", [])):
        assert "no row below its header" in refused(path)


def test_a_column_that_is_missing_is_told(tmp_path: Path) -> None:
    path = as_parquet(tmp_path / "raw.parquet", calls(2))
    pq.write_table(pq.read_table(path).drop_columns(["num_clients", "end_time"]), path)
    said = refused(path)
    assert "no column 'end_time'" in said
    assert "no column 'num_clients'" in said


def test_a_file_that_was_cut_off_is_told(tmp_path: Path) -> None:
    packed = tmp_path / "raw.csv.gz"
    packed.write_bytes(gzip.compress((as_csv(tmp_path / "parts", calls(500)) / "raw.csv").read_bytes())[:-5])
    assert "was cut off or damaged" in refused(packed)
    parquet = as_parquet(tmp_path / "raw.parquet", calls(500))
    parquet.write_bytes(parquet.read_bytes()[:-5])
    assert "begins as Parquet but does not end so; was it cut off?" in refused(parquet)


@pytest.mark.parametrize(
    "head", [b"", b"PAR1", (",".join(COLUMNS) + "\n").encode()], ids=["zeros", "parquet", "csv"]
)
@pytest.mark.parametrize("name", [f"{CONCURRENCY}/{INVOCATIONS}", f"{STABILITY}/{METRICS}"])
def test_10_gb_of_something_else_are_refused_at_once_and_the_plan_stays(
    tmp_path: Path, name: str, head: bytes
) -> None:
    folder, out = folders.made_folder(tmp_path / "results"), tmp_path / "plan.json"
    words = [str(folder), "--peak-tps", "40", "--request-bytes", "1000", "--out", str(out)]
    assert CliRunner().invoke(serverless, words).exit_code == 0
    before = out.read_bytes()
    if name.endswith(METRICS) and head.startswith(b"invocation"):
        head = (",".join(folders.METRIC) + "\n").encode()
    with (folder / name).open("wb") as file:
        file.write(head)
        file.truncate(10 * 2**30)  # a hole, which would be read as zeros
    start = time.process_time()
    result = CliRunner().invoke(serverless, words)
    assert time.process_time() - start < 3
    assert result.exit_code == 2, result.output
    assert str(folder / name) in result.output
    assert out.read_bytes() == before
