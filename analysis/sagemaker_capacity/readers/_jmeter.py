"""JMeter: a log of samples (JTL), as CSV or as XML; times in milliseconds, ``timeStamp`` being the start."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pandas as pd

from sagemaker_capacity._benchmark import BenchmarkError

from ._columns import epochs, numbers, table
from ._measured import Measured, checked, gathered
from ._source import Source

_NEEDED = ("timeStamp", "elapsed", "success")
_TRANSACTION = "Number of samples in transaction"
_REMEDY = (
    "The log needs timeStamp, elapsed and success: jmeter -n -l FILE "
    "-Jjmeter.save.saveservice.timestamp_format=ms -Jjmeter.save.saveservice.default_delimiter=,"
)


def recognises_csv(beginning: str) -> bool:
    """Whether the first line names what a log of samples always has."""
    return {"timeStamp", "elapsed"} <= {cell.strip() for cell in beginning.partition("\n")[0].split(",")}


def recognises_xml(beginning: str) -> bool:
    """Whether it is XML whose root is JMeter's."""
    return beginning.lstrip().startswith("<") and "<testResults" in beginning


def read_csv(source: Source) -> Measured:
    """Read a log as CSV.

    Raises:
        BenchmarkError: missing columns, bad cells, less than two whole minutes, or no success.
    """
    text = table(source, source.content())
    if missing := [f"column {column} is missing" for column in _NEEDED if column not in text]:
        raise source.error(missing, _REMEDY)
    return _measured(source, text)


def read_xml(source: Source) -> Measured:
    """Read a log as XML; a sample within a sample is a part of it and counts no second time.

    Raises:
        BenchmarkError: no XML, bad values, less than two whole minutes, or no success.
    """
    try:
        root = ET.parse(io.BytesIO(source.content())).getroot()  # noqa: S314 - expat bounds what entities expand to
    except ET.ParseError as error:
        raise BenchmarkError(
            f"the benchmark {source.path} is no whole XML file: {error}. Was the test stopped hard? Close its root."
        ) from error
    rows = [[child.get(name, "") for name in ("ts", "t", "s", "rm")] for child in root]
    text = pd.DataFrame(rows, columns=[*_NEEDED, "responseMessage"], dtype=str)
    text.index += 1
    return _measured(source, text, "The line is the sample's number.")


def _measured(source: Source, text: pd.DataFrame, more: str = "") -> Measured:
    faults: list[str] = []
    warnings: tuple[str, ...] = ()
    if "responseMessage" in text:
        sums = text["responseMessage"].str.startswith(_TRANSACTION)
        if sums.any():
            text = text[~sums]
            warnings = (f"{sums.sum()} rows of transactions were left out: their samples count by themselves.",)
    succeeded = text["success"].str.lower()
    faults += [
        f"line {line}: success must be true or false, got {text['success'][line]!r}"
        for line in text.index[~succeeded.isin(["true", "false"])]
    ]
    requests = pd.DataFrame(
        {
            "start": epochs(text["timeStamp"], faults, "ms"),
            "latency_ms": numbers(text["elapsed"], faults),
            "failed": succeeded == "false",
        }
    )
    return checked(source, gathered(requests, faults, warnings), faults, f"{_REMEDY} {more}".strip())
