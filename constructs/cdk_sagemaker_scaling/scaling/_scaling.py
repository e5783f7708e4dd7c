"""What scales, a class a kind: the number of instances, of copies, or of provisioned concurrent executions."""

from __future__ import annotations

import re

from constructs import Construct

from cdk_sagemaker_scaling._checks import ordered, unresolved
from cdk_sagemaker_scaling.endpoints._inference_component import InferenceComponentCopies
from cdk_sagemaker_scaling.endpoints._variants import (
    AsynchronousVariant,
    ComponentHost,
    EndpointVariant,
    ServerlessVariant,
)
from sagemaker_capacity_plan import (
    AsynchronousScaling,
    CapacityPlan,
    ComponentScaling,
    RealTimeScaling,
    ServerlessScaling,
    Suspended,
)

from ._from_plan import attach, scaling_of
from ._target import ScalableTarget

_BURSTABLE = re.compile(r"ml\.t\d")  # and not ml.trn1, which is Trainium
_PLANS = {EndpointVariant: RealTimeScaling, AsynchronousVariant: AsynchronousScaling}


_SCALED_BY: dict[type, str] = {
    EndpointVariant: "take VariantScaling",
    AsynchronousVariant: "take VariantScaling",
    ServerlessVariant: "take ProvisionedConcurrencyScaling",
    InferenceComponentCopies: "take InferenceComponentScaling",
    ComponentHost: "SageMaker sets its size by the copies on it: give its fleet managed_instance_scaling",
}


def _refuse_another_kind(scaling: str, resource: object, *scaled: type) -> None:
    if isinstance(resource, scaled):
        return
    remedy = _SCALED_BY.get(type(resource), "give a variant of an endpoint, or an inference component's copies")
    raise ValueError(f"{scaling} does not scale a {type(resource).__name__}: {remedy}")


class VariantScaling(ScalableTarget):
    """The number of instances of a real-time or asynchronous variant as a scalable target."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant | AsynchronousVariant,
        min_capacity: int,
        max_capacity: int,
        suspended: Suspended | None = None,
        start_up_seconds: int | None = None,
        enabled: bool = True,
    ) -> None:
        """Register the variant.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to scale.
            min_capacity: the fewest instances: at least 1, of an asynchronous variant 0.
            max_capacity: the most instances.
            suspended: what is held still; by default nothing.
            start_up_seconds: how long a new instance takes until it serves; cooldowns below it are warned of.
            enabled: ``False`` takes target and policies out of the template, so that a deploy deregisters the
                variant: the first of the two deploys that change its instance type or remove it.

        Raises:
            ValueError: bounds out of order, or a type that cannot be scaled; all faults at once.
        """
        _refuse_another_kind("VariantScaling", variant, EndpointVariant, AsynchronousVariant)
        type_ = variant.instance_type
        burstable = not unresolved(type_) and _BURSTABLE.match(type_)
        super().__init__(
            scope,
            id,
            resource=variant,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            suspended=suspended,
            start_up_seconds=start_up_seconds,
            enabled=enabled,
            faults=[f"{type_} is burstable and cannot be scaled: take another type"] if burstable else [],
        )

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant | AsynchronousVariant,
        plan: CapacityPlan,
        enabled: bool = True,
    ) -> VariantScaling:
        """The target with every policy of a capacity plan, each number as it stands there.

        Raises:
            ValueError: the plan is for another kind of endpoint, or for another instance type.
        """
        _refuse_another_kind("VariantScaling", variant, EndpointVariant, AsynchronousVariant)
        numbers = scaling_of(plan, variant, _PLANS[type(variant)])
        scaling = cls(
            scope,
            id,
            variant=variant,
            min_capacity=numbers.min_capacity,
            max_capacity=numbers.max_capacity,
            suspended=numbers.suspended,
            start_up_seconds=plan.start_up_seconds,
            enabled=enabled,
        )
        attach(scaling, numbers)
        return scaling


class InferenceComponentScaling(ScalableTarget):
    """The number of copies of an inference component as a scalable target."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        component: InferenceComponentCopies,
        min_capacity: int,
        max_capacity: int,
        suspended: Suspended | None = None,
        start_up_seconds: int | None = None,
        enabled: bool = True,
    ) -> None:
        """Register the component.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            component: what to scale.
            min_capacity: the fewest copies; 0 needs `WakeFromZeroPolicy`, and a fleet that may be empty.
            max_capacity: the most copies.
            suspended: what is held still; by default nothing.
            start_up_seconds: how long a new copy takes until it serves; cooldowns below it are warned of.
            enabled: ``False`` takes target and policies out of the template.

        Raises:
            ValueError: bounds out of order; all faults at once.
        """
        _refuse_another_kind("InferenceComponentScaling", component, InferenceComponentCopies)
        super().__init__(
            scope,
            id,
            resource=component,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            suspended=suspended,
            start_up_seconds=start_up_seconds,
            enabled=enabled,
        )

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        component: InferenceComponentCopies,
        plan: CapacityPlan,
        enabled: bool = True,
    ) -> InferenceComponentScaling:
        """The target with every policy of a capacity plan, each number as it stands there.

        Raises:
            ValueError: the plan is for another kind of endpoint.
        """
        numbers = scaling_of(plan, component, ComponentScaling)
        scaling = cls(
            scope,
            id,
            component=component,
            min_capacity=numbers.min_capacity,
            max_capacity=numbers.max_capacity,
            suspended=numbers.suspended,
            start_up_seconds=plan.start_up_seconds,
            enabled=enabled,
        )
        attach(scaling, numbers)
        return scaling


class ProvisionedConcurrencyScaling(ScalableTarget):
    """The provisioned concurrency of a serverless variant as a scalable target."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: ServerlessVariant,
        min_capacity: int,
        max_capacity: int,
        suspended: Suspended | None = None,
        enabled: bool = True,
    ) -> None:
        """Register the variant.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to scale.
            min_capacity: the least provisioned concurrency.
            max_capacity: the most, at most the variant's `max_concurrency`.
            suspended: what is held still; by default nothing.
            enabled: ``False`` takes target and policies out of the template.

        Raises:
            ValueError: bounds out of order or above the variant's maximum; all faults at once.
        """
        _refuse_another_kind("ProvisionedConcurrencyScaling", variant, ServerlessVariant)
        most = variant.max_concurrency
        super().__init__(
            scope,
            id,
            resource=variant,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            suspended=suspended,
            enabled=enabled,
            faults=[] if most is None else ordered("max_capacity", max_capacity, "max_concurrency", most),
        )

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: ServerlessVariant,
        plan: CapacityPlan,
        enabled: bool = True,
    ) -> ProvisionedConcurrencyScaling:
        """The target with every policy of a capacity plan, each number as it stands there.

        Raises:
            ValueError: the plan is for another kind of endpoint, or provisions no concurrency.
        """
        numbers = scaling_of(plan, variant, ServerlessScaling).provisioned
        if numbers is None:
            raise ValueError(
                "the plan provisions no concurrency, so there is nothing to scale: leave the scaling out"
            )
        scaling = cls(
            scope,
            id,
            variant=variant,
            min_capacity=numbers.min_capacity,
            max_capacity=numbers.max_capacity,
            suspended=numbers.suspended,
            enabled=enabled,
        )
        attach(scaling, numbers)
        return scaling
