"""An expression of Ibis as the SQL of an engine, over whatever files that has opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import DuckDBType

from ._engines import LOGS

if TYPE_CHECKING:
    from ._engines import Engine

# A timestamp's microseconds since 1970, the one function that each engine calls by a name of its own.
EpochMicroseconds = Callable[[ir.Value], ir.IntegerValue]


def logs(types: Mapping[str, str], used: Iterable[str]) -> ir.Table:
    """The opened files as a table to express a question about: the used columns, of DuckDB's types."""
    schema = {name: DuckDBType.from_string(types[name]) for name in dict.fromkeys(used)}
    return ibis.table(schema, name=LOGS)


def compiled(expression: ir.Table, dialect: str) -> str:
    """The SQL of an expression."""
    getattr(ibis, dialect)  # whose options are there once it was asked for
    return str(ibis.to_sql(expression, dialect=dialect))


def epoch_microseconds(engine: Engine) -> EpochMicroseconds:
    """The engine's own function."""

    def function(timestamp: object) -> None:
        """Stands for the engine's own."""

    called: EpochMicroseconds = ibis.udf.scalar.builtin(
        function, name=engine.epoch_us, signature=((dt.Timestamp(timezone="UTC"),), dt.int64)
    )
    return called
