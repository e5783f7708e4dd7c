"""At which load requests begin to fail: the loss of a queue or, where none fits, the shares as measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from ._erlang import Numbers
from ._queue import Loss, lost_share
from ._student import Prior, StudentFit, best_of, fit_student
from ._throughput import ThroughputFit

PARAMETERS = 3

_RESOLUTION = 0.003  # shares are compared by the logarithms of as much more: fewer errors are as good as none
_LOG_LIMIT = 50.0
# What is usual of knee (as a multiple of the throughput's), room and background: logarithms, standard deviations.
_LOG_USUAL, _LOG_ERRORS = np.log([1.0, 10.0, 1e-4]), np.array([0.3, 1.5, 2.0])
_LOG_STARTS = np.log([[knee, room, 1e-4] for knee in (0.85, 1.0) for room in (3.0, 20.0, 60.0)])
_MUCH_CLOSER = 0.5  # of the distance
_NEIGHBOURS = 3
_LEAST_PART = 0.1  # of a share to be kept: how few errors none may be, where logarithms are compared


@dataclass(frozen=True)
class ErrorShares:
    """The share of requests that fail at each load, which never falls with the load.

    `place` is where between two loads measured a share is passed, from 0 to 1; None is where a line through the
    shares' logarithms passes it, since errors set in as an exponential does.
    """

    load: Numbers
    share: Numbers
    place: float | None = None

    def load_at(self, share: float) -> float:
        """The highest load with at most such a share; infinite where it is never more, 0 where it always is."""
        past = int(np.searchsorted(self.share, share, side="right"))
        if past == len(self.share):
            return np.inf
        if past == 0:
            return 0.0
        before, after = self.load[past - 1], self.load[past]
        return float(
            before + (after - before) * (self.place if self.place is not None else self._passed(share, past))
        )

    def _passed(self, share: float, past: int) -> float:
        least = max(share * _LEAST_PART, np.finfo(float).tiny)
        low, at, high = np.log(np.maximum([self.share[past - 1], share, self.share[past]], least))
        return float((at - low) / (high - low))


@dataclass(frozen=True)
class LossFit:
    """A queue's loss, how it was fitted and with what known before, and the shares as they were measured."""

    curve: Loss
    fit: StudentFit
    prior: Prior
    measured: ErrorShares

    @property
    def load(self) -> Numbers:
        """The loads that were measured."""
        return self.measured.load

    @property
    def share(self) -> Numbers:
        """The share of requests that fail at each of them."""
        return self.curve.share_at(self.load)

    def load_at(self, share: float) -> float:
        """The highest load measured with at most such a share; infinite where it is never more.

        Shares too small to be told from none by the curve are those that were measured, and at most the curve's.
        """
        highest = float(self.measured.load[-1])
        crossing = self.curve.load_at(max(share, _RESOLUTION), highest)
        return crossing if share >= _RESOLUTION else min(crossing, self.measured.load_at(share))


def fit_errors(load: Numbers, share: Numbers, throughput: ThroughputFit) -> LossFit | ErrorShares:
    """Fit the loss of a queue, and take it unless the shares themselves lie much closer to the rows.

    Args:
        load: of each row, above 0.
        share: of the requests of each row that failed.
        throughput: which tells where the knee is.
    """
    measured = measured_shares(load, share)
    knee = float(measured.load[-1]) if throughput.supported == "line" else throughput.queue.queue.knee_load
    away = np.array([np.log(knee), 0.0, 0.0])
    prior = np.diag(1 / _LOG_ERRORS), (_LOG_USUAL + away) / _LOG_ERRORS
    logs = log_share(share)
    fit = best_of(fit_student(_model(load), logs, _LOG_STARTS + away, prior=prior))
    curve = _curve(fit.parameters)
    # An isotonic regression has as many degrees of freedom as levels (Meyer and Woodroofe, 2000).
    levels = len(np.unique(measured.share))
    of_shares = _away(np.interp(load, measured.load, measured.share), logs, levels)
    of_curve = _away(curve.share_at(load), logs, PARAMETERS)
    return measured if of_shares < _MUCH_CLOSER * of_curve else LossFit(curve, fit, prior, measured)


def refit_losses(load: Numbers, drawn: Numbers, near: LossFit) -> list[LossFit]:
    """Fit the loss to much the same rows, logarithms of their shares, from where it was: a fit for each draw."""
    starts = np.tile(near.fit.parameters, (len(drawn), 1))
    fits = fit_student(_model(load), drawn, starts, prior=near.prior, scale=near.fit.scale)
    return [replace(near, curve=_curve(fit.parameters), fit=fit) for fit in fits]


def measured_shares(load: Numbers, share: Numbers, place: float | None = None) -> ErrorShares:
    """Isotonic regression of the shares."""
    loads, rows = np.unique(load, return_inverse=True)
    counts = np.bincount(rows)
    means = np.bincount(rows, share) / counts
    return ErrorShares(loads, optimize.isotonic_regression(means, weights=counts).x, place)


def log_share(share: Numbers) -> Numbers:
    """The logarithm of a share, in which hardly any errors are as good as none."""
    logs: Numbers = np.log(share + _RESOLUTION)
    return logs


def without_bursts(share: Numbers) -> Numbers:
    """Of rows in the order of load, each the median of itself and its neighbours.

    So errors of one row that the next higher load does not repeat tell of no saturation.
    """
    if len(share) < _NEIGHBOURS:
        return share
    padded = np.pad(share, _NEIGHBOURS // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEIGHBOURS), axis=1)


def _away(share: Numbers, logs: Numbers, parameters: int) -> float:
    """The mean distance by degree of freedom."""
    return float(np.sum(np.abs(log_share(share) - logs))) / max(len(logs) - parameters, 1)


def _model(load: Numbers) -> Callable[[Numbers], Numbers]:
    return lambda logs: log_share(lost_share(load, *_numbers(logs)))


def _curve(logs: Numbers) -> Loss:
    return Loss(*(float(number[0]) for number in _numbers(logs)))


def _numbers(logs: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Knee, room and background, a column each."""
    knee, room, background = (np.exp(np.clip(logs[..., i : i + 1], -_LOG_LIMIT, _LOG_LIMIT)) for i in range(3))
    return knee, room, np.minimum(background, 1)
