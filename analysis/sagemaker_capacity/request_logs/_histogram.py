"""Latencies as counts in buckets of integer microseconds, which merge by adding.

The buckets are HdrHistogram's (Gil Tene, http://hdrhistogram.org): each power of two is cut into 64 equal parts,
so that a bucket holds one value below 128 µs and is at most 1/64 of its values wide above. Its middle is then
within 1/128 (0.79 %) of whatever fell into it: the relative-error guarantee, and the merging by addition, of
DDSketch (Masson, Rim, Lee, PVLDB 12(12), 2019), without its logarithm, whose last bit differs by engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir
    from numpy.typing import NDArray

_PARTS = 64
LATENCY_LIMIT_US = 2**32  # 71 minutes; what SageMaker waits for an asynchronous inference is an hour
_OCTAVES = (LATENCY_LIMIT_US // (2 * _PARTS)).bit_length()

COUNT, SUM_US = "requests", "latency_us_sum"


def branches(latency_us: ir.IntegerValue) -> Iterable[tuple[ir.BooleanValue, ir.IntegerValue]]:
    """The bucket of each latency of at least 0, as the branches of a CASE: the first that holds is its octave."""
    return (
        (latency_us < (2 * _PARTS << octave), (latency_us >> octave) + octave * _PARTS)
        for octave in range(_OCTAVES)
    )


def bounds_us(bucket: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least and the greatest latency of each bucket, in microseconds."""
    octave = np.maximum(bucket // _PARTS - 1, 0)
    least = (bucket - octave * _PARTS) << octave
    return least, least + (1 << octave) - 1


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
