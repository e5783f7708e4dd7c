"""Stacks of capacity plans, one a kind: the plans, the constructs that take them, and how to read them back."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from least import IMAGE, asynchronous
from plans_strategy import (
    analysed_plans,
    asynchronous_plans,
    component_plans,
    drawn,
    real_time_plans,
    serverless_plans,
)
from templates import LONE, ScaledTemplate

from cdk_sagemaker_scaling import (
    Fleet,
    InferenceComponent,
    InferenceComponentEndpoint,
    InferenceComponentScaling,
    ManagedInstanceScaling,
    ProvisionedConcurrencyScaling,
    RealTimeEndpoint,
    ServerlessEndpoint,
    Variant,
    VariantScaling,
    _metrics,
)
from sagemaker_capacity_plan import (
    AsynchronousScaling,
    CapacityPlan,
    ComponentScaling,
    Metric,
    ProvisionedConcurrency,
    Query,
    RealTimeScaling,
    ServerlessScaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack
    from hypothesis import strategies as st

Plans = dict[str, CapacityPlan]

EACH = 15
# Of these a plan has a policy by a field of its own, and no metric target beside it.
OF_FIELDS = {_metrics.CPU_UTILIZATION, _metrics.BACKLOG_SIZE_PER_INSTANCE}


def published(plan: CapacityPlan, kind: _metrics.Kind) -> CapacityPlan:
    """The plan with metrics that SageMaker publishes for the kind, wherever it names no dimensions.

    The contract takes any name there. A metric alone loses its id, as it does in a template.
    """
    tracked = OF_FIELDS | set(kind.predefined.values())
    free = iter(sorted(kind.metrics - tracked, key=lambda metric: metric.name))

    def metric(query: Query) -> Query:
        if not isinstance(query, Metric) or query.dimensions is not None:
            return query
        found = next(free, None)
        return (
            replace(query, dimensions=())
            if found is None
            else replace(query, namespace=found.namespace, name=found.name)
        )

    def queries(given: tuple[Query, ...]) -> tuple[Query, ...]:
        return tuple(map(metric, given)) if len(given) > 1 else (replace(metric(given[0]), id=LONE),)

    computed = plan.computed
    if isinstance(computed, ServerlessScaling):
        return plan
    of_policies = {
        field: tuple(replace(policy, queries=queries(policy.queries)) for policy in getattr(computed, field))
        for field in ("metric_tracking", "step_scaling")
    }
    return replace(plan, computed=replace(computed, **of_policies))


def variant(name: str, plan: CapacityPlan) -> Variant:
    return Variant(name=name, image=IMAGE, instance_type=plan.instance.type)


def fill_real_time(stack: Stack, plans: Plans) -> None:
    """Three variants an endpoint."""
    names = list(plans)
    for first in range(0, len(names), 3):
        of_endpoint = names[first : first + 3]
        endpoint = RealTimeEndpoint(
            stack, f"Endpoint{first}", variants=[variant(name, plans[name]) for name in of_endpoint]
        )
        for name in of_endpoint:
            VariantScaling.from_plan(stack, name, variant=endpoint.variants[name], plan=plans[name])


def fill_asynchronous(stack: Stack, plans: Plans) -> None:
    for name, plan in plans.items():
        endpoint = asynchronous(stack, f"Endpoint{name}", variant=variant("V", plan))
        VariantScaling.from_plan(stack, name, variant=endpoint.variant, plan=plan)


def fill_components(stack: Stack, plans: Plans) -> None:
    """An endpoint for each instance type, all of whose components are on its fleet."""
    types = {plan.instance.type for plan in plans.values()}
    endpoints = {
        type_: InferenceComponentEndpoint(
            stack,
            f"Endpoint{number}",
            fleet=Fleet(
                instance_type=type_,
                managed_instance_scaling=ManagedInstanceScaling(min_instance_count=0, max_instance_count=9),
            ),
        )
        for number, type_ in enumerate(sorted(types))
    }
    for name, plan in plans.items():
        component = InferenceComponent.from_plan(
            stack, f"Component{name}", endpoint=endpoints[plan.instance.type], plan=plan, image=IMAGE
        )
        InferenceComponentScaling.from_plan(stack, name, component=component.copies, plan=plan)


def fill_serverless(stack: Stack, plans: Plans) -> None:
    for name, plan in plans.items():
        endpoint = ServerlessEndpoint.from_plan(stack, f"Endpoint{name}", plan=plan, image=IMAGE)
        if plan.scaling.provisioned:
            ProvisionedConcurrencyScaling.from_plan(stack, name, variant=endpoint.variant, plan=plan)


def told(plan: CapacityPlan) -> Any:  # noqa: ANN401 - a kind's own record
    """What Application Auto Scaling is told; of a serverless variant, of what it provisions, if anything."""
    scaling = plan.scaling
    return scaling.provisioned if isinstance(scaling, ServerlessScaling) else scaling


def enough(strategy: st.SearchStrategy[CapacityPlan], record: type) -> list[CapacityPlan]:
    """Plans of a kind, and for each field of its record that none of them has, one more that has it."""
    plans = drawn(strategy, EACH)
    for field in fields(record):

        def has(plan: CapacityPlan, name: str = field.name) -> bool:
            return bool(getattr(told(plan), name, None))

        if not any(map(has, plans)):
            plans += drawn(strategy.filter(has), 1)
    return plans


@dataclass(frozen=True)
class Kind:
    measured: _metrics.Kind
    record: type
    generated: Callable[[type], list[CapacityPlan]]
    fill: Callable[[Stack, Plans], None]
    read: Callable[[ScaledTemplate, str], Any]

    def plans(self) -> Plans:
        """Generated plans by the ids that their targets get."""
        return {f"P{n}": published(plan, self.measured) for n, plan in enumerate(self.generated(self.record))}


KINDS = {
    "real-time": Kind(
        _metrics.REAL_TIME,
        RealTimeScaling,
        lambda record: [*enough(real_time_plans(), record), *drawn(analysed_plans(), EACH)],
        fill_real_time,
        ScaledTemplate.real_time,
    ),
    "asynchronous": Kind(
        _metrics.ASYNCHRONOUS,
        AsynchronousScaling,
        lambda record: enough(asynchronous_plans(), record),
        fill_asynchronous,
        ScaledTemplate.asynchronous,
    ),
    "inference component": Kind(
        _metrics.INFERENCE_COMPONENT,
        ComponentScaling,
        lambda record: enough(component_plans(), record),
        fill_components,
        ScaledTemplate.component,
    ),
    "serverless": Kind(
        _metrics.SERVERLESS,
        ProvisionedConcurrency,
        lambda record: enough(serverless_plans(), record),
        fill_serverless,
        lambda template, name: template.serverless(f"Endpoint{name}", name),
    ),
}
