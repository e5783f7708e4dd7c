"""JMeter: a log of samples (JTL), as CSV or as XML; times in milliseconds, ``timeStamp`` being the start."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pandas as pd

from sagemaker_capacity._benchmark import BenchmarkError

from ._columns import epochs, header, numbers, table
from ._measured import Measured, checked, gathered
from ._source import Source

_NEEDED = ("timeStamp", "elapsed", "success")
_ANSWER = {"responseCode": "rc", "responseMessage": "rm"}  # with their names in XML
_TRANSACTION = "Number of samples in transaction"
_SAMPLES = ("sample", "httpSample")
_REMEDY = (
    "The log needs timeStamp, elapsed and success: jmeter -n -l FILE "
    "-Jjmeter.save.saveservice.timestamp_format=ms -Jjmeter.save.saveservice.default_delimiter=,"
)


def recognises_csv(beginning: str) -> bool:
    """Whether the first line names what a log of samples always has."""
    return {"timeStamp", "elapsed"} <= {*header(beginning)}


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
    """Read a log as XML; a sample within a request is a part of it, one within a transaction a request itself.

    Raises:
        BenchmarkError: no XML, bad values, less than two whole minutes, or no success.
    """
    try:
        root = ET.parse(io.BytesIO(source.content())).getroot()  # noqa: S314 - expat bounds what entities expand to
    except ET.ParseError as error:
        raise BenchmarkError(
            f"the benchmark {source.path} is no whole XML file: {error}. Was the test stopped hard? Close its root."
        ) from error
    rows = [[sample.get(name, "") for name in ("ts", "t", "s", *_ANSWER.values())] for sample in _requests(root)]
    text = pd.DataFrame(rows, columns=[*_NEEDED, *_ANSWER], dtype=str)
    text.index += 1
    return _measured(source, text, "The line is the sample's number.")


def _requests(parent: ET.Element) -> Iterator[ET.Element]:
    """The samples of a log or of a transaction; one that holds its samples ("Generate parent sample") is those."""
    for sample in parent:
        parts = [part for part in sample if part.tag in _SAMPLES]
        if parts and sample.get("rm", "").startswith(_TRANSACTION):
            yield from _requests(sample)
        elif sample.tag in _SAMPLES:
            yield sample


def _measured(source: Source, text: pd.DataFrame, more: str = "") -> Measured:
    faults: list[str] = []
    warnings: list[str] = []
    sums = _transactions(text)
    if sums.any():
        text = text[~sums]
        warnings.append(f"{sums.sum()} rows of transactions were left out: their samples count by themselves.")
        if text.empty:
            faults.append("transactions only: switch off their Generate parent sample, or log as XML")
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
    if "threadName" in text and not faults:
        parts = _parts(requests, text["threadName"])
        if parts.any():
            requests = requests[~parts]
            warnings.append(f"{parts.sum()} rows of parts of requests, such as redirects, were left out.")
    return checked(source, gathered(requests, faults, tuple(warnings)), faults, f"{_REMEDY} {more}".strip())


def _transactions(text: pd.DataFrame) -> pd.Series[bool]:
    """Which rows sum others up, or would have, had the test not ended: no time, no code and no message."""
    cells = text.reindex(columns=["elapsed", *_ANSWER], fill_value="")
    return cells["responseMessage"].str.startswith(_TRANSACTION) | (cells == ["0", "", ""]).all(axis="columns")


def _parts(requests: pd.DataFrame, thread: pd.Series[str]) -> pd.Series[bool]:
    """Which rows lie within their thread's request before them: it has one at a time, which its parts follow."""
    begin = requests["start"].min()
    start_ms = (requests["start"] - begin) // pd.Timedelta(milliseconds=1)
    end_ms = start_ms + requests["latency_ms"]
    before_ms = end_ms.groupby(thread).cummax().groupby(thread).shift()
    within: pd.Series[bool] = (start_ms < before_ms) & (end_ms <= before_ms)
    return within
