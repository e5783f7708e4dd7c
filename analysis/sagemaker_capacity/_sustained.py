"""How much one instance sustains: the curves of its benchmark's rows, and where they leave the criteria."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context

import numpy as np

from ._benchmark import ERRORS, INVOCATIONS, TIME, Benchmark
from .fitting import (
    Criteria,
    Curves,
    LoadFit,
    NoFitError,
    StraightLine,
    Usl,
    find_saturation,
    fit_load_table,
    load_table,
    resample,
)

_DIGITS = 4  # more would differ from one processor to the next
_DOWN, _UP, _NEAREST = (Context(_DIGITS, rounding) for rounding in (ROUND_FLOOR, ROUND_CEILING, ROUND_HALF_EVEN))
_WAITING = ("users", "concurrency")  # columns of a load that waits for its answers
_LEAST_LEVELS = 6  # of it, or a curve over them says less than one over the rate
_TOO_NOISY = "the rows differ so much from each other that no rate is certain to be sustained."

Interval = tuple[float, float]
Track = Callable[[Iterable[int]], Iterable[int]]


@dataclass(frozen=True)
class Sustained:
    """Invocations per minute of one instance within the criteria, to four digits.

    `at_least_per_minute` is sustained with a confidence of 97.5 %, and no more is claimed than was measured; None
    where there is no answer, and `reasons` tells why. `per_minute` and its 95 % `interval` are None where the
    benchmark did not saturate; `limited_by` is the criterion that ends it, `curve` what was fitted.
    """

    at_least_per_minute: float | None
    per_minute: float | None
    interval: Interval | None
    limited_by: str | None
    reasons: tuple[str, ...]
    curve: str | None = None


def fit_of(benchmark: Benchmark, statistic: str | None, *, by_rate: bool = False) -> LoadFit:
    """The curves of a benchmark: over the users or the requests in flight where they are known, else over the rate.

    Args:
        benchmark: of one instance.
        statistic: the latency that is fitted, one of the benchmark's; None fits none.
        by_rate: over the rate, even where users are known.

    Raises:
        NoFitError: too few different loads.
    """
    frame = benchmark.frame[benchmark.frame[INVOCATIONS].notna()]
    offered = frame[INVOCATIONS]
    errors = frame[ERRORS].fillna(0).clip(upper=offered) if ERRORS in frame else None
    known = () if by_rate else _WAITING
    waiting = [column for column in known if column in frame and frame[column].nunique() >= _LEAST_LEVELS]
    load = frame[waiting[0]].fillna(0) if waiting else offered
    table = load_table(
        load.tolist(),
        (offered if errors is None else offered - errors).tolist(),
        None if statistic is None else frame[statistic].tolist(),
        None if errors is None else errors.tolist(),
    )
    return fit_load_table(table, "users" if waiting else "rate")


def sustained_rate(
    benchmark: Benchmark, criteria: Criteria, statistic: str | None, *, seed: int = 0, track: Track = iter
) -> Sustained:
    """The highest rate that one instance sustains by a benchmark.

    Args:
        benchmark: of one instance.
        criteria: its latency is in milliseconds; its rows are minutes, or levels of load that need not repeat.
        statistic: which latency is held to it, one of the benchmark's; None where none is.
        seed: of the bootstrap: equal seeds give equal answers.
        track: told of each draw, to show progress.
    """
    try:
        fit = fit_of(benchmark, statistic)
    except NoFitError as reasons:
        return Sustained(None, None, None, None, (str(reasons),))
    found = find_saturation(resample(fit, np.random.default_rng(seed), track=track), criteria)
    curve = _name_of(fit.curves, found.limit)
    if found.at_least_throughput is None:
        return Sustained(None, None, None, found.limit, found.reasons, curve)
    at_least = _rounded(_DOWN, found.at_least_throughput)
    if at_least <= 0 or not math.isfinite(at_least):
        return Sustained(None, None, None, found.limit, (_TOO_NOISY,), curve)
    if found.throughput is None or found.throughput_interval is None:
        return Sustained(at_least, None, None, found.limit, found.reasons, curve)
    ends = (at_least, _rounded(_UP, found.throughput_interval[1]))
    return Sustained(at_least, _rounded(_NEAREST, found.throughput), ends, found.limit, found.reasons, curve)


def sustained_rows(benchmark: Benchmark, minutes: int) -> int:
    """How many rows must have had a load for it to count: minutes, where a row is one; a level is sustained."""
    return minutes if benchmark.frame[TIME].notna().any() else 1


def _rounded(context: Context, rate: float) -> float:
    return float(context.create_decimal_from_float(rate))


def _name_of(curves: Curves, limit: str | None) -> str:
    if limit == "errors":
        return "rising errors"
    if limit == "latency" or (limit is None and curves.latency is not None):
        return "queueing curve"
    if isinstance(curves.throughput.curve, StraightLine):
        return "straight line"
    return "Universal Scalability Law" if isinstance(curves.throughput.curve, Usl) else "queueing curve"
