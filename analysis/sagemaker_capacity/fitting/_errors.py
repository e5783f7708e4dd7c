"""At which load requests begin to fail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from ._erlang import Numbers

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


def fit_errors(load: Numbers, share: Numbers, place: float | None = None) -> ErrorShares:
    """Isotonic regression of the shares."""
    loads, rows = np.unique(load, return_inverse=True)
    counts = np.bincount(rows)
    means = np.bincount(rows, share) / counts
    return ErrorShares(loads, optimize.isotonic_regression(means, weights=counts).x, place)


def without_bursts(share: Numbers) -> Numbers:
    """Of rows in the order of load, each the median of itself and its neighbours.

    So errors of one row that the next higher load does not repeat tell of no saturation.
    """
    if len(share) < _NEIGHBOURS:
        return share
    padded = np.pad(share, _NEIGHBOURS // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, _NEIGHBOURS), axis=1)
