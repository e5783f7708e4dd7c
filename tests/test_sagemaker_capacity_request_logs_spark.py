"""The same expression on Spark, here in local mode: the same bytes as DuckDB."""

from __future__ import annotations

import gzip
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from request_log_files import COLUMNS, answer, some_rows, write_csv, write_parquet

from sagemaker_capacity import BenchmarkError
from sagemaker_capacity.request_logs import LogColumns, read_request_logs

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
        settings = {"spark.sql.shuffle.partitions": "4", "spark.ui.enabled": "false"}
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
        "2026-01-31 09:01,17.6155,false,a",
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
        with pytest.raises(BenchmarkError, match="row 6: time_utc is 'now'") as error:
            read_request_logs(path, columns, engine=engine)
        told.append(str(error.value))
    assert told[0] == told[1]
