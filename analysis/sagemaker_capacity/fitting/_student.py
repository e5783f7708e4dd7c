"""Fitting under noise with heavy tails, so that one disturbed minute counts little."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from ._erlang import Numbers

FREEDOM = 5  # of Student's t: close to the normal law, but an outlier costs a logarithm and not a square
_ROUNDS = 25
_ROUNDS_NEARBY = 3
_LEAST_SCALE = 1e-6
_SAME = 1e-3


@dataclass(frozen=True)
class StudentFit:
    """Parameters with the scale of the noise and the cost, which is the negative log-likelihood and the prior's."""

    parameters: Numbers
    scale: float
    cost: float


def fit_student(
    residuals: Callable[[Numbers], Numbers],
    starts: Iterable[Numbers],
    prior: Callable[[Numbers], Numbers] = lambda _: np.empty(0),
    *,
    scale: float | None = None,
) -> StudentFit:
    """Maximum likelihood under Student's t, by weighted least squares in turns with the scale.

    Lange, Little and Taylor, Journal of the American Statistical Association 84 (1989). The best of all starts.

    Args:
        residuals: of each row, for parameters.
        starts: parameters to start from.
        prior: what is known of the parameters, as further residuals in standard deviations.
        scale: of the noise, where it is known and to be kept; a start is near then, and few rounds suffice.
    """
    fits = [_fit(residuals, start, prior, scale) for start in starts]
    return min(fits, key=lambda fit: fit.cost)


def _fit(
    residuals: Callable[[Numbers], Numbers],
    start: Numbers,
    prior: Callable[[Numbers], Numbers],
    known: float | None,
) -> StudentFit:
    parameters, scale = start, known or student_scale(residuals(start))
    for _ in range(_ROUNDS if known is None else _ROUNDS_NEARBY):
        weights = np.sqrt(_weights(residuals(parameters) / scale)) / scale

        def weighted(at: Numbers, weights: Numbers = weights) -> Numbers:
            return np.concatenate([residuals(at) * weights, prior(at)])

        found = optimize.least_squares(weighted, parameters, method="lm", xtol=1e-6, ftol=1e-6, max_nfev=60)
        moved, parameters = float(np.max(np.abs(found.x - parameters))), found.x
        before, scale = scale, known or student_scale(residuals(parameters))
        if moved < _SAME and abs(scale / before - 1) < _SAME:
            break
    cost = student_cost(residuals(parameters), scale) + float(np.sum(prior(parameters) ** 2)) / 2
    return StudentFit(parameters, scale, cost)


def student_scale(residuals: Numbers) -> float:
    """The scale under which the residuals are likeliest."""
    scale = max(float(np.median(np.abs(residuals))), _LEAST_SCALE)
    for _ in range(_ROUNDS):
        weights = _weights(residuals / scale)
        before, scale = scale, max(float(np.sqrt(np.mean(weights * residuals**2))), _LEAST_SCALE)
        if abs(scale / before - 1) < _SAME:
            break
    return scale


def student_cost(residuals: Numbers, scale: float) -> float:
    """The negative log-likelihood of residuals, but for a constant that depends on their number alone."""
    spread = np.log1p((residuals / scale) ** 2 / FREEDOM)
    return len(residuals) * float(np.log(scale)) + (FREEDOM + 1) / 2 * float(np.sum(spread))


def _weights(scaled: Numbers) -> Numbers:
    return (FREEDOM + 1) / (FREEDOM + scaled**2)
