"""FMBench: ``all_metrics.csv`` or the summary of it, a row a level of load; latencies in seconds.

FMBench writes no time beside its levels, so that ``time_utc`` is NaT; rates are per minute all the same.
"""

from __future__ import annotations

import pandas as pd

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, TIME

from ._columns import header, numbers, table
from ._measured import CONCURRENCY, FIRST_TOKEN, INPUT_TOKENS, OUTPUT_TOKENS, STATISTICS, Measured, checked
from ._source import Source

_RATE, _ERROR_RATE = "transactions_per_minute", "error_rate"
_EXPERIMENT, _PAYLOAD = "experiment_name", "payload_file"
_SECONDS = 1000  # in milliseconds
_TOKENS = {"prompt_token_throughput": INPUT_TOKENS, "completion_token_throughput": OUTPUT_TOKENS}
_REMEDY = "Give the rows of one experiment and one payload file, as all_metrics.csv of FMBench has them."


def recognises(beginning: str) -> bool:
    """Whether the first line names an experiment, its levels and their rates."""
    return {_EXPERIMENT, CONCURRENCY, _RATE} <= {*header(beginning)}


def read(source: Source) -> Measured:
    """Read the levels in the order of their rates.

    Raises:
        BenchmarkError: several experiments or payload files, bad cells, one level only, or no success.
    """
    text = table(source, source.content())
    told = {column: sorted(set(text[column])) for column in (_EXPERIMENT, _PAYLOAD) if column in text}
    faults = [
        f"{len(values)} values of {column}, which are benchmarks of their own: {', '.join(values[:4])}"
        for column, values in told.items()
        if len(values) > 1
    ]
    frame = pd.DataFrame({TIME: pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns, UTC]")})
    answered = numbers(text[_RATE], faults)
    share = numbers(text[_ERROR_RATE], faults) if _ERROR_RATE in text else None
    if share is not None:
        wrong = text.index[share > 1]
        faults += [f"line {line}: {_ERROR_RATE} is a share of 1, got {share[line]:g}" for line in wrong]
        # FMBench counts the transactions that succeeded, and errors as a share of all.
        frame[INVOCATIONS] = (answered / (1 - share)).where(share < 1)
        frame[ERRORS] = frame[INVOCATIONS] * share
        failed = text.index[share == 1]
        faults += [
            f"line {line}: every request of the level failed, so that its rate is unknown" for line in failed
        ]
    else:
        frame[INVOCATIONS] = answered
    frame[CONCURRENCY] = numbers(text[CONCURRENCY], faults)
    for statistic in STATISTICS:
        for prefix, name in (("latency", statistic), ("TTFT", FIRST_TOKEN[statistic])):
            if (column := f"{prefix}_{statistic}") in text:
                frame[name] = numbers(text[column], faults, blank_allowed=True) * _SECONDS
    for column, name in _TOKENS.items():  # per second
        if column in text:
            frame[name] = numbers(text[column], faults, blank_allowed=True) * 60
    warnings = ("FMBench records no times: its rows are levels of load, in the order of their rates.",)
    return checked(source, Measured(frame, warnings=warnings), faults, _REMEDY)
