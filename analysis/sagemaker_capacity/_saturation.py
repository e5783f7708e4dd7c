"""How much one instance carries within a service level objective."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ._benchmark import ERRORS, INVOCATIONS, Benchmark

_LIGHT_LOAD = 0.5  # of the maximum
_DEFAULT_SLO_FACTOR = 2


@dataclass(frozen=True)
class ServiceLevel:
    """A latency statistic in milliseconds, and errors in percent of the invocations, not to be exceeded."""

    latency_ms: float
    statistic: str
    error_percent: float
    given: bool


@dataclass(frozen=True)
class SustainedRate:
    """The highest measured rate within a service level; a lower bound where the level was never left."""

    per_minute: float | None
    is_lower_bound: bool


def light_load_latency_ms(benchmark: Benchmark, statistic: str) -> float | None:
    """The median over the minutes that carried at most half of the maximum, or None without such a minute."""
    frame = benchmark.frame
    light = frame[INVOCATIONS].between(0, frame[INVOCATIONS].max() * _LIGHT_LOAD, inclusive="right")
    median = frame.loc[light, statistic].median()
    return None if pd.isna(median) else float(median)


def default_slo_latency_ms(benchmark: Benchmark, statistic: str) -> float | None:
    """Twice the latency under light load: by then a request waits as long as it is served."""
    light_ms = light_load_latency_ms(benchmark, statistic)
    return None if not light_ms else light_ms * _DEFAULT_SLO_FACTOR


def highest_rate_within(benchmark: Benchmark, level: ServiceLevel) -> SustainedRate:
    """The highest rate within the level that lies below every loaded minute outside of it.

    A minute outside the level counts against the rates above it only where it carried more than half of the
    maximum: under lighter load it tells of cold starts, not of saturation. So a tighter level never gives a
    higher rate, and the order of the rows never matters.
    """
    frame = benchmark.frame[benchmark.frame[level.statistic].notna() & (benchmark.frame[INVOCATIONS] > 0)]
    rate = frame[INVOCATIONS]
    within = frame[level.statistic] <= level.latency_ms
    if ERRORS in frame:
        within &= frame[ERRORS].fillna(0) <= rate * level.error_percent / 100
    loaded = rate > benchmark.frame[INVOCATIONS].max() * _LIGHT_LOAD
    outside = rate[~within & loaded].min()
    sustained = rate[within] if pd.isna(outside) else rate[within & (rate < outside)]
    return SustainedRate(
        per_minute=None if sustained.empty else float(sustained.max()),
        is_lower_bound=bool(pd.isna(outside)),
    )
