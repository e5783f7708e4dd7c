"""Which bucket of integer microseconds a latency falls into, and what a bucket holds.

The buckets are HdrHistogram's (Gil Tene, http://hdrhistogram.org): each power of two is cut into 64 equal parts,
so that a bucket holds one value below 128 µs and is at most 1/64 of its values wide above. Its middle is then
within 1/128 (0.79 %) of whatever fell into it: the relative-error guarantee, and the merging by addition, of
DDSketch (Masson, Rim, Lee, PVLDB 12(12), 2019), without its logarithm, whose last bit differs by engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import NDArray

    Buckets = TypeVar("Buckets", int, NDArray[np.int64])

_PARTS = 64
LATENCY_LIMIT_US = 2**32  # 71 minutes; what SageMaker waits for an asynchronous inference is an hour
_OCTAVES = (LATENCY_LIMIT_US // (2 * _PARTS)).bit_length()


def branches(latency_us: ir.IntegerValue) -> Iterable[tuple[ir.BooleanValue, ir.IntegerValue]]:
    """The bucket of each latency of at least 0, as the branches of a CASE: the first that holds is its octave."""
    return (
        (latency_us < (2 * _PARTS << octave), (latency_us >> octave) + octave * _PARTS)
        for octave in range(_OCTAVES)
    )


def bounds_us(bucket: Buckets) -> tuple[Buckets, Buckets]:
    """The least and the greatest latency of a bucket, or of each of an array, in microseconds."""
    octave = (bucket // _PARTS - 1) * (bucket >= _PARTS)
    least = (bucket - octave * _PARTS) << octave
    return least, least + (1 << octave) - 1
