"""How many invocations run at once, and how many must be allowed so that few are refused."""

from __future__ import annotations

import math
from fractions import Fraction

from sagemaker_capacity._limits import exact

MOST_CONCURRENT = 200  # SageMaker API, ProductionVariantServerlessConfig
_MS_PER_SECOND = 1000


def in_flight(tps: float, latency_ms: float, growth: float = 1) -> Fraction:
    """Little's law (Little 1961, Operations Research 9): L = rate x time, the mean number that run at once."""
    return exact(tps) * exact(growth) * exact(latency_ms) / _MS_PER_SECOND


def refused_share(offered: Fraction, slots: int) -> Fraction:
    """Erlang's loss formula (Erlang 1917): the share of Poisson arrivals that find every slot taken.

    It holds for any distribution of the time (Sevastyanov 1957), as no invocation waits for a slot. By the
    recursion 1/B(c) = 1 + c/a x 1/B(c - 1), exact.
    """
    inverse = Fraction(1)
    for slot in range(1, slots + 1):
        inverse = 1 + inverse * slot / offered
    return 1 / inverse


def slots_for(offered: Fraction, error_percent: float) -> int | None:
    """The fewest slots with which at most so many percent are refused; None above the 200 that SageMaker allows."""
    allowed = exact(error_percent) / 100
    if allowed <= 0:
        return None
    inverse = Fraction(1)
    for slot in range(1, MOST_CONCURRENT + 1):
        inverse = 1 + inverse * slot / offered
        if inverse * allowed >= 1 and slot >= math.ceil(offered):
            return slot
    return None
