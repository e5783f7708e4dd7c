"""CloudWatch's statistics, over the points of each period."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from embedded_aws.metric_store._series import Numbers, Points, Times

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_REDUCTIONS: dict[str, tuple[np.ufunc, Callable[[Points], Numbers]]] = {
    "SampleCount": (np.add, attrgetter("counts")),
    "Sum": (np.add, attrgetter("totals")),
    "Minimum": (np.minimum, attrgetter("minima")),
    "Maximum": (np.maximum, attrgetter("maxima")),
}
SIMPLE = (*_REDUCTIONS, "Average")


class NotEmulatedStatistic(ValueError):  # noqa: N818 - named for what it is
    """A statistic, or one of these points, that is not computed here."""


@dataclass(frozen=True)
class Periods:
    """Points cut into periods, each counted from the start of the question; periods without a point are left out.

    Attributes:
        starts: when each period begins, in seconds since 1970, rising.
        points: the points.
        first: for each period, the place of its first point.
    """

    starts: Times
    points: Points
    first: Times

    @classmethod
    def of(cls, points: Points, start: int, period_seconds: int) -> Periods:
        """Cut points, of which none is before the start."""
        number = (points.times - start) // period_seconds
        first = np.flatnonzero(np.diff(number, prepend=-1))
        return cls(start + number[first] * period_seconds, points, first)

    def statistic(self, name: str) -> Numbers:
        """A statistic of each period.

        Raises:
            NotEmulatedStatistic: a statistic other than the five simple ones and pNN.
        """
        points, first = self.points, self.first
        if not len(first):
            return np.empty(0)
        percentile = _PERCENTILE.fullmatch(name)
        if percentile:
            return self._percentile(float(percentile[1]))
        if name == "Average":
            return self.statistic("Sum") / self.statistic("SampleCount")
        check(name)
        reduce, column = _REDUCTIONS[name]
        told: Numbers = reduce.reduceat(column(points), first)
        return told

    def _percentile(self, percent: float) -> Numbers:
        """The nearest rank: the smallest sample that `percent` of the samples do not exceed (p0: the smallest)."""
        points, first = self.points, self.first
        if np.any(points.minima != points.maxima):
            raise NotEmulatedStatistic(
                f"p{percent:g} is not emulated over StatisticValues whose Minimum and Maximum differ"
            )
        sizes = np.diff(first, append=len(points.times))
        by_value = np.lexsort((points.minima, np.repeat(np.arange(len(first)), sizes)))
        samples = np.cumsum(points.counts[by_value])
        through = samples[first + sizes - 1]
        before = np.concatenate([[0.0], through[:-1]])
        # Rounded first: 99.9 percent of 1,000 is 999.0000000000001 in binary, which is not the 1,000th sample.
        rank = np.maximum(np.ceil(np.round((through - before) * percent / 100, 9)), 1)
        chosen: Numbers = points.minima[by_value][np.searchsorted(samples, before + rank)]
        return chosen


def check(name: str) -> None:
    """See that a statistic can be computed, data or not.

    Raises:
        NotEmulatedStatistic: it cannot.
    """
    if name not in SIMPLE and not _PERCENTILE.fullmatch(name):
        raise NotEmulatedStatistic(f"the statistic {name!r} is not emulated: {', '.join(SIMPLE)} and pNN are")
