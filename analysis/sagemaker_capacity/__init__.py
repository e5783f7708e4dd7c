"""From a benchmark to a capacity plan: how much one instance carries, and so how many, at which target.

A name is imported at its first use, so that the command line can start, and say what is missing, without pandas.
"""

from typing import TYPE_CHECKING

from ._lazy_names import lazily

if TYPE_CHECKING:
    from ._benchmark import Benchmark, BenchmarkError, read_benchmark
    from ._instances import instance_of
    from ._limits import OBJECTIVES_PERCENT, objective_between, objective_named
    from ._saturation import ServiceLevel, SustainedRate, highest_rate_within
    from .planning._check import CheckError, check_plan
    from .planning._plan import NoAnswerError, Request, make_plan

_HOMES = {
    "Benchmark": "_benchmark",
    "BenchmarkError": "_benchmark",
    "CheckError": "planning._check",
    "NoAnswerError": "planning._plan",
    "OBJECTIVES_PERCENT": "_limits",
    "Request": "planning._plan",
    "ServiceLevel": "_saturation",
    "SustainedRate": "_saturation",
    "check_plan": "planning._check",
    "highest_rate_within": "_saturation",
    "instance_of": "_instances",
    "make_plan": "planning._plan",
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


__getattr__ = lazily(__name__, _HOMES)
