"""A group of invocations as counts, by which rows of any number are summarised in memory of a bounded size."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate

MEMORY = "memory_mb"
MAX_CONCURRENCY = "max_concurrency"
CLIENTS = "num_clients"
STABILITY_KEYS = (MEMORY,)
CONCURRENCY_KEYS = (MEMORY, MAX_CONCURRENCY, CLIENTS)

SUCCESS = "success"
FAILURES = ("throttled", "out_of_memory", "model_error", "other_error")
MEMORY_SIZES_MB = range(1024, 6144 + 1, 1024)


@dataclass(frozen=True)
class Counted:
    """Numbers, each with how often it was counted, what those come to together, and how far they lie apart, sorted.

    A number stands for whatever was counted with it: for itself, or for a bucket of which it is the middle, and
    which is so wide. The totals are of what was counted, so that the mean is exact either way, and the same
    whatever the order.
    """

    entries: tuple[tuple[float, int, float, float], ...]

    @classmethod
    def of(cls, entries: Iterable[tuple[float, int, float, float]]) -> Counted:
        """From numbers in any order."""
        return cls(tuple(sorted(entries)))

    def __len__(self) -> int:
        return self._reached[-1] if self.entries else 0

    @property
    def least(self) -> float | None:
        """The least of them, if there are any."""
        return self.entries[0][0] if self.entries else None

    @property
    def greatest(self) -> float | None:
        """The greatest of them, if there are any."""
        return self.entries[-1][0] if self.entries else None

    @property
    def mean(self) -> float | None:
        """Their mean, if there are any."""
        return math.fsum(total for _, _, total, _ in self.entries) / len(self) if self.entries else None

    def percentile(self, percent: float) -> float | None:
        """The nearest-rank percentile: the least that `percent` of them do not exceed; None of none."""
        if not self.entries:
            return None
        return self.entries[self._place(max(1, math.ceil(len(self) * percent / 100)))][0]

    def quantile(self, share: float) -> float | None:
        """A quantile on the line between its two neighbours, as numpy has it; None of none.

        Of a bucket's numbers each is taken to lie where its rank puts it, as if they were spread evenly: the
        difference of two quantiles would else be no more exact than a bucket is wide.
        """
        if not self.entries:
            return None
        whole = math.floor(place := (len(self) - 1) * share)
        below, above = self._spread(whole + 1), self._spread(min(whole + 2, len(self)))
        return below + (above - below) * (place - whole)

    def split(self, fence: float) -> tuple[Counted, Counted]:
        """Those up to a number, and those above it."""
        at = bisect_right(self.entries, fence, key=lambda entry: entry[0])
        return Counted(self.entries[:at]), Counted(self.entries[at:])

    @cached_property
    def _reached(self) -> list[int]:
        return [*accumulate(count for _, count, *_ in self.entries)]

    def _place(self, rank: int) -> int:
        return bisect_left(self._reached, rank)

    def _spread(self, rank: int) -> float:
        place = self._place(rank)
        value, count, _, width = self.entries[place]
        share = (rank - (self._reached[place] - count) - 0.5) / count
        return value + width * (share - 0.5)


@dataclass(frozen=True)
class Group:
    """The invocations of one memory size and, of the concurrency benchmark, maximum concurrency and clients.

    Attributes:
        key: those, in the order of `STABILITY_KEYS` or `CONCURRENCY_KEYS`.
        outcomes: how many succeeded, and how many failed by each of `FAILURES`.
        latencies_ms: of the successes, cold starts among them.
        completions: how many succeeded in a second: each whole second of the clock from the first start to the
            last end is counted, those without one too.
        start_seconds: the first start, on the clock of whoever invoked.
        end_seconds: the last end.
        response_bytes: of all successes together, where it was added up.
    """

    key: tuple[int, ...]
    outcomes: Mapping[str, int]
    latencies_ms: Counted
    completions: Counted
    start_seconds: float
    end_seconds: float
    response_bytes: Fraction | None

    @property
    def memory_mb(self) -> int:
        """The memory size."""
        return self.key[0]

    @property
    def invocations(self) -> int:
        """All, failed or not."""
        return sum(self.outcomes.values())

    @property
    def successes(self) -> int:
        """Those that did not fail."""
        return self.outcomes.get(SUCCESS, 0)


def whole_seconds(start_seconds: float, end_seconds: float) -> range:
    """The seconds of the clock that lie wholly between two times."""
    return range(math.ceil(start_seconds), max(math.ceil(start_seconds), math.floor(end_seconds)))
