"""How a challenger differs from the baseline in the same periods, in one measure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import stats

from ._inference import Interval, Mean, difference_interval, mean_of


class Effect(Protocol):
    """A difference, as it adds up: zero is none."""

    @property
    def mean(self) -> Mean:
        """Its mean over the periods."""

    @property
    def p_value(self) -> float:
        """How often so much would be seen where there is none."""

    def interval(self, confidence: float) -> Interval:
        """Where it lies."""

    def shown(self, value: float) -> float:
        """A value of it in the unit in which it is told."""

    def of(self, shown: float) -> float:
        """What a value that is told in that unit comes to."""


@dataclass(frozen=True)
class LatencyRatio:
    """The logarithm of the ratio of two latencies: what both share, as by the time of the day, is no part of it."""

    mean: Mean

    @classmethod
    def between(cls, baseline_ms: pd.Series[float], challenger_ms: pd.Series[float]) -> LatencyRatio:
        """Of the same periods, in order."""
        return cls(mean_of(np.log(challenger_ms.to_numpy(float) / baseline_ms.to_numpy(float))))

    @property
    def p_value(self) -> float:
        """Of no difference."""
        return self.mean.p_value

    def interval(self, confidence: float) -> Interval:
        """Student's interval."""
        return self.mean.interval(confidence)

    def shown(self, value: float) -> float:
        """In percent of the baseline's latency."""
        return 100 * math.expm1(value)

    def of(self, shown: float) -> float:
        """From percent."""
        return math.log1p(shown / 100)


@dataclass(frozen=True)
class ErrorDifference:
    """The difference of two shares of failed requests.

    Failures come together, so that requests tell less of them than their number says: the difference is taken as a
    mean of periods. Where failures are few, periods tell less than requests do, and of both the wider interval and
    the larger p-value hold.
    """

    mean: Mean
    failed: Interval
    requests: Interval

    @classmethod
    def between(cls, baseline: pd.DataFrame, challenger: pd.DataFrame) -> ErrorDifference:
        """Of the same periods, in order, each with ``requests`` and ``failed``."""
        shares, parts, failed, requests = [], [], [], []
        for frame in (baseline, challenger):
            share = frame["failed"].sum() / frame["requests"].sum()
            # To first order, what each period adds to the share of them all.
            parts.append((frame["failed"] - share * frame["requests"]).to_numpy(float) / frame["requests"].mean())
            shares.append(share)
            failed.append(float(frame["failed"].sum()))
            requests.append(float(frame["requests"].sum()))
        return cls(
            mean_of(shares[1] - shares[0] + parts[1] - parts[0]), (failed[0], failed[1]), (requests[0], requests[1])
        )

    @property
    def p_value(self) -> float:
        """Of no difference: by periods, or by Fisher's exact test."""
        table = [[f, n - f] for f, n in zip(self.failed, self.requests, strict=True)]
        exact = float(stats.fisher_exact(np.round(table).astype(int)).pvalue)
        return max(self.mean.p_value, exact)

    def interval(self, confidence: float) -> Interval:
        """By periods, or by requests."""
        (low, high), by_requests = (
            self.mean.interval(confidence),
            difference_interval(self.failed, self.requests, confidence),
        )
        return min(low, by_requests[0]), max(high, by_requests[1])

    def shown(self, value: float) -> float:
        """In percentage points."""
        return 100 * value

    def of(self, shown: float) -> float:
        """From percentage points."""
        return shown / 100
