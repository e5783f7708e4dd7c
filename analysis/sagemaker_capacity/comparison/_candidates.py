"""What is compared: an instance type with its benchmark, given as such or by a plan that names both."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sagemaker_capacity._benchmark import Benchmark, read_benchmark
from sagemaker_capacity._instances import instance_of
from sagemaker_capacity.planning._analysed import analysed
from sagemaker_capacity.prices import Price
from sagemaker_capacity_plan import CapacityPlan, Instance


@dataclass(frozen=True)
class Candidate:
    """A benchmark of one instance of a type; `price` is what its plan says that it costs, if it says so."""

    instance: Instance
    benchmark: Benchmark
    price: Price | None = None


def candidate_of_benchmark(instance_type: str, file: Path) -> Candidate:
    """A benchmark that ran on a type.

    Raises:
        ValueError: no such type, or one that the table of vCPUs lacks; no such benchmark.
    """
    try:
        instance = instance_of(instance_type)
    except ValueError as error:
        raise ValueError(f"{error}, in a plan that is compared in its place") from error
    return Candidate(instance, read_benchmark(file))


def candidate_of_plan(file: Path) -> Candidate:
    """What a plan was made from.

    Raises:
        ValueError: no such plan, one that no benchmark gave, or one whose evidence is gone or changed.
    """
    plan: CapacityPlan = CapacityPlan.read(file)
    try:
        instance = analysed(plan).instance
    except ValueError as error:
        raise ValueError(f"{file} was not made from a benchmark: {error}") from error
    benchmark = read_benchmark(file.parent / plan.evidence.source)
    if benchmark.sha256 != plan.evidence.sha256:
        raise ValueError(
            f"the evidence of {file} changed since: see `sagemaker-capacity plan --check {file}`, and renew it"
        )
    if instance.price_usd_per_hour is None:
        return Candidate(instance, benchmark)
    usd = Decimal(str(instance.price_usd_per_hour))
    return Candidate(instance, benchmark, Price(instance.type, "hour", usd, "not stated", "not dated", f"{file}"))
