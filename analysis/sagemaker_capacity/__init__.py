"""From a benchmark to a capacity plan: how much one instance carries, and so how many, at which target.

A name is imported at its first use, so that the command line can start, and say what is missing, without pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._benchmark import Benchmark, BenchmarkError, read_benchmark
    from ._check import CheckError, check_plan
    from ._instances import instance_of
    from ._limits import OBJECTIVES_PERCENT, objective_between, objective_named
    from ._planning import NoAnswerError, Request, make_plan
    from ._saturation import ServiceLevel, SustainedRate, highest_rate_within

_HOMES = {
    "Benchmark": "_benchmark",
    "BenchmarkError": "_benchmark",
    "CheckError": "_check",
    "NoAnswerError": "_planning",
    "OBJECTIVES_PERCENT": "_limits",
    "Request": "_planning",
    "ServiceLevel": "_saturation",
    "SustainedRate": "_saturation",
    "check_plan": "_check",
    "highest_rate_within": "_saturation",
    "instance_of": "_instances",
    "make_plan": "_planning",
    "objective_between": "_limits",
    "objective_named": "_limits",
    "read_benchmark": "_benchmark",
}

__all__ = [
    "OBJECTIVES_PERCENT",
    "Benchmark",
    "BenchmarkError",
    "CheckError",
    "NoAnswerError",
    "Request",
    "ServiceLevel",
    "SustainedRate",
    "check_plan",
    "highest_rate_within",
    "instance_of",
    "make_plan",
    "objective_between",
    "objective_named",
    "read_benchmark",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
