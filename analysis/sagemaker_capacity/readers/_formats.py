"""The forms that are read, each told by its content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sagemaker_capacity._benchmark import BenchmarkError

from . import (
    _aiperf,
    _cloudwatch_export,
    _fmbench,
    _genai_perf,
    _jmeter,
    _k6,
    _llmperf,
    _locust,
    _minutes_csv,
    _recommender,
    _vegeta,
)
from ._measured import Measured
from ._source import Source, open_source


@dataclass(frozen=True)
class _Format:
    """How a tool's form is recognised by its beginning, and read."""

    recognises: Callable[[str], bool]
    read: Callable[[Source], Measured]


_MINUTES = "minutes-csv"
_FORMATS = {
    _MINUTES: _Format(_minutes_csv.recognises, _minutes_csv.read),
    "cloudwatch": _Format(_cloudwatch_export.recognises, _cloudwatch_export.read),
    "inference-recommender": _Format(_recommender.recognises, _recommender.refuse),
    "locust-history": _Format(_locust.recognises_history, _locust.read_history),
    "locust-requests": _Format(_locust.recognises_requests, _locust.read_requests),
    "k6-csv": _Format(_k6.recognises_csv, _k6.read_csv),
    "k6-json": _Format(_k6.recognises_json, _k6.read_json),
    "jmeter-csv": _Format(_jmeter.recognises_csv, _jmeter.read_csv),
    "jmeter-xml": _Format(_jmeter.recognises_xml, _jmeter.read_xml),
    "vegeta-csv": _Format(_vegeta.recognises_csv, _vegeta.read_csv),
    "vegeta-json": _Format(_vegeta.recognises_json, _vegeta.read_json),
    "fmbench": _Format(_fmbench.recognises, _fmbench.read),
    "llmperf": _Format(_llmperf.recognises, _llmperf.read),
    "aiperf": _Format(_aiperf.recognises, _aiperf.read),
    "genai-perf": _Format(_genai_perf.recognises, _genai_perf.read),
}
FORMATS = tuple(_FORMATS)
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read(path: Path, form: str | None = None) -> tuple[Source, str, Measured]:
    """Read evidence in the form insisted on, or in the one that it is told to be in by its content.

    Raises:
        BenchmarkError: it cannot be read, or is not of the form insisted on.
    """
    if form is not None and form not in _FORMATS:
        raise BenchmarkError(f"the format {form!r} is none of those that are read: {', '.join(FORMATS)}.")
    source = open_source(path)
    told = _told(source.beginning)
    if told is None:
        _refuse_other_delimiters(source)
    if form not in {None, _MINUTES, told}:
        looks = f"looks like {told}" if told else f"begins with {source.beginning[:40]!r}"
        raise BenchmarkError(f"the benchmark {path} is no {form}: it {looks}. Leave --format out, or name its own.")
    name = form or told or _MINUTES  # whose words tell what a file of no form should look like
    with source.built_like(name):
        return source, name, _FORMATS[name].read(source)


def _told(beginning: str) -> str | None:
    return next((name for name, known in _FORMATS.items() if known.recognises(beginning)), None)


def _refuse_other_delimiters(source: Source) -> None:
    for delimiter, called in _OTHER_DELIMITERS.items():
        if meant := _told(source.beginning.replace(delimiter, ",")):
            raise BenchmarkError(
                f"the benchmark {source.path} looks like {meant} with {called} between its cells: "
                "write it with commas, and numbers like 1234.5."
            )
