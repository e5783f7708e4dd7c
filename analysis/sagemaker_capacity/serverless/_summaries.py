"""Latency, failures and throughput of each group of invocations."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ._results import CLIENTS, END, FAILURES, LATENCY, MAX_CONCURRENCY, MEMORY, OUTCOME, START, SUCCESS

STABILITY_KEYS = (MEMORY,)
CONCURRENCY_KEYS = (MEMORY, MAX_CONCURRENCY, CLIENTS)
_FENCE_IQR = 5  # the toolkit's own factor, about the upper quartile instead of the mean
_FENCE_MEDIAN = 2
_PERCENTILES = (50, 95, 99)


def summarise(invocations: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """One row a group, also where all of it failed: counts, latency, cold starts and completions per second.

    ``latency_*_ms`` are of warm successes: a failure has no latency, and a cold start is a class of its own
    (``cold_starts``, ``cold_start_*_ms``). ``tps`` is the successes over the time from the group's first start
    to its last end; ``tps_p25`` … ``tps_max`` are over its whole seconds, those without a completion counted.
    """
    groups = invocations.groupby(list(keys), sort=True)
    rows = [{**dict(zip(keys, name, strict=True)), **dict(_row(group))} for name, group in groups]
    return pd.DataFrame(rows).set_index(list(keys))


def warm_latencies_ms(group: pd.DataFrame) -> tuple[list[float], list[float]]:
    """The latencies of a group's warm successes and of its cold starts, each sorted.

    A cold start is a success slower than q3 + 5 IQR (Tukey's fence, at the toolkit's factor) and than twice the
    median; whatever else is as slow counts as one.
    """
    latencies = np.sort(group.loc[group[OUTCOME] == SUCCESS, LATENCY].to_numpy(dtype=float))
    if not latencies.size:
        return [], []
    q1, median, q3 = np.quantile(latencies, (0.25, 0.5, 0.75))
    fence = max(q3 + _FENCE_IQR * (q3 - q1), _FENCE_MEDIAN * median)
    return latencies[latencies <= fence].tolist(), latencies[latencies > fence].tolist()


def percentile(ordered: list[float], percent: float) -> float:
    """The nearest-rank percentile of sorted numbers: the smallest that `percent` of them do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def mean(numbers: list[float]) -> float:
    """The mean, the same whatever the order."""
    return math.fsum(numbers) / len(numbers)


def _row(group: pd.DataFrame) -> Iterator[tuple[str, float | None]]:
    outcomes = group[OUTCOME].value_counts()
    succeeded = int(outcomes.get(SUCCESS, 0))
    yield from (("invocations", len(group)), ("successes", succeeded))
    yield from ((name, int(outcomes.get(name, 0))) for name in FAILURES)
    yield "error_percent", 100 * (len(group) - succeeded) / len(group)
    warm, cold = warm_latencies_ms(group)
    yield from _latencies(warm)
    yield "cold_starts", len(cold)
    yield "cold_start_median_ms", percentile(cold, 50) if cold else None
    yield "cold_start_max_ms", max(cold, default=None)
    yield from _throughput(group)


def _latencies(warm: list[float]) -> Iterator[tuple[str, float | None]]:
    yield "latency_min_ms", min(warm, default=None)
    yield "latency_mean_ms", mean(warm) if warm else None
    yield from ((f"latency_p{p}_ms", percentile(warm, p) if warm else None) for p in _PERCENTILES)
    yield "latency_max_ms", max(warm, default=None)
    q1, q3 = np.quantile(warm, (0.25, 0.75)) if warm else (math.nan, math.nan)
    yield "latency_iqr_ms", float(q3 - q1) if warm else None


def _throughput(group: pd.DataFrame) -> Iterator[tuple[str, float | None]]:
    start, end = float(group[START].min()), float(group[END].max())
    ends = group.loc[group[OUTCOME] == SUCCESS, END].to_numpy(dtype=float)
    yield "tps_offered", len(group) / (end - start) if end > start else None
    yield "tps", len(ends) / (end - start) if end > start else None
    whole = math.floor(end - start)
    seconds = np.floor(ends - start).astype(int)
    counts = np.bincount(seconds[seconds < whole], minlength=whole)[:whole] if whole else np.array([])
    for name, q in (("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("max", 1.0)):
        yield f"tps_{name}", float(np.quantile(counts, q)) if counts.size else None
