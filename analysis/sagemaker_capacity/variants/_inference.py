"""What a mean of periods in a row is worth: neighbours are alike, so that it is less than it seems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Numbers = NDArray[np.floating[Any]]
Interval = tuple[float, float]

_COSINES = 0.4


@dataclass(frozen=True)
class Mean:
    """The mean of a series of so many periods, with its standard error."""

    value: float
    standard_error: float
    periods: int

    def interval(self, confidence: float) -> Interval:
        """Student's interval."""
        reach = quantile((1 + confidence) / 2, self.periods) * self.standard_error
        return self.value - reach, self.value + reach

    @property
    def p_value(self) -> float:
        """How often a mean so far from zero would be seen of a series about zero."""
        if self.standard_error == 0:
            return float(self.value == 0)
        return float(2 * stats.t.sf(abs(self.value) / self.standard_error, _cosines(self.periods)))


def mean_of(series: Numbers) -> Mean:
    """The mean of a series in time, whose neighbours may be alike.

    The variance is that of the long run, from the series' projections on the first B cosines, equally weighted, and
    the mean is Student's with B degrees of freedom, B = 0.4 T^(2/3): E. Lazarus, D. J. Lewis, J. H. Stock and
    M. W. Watson, "HAR Inference: Recommendations for Practice", Journal of Business & Economic Statistics 36(4),
    2018.
    """
    periods = len(series)
    at = np.pi * (np.arange(periods) + 0.5) / periods
    waves = np.cos(np.arange(1, _cosines(periods) + 1)[:, None] * at)
    projected = np.sqrt(2 / periods) * waves @ series
    return Mean(float(series.mean()), float(np.sqrt(np.mean(projected**2) / periods)), periods)


def quantile(probability: float, periods: int) -> float:
    """Student's quantile for the mean of so many periods."""
    return float(stats.t.ppf(probability, _cosines(periods)))


def proportion_interval(failed: float, requests: float, confidence: float) -> Interval:
    """Wilson's score interval of a share."""
    found = stats.binomtest(round(failed), round(requests)).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def difference_interval(failed: Interval, requests: Interval, confidence: float) -> Interval:
    """The interval of the second share less the first, of requests that fail each by itself.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of eleven
    methods", Statistics in Medicine 17, 1998, method 10.
    """
    first, second = (f / n for f, n in zip(failed, requests, strict=True))
    (low_1, high_1), (low_2, high_2) = (
        proportion_interval(f, n, confidence) for f, n in zip(failed, requests, strict=True)
    )
    difference = second - first
    below = np.hypot(second - low_2, high_1 - first)
    above = np.hypot(high_2 - second, first - low_1)
    return float(difference - below), float(difference + above)


def _cosines(periods: int) -> int:
    return max(1, int(_COSINES * periods ** (2 / 3)))
