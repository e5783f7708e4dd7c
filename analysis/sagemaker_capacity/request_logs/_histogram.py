"""Latencies as counts in buckets of integer microseconds, which merge by adding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ._buckets import bounds_us

COUNT, SUM_US = "requests", "latency_us_sum"


def merged(tally: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Histograms added up: the counts and sums of each bucket of each group, sorted by both."""
    return tally.groupby([*by, "bucket"], dropna=False, sort=True, as_index=False)[[COUNT, SUM_US]].sum()


def percentile_us(histogram: pd.DataFrame, percent: int) -> pd.Series[float]:
    """A percentile of each group, by nearest rank, as the middle of its bucket in microseconds.

    Args:
        histogram: a ``group``, a ``bucket`` and its count a row, sorted by group and bucket, as `merged` leaves it.
        percent: at least 1 and at most 100.
    """
    counted = histogram.groupby("group")[COUNT].sum()
    before = counted.cumsum() - counted
    rank = -(-counted * percent // 100)
    row = histogram[COUNT].cumsum().searchsorted(before + rank)
    least, greatest = bounds_us(histogram["bucket"].to_numpy(np.int64)[row])
    return pd.Series((least + greatest) / 2, counted.index)
