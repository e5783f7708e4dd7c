"""What a dashboard has sections of: the variants of an endpoint, and the inference components on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cdk_sagemaker_scaling._checks import above_zero, repeated, unresolved
from cdk_sagemaker_scaling.endpoints._endpoint import Endpoint
from cdk_sagemaker_scaling.endpoints._inference_component import InferenceComponentCopies
from cdk_sagemaker_scaling.endpoints._variants import (
    AsynchronousVariant,
    ComponentHost,
    EndpointVariant,
    ServerlessVariant,
)
from cdk_sagemaker_scaling.scaling._from_plan import scaling_of
from sagemaker_capacity_plan import (
    AsynchronousScaling,
    CapacityPlan,
    ComponentScaling,
    RealTimeScaling,
    ServerlessScaling,
)

from ._graphs import Rows, Shown
from ._kinds import asynchronous, component, component_host, real_time, serverless


@dataclass(frozen=True)
class _Kind:
    graphs: Callable[[Shown], Rows]
    plan: type | None


_KINDS: dict[type, _Kind] = {
    EndpointVariant: _Kind(real_time, RealTimeScaling),
    AsynchronousVariant: _Kind(asynchronous, AsynchronousScaling),
    ServerlessVariant: _Kind(serverless, ServerlessScaling),
    ComponentHost: _Kind(component_host, None),
    InferenceComponentCopies: _Kind(component, ComponentScaling),
}


def rows_of(of: Shown) -> Rows:
    """The graphs of one section."""
    return _KINDS[type(of.measured)].graphs(of)


@dataclass(frozen=True)
class Sections:
    """The sections of a dashboard, as its props give them."""

    endpoint: Endpoint[Any]
    components: Mapping[str, InferenceComponentCopies]
    plans: Mapping[str, CapacityPlan]
    prices_usd_per_hour: Mapping[str, float]

    @cached_property
    def shown(self) -> dict[str, Shown]:
        """Each section by its name, the variants first."""
        variants = {
            name: Shown(name, variant, self.plans.get(name), self._price(name), _type_of(variant))
            for name, variant in self.endpoint.variants.items()
        }
        host = next((of.instance_type for of in variants.values()), None)
        return variants | {
            name: Shown(name, copies, self.plans.get(name), None, host) for name, copies in self.components.items()
        }

    def faults(self, side_by_side: Collection[str]) -> list[str]:
        """Names that are not there or are there twice, and plans and prices that cannot be."""
        variants, prices = self.endpoint.variants, self.prices_usd_per_hour
        faults = repeated("sections", [*variants, *self.components])
        faults += _strangers("plans for variants", self.plans, self.shown)
        faults += _strangers("prices for variants", prices, variants)
        faults += _strangers("side_by_side for variants", side_by_side, variants)
        if side_by_side and len(set(side_by_side)) == 1:
            faults.append(f"side_by_side names two variants, got {next(iter(side_by_side))!r} twice")
        faults += [fault for name, price in prices.items() for fault in above_zero(f"the price of {name!r}", price)]
        return faults + [fault for of in self.shown.values() for fault in _plan_faults(of)]

    def _price(self, variant: str) -> float | None:
        """A variant's price as given, else as its plan says, or as the plans of the components on it agree."""
        if variant in self.prices_usd_per_hour:
            return self.prices_usd_per_hour[variant]
        plans = [self.plans[name] for name in (variant, *self.components) if name in self.plans]
        said = {plan.instance.price_usd_per_hour for plan in plans if plan.instance}
        return said.pop() if len(said) == 1 else None


def _type_of(variant: object) -> str | None:
    return getattr(variant, "instance_type", None)


def _strangers(what: str, names: Collection[str], known: Collection[str]) -> list[str]:
    strangers = sorted(set(names) - set(known))
    if not strangers:
        return []
    return [f"{what} that the endpoint has not: {', '.join(strangers)}; it has {', '.join(sorted(known))}"]


def _plan_faults(of: Shown) -> list[str]:
    if of.plan is None:
        return []
    expected = _KINDS[type(of.measured)].plan
    if expected is None:
        return [f"{of.name!r} is scaled by the copies on it: give the plans of the components instead"]
    try:
        scaling_of(of.plan, of.measured, expected)
    except ValueError as error:
        return [f"{of.name!r}: {error}"]
    runs_on, measured_on = of.instance_type, of.plan.instance
    if measured_on is None or runs_on is None or unresolved(runs_on) or runs_on == measured_on.type:
        return []
    return [f"{of.name!r}: the plan is for {measured_on.type}, the endpoint's fleet is of {runs_on}"]
