"""Which instance type serves a million requests at the least cost within the SLO, and how sure that is.

A name is imported at its first use, so that the command line can start without pandas and scipy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._candidates import Candidate, candidate_of_benchmark, candidate_of_plan
    from ._comparing import Comparison, Offer, ServiceLevel, compared

_HOMES = {
    "Candidate": "_candidates",
    "Comparison": "_comparing",
    "Offer": "_comparing",
    "ServiceLevel": "_comparing",
    "candidate_of_benchmark": "_candidates",
    "candidate_of_plan": "_candidates",
    "compared": "_comparing",
}

__all__ = [
    "Candidate",
    "Comparison",
    "Offer",
    "ServiceLevel",
    "candidate_of_benchmark",
    "candidate_of_plan",
    "compared",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
