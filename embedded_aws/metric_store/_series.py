"""The points of one metric in one unit, kept in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Numbers = NDArray[np.float64]

_UNSORTED_AT_MOST = 1000
"""Single values waiting to be sorted in: a tuple takes ten times the room of a point that is sorted in."""


@dataclass(frozen=True)
class StatisticSet:
    """Several samples of one moment, of which only these four numbers are known."""

    time: int
    count: float
    total: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Points:
    """What was measured, in the order of time; a single value is a set of one sample."""

    times: Times
    counts: Numbers
    totals: Numbers
    minima: Numbers
    maxima: Numbers


@lru_cache(maxsize=16)
def regular_times(start: int, period_seconds: int, count: int) -> Times:
    """Evenly spaced times; series that are seeded alike share one array, which halves what they take."""
    times = start + period_seconds * np.arange(count, dtype=np.int64)
    times.flags.writeable = False
    return times


class Series:
    """Points by time: single values as two arrays (16 bytes a point), statistic sets beside them."""

    def __init__(self) -> None:
        self._times: Times = np.empty(0, np.int64)
        self._values: Numbers = np.empty(0, np.float64)
        self._new: list[tuple[int, float]] = []
        self._sets: list[StatisticSet] = []

    def add(self, time: int, value: float) -> None:
        """Take one sample."""
        self._new.append((time, value))
        if len(self._new) >= _UNSORTED_AT_MOST:
            self._settle()

    def add_set(self, statistic_set: StatisticSet) -> None:
        """Take several samples of one moment."""
        self._sets.append(statistic_set)

    def extend(self, times: Times, values: Numbers) -> None:
        """Take many samples; arrays in the order of time are kept as they are, not copied."""
        if len(self._times):
            times, values = np.concatenate([self._times, times]), np.concatenate([self._values, values])
        if np.any(times[1:] < times[:-1]):
            order = np.argsort(times, kind="stable")
            times, values = times[order], values[order]
        self._times, self._values = times, values

    def latest(self) -> int:
        """The time of the newest point, in seconds since 1970."""
        self._settle()
        newest = [int(self._times[-1])] if len(self._times) else []
        return max(newest + [each.time for each in self._sets])

    def between(self, start: int, end: int) -> Points:
        """The points from a second on, up to but not including another."""
        self._settle()
        first, last = np.searchsorted(self._times, [start, end])
        values = self._values[first:last]
        points = Points(self._times[first:last], np.ones(len(values)), values, values, values)
        sets = [each for each in self._sets if start <= each.time < end]
        return _merged(points, sets) if sets else points

    def _settle(self) -> None:
        if self._new:
            times, values = zip(*self._new, strict=True)
            self._new = []
            self.extend(np.array(times, np.int64), np.array(values, np.float64))


def _merged(points: Points, sets: list[StatisticSet]) -> Points:
    times = np.concatenate([points.times, np.array([each.time for each in sets], np.int64)])
    order = np.argsort(times, kind="stable")
    return Points(
        times[order],
        np.append(points.counts, [each.count for each in sets])[order],
        np.append(points.totals, [each.total for each in sets])[order],
        np.append(points.minima, [each.minimum for each in sets])[order],
        np.append(points.maxima, [each.maximum for each in sets])[order],
    )
