"""A plan as analysis makes it: of a real-time variant, with all that a benchmark tells."""

from __future__ import annotations

from dataclasses import dataclass

from sagemaker_capacity_plan import (
    CapacityPlan,
    Instance,
    InvocationsTarget,
    Limits,
    Objective,
    RealTimeScaling,
    Saturation,
)


@dataclass(frozen=True)
class Analysed:
    """What every plan that was made from a benchmark has, and a plan that a person wrote may lack."""

    instance: Instance
    objective: Objective
    limits: Limits
    saturation: Saturation
    scaling: RealTimeScaling
    invocations: InvocationsTarget


def analysed(plan: CapacityPlan) -> Analysed:
    """The parts that analysis gave to a plan, the scaling under its overrides.

    Raises:
        ValueError: the plan is of another kind or lacks a part, so that a person wrote it.
    """
    scaling = plan.scaling
    if not isinstance(scaling, RealTimeScaling):
        alone = f"and a benchmark of one instance gives {RealTimeScaling.KIND} plans alone"
        raise ValueError(f"it is of kind {scaling.KIND}, {alone}")  # noqa: TRY004 - a plan's file is a value
    parts = {
        "instance": plan.instance,
        "objective": plan.objective if isinstance(plan.objective, Objective) else None,
        "limits": plan.limits,
        "saturation": plan.saturation,
        "invocations": scaling.invocations,
    }
    if missing := [name for name, part in parts.items() if part is None]:
        raise ValueError(f"it has no {', '.join(missing)}, which a benchmark gives")
    return Analysed(scaling=scaling, **parts)  # type: ignore[arg-type]  # none is None
