"""How the latency grows with the load: the curve of a queue, fitted to logarithms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ._erlang import Numbers
from ._queue import ClosedLatency, OpenLatency, closed_latency, open_latency
from ._queue_fit import LoadIs
from ._student import Prior, StudentFit, best_of, fit_student
from ._throughput import ThroughputFit

LEAST_ROWS = 8
PARAMETERS = 4

_PAST_KNEE = 1.03  # as far as the knee may be misplaced
_SETTLED = 0.94  # of the knee: nearer to it a queue takes longer than a minute to settle (see `_stationary`)
_KNEE_ERROR = {"rate": 0.015, "users": 0.03}  # of the logarithm, beside that of the throughput's fit
_UNKNOWN_KNEE, _UNKNOWN_KNEE_ERROR = 1.5, 1.0  # times the highest load, where the throughput shows none
_LOG_WAIT_ERROR = 5.0
_LOG_SHAPES = {"rate": (1.0, 1.5), "users": (0.0, 1.0)}  # servers, or population less one over users at the knee
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
    """A curve and the rows that it holds for: a rate past the knee, or above `log_cap`, is not stationary.

    `prior` is what was known of the curve before: see `_prior`.
    """

    load_is: LoadIs
    curve: OpenLatency | ClosedLatency
    fit: StudentFit
    rows: NDArray[np.bool_]
    log_cap: float
    prior: Prior

    def log_latency_at(self, load: Numbers) -> Numbers:
        """The logarithm of what would have been measured."""
        return np.minimum(np.log(self.curve.latency_at(load)), self.log_cap)

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
    if len(load) < LEAST_ROWS:
        return None
    rows, log_cap = _stationary(load, log_latency, throughput)
    if np.count_nonzero(rows) < LEAST_ROWS:
        return None
    load, log_latency, load_is = load[rows], log_latency[rows], throughput.load_is
    log_light = float(np.quantile(log_latency, _LIGHT))
    log_knee, knee_error = _known_knee(load, throughput)
    prior = _prior(load_is, log_light, log_knee, knee_error)
    knee = min(log_knee, float(np.log(_JUST_PAST * np.max(load))))
    places = [(at, shape) for shape in _LOG_SHAPE_STARTS[load_is] for at in (knee, knee + np.log(_JUST_PAST))]
    starts = np.array([_start(load_is, load, log_latency, *place) for place in places])
    best = best_of(fit_student(_model(load_is, load, log_cap), log_latency, starts, prior=prior))
    return LatencyFit(load_is, _curve(load_is, best.parameters), best, rows, log_cap, prior)


def refit_latencies(
    load: Numbers, drawn: Numbers, throughputs: Sequence[ThroughputFit], near: LatencyFit
) -> list[LatencyFit]:
    """Fit the same curve to much the same rows, those of `near.rows`, from where it was: a fit for each draw."""
    contrasts, usual = near.prior
    expected = np.tile(usual, (len(drawn), 1))
    expected[:, 0] = [_known_knee(load, throughput)[0] * contrasts[0, 0] for throughput in throughputs]
    fits = fit_student(
        _model(near.load_is, load, near.log_cap),
        drawn,
        np.tile(near.fit.parameters, (len(drawn), 1)),
        prior=(contrasts, expected),
        scale=near.fit.scale,
    )
    return [replace(near, curve=_curve(near.load_is, fit.parameters), fit=fit) for fit in fits]


def _stationary(load: Numbers, log_latency: Numbers, throughput: ThroughputFit) -> tuple[NDArray[np.bool_], float]:
    """The rows whose latency depends on their load alone, and the logarithm that all of them stay below.

    A queue forgets how it began within a time that grows as 1 / (1 - rho)^2 (Odoni and Roth, Operations Research
    31, 1983): close to the knee a row on the way up shows less than what its load would come to.
    """
    if throughput.load_is == "users" or not throughput.bends:
        return np.ones(len(load), bool), np.inf
    share = load / throughput.queue.queue.knee_load
    past, settled = share > _PAST_KNEE, share <= _SETTLED
    if np.count_nonzero(settled) < LEAST_ROWS:
        settled = ~past
    log_cap = float(np.quantile(log_latency, _LIGHT) + np.log(_FAR_ABOVE_LIGHT))
    if past.any():
        log_cap = min(log_cap, float(np.quantile(log_latency[past], _LIGHT)))
    return settled & (log_latency < log_cap), log_cap


def _prior(load_is: LoadIs, log_light: float, log_knee: float, knee_error: float) -> Prior:
    """What is known of knee, base, wait and shape before any latency is seen, as `fit_student` takes it.

    As for the throughput, about as many users circulate at the knee as there are.
    """
    log_shape, shape_error = _LOG_SHAPES[load_is]
    errors = np.array([knee_error, np.inf, _LOG_WAIT_ERROR, shape_error])
    contrasts, usual = np.diag(1 / errors), np.array([log_knee, 0.0, log_light, log_shape]) / errors
    if load_is == "users":
        contrasts[3, 0] = -contrasts[3, 3]
    return contrasts, usual


def _known_knee(load: Numbers, throughput: ThroughputFit) -> tuple[float, float]:
    """What the throughput tells of the knee: its logarithm and the standard error."""
    if not throughput.bends:
        return float(np.log(_UNKNOWN_KNEE * np.max(load))), _UNKNOWN_KNEE_ERROR
    error = float(np.hypot(throughput.queue.log_knee_error, _KNEE_ERROR[throughput.load_is]))
    return float(np.log(throughput.queue.queue.knee_load)), min(error, _UNKNOWN_KNEE_ERROR)


def _start(load_is: LoadIs, load: Numbers, log_latency: Numbers, knee: float, shape: float) -> Numbers:
    """Given a knee and a shape, the latency is linear in base and wait: least squares of relative errors."""
    rise = _latency(load_is, np.array([knee, -_LOG_LIMIT, 0.0, shape]), load)
    terms = np.stack([np.ones(len(load)), np.minimum(rise, _ENDLESS)], axis=1) / np.exp(log_latency)[:, None]
    base, wait = optimize.nnls(terms, np.ones(len(load)))[0]
    light = float(np.exp(np.quantile(log_latency, _LIGHT)))
    return np.array([knee, np.log(max(base, _LEAST_BASE * light)), np.log(max(wait, _LEAST_WAIT * light)), shape])


def _model(load_is: LoadIs, load: Numbers, log_cap: float) -> Callable[[Numbers], Numbers]:
    return lambda logs: np.minimum(np.log(_latency(load_is, logs, load)), log_cap)


def _latency(load_is: LoadIs, logs: Numbers, load: Numbers) -> Numbers:
    latency = open_latency if load_is == "rate" else closed_latency
    return latency(load, *_numbers(load_is, logs))


def _curve(load_is: LoadIs, logs: Numbers) -> OpenLatency | ClosedLatency:
    numbers = (float(number[0]) for number in _numbers(load_is, logs))
    return OpenLatency(*numbers) if load_is == "rate" else ClosedLatency(*numbers)


def _numbers(load_is: LoadIs, logs: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Knee, base, wait, and servers or population, a column each."""
    knee, base, wait = (np.exp(np.clip(logs[..., i : i + 1], -_LOG_LIMIT, _LOG_LIMIT)) for i in range(3))
    shape = np.exp(np.clip(logs[..., 3:], *_LOG_SHAPE_LIMITS[load_is]))
    return knee, base, wait, shape if load_is == "rate" else shape + 1
