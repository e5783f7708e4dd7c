"""Rows that cannot be used: how many, and where the first of them stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

from sagemaker_capacity._benchmark import BenchmarkError

from ._columns import LogColumns
from ._engines import Progress, engine_named
from ._expression import BAD_LATENCY, BAD_STATUS, BAD_TIME, FAILED, NAIVE, ZONED, bucket_of, converted
from ._files import LogFiles
from ._histogram import COUNT
from ._statements import epoch_microseconds, logs

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_ROWS = 12
_ZONE_REMEDY = "write every time with its zone, or all of them in UTC without"


@dataclass(frozen=True)
class Asked:
    """What was asked to be read: `path`, as it was given, which holds the files."""

    path: Path
    files: LogFiles
    columns: LogColumns


def refuse_faults(tally: pd.DataFrame, asked: Asked, progress: Progress | None = None) -> None:
    """Raise what is wrong with the rows, if anything.

    Raises:
        BenchmarkError: with the number of such rows, and the file, row and cell of the first few.
    """
    bad = tally.loc[tally["bucket"] < FAILED].groupby("bucket")[COUNT].sum()
    if not bad.empty:
        told = _unusable(bad, asked, progress)
    elif tally[ZONED].sum() and tally[NAIVE].sum():
        told = _of_mixed_zones(tally, asked, progress)
    else:
        return
    raise BenchmarkError(
        f"the request logs {asked.path} cannot be used:" + "".join(f"\n  - {line}" for line in told)
    )


def _unusable(bad: pd.Series[int], asked: Asked, progress: Progress | None) -> list[str]:
    columns = asked.columns
    column = {BAD_TIME: columns.time, BAD_STATUS: str(columns.status), BAD_LATENCY: columns.latency}
    remedy = {
        BAD_TIME: "no time of ISO 8601, such as 2026-01-31T09:00:00Z, or number of the time_unit since 1970",
        BAD_STATUS: "no HTTP status code (100 to 599)",
        BAD_LATENCY: "no number from 0 to 71 minutes; is latency_unit right? "
        "A failed request's may be blank, where status or error tells that it failed",
    }
    told = [f"{_rows(bad[code])}: {column[code]} is {remedy[code]}" for code in remedy if code in bad.index]
    found = _first_rows(asked, lambda rows: rows.bucket < FAILED, _SHOWN_ROWS, progress)
    return [*told, *(_told(file, row, column[row["bucket"]]) for file, row in found)]


def _of_mixed_zones(tally: pd.DataFrame, asked: Asked, progress: Progress | None) -> list[str]:
    """A time without its zone is UTC where all are, and nobody's guess where others name theirs."""
    time = asked.columns.time
    first = [
        *_first_rows(asked, lambda rows: rows.zoned, 1, progress),
        *_first_rows(asked, lambda rows: ~rows.zoned, 1, progress),
    ]
    return [
        f"{tally[ZONED].sum()} rows give {time} with its zone, {tally[NAIVE].sum()} without: {_ZONE_REMEDY}",
        *(_told(file, row, time) for file, row in first),
    ]


def _first_rows(
    asked: Asked, are_wanted: Callable[[ir.Table], ir.BooleanValue], most: int, progress: Progress | None
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Of the first file that has any. Rows are counted from 1, after the header, by one thread in their order."""
    columns = asked.columns
    used = {"time": columns.time, "latency": columns.latency, "status": columns.status}
    for file in asked.files.paths:
        with engine_named("duckdb", threads=1, progress=progress) as engine:
            table = logs(asked.files.types, columns.used)
            cells = {f"cell_{part}": table[name] for part, name in used.items() if name is not None}
            rows = converted(table, columns, epoch_microseconds(engine), row=ibis.row_number(), **cells)
            rows = rows.mutate(bucket=bucket_of(rows))
            engine.open(asked.files.only(file))
            found = engine.arrow(rows.filter(are_wanted(rows)).order_by("row").limit(most)).to_pylist()
        if found:
            names = {f"cell_{part}": name for part, name in used.items()}
            yield from ((file, {names.get(key, key): cell for key, cell in row.items()}) for row in found)
            return


def _rows(number: int) -> str:
    return f"{number} row{'' if number == 1 else 's'}"


def _told(file: Path, row: dict[str, Any], column: str) -> str:
    cell = row[column]
    return f"{file}, row {row['row'] + 1}: {column} is {'blank' if cell is None else repr(cell)}"
