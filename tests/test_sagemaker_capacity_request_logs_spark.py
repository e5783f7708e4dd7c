"""The same expression on Spark, here in local mode: the same bytes as DuckDB."""

from __future__ import annotations

import gzip
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import serverless_folders as folders
from request_log_files import COLUMNS, answer, some_rows, write_csv, write_parquet

from sagemaker_capacity import BenchmarkError
from sagemaker_capacity.request_logs import LogColumns, read_request_logs
from sagemaker_capacity.serverless._counts import count_groups
from sagemaker_capacity.serverless._groups import CONCURRENCY_KEYS, STABILITY_KEYS

pyspark_sql = pytest.importorskip("pyspark.sql", reason="the engine spark:// needs pyspark")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # py4j leaves its sockets to the collector
]
SPARK = "spark://local[2]"


@pytest.fixture(autouse=True, scope="module")
def running() -> Iterator[None]:
    """One Spark for all that follows; an answer starts its own where none runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        builder = pyspark_sql.SparkSession.builder.master("local[2]")
        settings = {
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # it lives briefly
        }
        session = builder.config(map=settings).getOrCreate()
        yield
        session.stop()


def test_spark_says_what_duckdb_says_of_every_form(tmp_path: Path) -> None:
    rows = some_rows(500, seed=8)
    csv_file = write_csv(tmp_path / "a.csv", rows)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(csv_file.read_bytes()))
    (tmp_path / "folder").mkdir()
    write_parquet(tmp_path / "folder" / "b.parquet", rows[200:])
    write_parquet(tmp_path / "folder" / "a b%20.parquet", rows[:200])
    said = answer(read_request_logs(csv_file, COLUMNS))
    for path in (tmp_path / "a.csv.gz", tmp_path / "folder"):
        assert answer(read_request_logs(path, COLUMNS, engine=SPARK)) == said


def test_spark_and_duckdb_agree_on_every_kind_of_cell(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    cells = [
        "2026-01-31T09:00:00Z,0.0005,,a",
        "2026-01-31T09:00:00.123456+02:00,1e3,None,",
        "2026-01-31 09:01:00Z,17.6155,false,a",
        "2026-01-31T09:01:00.123456999Z,17.6155,false,a",
        "2026-01-31T09:01:59.999999Z,,timeout,b",
        "2026-01-31T09:01:00-0130,0.1234995,0,b",
    ]
    path.write_text("time_utc,latency_ms,error,variant\n" + "\n".join(cells) + "\n", encoding="utf-8")
    columns = LogColumns(error="error", by=("variant",), time_is="end")
    said = answer(read_request_logs(path, columns))
    assert answer(read_request_logs(path, columns, engine=SPARK)) == said
    path.write_text(path.read_text(encoding="utf-8") + "now,inf,,\n2026-01-31T09:00:00Z,nan,,\n", encoding="utf-8")
    told = []
    for engine in ("duckdb", SPARK):
        with pytest.raises(BenchmarkError, match="row 7: time_utc is 'now'") as error:
            read_request_logs(path, columns, engine=engine)
        told.append(str(error.value))
    assert told[0] == told[1]


def test_spark_counts_invocations_as_duckdb_does(tmp_path: Path) -> None:
    made = folders.made_folder(tmp_path, invocations=20, throttled_share=0.3)
    stability, concurrency = (
        made / name / folders.INVOCATIONS for name in (folders.STABILITY, folders.CONCURRENCY)
    )
    odd = [
        {**folders.succeeded(2000.5, 0.0006), "response_size": 1.5},
        {**folders.succeeded(2000.25, 17.6155), "response_size": ""},
        {**folders.failed(-3.5, "insufficient_memory_error"), "end_time": -2.25},
    ]
    group = {"memory_size": "6144.0", "max_concurrency": 8, "num_clients": 9}
    folders.rewrite(concurrency, list(folders.read(concurrency)[0]), [row | group for row in odd])
    pq.write_table(pa.csv.read_csv(stability), stability.with_suffix(".parquet"))
    for path, keys in ((stability.with_suffix(".parquet"), STABILITY_KEYS), (concurrency, CONCURRENCY_KEYS)):
        assert count_groups(path, keys, engine=SPARK)[0] == count_groups(path, keys)[0]


@pytest.mark.parametrize("column", ["invocation_latency", "end_time"])
def test_what_is_no_number_is_told_alike(tmp_path: Path, column: str) -> None:
    group = {"memory_size": 2048, "max_concurrency": 2, "num_clients": 3}
    rows = [folders.succeeded(1000.0 + i, 100.0) | group for i in range(5)]
    rows[3][column] = float("nan")
    path = tmp_path / "raw.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    told = []
    for engine in ("duckdb", SPARK):
        with pytest.raises(ValueError, match=f"row 4: {column} must be") as error:
            count_groups(path, CONCURRENCY_KEYS, engine=engine)
        told.append(str(error.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("zone", ["UTC", None])
def test_spark_reads_the_nanoseconds_in_which_pandas_writes_times(tmp_path: Path, zone: str | None) -> None:
    ns = [1_769_850_000_000_000_999 + 333_333_333 * row for row in range(400)]
    frame = pa.table({"time_utc": pa.array(ns, pa.timestamp("ns", zone)), "latency_ms": [1.5] * len(ns)})
    path = tmp_path / "log.parquet"
    pq.write_table(frame, path)
    columns = LogColumns()
    said = answer(read_request_logs(path, columns))
    assert answer(read_request_logs(path, columns, engine=SPARK)) == said
