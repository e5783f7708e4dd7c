"""Where the expression runs: DuckDB in this process, or a Spark that has more machines."""

from __future__ import annotations

from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, Self

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from ._files import LogFiles, refuse_cut_off

if TYPE_CHECKING:
    import pyarrow as pa

_SPARK = "spark://"
_MEMORY_MB = 256  # of DuckDB's own, so that the whole process stays within 512 MiB; beyond it, it spills to disk


class Engine(Protocol):
    """Reads files as a table, and brings the result of an expression here."""

    @property
    def errors(self) -> tuple[type[Exception], ...]: ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def table(self, files: LogFiles) -> ir.Table: ...
    def fetch(self, expression: ir.Table) -> pa.Table: ...
    def epoch_us(self, timestamp: ir.Value) -> ir.IntegerValue: ...


def engine_named(name: str, *, threads: int | None = None) -> Engine:
    """An engine by its name.

    Args:
        name: ``duckdb``, or Spark's master: ``spark://host:7077``; ``spark://local[2]`` is Spark on this machine.
        threads: how many DuckDB takes; by default as many as there are processors.

    Raises:
        ValueError: no such engine, or Spark without pyspark.
    """
    if name == "duckdb":
        return _DuckDB(threads)
    if name.startswith(_SPARK) and name != _SPARK:
        return _Spark(name.removeprefix(_SPARK) if name.startswith(f"{_SPARK}local") else name)
    raise ValueError(f"no engine {name!r}: give duckdb, or the master of a Spark such as spark://host:7077.")


def _called(name: str) -> Callable[[ir.Value], ir.IntegerValue]:
    def function(timestamp: object) -> None:
        """Stands for the engine's own."""

    called: Callable[[ir.Value], ir.IntegerValue] = ibis.udf.scalar.builtin(
        function, name=name, signature=((dt.Timestamp(timezone="UTC"),), dt.int64)
    )
    return called


class _DuckDB:
    def __init__(self, threads: int | None) -> None:
        import duckdb  # noqa: PLC0415  # Spark does without it

        self.errors = (duckdb.Error,)
        self.epoch_us = _called("epoch_us")
        self._spill = TemporaryDirectory(prefix="request-logs-")
        self._connection = ibis.duckdb.connect(
            memory_limit=f"{_MEMORY_MB}MB",
            temp_directory=self._spill.name,
            **({} if threads is None else {"threads": threads}),
        )
        self._connection.raw_sql("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.disconnect()
        self._spill.cleanup()

    def table(self, files: LogFiles) -> ir.Table:
        refuse_cut_off(files)  # DuckDB takes what there is of a gzip file for the whole
        paths = [str(path) for path in files.paths]
        if files.delimiter is None:
            return self._connection.read_parquet(paths, hive_partitioning=False)
        return self._connection.read_csv(
            paths,
            columns=dict.fromkeys(files.types, "VARCHAR"),
            auto_detect=False,
            header=True,
            sep=files.delimiter,
            quote='"',
            escape='"',
            hive_partitioning=False,
        )

    def fetch(self, expression: ir.Table) -> pa.Table:
        return expression.to_pyarrow()


class _Spark:
    def __init__(self, master: str) -> None:
        try:
            from pyspark.errors import PySparkException  # noqa: PLC0415  # loaded where it is asked for
            from pyspark.sql import SparkSession  # noqa: PLC0415
        except ImportError as error:
            raise ValueError(
                f"the engine {master} needs pyspark ({error}): pip install 'ibis-framework[pyspark]', "
                "and a Java that it runs on."
            ) from error
        self.errors = (PySparkException,)
        self.epoch_us = _called("unix_micros")
        # A Spark that this process has already is used, in a session of ours, and left running.
        self._active = SparkSession.getActiveSession()
        if self._active is None:
            self._session = SparkSession.builder.master(master).appName("sagemaker-capacity").getOrCreate()
        else:
            self._session = self._active.newSession()
        self._session.conf.set("spark.sql.session.timeZone", "UTC")
        self._connection = ibis.pyspark.connect(self._session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._active is None:
            self._session.stop()

    def table(self, files: LogFiles) -> ir.Table:
        paths = [f"file://{path.absolute()}" for path in files.paths]  # not quoted: Spark quotes them itself
        reader = self._session.read
        if files.delimiter is None:
            frame = reader.parquet(*paths)
        else:
            frame = reader.csv(
                paths, header=True, sep=files.delimiter, quote='"', escape='"', mode="FAILFAST", enforceSchema=False
            )
        frame.createOrReplaceTempView("request_logs")
        return self._connection.table("request_logs")

    def fetch(self, expression: ir.Table) -> pa.Table:
        # By Arrow all the way: Ibis would go through pandas, which Spark's converter is a version behind.
        return self._session.sql(self._connection.compile(expression)).toArrow()
