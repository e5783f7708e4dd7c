"""Rows that cannot be used: how many, and where the first of them stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from sagemaker_capacity._benchmark import BenchmarkError

from ._columns import LogColumns
from ._engines import engine_named
from ._expression import BAD_LATENCY, BAD_STATUS, BAD_TIME, FAILED, bucket_of, converted
from ._files import LogFiles
from ._histogram import COUNT

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN_ROWS = 12


def refuse_faults(tally: pd.DataFrame, files: LogFiles, columns: LogColumns, path: Path) -> None:
    """Raise what is wrong with the rows, if anything.

    Raises:
        BenchmarkError: with the number of such rows, and the file, row and cell of the first few.
    """
    bad = tally.loc[tally["bucket"] < FAILED].groupby("bucket")[COUNT].sum()
    if bad.empty:
        return
    column = {BAD_TIME: columns.time, BAD_STATUS: str(columns.status), BAD_LATENCY: columns.latency}
    remedy = {
        BAD_TIME: "no time of ISO 8601, such as 2026-01-31T09:00:00Z, or number of the time_unit since 1970",
        BAD_STATUS: "no HTTP status code (100 to 599)",
        BAD_LATENCY: "no number from 0 to 71 minutes; is latency_unit right? "
        "A failed request's may be blank, where status or error tells that it failed",
    }
    told = [f"{bad[code]} rows: {column[code]} is {remedy[code]}" for code in remedy if code in bad.index]
    told += _first_rows(files, columns, column)
    raise BenchmarkError(f"the request logs {path} cannot be used:" + "".join(f"\n  - {line}" for line in told))


def _first_rows(files: LogFiles, columns: LogColumns, column: dict[int, str]) -> list[str]:
    """Of the first file that has any. Rows are counted from 1, after the header, by one thread in their order."""
    for file in files.paths:
        with engine_named("duckdb", threads=1) as engine:
            table = engine.table(files.only(file))
            cells = {f"cell{code}": table[name] for code, name in column.items() if name in files.types}
            rows = converted(table, columns, engine.epoch_us, row=ibis.row_number(), **cells)
            rows = rows.mutate(bucket=bucket_of(rows))
            bad = rows.filter(rows.bucket < FAILED).order_by("row").limit(_SHOWN_ROWS)
            found = engine.fetch(bad).to_pylist()
        if found:
            return [_told(file, row, column) for row in found]
    return []


def _told(file: Path, row: dict[str, Any], column: dict[int, str]) -> str:
    cell = row[f"cell{row['bucket']}"]
    return f"{file}, row {row['row'] + 1}: {column[row['bucket']]} is {'blank' if cell is None else repr(cell)}"
