"""Vegeta: the results of an attack, encoded by ``vegeta encode`` as CSV or as JSON lines; nanoseconds."""

from __future__ import annotations

import json
import re

import pandas as pd

from ._columns import epochs, numbers, table, times
from ._json import lines
from ._measured import Measured, checked, gathered
from ._source import Source

# Vegeta writes no header; from the left these are the columns of every version.
_COLUMNS = ["timestamp", "code", "latency", "bytes_out", "bytes_in", "error", "body"]
_LATER = ["attack", "seq", "method", "url", "headers"]
_FIRST_LINE = re.compile(r"\d{19},\d{1,3},-?\d+,\d+,\d+,")
_NANOSECONDS = 1e-6  # of a millisecond
_SUCCESS = (200, 399)  # as vegeta report counts it
_REMEDY = "Write it by: vegeta encode --to csv (or json) results.bin"


def recognises_csv(beginning: str) -> bool:
    """Whether the first line is a time in nanoseconds, a status, a latency and two sizes."""
    return bool(_FIRST_LINE.match(beginning))


def recognises_json(beginning: str) -> bool:
    """Whether the first line is a result."""
    try:
        first = json.loads(beginning.partition("\n")[0])
    except json.JSONDecodeError:
        return False
    return isinstance(first, dict) and {"attack", "seq", "code", "timestamp", "latency"} <= set(first)


def read_csv(source: Source) -> Measured:
    """Read results as CSV.

    Raises:
        BenchmarkError: bad cells, less than two whole minutes, or no success.
    """
    text = table(source, source.content(), [*_COLUMNS, *_LATER])
    faults: list[str] = []
    return _measured(source, text, epochs(text["timestamp"], faults, "ns"), faults)


def read_json(source: Source) -> Measured:
    """Read results as JSON lines.

    Raises:
        BenchmarkError: no JSON, bad values, less than two whole minutes, or no success.
    """
    faults: list[str] = []
    names = ["timestamp", "code", "latency", "error"]
    cells = {number: [str(result.get(name, "")) for name in names] for number, result in lines(source, faults)}
    text = pd.DataFrame.from_dict(cells, orient="index", columns=names, dtype=str)
    return _measured(source, text, times(text["timestamp"], faults), faults)


def _measured(source: Source, text: pd.DataFrame, starts: pd.Series[pd.Timestamp], faults: list[str]) -> Measured:
    codes = numbers(text["code"], faults)
    requests = pd.DataFrame(
        {
            "start": starts,
            "latency_ms": numbers(text["latency"], faults) * _NANOSECONDS,
            "failed": ~codes.between(*_SUCCESS) | (text["error"] != ""),
        }
    )
    return checked(source, gathered(requests, faults), faults, _REMEDY)
