"""AIPerf: the requests of ``profile_export.jsonl``, one a line, with the time to the first token.

Tokens are those that the server counted (``usage``), not what AIPerf's tokenizer made of the texts.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ._columns import epochs, numbers
from ._json import lines
from ._measured import Measured, checked, gathered
from ._source import Source

_START, _END = "request_start_ns", "request_end_ns"
_MEASURES = {
    "time_to_first_token": "first_token_ms",
    "usage_prompt_tokens": "input_tokens",
    "usage_completion_tokens": "output_tokens",
}
_CELLS = [_START, _END, "phase", "error", *_MEASURES]
_AVERAGES = '"aiperf_version"'
_REMEDY = (
    "Give the profile_export.jsonl that AIPerf leaves among its artifacts (--export-level records, its default); "
    "profile_export_aiperf.json has averages, without times."
)


def recognises(beginning: str) -> bool:
    """Whether its first line is the record of a request, or it is the export of averages, which is refused."""
    record = beginning.startswith('{"metadata":') and f'"{_START}"' in beginning and '"metrics"' in beginning
    return record or (beginning.startswith("{") and _AVERAGES in beginning)


def read(source: Source) -> Measured:
    """Read the requests but for those that warmed the server up.

    Raises:
        BenchmarkError: averages instead, no JSON, bad values, less than two whole minutes, or no success.
    """
    if _AVERAGES in source.beginning:
        raise source.error(["averages, without the times of requests"], _REMEDY)
    faults: list[str] = []
    rows = {number: _row(record) for number, record in lines(source, faults)}
    text = pd.DataFrame.from_dict(rows, orient="index", columns=_CELLS).astype(str)
    text = text[text["phase"] != "warmup"]
    start, end = (epochs(text[name], faults, "ns") for name in (_START, _END))
    requests = pd.DataFrame(
        {"start": start, "latency_ms": (end - start) / pd.Timedelta(milliseconds=1), "failed": text["error"] != ""}
    )
    for told, name in _MEASURES.items():
        requests[name] = numbers(text[told], faults, blank_allowed=True)
    return checked(source, gathered(requests, faults), faults, _REMEDY)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    metadata, metrics = record.get("metadata") or {}, record.get("metrics") or {}
    return {
        **{name: metadata.get(name, "") for name in (_START, _END)},
        "phase": metadata.get("benchmark_phase", ""),
        "error": record.get("error") or "",
        **{told: metrics.get(told, {}).get("value", "") for told in _MEASURES},
    }
