"""What an instance costs for what it carries, in exact fractions of a dollar."""

from __future__ import annotations

from fractions import Fraction

from ._limits import exact

HOURS_PER_MONTH = 730  # AWS's own month: 8760 hours / 12
_MINUTES_PER_HOUR = 60
_MILLION = 1_000_000


def usd_per_million_invocations(usd_per_hour: Fraction, invocations_per_minute: float) -> Fraction:
    """What a million invocations cost on an instance that is kept at a rate."""
    return usd_per_hour * _MILLION / (exact(invocations_per_minute) * _MINUTES_PER_HOUR)


def usd_per_month(usd_per_hour: Fraction, instances: int) -> Fraction:
    """What so many instances cost that run all of a month."""
    return usd_per_hour * instances * HOURS_PER_MONTH


def dollars(amount: Fraction) -> str:
    """An amount to the hundredth of a cent, half to even."""
    return f"{float(round(amount, 4)):.4f}"
