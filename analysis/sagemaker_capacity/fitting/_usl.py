"""Gunther's Universal Scalability Law, fitted as R's package `usl` fits it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from ._erlang import Numbers

PARAMETERS = 3


@dataclass(frozen=True)
class Usl:
    """X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)).

    Gunther, Guerrilla Capacity Planning (2007), eq. 4.31, with the throughput of one as a third parameter:
    `sigma` is contention (what has to queue), `kappa` is coherency (what everyone has to tell everyone), and
    `lambda_` the throughput of a load of one. R's `usl` calls them alpha, beta and gamma.
    """

    sigma: float
    kappa: float
    lambda_: float

    def throughput_at(self, load: Numbers) -> Numbers:
        """X(N), in the unit of the throughput."""
        return self.lambda_ * load / self._divisor(load)

    def growth_at(self, load: float) -> float:
        """By how many percent the throughput grows with one percent of load: d log X / d log N."""
        return (1 - self.sigma - self.kappa * load**2) / float(self._divisor(np.asarray(load)))

    @property
    def peak_load(self) -> float:
        """N* = sqrt((1 - sigma) / kappa), from where more load brings less (eq. 4.33); infinite without kappa."""
        return float(np.sqrt((1 - self.sigma) / self.kappa)) if self.kappa > 0 else np.inf

    @property
    def ceiling(self) -> float:
        """The most throughput: that of the peak, or Amdahl's limit where there is none."""
        return (
            self.amdahl_limit if np.isinf(self.peak_load) else float(self.throughput_at(np.asarray(self.peak_load)))
        )

    @property
    def knee_load(self) -> float:
        """The load from which on the throughput stops growing, which is the peak's."""
        return self.peak_load

    @property
    def amdahl_limit(self) -> float:
        """The throughput that no load exceeds even without coherency, lambda / sigma (Amdahl's law)."""
        return self.lambda_ / self.sigma if self.sigma > 0 else np.inf

    @property
    def optimal_load(self) -> float:
        """Where growth without loss would reach Amdahl's limit, 1 / sigma."""
        return 1 / self.sigma if self.sigma > 0 else np.inf

    def _divisor(self, load: Numbers) -> Numbers:
        return 1 + self.sigma * (load - 1) + self.kappa * load * (load - 1)


@dataclass(frozen=True)
class UslFit:
    """A law with how well it is known; the standard errors are those of nls: sqrt(diag((J'J)^-1) s^2)."""

    usl: Usl
    residual_standard_error: float
    degrees_of_freedom: int
    standard_errors: Usl

    def intervals(self, confidence: float = 0.95) -> dict[str, tuple[float, float]]:
        """Student's intervals of sigma, kappa and lambda, on n - 3 degrees of freedom."""
        return self._intervals(float(special.stdtrit(self.degrees_of_freedom, (1 + confidence) / 2)))

    def intervals_as_in_r(self, confidence: float = 0.95) -> dict[str, tuple[float, float]]:
        """The intervals that R's usl 3.0 prints, so that published ones can be checked.

        It takes Student's t at `confidence` itself and on n - 1 degrees of freedom: what it calls 95 % is closer
        to 90 %. Use `intervals` for a decision.
        """
        return self._intervals(float(special.stdtrit(self.degrees_of_freedom + PARAMETERS - 1, confidence)))

    def _intervals(self, quantile: float) -> dict[str, tuple[float, float]]:
        names = ("sigma", "kappa", "lambda_")
        pairs = {name: (getattr(self.usl, name), quantile * getattr(self.standard_errors, name)) for name in names}
        return {name.rstrip("_"): (value - half, value + half) for name, (value, half) in pairs.items()}


def fit_usl(load: Numbers, throughput: Numbers) -> UslFit:
    """Fit the law by least squares within R's bounds: 0 <= sigma <= 1, 0 <= kappa <= 1, 0 <= lambda.

    Args:
        load: N of each row, above 0: users, requests in flight, processors.
        throughput: X of each row, not all of them 0.

    Raises:
        ValueError: fewer than four rows, of which three parameters and their errors cannot be had.
    """
    if len(load) <= PARAMETERS:
        raise ValueError(f"the law has {PARAMETERS} parameters, so at least {PARAMETERS + 1} rows; got {len(load)}")
    scale = np.array([1.0, 1.0, float(np.max(throughput / load))])

    def residuals(scaled: Numbers) -> Numbers:
        return Usl(*(scaled * scale)).throughput_at(load) - throughput

    def jacobian(scaled: Numbers) -> Numbers:
        slopes: Numbers = _jacobian(Usl(*(scaled * scale)), load) * scale
        return slopes

    # R starts from alpha 0.01, beta 0.0001 and the steepest row.
    found = optimize.least_squares(
        residuals,
        np.array([0.01, 0.0001, 1.0]),
        jac=jacobian,
        bounds=([0, 0, 0], [1, 1, np.inf]),
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    usl = Usl(*(float(number) for number in found.x * scale))
    freedom = len(load) - PARAMETERS
    variance = float(np.sum(residuals(found.x) ** 2)) / freedom
    slopes = _jacobian(usl, load)
    errors = np.sqrt(np.diag(np.linalg.pinv(slopes.T @ slopes)) * variance)
    return UslFit(usl, float(np.sqrt(variance)), freedom, Usl(*(float(error) for error in errors)))


def _jacobian(usl: Usl, load: Numbers) -> Numbers:
    """The slopes of X(N) by sigma, kappa and lambda, a row each load."""
    x, divisor = usl.throughput_at(load), usl.throughput_at(load) / (usl.lambda_ * load)
    return np.stack([-x * (load - 1) * divisor, -x * load * (load - 1) * divisor, x / usl.lambda_], axis=1)
