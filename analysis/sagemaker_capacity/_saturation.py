"""How much one instance sustains within a service level objective, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from sagemaker_capacity_plan import Instance, Saturation

from ._benchmark import ERRORS, INVOCATIONS, Benchmark, used_percent
from ._limits import as_written
from ._sustained import Sustained, Track, sustained_rate, sustained_rows
from .fitting import Criteria

_LIGHT_LOAD = 0.5  # of the maximum
_DEFAULT_SLO_FACTOR = 2
_ALL_MAY_FAIL = 1 - 1e-9  # a share that nothing reaches
_NEAR = 0.9  # of the saturation: the minutes that tell what was used there
_FULL_PERCENT = 100


@dataclass(frozen=True)
class ServiceLevel:
    """A latency statistic in milliseconds, and errors in percent of the invocations, not to be exceeded.

    The latency is None where none is held to.
    """

    latency_ms: float | None
    statistic: str | None
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


def saturation_of(
    benchmark: Benchmark,
    level: ServiceLevel,
    instance: Instance,
    *,
    sustained_minutes: int = 3,
    seed: int = 0,
    track: Track = iter,
) -> tuple[Saturation, tuple[str, ...]]:
    """What one instance sustains within a service level, and why; the capacity that follows from it is left open.

    By the curves of the benchmark's rows, or where they are too few for one by the rows alone, without an interval.

    Args:
        benchmark: of one instance.
        level: what must be kept, beside a throughput that grows.
        instance: which it ran on.
        sustained_minutes: how many minutes must have had as much load for it to count.
        seed: of the bootstrap.
        track: told of each draw, to show progress.
    """
    errors_measured = ERRORS in benchmark.frame and bool(benchmark.frame[ERRORS].notna().any())
    known = Saturation(
        slo_latency_ms=level.latency_ms,
        slo_statistic=level.statistic,
        slo_given=level.given,
        slo_error_percent=level.error_percent,
        errors_measured=errors_measured,
        highest_invocations_per_minute=None,
        is_lower_bound=False,
        min_capacity=None,
        max_capacity=None,
        sustained_minutes=sustained_minutes,
        seed=seed,
    )
    if level.latency_ms is None and not errors_measured:
        return known, ()
    share = min(level.error_percent / 100, _ALL_MAY_FAIL)
    criteria = Criteria(level.latency_ms, share, sustained_rows(benchmark, sustained_minutes))
    found = sustained_rate(benchmark, criteria, level.statistic, seed=seed, track=track)
    if found.curve is None:
        measured = None if level.latency_ms is None else highest_rate_within(benchmark, level)
        if measured is None:
            return known, found.reasons
        reasons = found.reasons if measured.per_minute is not None else ("none of its minutes was within it.",)
        return _by_rows(known, measured), reasons
    return _by_curves(known, found, benchmark, instance), found.reasons


def _by_rows(known: Saturation, measured: SustainedRate) -> Saturation:
    rate = None if measured.per_minute is None else as_written(measured.per_minute)
    return replace(
        known,
        highest_invocations_per_minute=rate,
        least_invocations_per_minute=rate,
        is_lower_bound=measured.is_lower_bound and rate is not None,
    )


def _by_curves(known: Saturation, found: Sustained, benchmark: Benchmark, instance: Instance) -> Saturation:
    known = replace(known, curve=found.curve, limited_by=found.limited_by)
    if found.at_least_per_minute is None:
        return known
    least = as_written(found.at_least_per_minute)
    if found.per_minute is None or found.interval is None:
        return replace(
            known,
            highest_invocations_per_minute=least,
            least_invocations_per_minute=least,
            is_lower_bound=True,
            limited_by=None,
        )
    busiest, percent = busiest_at(benchmark, instance, found.per_minute)
    return replace(
        known,
        highest_invocations_per_minute=as_written(max(least, found.per_minute)),
        least_invocations_per_minute=least,
        most_invocations_per_minute=as_written(found.interval[1]),
        busiest=busiest,
        busiest_percent=percent,
    )


def busiest_at(benchmark: Benchmark, instance: Instance, per_minute: float) -> tuple[str | None, float | None]:
    """The resource that was used most from about this rate on, and how much of it in percent; None if unknown."""
    most = used_percent(benchmark, instance.vcpus, benchmark.frame[INVOCATIONS] >= per_minute * _NEAR)
    if most.get("GPU", 0) > _FULL_PERCENT:  # a sum over GPUs, whose number is not known
        del most["GPU"]
    busiest = max(most, key=lambda name: most[name], default=None)
    return (None, None) if busiest is None else (busiest, as_written(round(most[busiest], 2)))
