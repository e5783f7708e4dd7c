"""Which instance type serves a million requests at the least cost within the SLO, and how sure that is.

A name is imported at its first use, so that the command line can start without pandas and scipy.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

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


__getattr__ = lazily(__name__, _HOMES)
