"""Where the expression runs: DuckDB in this process, or a Spark that has more machines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from ._files import LogFiles, refuse_cut_off

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame

# What is told of the work done, a few times a second: percent, or None where that is not known.
Progress = Callable[[float | None], None]
T = TypeVar("T")

LOGS = "request_logs"  # what an engine calls the files that it has opened
_SPARK = "spark://"
_MEMORY_MB = 256  # of DuckDB's own, so that the whole process stays within 512 MiB; beyond it, it spills to disk
_TOLD_EVERY_SECONDS = 0.1


class Engine(Protocol):
    """Opens files as the table `LOGS`, and brings the result of a query here."""

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...
    @property
    def dialect(self) -> str: ...
    @property
    def epoch_us(self) -> str: ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def open(self, files: LogFiles) -> None: ...
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...
    def arrow(self, expression: ir.Table) -> pa.Table: ...


def engine_named(name: str, *, threads: int | None = None, progress: Progress | None = None) -> Engine:
    """An engine by its name.

    Args:
        name: ``duckdb``, or Spark's master: ``spark://host:7077``; ``spark://local[2]`` is Spark on this machine.
        threads: how many DuckDB takes; by default as many as there are processors.
        progress: told how far a query is.

    Raises:
        ValueError: no such engine, or Spark without pyspark.
    """
    if name == "duckdb":
        return _DuckDB(threads, progress)
    if name.startswith(_SPARK) and name != _SPARK:
        return _Spark(name.removeprefix(_SPARK) if name.startswith(f"{_SPARK}local") else name, progress)
    raise ValueError(f"no engine {name!r}: give duckdb, or the master of a Spark such as spark://host:7077.")


class _DuckDB:
    dialect = "duckdb"
    epoch_us = "epoch_us"

    def __init__(self, threads: int | None, progress: Progress | None) -> None:
        import duckdb  # noqa: PLC0415  # once there is work for it

        self.errors = (duckdb.Error,)
        self._progress = progress
        self._threads = {} if threads is None else {"threads": str(threads)}

    def __enter__(self) -> Self:
        import duckdb  # noqa: PLC0415

        self._spill = TemporaryDirectory(prefix="request-logs-")
        limits = {"memory_limit": f"{_MEMORY_MB}MB", "temp_directory": self._spill.name}
        self._connection = duckdb.connect(config={**limits, **self._threads})
        self._connection.execute("SET TimeZone = 'UTC'")
        if self._progress is not None:  # it says how far it is only where it would draw a bar itself
            self._connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._spill.cleanup()

    def open(self, files: LogFiles) -> None:
        refuse_cut_off(files, self._progress)  # DuckDB takes what there is of a gzip file for the whole
        paths = [str(path) for path in files.paths]
        if files.delimiter is None:
            opened = self._connection.read_parquet(paths, hive_partitioning=False)
        else:
            opened = self._connection.read_csv(
                paths,  # type: ignore[arg-type]  # the stubs know of one path alone
                columns=dict.fromkeys(files.types, "VARCHAR"),
                auto_detect=False,
                header=True,
                sep=files.delimiter,
                quotechar='"',
                escapechar='"',
                hive_partitioning=False,
            )
        opened.create_view(LOGS)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._run(sql).fetchall()

    def arrow(self, expression: ir.Table) -> pa.Table:
        from ._statements import compiled  # noqa: PLC0415  # Ibis is not waited for where SQL is there already

        found = self._run(compiled(expression, self.dialect)).fetch_arrow_table()
        return found.cast(expression.schema().to_pyarrow())  # its sums are wider

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        connection = self._connection
        return _watched(
            lambda: connection.execute(sql), self._progress, connection.query_progress, connection.interrupt
        )


class _Spark:
    dialect = "pyspark"
    epoch_us = "unix_micros"

    def __init__(self, master: str, progress: Progress | None) -> None:
        try:
            from pyspark.errors import PySparkException  # noqa: PLC0415  # loaded where it is asked for
            from pyspark.sql import SparkSession  # noqa: PLC0415
        except ImportError as error:
            raise ValueError(
                f"the engine {master} needs pyspark ({error}): pip install 'cdk-sagemaker-scaling[spark]', "
                "and a Java that it runs on."
            ) from error
        self.errors = (PySparkException,)
        self._progress = progress
        # A Spark that this process has already is used, in a session of ours, and left running.
        self._active = SparkSession.getActiveSession()
        if self._active is None:
            self._session = SparkSession.builder.master(master).appName("sagemaker-capacity").getOrCreate()
        else:
            self._session = self._active.newSession()
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        self._session.conf.set("spark.sql.legacy.parquet.nanosAsLong", "true")  # or it reads no such file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._active is None:
            self._session.stop()

    def open(self, files: LogFiles) -> None:
        paths = [f"file://{path.absolute()}" for path in files.paths]  # not quoted: Spark quotes them itself
        reader = self._session.read
        if files.delimiter is None:
            frame = self._in_microseconds(reader.parquet(*paths), files)
        else:
            frame = reader.csv(
                paths, header=True, sep=files.delimiter, quote='"', escape='"', mode="FAILFAST", enforceSchema=False
            )
        frame.createOrReplaceTempView(LOGS)

    @staticmethod
    def _in_microseconds(frame: DataFrame, files: LogFiles) -> DataFrame:
        """Nanoseconds, in which pandas writes times and which Spark knows as numbers alone, as times of its own."""
        from pyspark.sql.functions import expr  # noqa: PLC0415

        numbers = {name for name, type_ in frame.dtypes if type_ == "bigint"}
        fine = [name for name, type_ in files.types.items() if type_.startswith("TIMESTAMP") and name in numbers]
        quoted = {name: name.replace("`", "``") for name in fine}
        return frame.withColumns({n: expr(f"timestamp_micros(`{q}` div 1000)") for n, q in quoted.items()})

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._run(lambda: self._session.sql(sql).collect())]

    def arrow(self, expression: ir.Table) -> pa.Table:
        from ._statements import compiled  # noqa: PLC0415

        sql = compiled(expression, self.dialect)
        # By Arrow all the way: pandas, which Spark's converter is a version behind, has no part in it.
        return self._run(lambda: self._session.sql(sql).toArrow())

    def _run(self, query: Callable[[], T]) -> T:
        return _watched(query, self._progress, lambda: None, self._session.sparkContext.cancelAllJobs)


def _watched(
    query: Callable[[], T], progress: Progress | None, percent: Callable[[], float | None], stop: Callable[[], None]
) -> T:
    """What the query gives, `progress` being told meanwhile; ended where somebody interrupts the waiting."""
    if progress is None:
        return query()
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(query)
        try:
            while wait([running], _TOLD_EVERY_SECONDS).not_done:
                progress(percent())
        except BaseException:
            stop()
            raise
    return running.result()
