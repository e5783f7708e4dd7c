"""LLMPerf: the summary that it writes for each level of load, a folder of them for a benchmark; seconds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, TIME

from ._columns import epochs, numbers
from ._json import documents
from ._measured import CONCURRENCY, FIRST_TOKEN, INPUT_TOKENS, OUTPUT_TOKENS, STATISTICS, Measured, checked
from ._source import Source

_LATENCY, _FIRST = "results_end_to_end_latency_s", "results_ttft_s"
_COMPLETED, _PER_MINUTE = "results_num_completed_requests", "results_num_completed_requests_per_min"
_FAILED, _OUTPUT = "results_number_errors", "results_mean_output_throughput_token_per_s"
_NEEDED = ("num_concurrent_requests", _COMPLETED, _PER_MINUTE, _FAILED, _OUTPUT, "results_number_input_tokens_mean")
_SECONDS = 1000  # in milliseconds
_REMEDY = (
    "Give the folder with the *_summary.json of each level of load, one a level; "
    "*_individual_responses.json tells no times."
)


def recognises(beginning: str) -> bool:
    """Whether it begins like a summary, or like the answers one by one, which are refused with the remedy."""
    return '"num_concurrent_requests"' in beginning or (
        '"end_to_end_latency_s"' in beginning and '"ttft_s"' in beginning
    )


def read(source: Source) -> Measured:
    """Read the levels, each at the time at which it ended; rates are over the level's whole duration.

    Raises:
        BenchmarkError: other files, missing values, two levels of one minute, one level only, or no success.
    """
    faults: list[str] = []
    found = dict(documents(source))
    summaries = {name: told for name, told in found.items() if isinstance(told, dict) and _COMPLETED in told}
    if not summaries:
        raise source.error(["no summary of a level of load"], _REMEDY)
    rows = {name: _cells(told) for name, told in summaries.items()}
    text = pd.DataFrame.from_dict(rows, orient="index", dtype=str)
    cells = {column: numbers(text[column], faults, blank_allowed=column not in _NEEDED) for column in text}
    frame = pd.DataFrame({TIME: epochs(text["timestamp"], faults, "s")})
    completed, failed = cells[_COMPLETED], cells[_FAILED]
    minutes = (completed / cells[_PER_MINUTE]).where(cells[_PER_MINUTE] > 0)
    faults += [
        f"{name}: every request failed, {failed[name]:g} of them, so that its rate is unknown"
        for name in frame.index[minutes.isna() & (failed > 0)]
    ]
    frame[INVOCATIONS], frame[ERRORS] = (completed + failed) / minutes, failed / minutes
    frame[CONCURRENCY] = cells["num_concurrent_requests"]
    for statistic in STATISTICS:
        frame[statistic] = cells[_name(_LATENCY, statistic)] * _SECONDS
        frame[FIRST_TOKEN[statistic]] = cells[_name(_FIRST, statistic)] * _SECONDS
    frame[INPUT_TOKENS] = cells["results_number_input_tokens_mean"] * completed / minutes
    frame[OUTPUT_TOKENS] = cells[_OUTPUT] * 60
    left = tuple(name for name in found if name not in summaries)
    return checked(source, Measured(frame, warnings=_left_out(left)), faults, _REMEDY)


def _cells(told: dict[str, Any]) -> dict[str, str]:
    figures = [_name(of, statistic) for of in (_LATENCY, _FIRST) for statistic in STATISTICS]
    columns = [*_NEEDED, "timestamp", *figures]
    return {column: str(told.get(column, "")) for column in columns}


def _name(of: str, statistic: str) -> str:
    return f"{of}_{statistic}" if statistic == "mean" else f"{of}_quantiles_{statistic}"


def _left_out(names: tuple[str, ...]) -> tuple[str, ...]:
    return (f"No summaries, so left out: {', '.join(names)}.",) if names else ()
