"""Faults told before jsii sees them. A CDK token is let through: its value is known only at deploy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import Token, Tokenization

_HIGHEST_TOKEN = -1e280  # CDK encodes a number that it does not know as one about -1.9e289.


def unresolved(value: object) -> bool:
    """Whether a value is known only at deploy.

    Asking CDK is a call to Node, so what can be no token, a plain number or text, is told apart here.
    """
    if value is None or (isinstance(value, int | float) and value > _HIGHEST_TOKEN):
        return False
    if isinstance(value, str) and "Token[" not in value:
        return False
    return bool(Token.is_unresolved(value))


def at_least(name: str, value: float, lowest: float) -> list[str]:
    """The fault of a number below its lowest allowed value, if any."""
    return [] if unresolved(value) or value >= lowest else [f"{name} must be at least {lowest:g}, got {value:g}"]


def above_zero(name: str, value: float) -> list[str]:
    """The fault of a number that is not above zero, if any."""
    return [] if unresolved(value) or value > 0 else [f"{name} must be above 0, got {value:g}"]


def within(name: str, value: float | None, lowest: float, highest: float, unit: str = "") -> list[str]:
    """The fault of a number outside its allowed range, if any; nothing given is no fault."""
    if value is None or unresolved(value) or lowest <= value <= highest:
        return []
    return [f"{name} must be {lowest:g} to {highest:g}{unit and ' '}{unit}, got {value:g}"]


def ordered(low_name: str, low: float, high_name: str, high: float) -> list[str]:
    """The fault of a pair whose lower one is the higher, if any."""
    if unresolved(low) or unresolved(high) or low <= high:
        return []
    return [f"{low_name} must not be above {high_name}, got {low:g} and {high:g}"]


def in_words(number: float) -> str:
    """A number to stand in a text; a token's value is put there at deploy."""
    return Tokenization.stringify_number(number) if unresolved(number) else f"{number:.10g}"


def one_of(name: str, value: str, known: Sequence[str]) -> list[str]:
    """The fault of a word that is none of those there are, if any."""
    return (
        [] if unresolved(value) or value in known else [f"{name} must be one of {', '.join(known)}, got {value!r}"]
    )


def repeated(what: str, names: Sequence[str]) -> list[str]:
    """The faults of names that two of a kind share."""
    return [f"two {what} are named {name!r}" for name in sorted({n for n in names if names.count(n) > 1})]


def of_part(part: str, faults: Iterable[str]) -> list[str]:
    """The faults of a part, each told with the part's name."""
    return [f"{part}: {fault}" for fault in faults]


def refuse(faults: Sequence[str], subject: str) -> None:
    """Tell all faults of one construct at once.

    Raises:
        ValueError: there are any.
    """
    if faults:
        raise ValueError(f"{subject}: " + "; ".join(faults))
