"""Cells of text to times and numbers; what is neither becomes a fault that names its line."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

from ._source import Source

_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_CHECKED_BYTES = 65_536
_REMEDY = "CSV has a line of the columns' names, then one cell a column in each, with numbers such as 1234.5."
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_PUNCTUATED = re.compile(r"\d+(?:[.,'\s]\d+)+")  # as another country writes a number
_SURPLUS = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")  # pandas' own words
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")
_YEAR_2001, _YEAR_2100 = 978_307_200, 4_102_444_800  # in seconds since 1970


def header(beginning: str) -> list[str]:
    """The cells of the first line; none where it is no CSV."""
    first, *_ = beginning.splitlines() or [""]
    try:
        return [cell.strip() for cell in next(csv.reader([first]), [])]
    except csv.Error:
        return []


def table(source: Source, content: bytes, columns: list[str] | None = None) -> pd.DataFrame:
    """A CSV file's cells as text, the line of each row as its index; without `columns`, line 1 names them.

    Raises:
        BenchmarkError: it is no such file, a column has no name of its own, or a row has too many cells, or
            the last one too few; with `columns` a row may end before the last of them.
    """
    if not content[:_CHECKED_BYTES].replace(b",", b"").strip():
        raise source.error(["line 1 is blank: the columns are named there"], _REMEDY)
    try:
        text = pd.read_csv(
            io.BytesIO(content),
            dtype=str,
            keep_default_na=False,
            names=columns,
            header=None,
            skipinitialspace=True,
            skip_blank_lines=False,  # so that a row's number tells its line
            encoding="utf-8-sig",
        )
    except UnicodeDecodeError:
        source.text(content)  # tells the line, which pandas does not
        raise
    except ValueError as error:  # pandas' ParserError
        raise source.error([_parser_fault(str(error))], _REMEDY) from error
    if not (text.empty or isinstance(text.index, pd.RangeIndex)):  # pandas takes the surplus for row labels
        raise source.error([f"line 1 has more cells than the {len(text.columns)} columns that there are"], _REMEDY)
    text.index += 1
    text = text[(text != "").any(axis="columns")]
    return text if columns else _named(source, text, content)


def _named(source: Source, text: pd.DataFrame, content: bytes) -> pd.DataFrame:
    """The rows under their header."""
    names = [cell.strip() for cell in text.iloc[0]]
    rows = text.iloc[1:].set_axis(names, axis="columns")
    faults = [f"column {name} is given twice" for name in sorted({n for n in names if n and names.count(n) > 1})]
    if faults := [*faults, *_cut_off(rows, content)]:
        raise source.error(faults, _REMEDY)
    return rows


def _cut_off(rows: pd.DataFrame, content: bytes) -> list[str]:
    """A fault where the last line has too few cells: pandas takes those that are missing for blank."""
    *_, last = content[-_CHECKED_BYTES:].rstrip().splitlines()
    if rows.empty or b'"' in last or last.count(b",") + 1 >= len(rows.columns):
        return []
    return [f"line {rows.index[-1]} ends before the last of its {len(rows.columns)} columns: was it cut off?"]


def _parser_fault(said: str) -> str:
    if surplus := _SURPLUS.search(said):
        return f"line {surplus[2]} has {surplus[3]} cells, more than the {surplus[1]} columns that there are"
    if quote := _OPEN_QUOTE.search(said):
        return f"line {int(quote[1]) + 1} opens a quote that nothing closes: was it cut off?"
    return said


def numbers(cells: pd.Series[str], faults: list[str], *, blank_allowed: bool = False) -> pd.Series[float]:
    """Finite numbers of at least 0, NaN where blank; the index of the cells is their line."""
    found = pd.to_numeric(cells.replace("", None), errors="coerce").astype(float)
    blank = cells.str.strip() == ""
    wrong = (~blank & ~found.between(0, float("inf"), inclusive="left")) | (blank & (not blank_allowed))
    for line in found.index[wrong]:
        said = "is blank" if blank[line] else f"must be a number of at least 0, got {cells[line]!r}"
        said += ": write it like 1234.5" if _PUNCTUATED.fullmatch(cells[line]) else ""
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
