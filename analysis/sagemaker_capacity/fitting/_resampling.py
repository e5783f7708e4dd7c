"""What a load test might have measured instead: the bootstrap that every interval comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ._erlang import Numbers
from ._errors import PARAMETERS as ERROR_PARAMETERS
from ._errors import ErrorShares, LossFit, log_share, measured_shares, refit_losses
from ._fit import Curves, LoadFit
from ._latency import PARAMETERS as LATENCY_PARAMETERS
from ._latency import LatencyFit, refit_latencies
from ._queue_fit import PARAMETERS as THROUGHPUT_PARAMETERS
from ._throughput import ThroughputFit, refit_throughputs

Interval = tuple[float, float]

CONFIDENCE = 0.95
RESAMPLES = 200

_BATCH = 50  # so many side by side: a month of minutes is to fit into memory

_LEAST_THROUGHPUT = 1e-3  # of the highest: a resampled row is none without answers


@dataclass(frozen=True)
class Resampled:
    """A fit with its curves fitted anew to resampled rows, and for each a draw from the standard normal.

    `form` is for how far off the curves themselves are, which no row tells.
    """

    fit: LoadFit
    drawn: tuple[Curves, ...]
    form: Numbers

    def interval(self, values: ArrayLike) -> Interval:
        """Percentiles of a value of each draw, as far out as Student's interval (Hesterberg, 2015, section 5.5)."""
        rows = len(self.fit.rows.load)
        quantile = np.sqrt(rows / (rows - 1)) * special.stdtrit(rows - 1, (1 + CONFIDENCE) / 2)
        tail = float(special.ndtr(-quantile))
        low, high = np.quantile(np.asarray(values, float), [tail, 1 - tail], method="inverted_cdf")  # some infinite
        return float(low), float(high)


def resample(
    fit: LoadFit,
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    track: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> Resampled:
    """Draw the table anew and fit its curves to it, again and again.

    Args:
        fit: of the table.
        rng: the source of all randomness: equal seeds give equal answers.
        resamples: how often.
        track: told of each batch of draws, to show progress.
    """
    batches = [min(_BATCH, resamples - begun) for begun in range(0, resamples, _BATCH)]
    drawn = tuple(curves for draws in track(batches) for curves in _draw(fit, draws, rng))
    return Resampled(fit, drawn, rng.standard_normal(resamples))


def _draw(fit: LoadFit, draws: int, rng: np.random.Generator) -> Iterator[Curves]:
    table, near = fit.rows, fit.curves
    fitted = near.throughput.curve.throughput_at(table.load)
    least = _LEAST_THROUGHPUT * float(np.max(table.throughput))
    drawn = np.maximum(_wild(fitted, table.throughput, THROUGHPUT_PARAMETERS, draws, rng), least)
    throughputs = [
        _collapsing(throughput, float(rng.random()))
        for throughput in refit_throughputs(table.load, drawn, near.throughput)
    ]
    latencies: Sequence[LatencyFit | None] = [None] * draws
    if near.latency is not None:
        load, measured = (column[near.latency.rows] for column in fit.latency_rows)
        drawn = _wild(near.latency.log_latency_at(load), measured, LATENCY_PARAMETERS, draws, rng)
        latencies = refit_latencies(load, drawn, throughputs, near.latency)
    return map(Curves, throughputs, latencies, _draw_errors(fit, draws, rng))


def _draw_errors(fit: LoadFit, draws: int, rng: np.random.Generator) -> Sequence[LossFit | ErrorShares | None]:
    load, share, near = fit.rows.load, fit.error_share, fit.curves.errors
    if share is None or near is None:
        return [None] * draws
    if isinstance(near, LossFit):
        fitted = log_share(near.curve.share_at(load))
        return refit_losses(load, _wild(fitted, log_share(share), ERROR_PARAMETERS, draws, rng), near)
    rows = rng.integers(0, len(load), (draws, len(load)))
    return [measured_shares(load[drawn], share[drawn], float(rng.random())) for drawn in rows]


def _collapsing(throughput: ThroughputFit, place: float) -> ThroughputFit:
    """Where the throughput collapsed between two loads, a place between them."""
    before, after = throughput.collapse
    return (
        throughput if np.isinf(before) else replace(throughput, collapse=(before + (after - before) * place, after))
    )


def _wild(fitted: Numbers, measured: Numbers, parameters: int, draws: int, rng: np.random.Generator) -> Numbers:
    """Rows as they might have been, a draw each row: the wild bootstrap (Wu, 1986; Liu, 1988).

    Each keeps its load and gets the fitted value with its own residual under a random sign, grown by the degrees of
    freedom that the fit took: the noise may differ from row to row.
    """
    rows = len(fitted)
    grown = (measured - fitted) * np.sqrt(rows / max(rows - parameters, 1))
    drawn: Numbers = fitted + grown * rng.choice([-1.0, 1.0], (draws, rows))
    return drawn
