from __future__ import annotations

from collections.abc import Iterable


class PlanError(ValueError):
    """A capacity plan that cannot be used: the message names the file, every fault found, and the remedy."""


def refuse(faults: Iterable[str]) -> None:
    """Tell all faults of one record at once.

    Raises:
        ValueError: there are any.
    """
    if said := "; ".join(faults):
        raise ValueError(said)


def below(name: str, value: float, lowest: float) -> list[str]:
    """The fault of a number below its lowest allowed value, if any."""
    return [] if value >= lowest else [f"{name} must be at least {lowest}, got {value}"]


def not_above_zero(name: str, value: float) -> list[str]:
    """The fault of a number that is not above 0 and finite, if any."""
    return [] if 0 < value < float("inf") else [f"{name} must be above 0 and finite, got {value}"]


def cooldown_faults(**cooldowns_seconds: int) -> list[str]:
    """The faults of cooldowns below 0 seconds."""
    return [
        f"{name} is a time and cannot be negative, got {seconds}"
        for name, seconds in cooldowns_seconds.items()
        if seconds < 0
    ]
