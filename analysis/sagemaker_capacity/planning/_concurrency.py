"""How many requests one instance has in flight at its target rate."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from sagemaker_capacity._benchmark import INVOCATIONS, Benchmark
from sagemaker_capacity._limits import exact

_MEAN = "mean"
_MS_PER_MINUTE = 60_000
_HUNDREDTHS = 100


def concurrency_target(benchmark: Benchmark, target_per_minute: int) -> float:
    """Requests in flight at a rate, by Little's law, L = lambda W (Little 1961, Operations Research 9(3)).

    W is the mean latency at the target, between the means measured at the rates on either side of it. Rounded
    down to hundredths, and not below one of them.

    Args:
        benchmark: of one instance, with its mean latency.
        target_per_minute: invocations per minute.

    Raises:
        ValueError: the benchmark has no mean latency.
    """
    if _MEAN not in benchmark.latency_statistics:
        raise ValueError(
            "--concurrency takes the mean latency (Little's law knows no percentile), and the benchmark has "
            f"{', '.join(benchmark.latency_statistics) or 'no latency'}: add latency_mean_ms"
        )
    measured = benchmark.frame[[INVOCATIONS, _MEAN]].dropna().groupby(INVOCATIONS, as_index=False)[_MEAN].mean()
    mean_ms = float(np.interp(target_per_minute, measured[INVOCATIONS], measured[_MEAN]))
    in_flight = exact(target_per_minute) * exact(round(mean_ms, 6)) / _MS_PER_MINUTE
    return float(max(Fraction(math.floor(in_flight * _HUNDREDTHS), _HUNDREDTHS), Fraction(1, _HUNDREDTHS)))
