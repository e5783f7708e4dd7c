"""How the latency grows with the load: the curve of a queue, fitted to logarithms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ._erlang import Numbers
from ._queue import ClosedLatency, OpenLatency
from ._student import StudentFit, fit_student
from ._throughput import LoadIs, ThroughputFit

LEAST_ROWS = 8
PARAMETERS = 4

_PAST_KNEE = 1.03  # as far as the knee may be misplaced
_KNEE_ERROR = {"rate": 0.015, "users": 0.03}  # of the logarithm, beside that of the throughput's fit
_UNKNOWN_KNEE, _UNKNOWN_KNEE_ERROR = 1.5, 1.0  # times the highest load, where the throughput shows none
_LOG_WAIT_ERROR = 5.0
_LOG_SHAPES = {"rate": (1.0, 1.5), "users": (3.0, 2.0)}  # servers, or population less one: what is usual
_LOG_SHAPE_STARTS = {"rate": (0.0, 2.0), "users": (1.0, 3.0, 5.0)}
_LOG_SHAPE_LIMITS = {"rate": (-1.5, 5.5), "users": (-3.0, 9.0)}
_LOG_LIMIT = 300.0
_LIGHT = 0.1  # quantile of the latencies, and of those past the knee
_FAR_ABOVE_LIGHT = 30.0
_JUST_PAST = 1.2  # of the highest load, to start from
_LEAST_BASE, _LEAST_WAIT = 0.1, 0.001  # of the light latency, to start from
_ENDLESS = 1e6


@dataclass(frozen=True)
class LatencyFit:
    """A curve and the rows that it holds for: a rate past the knee, or above `log_cap`, is not stationary."""

    load_is: LoadIs
    curve: OpenLatency | ClosedLatency
    fit: StudentFit
    rows: NDArray[np.bool_]
    log_cap: float

    def log_latency_at(self, load: Numbers) -> Numbers:
        """The logarithm of what would have been measured."""
        return _log_latency(self.curve, load, self.log_cap)

    def load_at(self, latency: float, highest_load: float) -> float:
        """The highest load with at most such a latency; infinite where none up to `highest_load` has more."""
        knee = self.curve.knee_load if self.load_is == "rate" else np.inf
        least, most = highest_load * 1e-4, min(highest_load, knee)

        def excess(load: float) -> float:
            return float(np.log(self.curve.latency_at(np.asarray(load)))) - float(np.log(latency))

        if excess(least) > 0:
            return 0.0
        if excess(most) <= 0:
            return knee if knee <= highest_load else np.inf
        return float(optimize.brentq(excess, least, most, rtol=1e-9))


def fit_latency(load: Numbers, log_latency: Numbers, throughput: ThroughputFit) -> LatencyFit | None:
    """Fit an open queue to a rate, and a closed one to users; None where fewer than `LEAST_ROWS` rows tell.

    Args:
        load: of each row that has a latency, above 0.
        log_latency: the logarithm of any one statistic in any one unit.
        throughput: which tells what the load is, and where the knee.
    """
    rows, log_cap = _stationary(load, log_latency, throughput)
    if np.count_nonzero(rows) < LEAST_ROWS:
        return None
    return _fit(load[rows], log_latency[rows], throughput, rows=rows, log_cap=log_cap, near=None)


def refit_latency(load: Numbers, log_latency: Numbers, throughput: ThroughputFit, near: LatencyFit) -> LatencyFit:
    """Fit the same curve again to much the same rows, those of `near.rows`, from where it was."""
    return _fit(load, log_latency, throughput, rows=near.rows, log_cap=near.log_cap, near=near.fit)


def _stationary(load: Numbers, log_latency: Numbers, throughput: ThroughputFit) -> tuple[NDArray[np.bool_], float]:
    """The rows whose latency depends on their load alone, and the logarithm that all of them stay below."""
    past = np.zeros(len(load), bool)
    if throughput.load_is == "rate" and throughput.supported != "line":
        past = load > throughput.queue.queue.knee_load * _PAST_KNEE
    if not past.any():
        return ~past, np.inf
    far = float(np.quantile(log_latency, _LIGHT) + np.log(_FAR_ABOVE_LIGHT))
    log_cap = min(float(np.quantile(log_latency[past], _LIGHT)), far)
    return ~past & (log_latency < log_cap), log_cap


def _fit(
    load: Numbers,
    log_latency: Numbers,
    throughput: ThroughputFit,
    *,
    rows: NDArray[np.bool_],
    log_cap: float,
    near: StudentFit | None,
) -> LatencyFit:
    load_is = throughput.load_is
    log_knee, knee_error = _known_knee(load, throughput)
    log_light = float(np.quantile(log_latency, _LIGHT))
    log_shape, shape_error = _LOG_SHAPES[load_is]

    def residuals(parameters: Numbers) -> Numbers:
        return _log_latency(_curve(load_is, parameters), load, log_cap) - log_latency

    def prior(parameters: Numbers) -> Numbers:
        knee, _, wait, shape = parameters
        away = (
            (knee - log_knee) / knee_error,
            (wait - log_light) / _LOG_WAIT_ERROR,
            (shape - log_shape) / shape_error,
        )
        return np.array(away)

    if near is None:
        knee = min(log_knee, float(np.log(_JUST_PAST * np.max(load))))
        places = [(at, shape) for shape in _LOG_SHAPE_STARTS[load_is] for at in (knee, knee + np.log(_JUST_PAST))]
        fit = fit_student(residuals, [_start(load_is, load, log_latency, *place) for place in places], prior)
    else:
        fit = fit_student(residuals, [near.parameters], prior, scale=near.scale)
    return LatencyFit(load_is, _curve(load_is, fit.parameters), fit, rows, log_cap)


def _known_knee(load: Numbers, throughput: ThroughputFit) -> tuple[float, float]:
    """What the throughput tells of the knee: its logarithm and the standard error."""
    if throughput.supported == "line":
        return float(np.log(_UNKNOWN_KNEE * np.max(load))), _UNKNOWN_KNEE_ERROR
    error = float(np.hypot(throughput.queue.log_knee_error, _KNEE_ERROR[throughput.load_is]))
    return float(np.log(throughput.queue.queue.knee_load)), min(error, _UNKNOWN_KNEE_ERROR)


def _start(load_is: LoadIs, load: Numbers, log_latency: Numbers, knee: float, shape: float) -> Numbers:
    """Given a knee and a shape, the latency is linear in base and wait: least squares of relative errors."""
    rise = _curve(load_is, np.array([knee, -_LOG_LIMIT, 0.0, shape])).latency_at(load)
    terms = np.stack([np.ones(len(load)), np.minimum(rise, _ENDLESS)], axis=1) / np.exp(log_latency)[:, None]
    base, wait = optimize.nnls(terms, np.ones(len(load)))[0]
    light = float(np.exp(np.quantile(log_latency, _LIGHT)))
    return np.array([knee, np.log(max(base, _LEAST_BASE * light)), np.log(max(wait, _LEAST_WAIT * light)), shape])


def _curve(load_is: LoadIs, parameters: Numbers) -> OpenLatency | ClosedLatency:
    knee, base, wait = (float(number) for number in np.exp(np.clip(parameters[:3], -_LOG_LIMIT, _LOG_LIMIT)))
    shape = float(np.exp(np.clip(parameters[3], *_LOG_SHAPE_LIMITS[load_is])))
    if load_is == "rate":
        return OpenLatency(knee, base, wait, shape)
    return ClosedLatency(knee, base, wait, shape + 1)


def _log_latency(curve: OpenLatency | ClosedLatency, load: Numbers, log_cap: float) -> Numbers:
    return np.minimum(np.log(curve.latency_at(load)), log_cap)
