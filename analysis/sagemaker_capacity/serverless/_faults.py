"""Which rows of raw results that an engine counted cannot be used."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir

from sagemaker_capacity.request_logs._engines import Progress, engine_named
from sagemaker_capacity.request_logs._files import LogFiles
from sagemaker_capacity.request_logs._statements import logs

from ._expression import faults
from ._raw import END, FLAGS, LATENCY, REMEDY, RESPONSE, START, ResultsError, raw_columns

_SHOWN_ROWS = 12
_MUST = {
    LATENCY: "must be 0 to 4294967 ms, or -1, and above 0 of what was answered",
    RESPONSE: "must be a number or blank",
    START: "must be a number of seconds",
    END: "must be a number of seconds, not before start_time",
    "memory_size": "must be 1024 … 6144 MB",
    **dict.fromkeys(FLAGS.values(), "must be True, False or blank"),
}
_WHOLE = "must be a whole number from 1"


def refuse_rows(path: Path, files: LogFiles, keys: tuple[str, ...], progress: Progress | None) -> None:
    """Tell the first rows that cannot be used, of the first file that has any, counted from 1 below the header.

    Raises:
        ResultsError: there are some.
    """
    for file in files.paths:
        with engine_named("duckdb", threads=1, progress=progress) as engine:
            try:
                engine.open(files.only(file))
                found = engine.arrow(_bad_rows(logs(files.types, raw_columns(keys)), keys)).to_pylist()
            except engine.errors:
                return  # nor can it be read to its end to find them
        if found:
            told = "".join(
                f"\n  - {file}, row {row['row'] + 1}: {_told(row['column'], row['cell'])}" for row in found
            )
            raise ResultsError(f"{path} cannot be used; the first such rows:{told}\n{REMEDY}")


def _told(column: str, cell: str | None) -> str:
    return f"{column} {_MUST.get(column, _WHOLE)}, got {'nothing' if cell is None else repr(cell)}"


def _bad_rows(table: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    found = [*faults(table, keys)]
    rows = table.select(
        row=ibis.row_number(),
        column=ibis.cases(*((is_bad, column) for column, is_bad in found)),
        cell=ibis.cases(*((is_bad, table[column].cast("string")) for column, is_bad in found)),
    )
    return rows.filter(rows.column.notnull()).order_by("row").limit(_SHOWN_ROWS)
