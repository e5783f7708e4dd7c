"""GenAI-Perf: the requests of ``profile_export.json``, with the time to the first token; nanoseconds.

The first token is in the first answer that says anything: before it servers tell a role, without content. Tokens
are counted where the server told their number, as OpenAI's API does under ``usage``: a piece of an answer is no
token, and what a tokenizer would make of it is not guessed. A request that failed is not among them: Perf Analyzer
gives up at the first.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from ._columns import epochs, numbers
from ._json import documents
from ._measured import Measured, checked, gathered
from ._source import Source

_NANOSECONDS = 1e-6  # of a millisecond
_USAGE = re.compile(r'\\?"(prompt|completion)_tokens\\?"\s*:\s*(\d+)')
_SAYS = re.compile(r'"(?:content|text)"\s*:\s*"[^"]')
_TOKENS = {"prompt": "input_tokens", "completion": "output_tokens"}
_AVERAGES = '"request_throughput"'
_REMEDY = (
    "Give the profile_export.json that GenAI-Perf leaves among its artifacts; "
    "profile_export_genai_perf.json has averages, without times."
)


def recognises(beginning: str) -> bool:
    """Whether it is the export of requests, or that of averages, which is refused with the remedy."""
    begun = beginning.lstrip().startswith("{")
    requests = '"experiments"' in beginning and '"response_timestamps"' in beginning
    return begun and (requests or (_AVERAGES in beginning and '"request_latency"' in beginning))


def read(source: Source) -> Measured:
    """Read the requests of every level of load, in the order of their times.

    Raises:
        BenchmarkError: averages instead, bad values, less than two whole minutes, or no success.
    """
    faults: list[str] = []
    rows = [
        _row(request)
        for _, document in documents(source)
        for experiment in document.get("experiments", [])
        for request in experiment.get("requests", [])
    ]
    if not rows:
        raise source.error(["no request with its times"], _REMEDY)
    text = pd.DataFrame(rows).astype(object)
    text.index += 1
    start = epochs(text["timestamp"].astype(str), faults, "ns")
    requests = pd.DataFrame({"start": start, "failed": text["last"] == ""})
    for column, name in (("last", "latency_ms"), ("first", "first_token_ms")):
        cells = text[column].astype(str).rename(f"the request's {column} response, after its start,")
        requests[name] = numbers(cells, faults, blank_allowed=True) * _NANOSECONDS
    for name in _TOKENS.values():
        requests[name] = pd.to_numeric(text[name])
    return checked(source, gathered(requests, faults), faults, f"{_REMEDY} The line is the request's number.")


def _row(request: dict[str, Any]) -> dict[str, Any]:
    start, answers = request["timestamp"], request.get("response_timestamps") or []
    outputs = [str(output.get("response", "")) for output in request.get("response_outputs") or []]
    counts = dict(_USAGE.findall("".join(outputs)))
    spoken = (at for at, output in zip(answers, outputs, strict=False) if _SAYS.search(output))
    return {
        "timestamp": start,
        "first": next(spoken, answers[0]) - start if answers else "",
        "last": answers[-1] - start if answers else "",
        **{name: float(counts[told]) if told in counts else None for told, name in _TOKENS.items()},
    }
