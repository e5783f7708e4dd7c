"""A plan's numbers as text, each with its name: what the page shows is what is written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_capacity._cost import dollars, usd_per_million_invocations
from sagemaker_capacity._limits import exact, plainly
from sagemaker_capacity.planning._analysed import Analysed, analysed
from sagemaker_capacity_plan import CapacityPlan


@dataclass(frozen=True)
class Figure:
    """One number of a plan: a key for the page, its name, its text and its unit."""

    key: str
    name: str
    text: str
    unit: str


def figures(plan: CapacityPlan) -> Iterator[Figure]:
    """The numbers that a threshold decides; those of cost where the plan knows a price."""
    parts = analysed(plan)
    limits, objective, scaling = parts.limits, parts.objective, parts.scaling
    target = parts.invocations.target_per_instance_per_minute
    per_minute = "invocations per minute"
    yield Figure("target", "Target of one instance", plainly(target), per_minute)
    yield Figure(
        "upper",
        "Upper limit",
        plainly(limits.upper_invocations_per_minute),
        f"{per_minute}, {plainly(objective.upper_percent)} %",
    )
    yield Figure(
        "lower",
        "Lower limit",
        plainly(limits.lower_invocations_per_minute),
        f"{per_minute}, {plainly(objective.lower_percent)} %",
    )
    yield Figure("min-capacity", "Min capacity", plainly(scaling.min_capacity), "instances")
    yield Figure("max-capacity", "Max capacity", plainly(scaling.max_capacity), "instances")
    if cpu := scaling.cpu_per_core:
        unit = f"% of each of {cpu.vcpus} cores"
        yield Figure("cpu", "CPU target", plainly(cpu.target_percent_per_core), unit)
    yield from _costs(parts)


def _costs(parts: Analysed) -> Iterator[Figure]:
    price = parts.instance.price_usd_per_hour
    if price is None:
        return
    scaling, target = parts.scaling, parts.invocations.target_per_instance_per_minute
    for key, name, instances in (
        ("cost-min", "Cost at min capacity", scaling.min_capacity),
        ("cost-max", "Cost at max capacity", scaling.max_capacity),
    ):
        yield Figure(key, name, dollars(exact(price) * instances), "USD per hour")
    per_million = usd_per_million_invocations(exact(price), target)
    yield Figure("cost-million", "Cost at the target", dollars(per_million), "USD per million invocations")
