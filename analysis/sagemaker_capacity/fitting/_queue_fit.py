"""A queue fitted to throughput, with what is known of queues before any row is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ._erlang import Numbers
from ._queue import ClosedQueue, closed_throughput
from ._student import Prior, StudentFit, fit_student

LoadIs = Literal["rate", "users"]

PARAMETERS = 3
RATE_PARAMETERS = 1  # where all that is asked comes out, the ceiling alone is not known before

_STEEP = 0.75  # quantile of the throughput by load
_LOG_LIMIT = 300.0
_LOG_POPULATIONS = (1.0, 3.0, 5.0, 7.0)  # less one, to start from
_LOG_POPULATION_LIMITS = (-3.0, 9.0)  # beyond them nothing changes any more

# What is usual: logarithms and their standard deviations.
_RATE_SLOPE_ERROR = 0.01
_RATE_LOG_POPULATION, _RATE_LOG_POPULATION_ERROR = 7.0, 1.0  # a knee as sharp as the counts of a minute make it
_USERS_LOG_POPULATION_ERROR = 1.0  # beside the users whom the knee takes
_ANY_LOG_POPULATION, _ANY_LOG_POPULATION_ERROR = 4.0, 3.0


@dataclass(frozen=True)
class QueueFit:
    """A queue and the logarithms it was fitted as, with what was known of them.

    They are ceiling and slope, both over `top`, the highest throughput measured, and population less one.
    """

    queue: ClosedQueue
    fit: StudentFit
    top: float
    prior: Prior

    @property
    def log_knee_error(self) -> float:
        """The standard error of log(ceiling / slope), by the delta method; large where no row is past the knee."""
        contrast = np.array([1.0, -1.0, 0.0])
        return float(np.sqrt(contrast @ self.fit.covariance @ contrast))


def fit_queue(load: Numbers, throughput: Numbers, load_is: LoadIs | None, unit: float | None) -> QueueFit:
    """Fit a queue.

    Args:
        load: of each row, above 0.
        throughput: of each row, not all of them 0.
        load_is: None where it is not known yet.
        unit: the throughput of one unit of a rate, where it is known.
    """
    top = float(np.max(throughput))
    steep = float(np.log(np.quantile(throughput / load, _STEEP) / top))
    starts = np.array([(0.0, steep, population) for population in _LOG_POPULATIONS])
    prior = _prior(load_is, None if unit is None else unit / top)
    fits = _fit_queues(load, throughput, starts, top=top, prior=prior)
    return min(fits, key=lambda fitted: fitted.fit.cost)


def refit_queues(load: Numbers, drawn: Numbers, near: QueueFit) -> list[QueueFit]:
    """Fit the same queue to much the same rows from where it was: a fit for each draw."""
    starts = np.tile(near.fit.parameters, (len(drawn), 1))
    return _fit_queues(load, drawn, starts, top=near.top, prior=near.prior, scale=near.fit.scale)


def _prior(load_is: LoadIs | None, slope: float | None) -> Prior:
    """What is usual, as `fit_student` takes it.

    All of a rate comes out until the ceiling is reached, with a sharp knee. Of users, about as many circulate at
    the knee as there are: servers and variation only make for more or fewer of them.
    """
    known: list[tuple[tuple[float, ...], float, float]] = []
    if load_is == "users":
        known.append(((-1, 1, 1), 0.0, _USERS_LOG_POPULATION_ERROR))
    elif load_is == "rate":
        known.append(((0, 0, 1), _RATE_LOG_POPULATION, _RATE_LOG_POPULATION_ERROR))
    else:
        known.append(((0, 0, 1), _ANY_LOG_POPULATION, _ANY_LOG_POPULATION_ERROR))
    if slope is not None:
        known.append(((0, 1, 0), float(np.log(slope)), _RATE_SLOPE_ERROR))
    contrasts, usual, errors = (np.array(column, float) for column in zip(*known, strict=True))
    return contrasts / errors[:, None], usual / errors


def _fit_queues(
    load: Numbers, throughput: Numbers, starts: Numbers, *, top: float, prior: Prior, scale: float | None = None
) -> list[QueueFit]:
    def model(logs: Numbers) -> Numbers:
        ceiling, slope, elsewhere = _numbers(logs)
        return closed_throughput(load, ceiling, ceiling / slope, elsewhere + 1)

    fits = fit_student(model, throughput / top, starts, prior=prior, scale=scale)
    return [QueueFit(_queue_of(fit.parameters, top), fit, top, prior) for fit in fits]


def _numbers(logs: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Ceiling, slope and population less one, a column each."""
    ceiling, slope = (np.exp(np.clip(logs[..., i : i + 1], -_LOG_LIMIT, _LOG_LIMIT)) for i in (0, 1))
    return ceiling, slope, np.exp(np.clip(logs[..., 2:], *_LOG_POPULATION_LIMITS))


def _queue_of(logs: Numbers, top: float) -> ClosedQueue:
    ceiling, slope, elsewhere = (float(number[0]) for number in _numbers(logs))
    return ClosedQueue(ceiling * top, ceiling / slope, elsewhere + 1)
