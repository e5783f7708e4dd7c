"""A capacity plan's policies as constructs: records and props bear the same names, so that no number is touched."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from constructs import Construct

from cdk_sagemaker_scaling._checks import unresolved
from cdk_sagemaker_scaling.endpoints._measured import Scalable
from sagemaker_capacity_plan import (
    AsynchronousScaling,
    BacklogTarget,
    CapacityPlan,
    ComponentScaling,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CpuPerCoreTarget,
    InvocationsPerCopyTarget,
    InvocationsTarget,
    MetricTarget,
    ProvisionedConcurrency,
    ProvisionedConcurrencyTarget,
    RealTimeScaling,
    Scaling,
    ServerlessScaling,
    StepScaling,
    WakeFromZero,
)

from ._predefined_tracking import (
    ConcurrencyPerCopyTrackingPolicy,
    ConcurrencyTrackingPolicy,
    InvocationsPerCopyTrackingPolicy,
    InvocationsTrackingPolicy,
    ProvisionedConcurrencyTrackingPolicy,
)
from ._step_scaling import StepScalingInPolicy, StepScalingOutPolicy, WakeFromZeroPolicy
from ._target import ScalableTarget
from ._target_tracking import (
    BacklogTrackingPolicy,
    CpuPerCoreTrackingPolicy,
    MetricTrackingPolicy,
)

# A plan has each of these at most once; the ids are a contract, since a renamed policy breaks a deploy.
_POLICIES: dict[type, tuple[str, type[Construct]]] = {
    InvocationsTarget: ("Invocations", InvocationsTrackingPolicy),
    InvocationsPerCopyTarget: ("Invocations", InvocationsPerCopyTrackingPolicy),
    ConcurrencyTarget: ("Concurrency", ConcurrencyTrackingPolicy),
    ConcurrencyPerCopyTarget: ("Concurrency", ConcurrencyPerCopyTrackingPolicy),
    CpuPerCoreTarget: ("CpuPerCore", CpuPerCoreTrackingPolicy),
    BacklogTarget: ("Backlog", BacklogTrackingPolicy),
    ProvisionedConcurrencyTarget: ("Utilization", ProvisionedConcurrencyTrackingPolicy),
    WakeFromZero: ("WakeFromZero", WakeFromZeroPolicy),
}
S = TypeVar("S", RealTimeScaling, AsynchronousScaling, ComponentScaling, ServerlessScaling)
_STEPS = {"out": StepScalingOutPolicy, "in": StepScalingInPolicy}


def scaling_of(plan: CapacityPlan, resource: Scalable, expected: type[S]) -> S:
    """The numbers of a plan, once it is found to be for what is scaled.

    Raises:
        ValueError: the plan is for another kind, or for another instance type.
    """
    numbers: Scaling = plan.scaling
    if not isinstance(numbers, expected):
        raise ValueError(  # noqa: TRY004 - its type is right, its kind is not
            f"{resource.kind.one} takes a plan of kind {expected.KIND}, got one of kind {numbers.KIND}"
        )
    runs_on = getattr(resource, "instance_type", None)
    if runs_on is None or plan.instance is None or unresolved(runs_on) or runs_on == plan.instance.type:
        return numbers
    raise ValueError(
        f"the plan is for {plan.instance.type}, the variant {resource.name!r} runs on {runs_on}: "
        "a plan holds for the type that was measured"
    )


def attach(scaling: ScalableTarget, numbers: Scaling | ProvisionedConcurrency) -> None:
    """Attach every policy and scheduled action of a plan to its target."""
    for record in vars(numbers).values():
        if type(record) in _POLICIES:
            id_, policy = _POLICIES[type(record)]
            policy(scaling, id_, scaling=scaling, **_props(record))  # type: ignore[call-arg]  # by the record's names
    for target in getattr(numbers, "metric_tracking", ()):
        MetricTrackingPolicy(scaling, target.name, scaling=scaling, **_props(target))
    for steps in getattr(numbers, "step_scaling", ()):
        _STEPS[steps.direction](scaling, steps.name, scaling=scaling, **_props(steps))
    if not isinstance(numbers, ProvisionedConcurrency) or numbers.scheduled:
        scaling.schedule(*numbers.scheduled)  # type: ignore[union-attr]  # a serverless plan's own are in provisioned


def _props(record: MetricTarget | StepScaling | object) -> dict[str, Any]:
    """A record's fields as props: its name is the construct's id, its queries are what the policy looks at."""
    props = {field.name: getattr(record, field.name) for field in fields(record)}  # type: ignore[arg-type]  # a dataclass
    for told_otherwise in ("name", "direction"):
        props.pop(told_otherwise, None)
    if "queries" in props:
        props["metric"] = props.pop("queries")
    return props
