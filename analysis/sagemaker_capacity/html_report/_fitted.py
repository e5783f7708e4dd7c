"""The curves that a benchmark follows, each with the band in which it lies with a confidence of 95 %."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sagemaker_capacity._benchmark import Benchmark
from sagemaker_capacity._sustained import Track, fit_of
from sagemaker_capacity.fitting import Curves, NoFitError, Resampled, resample

Points: TypeAlias = "tuple[tuple[float, float], ...]"
Numbers: TypeAlias = "NDArray[np.float64]"

_GRID = 80  # points: a curve that looks smooth
_MS_PER_MINUTE = 60_000
_MEAN = "mean"


@dataclass(frozen=True)
class Band:
    """A curve, and the lower and the upper end of what it might have been, each in the order of load."""

    line: Points
    low: Points
    high: Points


@dataclass(frozen=True)
class Fitted:
    """The curves of a benchmark's panels, None where there is none, and in words what they are or why not."""

    throughput: Band | None = None
    latency: Band | None = None
    errors: Band | None = None
    says: str = ""


UNFITTED = Fitted()


def fitted(
    benchmark: Benchmark,
    statistic: str | None,
    *,
    seed: int = 0,
    track: Track = iter,
) -> Fitted:
    """Fit the load of a benchmark, as `sagemaker-capacity fit` does.

    The load is the rate: throughput is drawn against the requests in flight, rate x mean latency by Little's law,
    so that its curve is that of the mean latency turned over.

    Args:
        benchmark: of one instance.
        statistic: the latency that is held to an SLO, one of the benchmark's; None where none was measured.
        seed: of the bootstrap.
        track: told of each draw, to show progress.
    """
    try:
        found = _resampled(benchmark, statistic, seed, track)
        mean = None
        if _MEAN in benchmark.latency_statistics:
            mean = found if statistic == _MEAN else _resampled(benchmark, _MEAN, seed, track)
    except NoFitError as reasons:
        return Fitted(says=f"No curve is drawn: {reasons}")
    return Fitted(
        throughput=None if mean is None else _in_flight(_latency(mean)),
        latency=_latency(found),
        errors=_errors(found),
        says="Beside them is the curve that was fitted, that of a queue, and the band in which it lies with a "
        f"confidence of 95 % (a bootstrap of seed {seed}).",
    )


def _resampled(benchmark: Benchmark, statistic: str | None, seed: int, track: Track) -> Resampled:
    return resample(fit_of(benchmark, statistic, by_rate=True), np.random.default_rng(seed), track=track)


def _latency(resampled: Resampled) -> Band | None:
    def at(curves: Curves, load: Numbers) -> Numbers | None:
        return None if curves.latency is None else np.exp(curves.latency.log_latency_at(load))

    knee = np.inf if (known := resampled.fit.curves.latency) is None else known.curve.knee_load
    return _band(resampled, at, knee)


def _errors(resampled: Resampled) -> Band | None:
    def at(curves: Curves, load: Numbers) -> Numbers | None:
        return None if curves.errors is None else np.interp(load, curves.errors.load, curves.errors.share) * 100

    return _band(resampled, at, np.inf)


def _band(resampled: Resampled, at: Callable[[Curves, Numbers], Numbers | None], end: float) -> Band | None:
    """A curve over the loads that were measured, no further than `end`, where it stops to tell anything."""
    table = resampled.fit.table
    load = np.linspace(float(np.min(table.load)), min(table.highest_load, end), _GRID)
    line = at(resampled.fit.curves, load)
    if line is None:
        return None
    draws = [values for curves in resampled.drawn if (values := at(curves, load)) is not None]
    ends = [resampled.interval(values) for values in np.array(draws).T]
    return Band(*(_points(load, y) for y in (line, [low for low, _ in ends], [high for _, high in ends])))


def _in_flight(latency: Band | None) -> Band | None:
    """The rate against the requests in flight, by the same law as the dots."""
    if latency is None:
        return None
    turned = [
        tuple((rate * mean_ms / _MS_PER_MINUTE, rate) for rate, mean_ms in points)
        for points in (latency.line, latency.low, latency.high)
    ]
    return Band(*turned)


def _points(x: Numbers, y: Sequence[float] | Numbers) -> Points:
    return tuple(zip(x.tolist(), np.asarray(y, float).tolist(), strict=True))
