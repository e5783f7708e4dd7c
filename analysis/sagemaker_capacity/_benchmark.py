"""A benchmark's file to one checked frame, a row a minute, units in the columns."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

TIME = "time_utc"
INVOCATIONS = "invocations_per_minute"
ERRORS = "errors_per_minute"
CPU_SUM = "cpu_sum_percent"
CPU_PER_CORE = "cpu_per_core_percent"

_LATENCY = re.compile(r"latency_(?P<statistic>mean|p\d{1,2}(?:\.\d+)?)_(?P<unit>us|ms|s)")
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_OURS = re.compile(r"(time|timestamp|invocation|error|latency|cpu)", re.IGNORECASE)
_COLUMNS = (
    f"{TIME}, {INVOCATIONS}; where measured {ERRORS}, {CPU_SUM} (100 = one full core) or {CPU_PER_CORE} "
    "(100 = every core full), latency_mean_ms, latency_p95_ms, latency_p99_ms (or _us, _s)"
)
_MINUTE = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
_DECIMALS = 6  # as a plan writes a number
_SHOWN_FAULTS = 12


class BenchmarkError(ValueError):
    """A benchmark that cannot be read: the message names the file, the rows and the remedy."""


@dataclass(frozen=True)
class Benchmark:
    """One instance under a growing load.

    `frame` is sorted by time, one row a minute: ``time_utc`` (UTC), ``invocations_per_minute``; where measured
    ``errors_per_minute``, ``cpu_sum_percent`` or ``cpu_per_core_percent``, and a column of milliseconds for
    each of `latency_statistics` (``mean``, ``p95``, …). NaN stands where a minute has no such measurement.
    """

    name: str
    sha256: str
    frame: pd.DataFrame
    latency_statistics: tuple[str, ...]
    ignored_columns: tuple[str, ...]


def read_benchmark(path: Path) -> Benchmark:
    """Read and check a benchmark's CSV file.

    Raises:
        BenchmarkError: no such file, an empty one, missing or unreadable columns, bad cells, two rows of one
            minute; all faults of the file at once.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(f"cannot read the benchmark {path}: {error.strerror or error}.") from error
    text = _parse(content, path)
    latency = {column: match for column in text.columns if (match := _LATENCY.fullmatch(column))}
    known = [TIME, INVOCATIONS, ERRORS, CPU_SUM, CPU_PER_CORE, *latency]
    faults = _column_faults(list(text.columns), known)
    if faults:
        raise _error(path, faults, f"The columns are {_COLUMNS}.")
    frame = pd.DataFrame({TIME: _times(text[TIME], faults)})
    for column in text.columns.intersection(known).drop(TIME):
        numbers = _numbers(text[column], faults, blank_allowed=column != INVOCATIONS)
        name, factor = column, 1.0
        if column in latency:
            name, factor = latency[column]["statistic"], _MILLISECONDS[latency[column]["unit"]]
        frame[name] = (numbers * factor).map(lambda number: round(number, _DECIMALS))
    if text.empty or not frame[INVOCATIONS].notna().any():
        faults.insert(0, f"no number in {INVOCATIONS}: the file holds no measurement")
    faults += _repeated_minutes(frame[TIME])
    if faults:
        raise _error(path, faults, "One row a minute, with a time and its measurements.")
    frame = frame.dropna(axis="columns", how="all")  # a column without a number measured nothing
    return Benchmark(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        frame=frame.sort_values(TIME, ignore_index=True),
        latency_statistics=tuple(m["statistic"] for m in latency.values() if m["statistic"] in frame),
        ignored_columns=tuple(text.columns.difference(known, sort=False)),
    )


def _parse(content: bytes, path: Path) -> pd.DataFrame:
    if not content.strip():
        raise BenchmarkError(f"the benchmark {path} is empty. Its columns are {_COLUMNS}.")
    try:
        text = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            skip_blank_lines=False,  # so that a row's number tells its line
            encoding="utf-8-sig",
        )
    except ValueError as error:  # ParserError and UnicodeDecodeError are ValueErrors
        raise BenchmarkError(f"the benchmark {path} is no CSV file in UTF-8: {error}".rstrip() + ".") from error
    if not (text.empty or isinstance(text.index, pd.RangeIndex)):  # pandas takes the surplus for row labels
        raise BenchmarkError(
            f"the benchmark {path} has more cells in line 2 than its header has columns: one cell a column."
        )
    return text[(text != "").any(axis="columns")].rename(columns=str.strip)


def _column_faults(columns: list[str], known: list[str]) -> list[str]:
    faults = [f"column {required} is missing" for required in (TIME, INVOCATIONS) if required not in columns]
    faults += [
        f"column {column!r} is not understood: name the quantity with its unit, or drop it"
        for column in columns
        if column not in known and _OURS.match(column)
    ]
    faults += [f"column {c} is given twice" for c in sorted({c for c in known if columns.count(c) > 1})]
    if CPU_SUM in columns and CPU_PER_CORE in columns:
        faults.append(f"columns {CPU_SUM} and {CPU_PER_CORE} say the same twice: keep one")
    statistics = [match["statistic"] for column in columns if (match := _LATENCY.fullmatch(column))]
    faults += [f"latency {s} is given twice" for s in sorted({s for s in statistics if statistics.count(s) > 1})]
    return faults


def _times(cells: pd.Series[str], faults: list[str]) -> pd.Series[pd.Timestamp]:
    written = cells.where(cells.str.match(_MINUTE), "")  # pandas takes "now" for a time, too
    times = pd.to_datetime(written, utc=True, format="ISO8601", errors="coerce")
    faults += [
        f"line {_line(i)}: {TIME} is no ISO 8601 time, such as 2026-01-31T09:00:00Z: {cells[i]!r}"
        for i in times.index[times.isna()]
    ]
    return times


def _numbers(cells: pd.Series[str], faults: list[str], *, blank_allowed: bool) -> pd.Series[float]:
    numbers = pd.to_numeric(cells.replace("", None), errors="coerce").astype(float)
    blank = cells.str.strip() == ""
    wrong = (~blank & ~numbers.between(0, float("inf"), inclusive="left")) | (blank & (not blank_allowed))
    for i in numbers.index[wrong]:
        said = "is blank" if blank[i] else f"must be a number of at least 0, got {cells[i]!r}"
        faults.append(f"line {_line(i)}: {cells.name} {said}")
    return numbers


def _repeated_minutes(times: pd.Series[pd.Timestamp]) -> list[str]:
    minutes = times.dropna().dt.floor("min")
    return [
        f"line {_line(i)}: a second row for the minute {minutes[i]:%Y-%m-%dT%H:%MZ}: sum the rows of a minute first"
        for i in minutes.index[minutes.duplicated()]
    ]


def _line(index: object) -> int:
    return int(str(index)) + 2  # line 1 is the header


def _error(path: Path, faults: list[str], remedy: str) -> BenchmarkError:
    shown = faults[:_SHOWN_FAULTS]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    listed = "".join(f"\n  - {fault}" for fault in shown)
    return BenchmarkError(f"the benchmark {path} cannot be used:{listed}\n{remedy}")
