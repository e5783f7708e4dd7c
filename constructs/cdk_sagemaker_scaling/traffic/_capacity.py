"""Whether a variant can carry the traffic of two, by their capacity plans."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from sagemaker_capacity_plan import CapacityPlan, Demand, RealTimeScaling

_MINUTE_SECONDS = 60


def target_per_instance_per_minute(plan: CapacityPlan) -> float | None:
    """What a plan lets one instance carry; None where the plan does not say it in requests."""
    numbers = plan.scaling
    invocations = numbers.invocations if isinstance(numbers, RealTimeScaling) else None
    return invocations.target_per_instance_per_minute if invocations else None


def plan_faults(
    source: str, destination: str, plans: Mapping[str, CapacityPlan], peak_tps: float | None = None
) -> list[str]:
    """Why the destination would not carry all the traffic, or why that is not known.

    Args:
        source: the variant that has the traffic.
        destination: the one that gets it.
        plans: by the variant's name.
        peak_tps: the most that both get together; by default the shares that their plans give them, with growth.
    """
    missing = [name for name in (source, destination) if name not in plans]
    if missing:
        return [f"plans lacks the plan of {_listed(missing)}: give each variant's, by its name"]
    unknown = [name for name in (source, destination) if target_per_instance_per_minute(plans[name]) is None]
    if unknown:
        return [
            (
                f"the plan of {_listed(unknown)} has no target of invocations, so that nobody knows how many "
                "requests an instance carries: make one with `sagemaker-capacity plan`"
            )
        ]
    if peak_tps is None:
        peak = sum(_peak_per_minute(plans[name].demand) for name in (source, destination))
    else:
        peak = _exact(peak_tps) * _MINUTE_SECONDS
    return _faults_of_capacity(destination, plans[destination], peak)


def _faults_of_capacity(name: str, plan: CapacityPlan, peak_per_minute: Fraction | int) -> list[str]:
    target = _exact(target_per_instance_per_minute(plan))
    most = plan.scaling.max_capacity  # type: ignore[union-attr]  # it has a target, so it is real-time
    if target * most >= peak_per_minute:
        return []
    return [
        (
            f"the plan of {name!r} carries {_shown(target * most)} requests per minute with its {most} instances, "
            f"and both variants get {_shown(peak_per_minute)} at their peak: give it a max_capacity of "
            f"{math.ceil(peak_per_minute / target)} (`sagemaker-capacity plan` with --may-take-all-traffic "
            "or --override), or, if both plans are for the same traffic, say its peak with peak_tps"
        )
    ]


def _peak_per_minute(demand: Demand) -> Fraction:
    return _exact(demand.peak_tps) * _exact(demand.growth) * _exact(demand.traffic_share) * _MINUTE_SECONDS


def _exact(number: float | None) -> Fraction:
    """A number as the plan's file has it, not as a float keeps it."""
    return Fraction(str(number))


def _shown(number: Fraction | int) -> str:
    return f"{float(number):.10g}"


def _listed(names: list[str]) -> str:
    return " and ".join(map(repr, names))
