"""The arithmetic of limits and counts, exact: fractions of the decimals as written, rounded once at the end."""

from __future__ import annotations

import math
from fractions import Fraction

from sagemaker_capacity_plan import Objective

OBJECTIVES_PERCENT = {"availability": 40, "balanced": 50, "cost": 70}
_BAND_PERCENT = 5
_SECONDS_PER_MINUTE = 60
DEFAULT_COOLDOWN_SECONDS = 300  # Application Auto Scaling's default for SageMaker variants, out and in.


def objective_named(name: str, share_of: str = "maximum") -> Objective:
    """The target percent that an objective stands for, with its band of five points either side."""
    percent = OBJECTIVES_PERCENT[name]
    return Objective(name, percent, percent + _BAND_PERCENT, percent - _BAND_PERCENT, share_of)


def objective_between(lower_percent: float, upper_percent: float, share_of: str = "maximum") -> Objective:
    """Limits of one's own: the upper one is the target.

    Raises:
        ValueError: unless 0 < lower < upper <= 100.
    """
    return Objective("own limits", upper_percent, upper_percent, lower_percent, share_of)


def exact(number: float | Fraction) -> Fraction:
    """The decimal as it was written: 1.2 is 6/5, not the binary float nearest to it."""
    return Fraction(str(number))


def as_written(number: float) -> float:
    """A number as a plan writes it: an int where it is whole."""
    return int(number) if number == int(number) else number


def plainly(number: float) -> str:
    """A number for a person, without a needless point."""
    return f"{number:.10g}"


def share_rounded_down(maximum_per_minute: float, percent: float) -> int:
    """floor(maximum x percent / 100), in invocations per minute."""
    return math.floor(exact(maximum_per_minute) * exact(percent) / 100)


def share_rounded_up(maximum_per_minute: float, percent: float) -> int:
    """ceil(maximum x percent / 100), in invocations per minute."""
    return math.ceil(exact(maximum_per_minute) * exact(percent) / 100)


def instances_for(
    tps: float | Fraction, per_instance_per_minute: float, growth: float = 1, share: float = 1
) -> int:
    """How many instances carry a share of a rate: ceil(tps x 60 x growth x share / per instance and minute)."""
    demand_per_minute = exact(tps) * _SECONDS_PER_MINUTE * exact(growth) * exact(share)
    return math.ceil(demand_per_minute / exact(per_instance_per_minute))


def cooldown_seconds(start_up_seconds: int | None) -> int:
    """How long a policy waits for what it did: the default, or the start-up where that is known and longer."""
    return max(DEFAULT_COOLDOWN_SECONDS, start_up_seconds or 0)
