"""Faults told before jsii sees them. A CDK token is let through: its value is known only at deploy."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Token, Tokenization


def at_least(name: str, value: float, lowest: float) -> list[str]:
    """The fault of a number below its lowest allowed value, if any."""
    if Token.is_unresolved(value) or value >= lowest:
        return []
    return [f"{name} must be at least {lowest:g}, got {value:g}"]


def above_zero(name: str, value: float) -> list[str]:
    """The fault of a number that is not above zero, if any."""
    if Token.is_unresolved(value) or value > 0:
        return []
    return [f"{name} must be above 0, got {value:g}"]


def ordered(low_name: str, low: float, high_name: str, high: float) -> list[str]:
    """The fault of a pair whose lower one is the higher, if any."""
    if Token.is_unresolved(low) or Token.is_unresolved(high) or low <= high:
        return []
    return [f"{low_name} must not be above {high_name}, got {low:g} and {high:g}"]


def in_words(number: float) -> str:
    """A number to stand in a text; a token's value is put there at deploy."""
    return Tokenization.stringify_number(number) if Token.is_unresolved(number) else f"{number:.10g}"


def repeated(what: str, names: Sequence[str]) -> list[str]:
    """The faults of names that two of a kind share."""
    return [f"two {what} are named {name!r}" for name in sorted({n for n in names if names.count(n) > 1})]


def refuse(faults: Sequence[str], subject: str) -> None:
    """Tell all faults of one construct at once.

    Raises:
        ValueError: there are any.
    """
    if faults:
        raise ValueError(f"{subject}: " + "; ".join(faults))
