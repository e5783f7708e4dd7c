"""Cells of text to times and numbers; what is neither becomes a fault that names its line."""

from __future__ import annotations

import io
import re

import pandas as pd

from sagemaker_capacity._benchmark import BenchmarkError

from ._source import Source

_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_YEAR_2001, _YEAR_2100 = 978_307_200, 4_102_444_800  # in seconds since 1970


def table(source: Source, content: bytes, columns: list[str] | None = None) -> pd.DataFrame:
    """A CSV file's cells as text, the line of each row as its index; without `columns`, line 1 names them.

    Raises:
        BenchmarkError: it is no such file.
    """
    first = 1 if columns else 2
    try:
        text = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            keep_default_na=False,
            names=columns,
            header=None if columns else 0,
            skipinitialspace=True,
            skip_blank_lines=False,  # so that a row's number tells its line
            encoding="utf-8-sig",
        ).fillna("")
    except ValueError as error:  # ParserError and UnicodeDecodeError are ValueErrors
        raise BenchmarkError(
            f"the benchmark {source.path} is no CSV file in UTF-8: {error}".rstrip() + "."
        ) from error
    if not (text.empty or isinstance(text.index, pd.RangeIndex)):  # pandas takes the surplus for row labels
        raise BenchmarkError(
            f"the benchmark {source.path} has more cells in line {first} than its header has columns: "
            "one cell a column."
        )
    text.index += first
    return text[(text != "").any(axis="columns")].rename(columns=str.strip)


def numbers(cells: pd.Series[str], faults: list[str], *, blank_allowed: bool = False) -> pd.Series[float]:
    """Finite numbers of at least 0, NaN where blank; the index of the cells is their line."""
    found = pd.to_numeric(cells.replace("", None), errors="coerce").astype(float)
    blank = cells.str.strip() == ""
    wrong = (~blank & ~found.between(0, float("inf"), inclusive="left")) | (blank & (not blank_allowed))
    for line in found.index[wrong]:
        said = "is blank" if blank[line] else f"must be a number of at least 0, got {cells[line]!r}"
        faults.append(f"line {line}: {cells.name} {said}")
    return found


def times(cells: pd.Series[str], faults: list[str]) -> pd.Series[pd.Timestamp]:
    """ISO 8601 times in UTC; those without a zone are UTC only where none has one."""
    written = cells.where(cells.str.match(_MINUTE.pattern), "")  # pandas takes "now" for a time, too
    found = pd.to_datetime(written, utc=True, format="ISO8601", errors="coerce")
    faults += [
        f"line {line}: {cells.name} is no ISO 8601 time, such as 2026-01-31T09:00:00Z: {cells[line]!r}"
        for line in found.index[found.isna()]
    ]
    zoned = written.str.contains(_ZONE.pattern, regex=True)[found.notna()]
    if zoned.any() and not zoned.all():
        bare, told = zoned.index[~zoned][0], zoned.index[zoned][0]
        faults.append(
            f"line {bare}: {cells.name} {cells[bare]!r} has no zone and line {told} has one, {cells[told]!r}: "
            "write every time with its zone"
        )
    return found


def epochs(cells: pd.Series[str], faults: list[str], unit: str | None = None) -> pd.Series[pd.Timestamp]:
    """Times since 1970 in a unit (s, ms, us, ns), or in the one that puts the first of them into this century."""
    found = pd.to_numeric(cells.replace("", None), errors="coerce")
    first = next((float(number) for number in found if number > 0), 0.0)
    unit = unit or next((u for u, per in _PER_SECOND.items() if _in_this_century(first / per)), "s")
    per_second = _PER_SECOND[unit]
    right = found.between(_YEAR_2001 * per_second, _YEAR_2100 * per_second)
    faults += [
        f"line {line}: {cells.name} must be a time since 1970 in {unit}, of this century, got {cells[line]!r}"
        for line in found.index[~right]
    ]
    whole = found.where(right)
    seconds = whole // per_second  # apart from the rest: a float has no room for nanoseconds since 1970
    rest = pd.to_timedelta((whole - seconds * per_second) * (10**9 // per_second), unit="ns")
    return pd.to_datetime(seconds, unit="s", utc=True) + rest


def _in_this_century(seconds: float) -> bool:
    return _YEAR_2001 <= seconds <= _YEAR_2100
