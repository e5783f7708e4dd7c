"""How much one instance sustains: the fit of a load table, made of the minutes of a benchmark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context

import numpy as np

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, Benchmark
from sagemaker_capacity.fitting import Criteria, NoFitError, find_saturation, fit_load_table, load_table, resample

_DIGITS = Context(prec=4, rounding=ROUND_FLOOR)  # what is certain is rounded down: the same on every machine
_TOO_NOISY = "the rows differ so much from each other that no rate is certain to be sustained."

Interval = tuple[float, float]


@dataclass(frozen=True)
class Sustained:
    """Invocations per minute of one instance within the criteria.

    `at_least_per_minute` is sustained with a confidence of 97.5 %, and no more is claimed than was measured; None
    where there is no answer, and `reasons` tells why. `per_minute` and its 95 % `interval` are None where the
    benchmark did not saturate; `limited_by` is the criterion that ends it.
    """

    at_least_per_minute: float | None
    per_minute: float | None
    interval: Interval | None
    limited_by: str | None
    reasons: tuple[str, ...]


def sustained_rate(benchmark: Benchmark, criteria: Criteria, statistic: str, *, seed: int = 0) -> Sustained:
    """The highest rate that one instance sustains by a benchmark.

    Args:
        benchmark: of one instance.
        criteria: its latency is in milliseconds.
        statistic: which latency is held to it, one of the benchmark's.
        seed: of the bootstrap: equal seeds give equal answers.
    """
    frame = benchmark.frame
    frame = frame[frame[INVOCATIONS].notna()]
    offered = frame[INVOCATIONS].to_numpy(float)
    errors = frame[ERRORS].fillna(0).to_numpy(float).clip(max=offered) if ERRORS in frame else None
    answered = offered if errors is None else offered - errors
    table = load_table(
        offered.tolist(),
        answered.tolist(),
        frame[statistic].tolist(),
        None if errors is None else errors.tolist(),
    )
    try:
        fit = fit_load_table(table, "rate")
    except NoFitError as reasons:
        return Sustained(None, None, None, None, (str(reasons),))
    found = find_saturation(resample(fit, np.random.default_rng(seed)), criteria)
    if found.at_least_throughput is None:
        return Sustained(None, None, None, found.limit, found.reasons)
    at_least = float(_DIGITS.create_decimal_from_float(found.at_least_throughput))
    if at_least <= 0 or not math.isfinite(at_least):
        return Sustained(None, None, None, found.limit, (_TOO_NOISY,))
    return Sustained(at_least, found.throughput, found.throughput_interval, found.limit, found.reasons)
