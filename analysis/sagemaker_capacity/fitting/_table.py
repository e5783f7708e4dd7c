"""A load test as a table: what was asked of one instance, and what it gave."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from sagemaker_capacity._text_file import read_text

from ._erlang import Numbers

_SHOWN_FAULTS = 12
_HEADER_LINE = 1


class LoadTableError(ValueError):
    """A table that cannot be read: the message names the file, the rows and the remedy."""


@dataclass(frozen=True)
class LoadTable:
    """Rows of one instance under load, each of equally long measurement, such as a minute.

    Of equal length, in an order of their own that does not depend on the order of the file: `load` (requests per
    minute or second, users, requests in flight; above 0), `throughput` (answers per minute or second),
    `latency` (any one statistic in any one unit; NaN where a row has none) and `errors` (in the unit of the
    throughput). `latency` and `errors` are None where they were not measured. `notes` tells what was left out.
    """

    load: Numbers
    throughput: Numbers
    latency: Numbers | None = None
    errors: Numbers | None = None
    notes: tuple[str, ...] = ()

    @property
    def highest_load(self) -> float:
        """The highest load of any row."""
        return float(np.max(self.load))

    def sustained_load(self, rows: int) -> float:
        """The load that at least so many rows reached: one row alone may be noise."""
        return float(np.sort(self.load)[-min(rows, len(self.load))])

    @property
    def error_share(self) -> Numbers | None:
        """Errors as a share of all that was answered or failed, each row."""
        return None if self.errors is None else self.errors / (self.errors + self.throughput)

    def in_groups(self, most: int) -> LoadTable:
        """At most so many rows: neighbours in load as one, with their means; the table itself if it is short."""
        if len(self.load) <= most:
            return self
        begins = np.linspace(0, len(self.load), most, endpoint=False).astype(int)
        counts = np.diff(np.append(begins, len(self.load)))

        def mean(column: Numbers) -> Numbers:
            means: Numbers = np.add.reduceat(column, begins) / counts
            return means

        latency = None
        if self.latency is not None:
            known = self.latency > 0
            logs = np.log(np.where(known, self.latency, 1))
            shares = mean(known.astype(float))
            latency = np.where(shares > 0, np.exp(mean(logs) / np.maximum(shares, 1 / len(self.load))), np.nan)
        errors = None if self.errors is None else mean(self.errors)
        return LoadTable(mean(self.load), mean(self.throughput), latency, errors, self.notes)


def load_table(
    load: Sequence[float],
    throughput: Sequence[float],
    latency: Sequence[float] | None = None,
    errors: Sequence[float] | None = None,
    *,
    row_names: Sequence[str] | None = None,
) -> LoadTable:
    """Check and order the rows; a row that is there twice counts once, and one where nothing happened not at all.

    Args:
        load: of each row, finite and at least 0.
        throughput: likewise.
        latency: likewise; NaN where a row has none.
        errors: likewise, in the unit of the throughput.
        row_names: how to tell of a row, such as ``line 7``.

    Raises:
        LoadTableError: columns of different lengths, or a number that is negative or not finite.
    """
    columns = {"load": load, "throughput": throughput, "latency": latency, "errors": errors}
    given = {name: np.asarray(column, float) for name, column in columns.items() if column is not None}
    names = list(row_names or [f"row {i}" for i in range(1, len(load) + 1)])
    if faults := [*_length_faults(given, len(names)), *_number_faults(given, names)]:
        raise LoadTableError("; ".join(faults[:_SHOWN_FAULTS]))
    rows, notes = _counted_rows(given, names)
    ordered = rows[np.lexsort([given[name][rows] for name in reversed(given)])]
    return LoadTable(**{name: column[ordered] for name, column in given.items()}, notes=tuple(notes))


def read_load_table(path: Path, columns: Mapping[str, str]) -> LoadTable:
    """Read a CSV file in UTF-8 whose header has the columns.

    Args:
        path: the file.
        columns: the file's name of ``load`` and ``throughput``, and of ``latency`` and ``errors`` where measured.

    Raises:
        LoadTableError: no such file, no such column, or cells that are no such numbers; all faults at once.
    """
    try:
        text = read_text(path, "the table")
    except ValueError as error:
        raise LoadTableError(str(error)) from error
    reader = csv.DictReader(io.StringIO(text, newline=None), skipinitialspace=True)
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        if missing := [name for name in columns.values() if name not in header]:
            there = f"Its columns are {', '.join(header)}." if header else "It is empty."
            raise LoadTableError(f"the table {path} has no column {', '.join(missing)}. {there}")
        records = [(f"line {reader.line_num}", record) for record in reader]
    except csv.Error as error:
        raise LoadTableError(f"the table {path} is no CSV file: line {reader.line_num}: {error}.") from error
    faults: list[str] = []
    cells = {
        role: [
            _number(record[name], f"{line}: {name}", faults, blank=role == "latency") for line, record in records
        ]
        for role, name in columns.items()
    }
    if not records:
        faults.append("no row below the header")
    if faults:
        raise _error(path, faults)
    try:
        return load_table(**cells, row_names=[line for line, _ in records])
    except LoadTableError as error:
        raise _error(path, str(error).split("; ")) from error


def _number(cell: str | None, where: str, faults: list[str], *, blank: bool) -> float:
    text = (cell or "").strip()
    if not text and blank:
        return float("nan")
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not (isfinite(number) and number >= 0):
        faults.append(f"{where} must be a number of at least 0, got {text!r}")
    return number


def _length_faults(columns: Mapping[str, Numbers], rows: int) -> list[str]:
    return [f"{name} has {len(c)} rows and load has {rows}" for name, c in columns.items() if len(c) != rows]


def _number_faults(columns: Mapping[str, Numbers], names: Sequence[str]) -> list[str]:
    return [
        f"{row}: {name} must be a number of at least 0, got {number}"
        for name, column in columns.items()
        for row, number in zip(names, column.tolist(), strict=False)
        if not (isfinite(number) and number >= 0) and not (name == "latency" and np.isnan(number))
    ]


def _counted_rows(columns: Mapping[str, Numbers], names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    seen: dict[tuple[str, ...], str] = {}
    counted, notes, idle = [], [], []
    outcomes = [name for name in ("throughput", "errors") if name in columns]
    for i, name in enumerate(names):
        measured = tuple(repr(column[i]) for column in columns.values())
        if columns["load"][i] == 0 or all(columns[outcome][i] == 0 for outcome in outcomes):
            idle.append(name)
        elif measured in seen:
            notes.append(f"{name} is the same as {seen[measured]}: it counts once.")
        else:
            seen[measured] = name
            counted.append(i)
    if idle:
        notes.append(f"Without load, or neither answered nor failed, and so left out: {', '.join(idle)}.")
    return np.asarray(counted, int), notes


def _error(path: Path, faults: Sequence[str]) -> LoadTableError:
    shown = list(faults[:_SHOWN_FAULTS])
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    listed = "".join(f"\n  - {fault}" for fault in shown)
    return LoadTableError(f"the table {path} cannot be used:{listed}\nMend or drop these rows.")
