"""Which curve the throughput follows: a straight line, a queue, or the Universal Scalability Law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ._erlang import Numbers
from ._queue import ClosedQueue, StraightLine
from ._student import StudentFit, fit_student, student_cost, student_scale
from ._usl import PARAMETERS, Usl, UslFit, fit_usl

LoadIs = Literal["rate", "users"]

LEAST_LOADS = 6  # for with fewer rows AICc has no correction

_NO_SUPPORT = 10  # of AICc: the worse curve has essentially none (Burnham and Anderson, 2002, section 2.6)
_LESS_SUPPORT = 2  # its support is substantial below
_TIME_UNITS = (1 / 3600, 1 / 60, 1.0, 60.0, 3600.0)
_ONE_TO_ONE = 0.05  # of the logarithm
_LOG_POPULATIONS = (1.0, 3.0, 5.0)  # to start from
_LOG_POPULATION_LIMITS = (-3.0, 9.0)  # beyond them nothing changes any more
_LOG_LIMIT = 300.0
_STEP = 1e-5
_LEAST_CURVATURE = 1e-9


@dataclass(frozen=True)
class QueueFit:
    """A queue, the logarithms it was fitted as (ceiling, slope, population less one), and its knee's error."""

    queue: ClosedQueue
    fit: StudentFit
    log_knee_error: float


@dataclass(frozen=True)
class ThroughputFit:
    """Three curves, each with Akaike's criterion for few rows (AICc), and which of them the data supports."""

    line: StraightLine
    queue: QueueFit
    usl: UslFit
    aicc: dict[str, float]
    told_load_is: LoadIs | None

    @property
    def supported(self) -> Literal["line", "queue", "usl"]:
        """The line unless it has no support beside a curve, and the queue unless the law is clearly better."""
        if self.aicc["line"] < min(self.aicc["queue"], self.aicc["usl"]) + _NO_SUPPORT:
            return "line"
        return "usl" if self.aicc["usl"] < self.aicc["queue"] - _LESS_SUPPORT else "queue"

    @property
    def curve(self) -> StraightLine | ClosedQueue | Usl:
        """The curve that is supported."""
        curves: dict[str, StraightLine | ClosedQueue | Usl] = {
            "line": self.line,
            "queue": self.queue.queue,
            "usl": self.usl.usl,
        }
        return curves[self.supported]

    @property
    def slope(self) -> float:
        """The throughput of one unit of load while nobody waits."""
        return self.line.slope if self.supported == "line" else self.queue.queue.slope

    @property
    def load_is(self) -> LoadIs:
        """As told, or a rate where all that is asked comes out as throughput, and users where not."""
        return self.told_load_is or ("rate" if self._unit is not None else "users")

    @property
    def throughput_per_load(self) -> float:
        """The slope, or exactly one where it is so nearly, as one times the seconds in a minute or an hour."""
        return self.slope if self._unit is None else self._unit

    @property
    def _unit(self) -> float | None:
        away = {abs(float(np.log(self.slope / unit))): unit for unit in _TIME_UNITS}
        return away[min(away)] if min(away) < _ONE_TO_ONE else None


def fit_throughput(load: Numbers, throughput: Numbers, load_is: LoadIs | None = None) -> ThroughputFit:
    """Fit the curves to rows with loads above 0, of at least `LEAST_LOADS` different loads."""
    line, queue, usl = _fit_line(load, throughput), _fit_queue(load, throughput, None), fit_usl(load, throughput)
    aicc = {
        name: _aicc((curve.throughput_at(load) - throughput) / np.max(throughput), parameters)
        for name, curve, parameters in (("line", line, 1), ("queue", queue.queue, 3), ("usl", usl.usl, PARAMETERS))
    }
    return ThroughputFit(line, queue, usl, aicc, load_is)


def refit_throughput(load: Numbers, throughput: Numbers, near: ThroughputFit) -> ThroughputFit:
    """Fit the supported curve again to much the same rows, and the queue, from where they were."""
    line, queue, usl = near.line, near.queue, near.usl
    if near.supported == "line":
        line = _fit_line(load, throughput)
    else:
        queue = _fit_queue(load, throughput, near.queue.fit)
    if near.supported == "usl":
        usl = fit_usl(load, throughput)
    return ThroughputFit(line, queue, usl, near.aicc, near.load_is)


def _fit_line(load: Numbers, throughput: Numbers) -> StraightLine:
    highest, start = float(np.max(throughput)), np.median(throughput[throughput > 0] / load[throughput > 0])

    def residuals(log_slope: Numbers) -> Numbers:
        relative: Numbers = (np.exp(log_slope[0]) * load - throughput) / highest
        return relative

    return StraightLine(float(np.exp(fit_student(residuals, [np.log([start])]).parameters[0])))


def _fit_queue(load: Numbers, throughput: Numbers, near: StudentFit | None) -> QueueFit:
    highest = float(np.max(throughput))

    def residuals(parameters: Numbers) -> Numbers:
        return (_queue_of(parameters).throughput_at(load) - throughput) / highest

    if near is None:
        slope = float(np.quantile(throughput / load, 0.75))
        starts = [np.array([np.log(highest), np.log(slope), population]) for population in _LOG_POPULATIONS]
        fit = fit_student(residuals, starts)
    else:
        fit = fit_student(residuals, [near.parameters], scale=near.scale)
    return QueueFit(_queue_of(fit.parameters), fit, _log_knee_error(residuals, fit))


def _queue_of(parameters: Numbers) -> ClosedQueue:
    log_ceiling, log_slope = (float(number) for number in np.clip(parameters[:2], -_LOG_LIMIT, _LOG_LIMIT))
    elsewhere = float(np.exp(np.clip(parameters[2], *_LOG_POPULATION_LIMITS)))
    return ClosedQueue(float(np.exp(log_ceiling)), float(np.exp(log_ceiling - log_slope)), elsewhere + 1)


def _log_knee_error(residuals: Callable[[Numbers], Numbers], fit: StudentFit) -> float:
    """The standard error of log(ceiling / slope), by the delta method; large where no row is past the knee."""
    steps = np.eye(PARAMETERS) * _STEP
    ends = [(residuals(fit.parameters + step), residuals(fit.parameters - step)) for step in steps]
    slopes = np.stack([(more - less) / (2 * _STEP) for more, less in ends], axis=1)
    rows = len(slopes)
    variance = fit.scale**2 * rows / max(rows - PARAMETERS, 1)
    covariance = np.linalg.inv(slopes.T @ slopes + np.eye(PARAMETERS) * _LEAST_CURVATURE) * variance
    contrast = np.array([1.0, -1.0, 0.0])
    return float(np.sqrt(contrast @ covariance @ contrast))


def _aicc(residuals: Numbers, parameters: int) -> float:
    """2 k - 2 log L + 2 k (k + 1) / (n - k - 1), the noise's scale among the k (Hurvich and Tsai, 1989)."""
    k, rows = parameters + 1, len(residuals)
    return 2 * student_cost(residuals, student_scale(residuals)) + 2 * k + 2 * k * (k + 1) / (rows - k - 1)
