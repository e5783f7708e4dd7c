"""The table that this package documents: a CSV file with one row a minute and units in its columns."""

from __future__ import annotations

import re

import pandas as pd

from sagemaker_capacity._benchmark import (
    CPU_PER_CORE,
    CPU_SUM,
    DECIMALS,
    ERRORS,
    GPU_SUM,
    INVOCATIONS,
    MEMORY,
    TIME,
    BenchmarkError,
)

from ._columns import header, numbers, table, times
from ._measured import STATISTICS, Measured, all_failed, too_few
from ._source import Source

_LATENCY = re.compile(r"latency_(?P<statistic>mean|p\d{1,2}(?:\.\d+)?)_(?P<unit>us|ms|s)")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_OURS = re.compile(r"(time|timestamp|invocation|error|latency|cpu|gpu|memory)", re.IGNORECASE)
_COLUMNS = (
    f"{TIME}, {INVOCATIONS}; where measured {ERRORS}, {CPU_SUM} (100 = one full core) or {CPU_PER_CORE} "
    "(100 = every core full), memory_percent, gpu_sum_percent (100 = one full GPU), "
    "latency_mean_ms, latency_p95_ms, latency_p99_ms (or _us, _s)"
)


def recognises(beginning: str) -> bool:
    """Whether the first line names both of the columns that are never missing."""
    return {TIME, INVOCATIONS} <= {*header(beginning)}


def read(source: Source) -> Measured:
    """Read the table.

    Raises:
        BenchmarkError: an empty file, missing or unreadable columns, bad cells, two rows of one minute; all
            faults of the file at once.
    """
    if not source.head.strip():
        raise BenchmarkError(f"the benchmark {source.path} is empty. Its columns are {_COLUMNS}.")
    # What is recognised by nothing is refused by its first line: nobody waits for 10 GB of something else.
    text = table(source, source.content() if recognises(source.beginning) else source.head.splitlines()[0])
    latency = {column: match for column in text.columns if (match := _LATENCY.fullmatch(column))}
    known = [TIME, INVOCATIONS, ERRORS, CPU_SUM, CPU_PER_CORE, MEMORY, GPU_SUM, *latency]
    faults = _column_faults(list(text.columns), known)
    if faults:
        raise source.error(faults, f"The columns are {_COLUMNS}.")
    frame = pd.DataFrame({TIME: times(text[TIME], faults)})
    for column in text.columns.intersection(known).drop(TIME):
        cells = numbers(text[column], faults, blank_allowed=column != INVOCATIONS)
        name, factor = column, 1.0
        if column in latency:
            name, factor = latency[column]["statistic"], _MILLISECONDS[latency[column]["unit"]]
        frame[name] = (cells * factor).map(lambda number: round(number, DECIMALS))
    if text.empty or not frame[INVOCATIONS].notna().any():
        faults.insert(0, f"no number in {INVOCATIONS}: the file holds no measurement")
    faults += _repeated_minutes(frame[TIME])
    faults = faults or too_few(frame) or all_failed(frame)
    if faults:
        raise source.error(faults, "One row a minute, with a time and its measurements.")
    frame = frame.dropna(axis="columns", how="all")  # a column without a number measured nothing
    return Measured(frame.sort_values(TIME, ignore_index=True), tuple(text.columns.difference(known, sort=False)))


def as_minutes_csv(frame: pd.DataFrame) -> str:
    """A benchmark's frame as this table, to be kept as evidence of what was read live."""
    named = frame.rename(columns={name: f"latency_{name}_ms" for name in frame if name in STATISTICS})
    times_utc = named[TIME].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return named.assign(**{TIME: times_utc}).to_csv(index=False, lineterminator="\n")


def _column_faults(columns: list[str], known: list[str]) -> list[str]:
    faults = [f"column {required} is missing" for required in (TIME, INVOCATIONS) if required not in columns]
    faults += [
        f"column {column!r} is not understood: name the quantity with its unit, or drop it"
        for column in columns
        if column not in known and _OURS.match(column)
    ]
    if CPU_SUM in columns and CPU_PER_CORE in columns:
        faults.append(f"columns {CPU_SUM} and {CPU_PER_CORE} say the same twice: keep one")
    statistics = [match["statistic"] for column in columns if (match := _LATENCY.fullmatch(column))]
    faults += [f"latency {s} is given twice" for s in sorted({s for s in statistics if statistics.count(s) > 1})]
    return faults


def _repeated_minutes(found: pd.Series[pd.Timestamp]) -> list[str]:
    minutes = found.dropna().dt.floor("min")
    return [
        f"line {line}: a second row for the minute {minutes[line]:%Y-%m-%dT%H:%MZ}: sum the rows of a minute first"
        for line in minutes.index[minutes.duplicated()]
    ]
