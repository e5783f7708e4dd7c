"""k6: every sample of its metrics, as CSV (``--out csv=FILE``) or as JSON lines (``--out json=FILE``).

Of the metrics http_req_duration is read, in milliseconds; the time of a sample is its request's end.
"""

from __future__ import annotations

import json

import pandas as pd

from ._columns import epochs, numbers, table, times
from ._json import lines
from ._measured import Measured, checked, gathered
from ._source import Source

_DURATION = "http_req_duration"
_CSV = "metric_name,timestamp,metric_value"
_TAGS = ("expected_response", "error", "error_code", "status")
_FIRST_FAILED_STATUS = 400  # of HTTP: k6 itself takes 200 to 399 for expected
_REMEDY = f"Run k6 with --out csv=FILE or json=FILE; the samples of {_DURATION} are needed, in milliseconds."


def recognises_csv(beginning: str) -> bool:
    """Whether it begins with k6's columns."""
    return beginning.startswith(_CSV)


def recognises_json(beginning: str) -> bool:
    """Whether the first line is one of k6's two kinds of objects, the definition of a metric or a point of one."""
    try:
        first = json.loads(beginning.partition("\n")[0])
    except json.JSONDecodeError:
        return False
    return isinstance(first, dict) and first.get("type") in {"Metric", "Point"} and {"metric", "data"} <= set(first)


def read_csv(source: Source) -> Measured:
    """Read a CSV file; its times may be in any of k6's formats.

    Raises:
        BenchmarkError: no such samples, bad cells, less than two whole minutes, or no success.
    """
    text = table(source, source.content())
    return _measured(source, text[text["metric_name"] == _DURATION], [])


def read_json(source: Source) -> Measured:
    """Read JSON lines.

    Raises:
        BenchmarkError: no JSON, no such samples, bad values, less than two whole minutes, or no success.
    """
    faults: list[str] = []
    points = {
        number: document["data"]
        for number, document in lines(source, faults)
        if document.get("type") == "Point" and document.get("metric") == _DURATION
    }
    cells = {
        number: {
            "timestamp": str(data.get("time", "")),
            "metric_value": str(data.get("value", "")),
            **{tag: str((data.get("tags") or {}).get(tag, "")) for tag in _TAGS},
        }
        for number, data in points.items()
    }
    text = pd.DataFrame.from_dict(cells, orient="index", columns=["timestamp", "metric_value", *_TAGS], dtype=str)
    return _measured(source, text, faults)


def _measured(source: Source, text: pd.DataFrame, faults: list[str]) -> Measured:
    if text.empty:
        raise source.error([*faults, f"no sample of {_DURATION}"], _REMEDY)
    stamps = text["timestamp"]
    # K6_CSV_TIME_FORMAT: seconds since 1970 by default, or finer units of them, or RFC 3339
    ends = epochs(stamps, faults) if stamps.str.isdigit().all() else times(stamps, faults)
    latency_ms = numbers(text["metric_value"], faults)
    requests = pd.DataFrame(
        {
            "start": ends - pd.to_timedelta(latency_ms, unit="ms"),
            "latency_ms": latency_ms,
            "failed": _failed(text),
        }
    )
    return checked(source, gathered(requests, faults), faults, _REMEDY)


def _failed(text: pd.DataFrame) -> pd.Series[bool]:
    """What the script expected, where k6 says it (since 0.31); else an error, no answer, or a failed status."""
    tags = {tag: text[tag] if tag in text else pd.Series("", index=text.index) for tag in _TAGS}
    status = pd.to_numeric(tags["status"].replace("", None), errors="coerce")
    bad = (tags["error"] != "") | (tags["error_code"] != "") | (status == 0) | (status >= _FIRST_FAILED_STATUS)
    expected = tags["expected_response"]
    return bad.where(expected == "", expected == "false")
