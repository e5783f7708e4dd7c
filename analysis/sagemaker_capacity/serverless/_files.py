"""One of the toolkit's CSV files to checked columns; every fault is told with its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pandas as pd

from ._raw import FALSE, TRUE, ResultsError

_HEADER_BYTES = 65_536
_MOST_BYTES = 64 * 2**20  # many times what the toolkit writes of anything but invocations, which may be counted
_SHOWN_FAULTS = 12
_TRUE_FALSE = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}
Texts: TypeAlias = "pd.Series[str]"
Numbers: TypeAlias = "pd.Series[float]"


class File:
    """A CSV file whose columns are taken one by one; `close` tells all the faults that were found on the way."""

    def __init__(self, path: Path, needed: tuple[str, ...]) -> None:
        self.path = path
        self._faults: list[str] = []
        self._check_header(needed)  # before a large file of something else is read to its end
        if (size := path.stat().st_size) > _MOST_BYTES:
            raise ResultsError(
                f"{path} has {size:,} bytes, where the toolkit writes some thousand: is it another's?"
            )
        try:
            text = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False, encoding="utf-8-sig")
        except (OSError, ValueError) as error:  # ParserError and UnicodeDecodeError are ValueErrors
            raise ResultsError(f"{path} is no CSV file in UTF-8: {error}".rstrip(". \n") + ".") from error
        self.texts = text[(text != "").any(axis="columns")]
        if self.texts.empty:
            raise ResultsError(f"{path} has no row below its header: the benchmark recorded nothing. Run it again.")

    def numbers(self, column: str, *, blank_allowed: bool = False) -> Numbers:
        """A column of finite numbers; NaN where it is blank."""
        cells = self._cells(column)
        numbers = pd.to_numeric(cells.where(cells != "", None), errors="coerce").astype(float)
        finite = numbers.abs() < float("inf")
        self.fault_where(
            (~finite & (cells != "")) | ((cells == "") & (not blank_allowed)), column, "must be a number"
        )
        return numbers

    def flags(self, column: str) -> pd.Series[bool]:
        """A column of True, False or nothing, which the toolkit leaves where it did not get that far."""
        cells = self._cells(column)
        self.fault_where(~cells.isin(list(_TRUE_FALSE)), column, "must be True, False or blank")
        return cells.map(lambda cell: _TRUE_FALSE.get(cell, False)).astype(bool)

    def fault_where(self, wrong: pd.Series[bool], column: str, said: str) -> None:
        """Note a fault for each row where it is true."""
        self._faults += [
            f"line {int(str(i)) + 2}: {column} {said}, got {self.texts[column][i]!r}" for i in wrong.index[wrong]
        ]

    def close(self, remedy: str) -> None:
        """End the reading.

        Raises:
            ResultsError: any fault was found.
        """
        if self._faults:
            shown = self._faults[:_SHOWN_FAULTS]
            more = len(self._faults) - len(shown)
            listed = "".join(f"\n  - {fault}" for fault in [*shown, *([f"and {more} more"] if more else [])])
            raise ResultsError(f"{self.path} cannot be used:{listed}\n{remedy}")

    def _cells(self, column: str) -> Texts:
        if column not in self.texts:
            return pd.Series("", index=self.texts.index, dtype=str)
        return self.texts[column].str.strip()

    def _check_header(self, needed: tuple[str, ...]) -> None:
        try:
            with self.path.open("rb") as file:
                header = file.readline(_HEADER_BYTES)
        except OSError as error:
            raise ResultsError(f"cannot read {self.path}: {error.strerror or error}.") from error
        if not header.strip():
            raise ResultsError(f"{self.path} is empty. Its columns are {', '.join(needed)}.")
        columns = {cell.strip() for cell in header.decode("utf-8-sig", errors="replace").split(",")}
        if missing := [column for column in needed if column not in columns]:
            raise ResultsError(
                f"{self.path} is no such file of the toolkit: it lacks the column"
                f"{'s' if len(missing) > 1 else ''} {', '.join(missing)}. Its columns are {', '.join(needed)}."
            )
