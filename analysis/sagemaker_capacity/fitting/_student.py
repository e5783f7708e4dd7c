"""Fitting under noise with heavy tails, so that one disturbed minute counts little."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._erlang import Numbers

FREEDOM = 5  # of Student's t: close to the normal law, but an outlier costs a logarithm and not a square
_ROUNDS, _SCALE_ROUNDS = 60, 25
_LEAST_SCALE = 1e-6
_SAME_SCALE = 1e-3
_SAME_COST = 1e-7  # of the likelihood's logarithm: far less than any row tells
_STEP = 1e-5
_LONGEST_STEP = 1.0  # of a logarithm
_DAMPING, _LESS_DAMPING, _MORE_DAMPING, _STUCK = 1e-3, 0.1, 8.0, 1e8
_LEAST_CURVATURE = 1e-9


# Contrasts of the parameters, a row each, and what is expected of them, both over how sure that is (its standard
# deviation).
Prior = tuple[Numbers, Numbers]

Which = NDArray[np.intp]


@dataclass(frozen=True)
class StudentFit:
    """Parameters, the scale of the noise, the cost (the negative log-likelihood and the prior's), and how sure.

    `covariance` is that of the parameters by Laplace's approximation, the inverse of the cost's curvature.
    """

    parameters: Numbers
    scale: float
    cost: float
    covariance: Numbers


def fit_student(
    model: Callable[[Numbers], Numbers],
    measured: Numbers,
    starts: Numbers,
    *,
    prior: Prior | None = None,
    scale: float | None = None,
) -> list[StudentFit]:
    """Maximum likelihood under Student's t, of many fits side by side: one for each start.

    Each round weighs the rows and the noise anew (Lange, Little and Taylor, Journal of the American Statistical
    Association 84, 1989), and takes a damped step of Gauss and Newton (Marquardt, 1963).

    Args:
        model: the fitted rows for parameters, of shape (fits, rows) for (fits, parameters).
        measured: the rows, for each fit or for all.
        starts: the parameters to start from, of shape (fits, parameters).
        prior: what is known of the parameters before, for each fit or for all.
        scale: of the noise, where it is known.
    """
    at = np.array(starts, float)
    problem = _Problem.of(model, measured, at, prior)
    going = np.arange(len(at))
    rows = problem.residuals(going, at)
    scales = student_scale(rows) if scale is None else np.full(len(at), scale)
    costs, damping = problem.costs(going, at, rows, scales), np.full(len(at), _DAMPING)
    curvatures = np.zeros((*at.shape, at.shape[1]))
    for _ in range(_ROUNDS):
        curvatures[going], falls = problem.curvatures_and_falls(going, at[going], rows[going], scales[going])
        damped = curvatures[going] * (1 + damping[going, None, None] * np.eye(at.shape[1]))
        steps = np.clip(np.linalg.solve(damped, falls[..., None])[..., 0], -_LONGEST_STEP, _LONGEST_STEP)
        next_at = at[going] + steps
        next_rows = problem.residuals(going, next_at)
        next_costs = problem.costs(going, next_at, next_rows, scales[going])
        better = next_costs <= costs[going]
        gains = np.where(better, costs[going] - next_costs, np.inf)
        damping[going] *= np.where(better, _LESS_DAMPING, _MORE_DAMPING)
        moved = going[better]
        at[moved], rows[moved], costs[moved] = next_at[better], next_rows[better], next_costs[better]
        if scale is None:
            scales[moved] = student_scale(rows[moved])
            costs[moved] = problem.costs(moved, at[moved], rows[moved], scales[moved])
        going = going[(gains > _SAME_COST) & (damping[going] < _STUCK)]
        if len(going) == 0:
            break
    found = zip(at, scales.tolist(), costs.tolist(), np.linalg.inv(curvatures), strict=True)
    return [StudentFit(*each) for each in found]


@dataclass(frozen=True)
class _Problem:
    """Fits side by side; `of` tells which of them are meant."""

    model: Callable[[Numbers], Numbers]
    measured: Numbers
    contrasts: Numbers
    expected: Numbers

    @classmethod
    def of(
        cls, model: Callable[[Numbers], Numbers], measured: Numbers, at: Numbers, prior: Prior | None
    ) -> _Problem:
        fits, parameters = at.shape
        contrasts, expected = prior or (np.zeros((0, parameters)), np.zeros(0))
        return cls(
            model,
            np.broadcast_to(measured, (fits, measured.shape[-1])),
            contrasts,
            np.broadcast_to(expected, (fits, len(contrasts))),
        )

    def residuals(self, of: Which, at: Numbers) -> Numbers:
        return self.model(at) - self.measured[of]

    def costs(self, of: Which, at: Numbers, rows: Numbers, scales: Numbers) -> Numbers:
        costs: Numbers = student_cost(rows, scales) + np.sum(self._surprises(of, at) ** 2, axis=1) / 2
        return costs

    def curvatures_and_falls(
        self, of: Which, at: Numbers, rows: Numbers, scales: Numbers
    ) -> tuple[Numbers, Numbers]:
        """Of the cost: Gauss and Newton's second derivatives, and the first with the sign that leads down."""
        parameters = at.shape[1]
        ahead = [self.residuals(of, at + step) - rows for step in np.eye(parameters) * _STEP]
        slopes = np.stack(ahead, axis=2) / _STEP
        weights = _weights(rows / scales[:, None]) / scales[:, None] ** 2
        curvatures = slopes.swapaxes(1, 2) @ (slopes * weights[..., None]) + self.contrasts.T @ self.contrasts
        falls = -np.einsum("fr,frp->fp", weights * rows, slopes) - self._surprises(of, at) @ self.contrasts
        return curvatures + np.eye(parameters) * _LEAST_CURVATURE, falls

    def _surprises(self, of: Which, at: Numbers) -> Numbers:
        surprises: Numbers = at @ self.contrasts.T - self.expected[of]
        return surprises


def best_of(fits: Iterable[StudentFit]) -> StudentFit:
    """The likeliest."""
    return min(fits, key=lambda fit: fit.cost)


def aicc(residuals: Numbers, parameters: int) -> float:
    """2 k - 2 log L + 2 k (k + 1) / (n - k - 1), the noise's scale among the k (Hurvich and Tsai, 1989).

    Infinite where there are too few rows for so many parameters.
    """
    k, rows = parameters + 1, len(residuals)
    if rows <= k + 1:
        return np.inf
    cost = float(student_cost(residuals, student_scale(residuals)))
    return 2 * cost + 2 * k + 2 * k * (k + 1) / (rows - k - 1)


def student_scale(residuals: Numbers) -> Numbers:
    """The scale under which the residuals of the last axis are likeliest."""
    scale = np.maximum(np.median(np.abs(residuals), axis=-1), _LEAST_SCALE)
    for _ in range(_SCALE_ROUNDS):
        weights = _weights(residuals / scale[..., None])
        before, scale = scale, np.maximum(np.sqrt(np.mean(weights * residuals**2, axis=-1)), _LEAST_SCALE)
        if np.all(np.abs(scale / before - 1) < _SAME_SCALE):
            break
    found: Numbers = scale
    return found


def student_cost(residuals: Numbers, scale: Numbers) -> Numbers:
    """The negative log-likelihood of the last axis, but for a constant that depends on its length alone."""
    spread = np.log1p((residuals / scale[..., None]) ** 2 / FREEDOM)
    cost: Numbers = residuals.shape[-1] * np.log(scale) + (FREEDOM + 1) / 2 * np.sum(spread, axis=-1)
    return cost


def _weights(scaled: Numbers) -> Numbers:
    weights: Numbers = (FREEDOM + 1) / (FREEDOM + scaled**2)
    return weights
