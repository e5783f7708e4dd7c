from __future__ import annotations


class PlanError(ValueError):
    """A capacity plan that cannot be used: the message names the file, every fault found, and the remedy."""


def require(condition: object, fault: str) -> None:
    """Raise ``ValueError(fault)`` unless the condition holds."""
    if not condition:
        raise ValueError(fault)
