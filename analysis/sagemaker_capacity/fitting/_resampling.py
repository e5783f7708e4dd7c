"""What a load test might have measured instead: the bootstrap that every interval comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ._erlang import Numbers
from ._errors import fit_errors
from ._fit import Curves, LoadFit
from ._latency import PARAMETERS as LATENCY_PARAMETERS
from ._latency import LatencyFit, refit_latency
from ._throughput import ThroughputFit, refit_throughput
from ._usl import PARAMETERS as THROUGHPUT_PARAMETERS

Interval = tuple[float, float]

CONFIDENCE = 0.95
RESAMPLES = 200

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
        rows = len(self.fit.table.load)
        quantile = np.sqrt(rows / (rows - 1)) * stats.t.ppf((1 + CONFIDENCE) / 2, rows - 1)
        tail = float(stats.norm.cdf(-quantile))
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
        track: told of each draw, to show progress.
    """
    drawn = tuple(_draw(fit, rng) for _ in track(range(resamples)))
    return Resampled(fit, drawn, rng.standard_normal(resamples))


def _draw(fit: LoadFit, rng: np.random.Generator) -> Curves:
    """The curves of a table as it might have been: the wild bootstrap (Wu, 1986; Liu, 1988).

    Each row keeps its load and gets the fitted value with its own residual under a random sign, grown by the
    degrees of freedom that the fit took: the noise may differ from row to row. For the errors, rows are drawn.
    """
    table, curves = fit.table, fit.curves
    fitted = curves.throughput.curve.throughput_at(table.load)
    least = _LEAST_THROUGHPUT * float(np.max(table.throughput))
    drawn = np.maximum(fitted + _signed(table.throughput - fitted, THROUGHPUT_PARAMETERS, rng), least)
    throughput = refit_throughput(table.load, drawn, curves.throughput)
    latency = None if curves.latency is None else _draw_latency(fit, curves.latency, throughput, rng)
    errors = None
    if fit.error_share is not None:
        rows = rng.integers(0, len(table.load), len(table.load))
        errors = fit_errors(table.load[rows], fit.error_share[rows], place=float(rng.random()))
    return Curves(throughput, latency, errors)


def _draw_latency(
    fit: LoadFit, near: LatencyFit, throughput: ThroughputFit, rng: np.random.Generator
) -> LatencyFit:
    load, log_latency = (column[near.rows] for column in fit.latency_rows)
    fitted = near.log_latency_at(load)
    return refit_latency(load, fitted + _signed(log_latency - fitted, LATENCY_PARAMETERS, rng), throughput, near)


def _signed(residuals: Numbers, parameters: int, rng: np.random.Generator) -> Numbers:
    rows = len(residuals)
    signed: Numbers = residuals * np.sqrt(rows / max(rows - parameters, 1)) * rng.choice([-1.0, 1.0], rows)
    return signed
