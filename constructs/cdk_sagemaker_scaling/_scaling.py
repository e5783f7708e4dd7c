from __future__ import annotations

import re
from collections.abc import Sequence

from aws_cdk import Token
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from sagemaker_capacity_plan import CapacityPlan, ScheduledCapacity

from ._checks import at_least, ordered, refuse, repeated
from ._endpoint import EndpointVariant

_BURSTABLE = re.compile(r"ml\.t\d")  # and not ml.trn1, which is Trainium


class VariantScaling(Construct):
    """A variant's number of instances as a scalable target; policies are constructs of their own beside it.

    It names no role: SageMaker's service-linked role does the scaling, whatever role a target names.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        min_capacity: int,
        max_capacity: int,
        scheduled: Sequence[ScheduledCapacity] = (),
    ) -> None:
        """Register the variant for scaling.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to scale.
            min_capacity: the fewest instances, at least 1.
            max_capacity: the most instances.
            scheduled: times from which another minimum holds.

        Raises:
            ValueError: bounds out of order, or a type that cannot be scaled; all faults at once.
        """
        super().__init__(scope, id)
        faults = at_least("min_capacity", min_capacity, 1)
        faults += ordered("min_capacity", min_capacity, "max_capacity", max_capacity)
        faults += repeated("scheduled actions", [action.name for action in scheduled])
        for action in scheduled:
            faults += ordered(f"min_capacity of {action.name!r}", action.min_capacity, "max_capacity", max_capacity)
        if not Token.is_unresolved(variant.instance_type) and _BURSTABLE.match(variant.instance_type):
            faults.append(f"{variant.instance_type} is burstable and cannot be scaled: take another type")
        refuse(faults, f"scaling of variant {variant.name!r}")
        self.variant = variant
        target = autoscaling.CfnScalableTarget(
            self,
            "Resource",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{variant.endpoint_name}/variant/{variant.name}",
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            scheduled_actions=[_scheduled_action(action) for action in scheduled] or None,
        )
        # The target's own Ref: an object passed on renders a part of it that no policy accepts.
        self.scaling_target_id: str = target.ref

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        plan: CapacityPlan,
    ) -> VariantScaling:
        """The target with every policy of a capacity plan, each number as it stands there.

        Raises:
            ValueError: the plan is for another instance type.
        """
        from ._step_scaling import StepScalingOutPolicy  # noqa: PLC0415
        from ._target_tracking import CpuPerCoreTrackingPolicy, InvocationsTrackingPolicy  # noqa: PLC0415

        if not Token.is_unresolved(variant.instance_type) and variant.instance_type != plan.instance.type:
            raise ValueError(
                f"the plan is for {plan.instance.type}, the variant {variant.name!r} runs on "
                f"{variant.instance_type}: a plan holds for the type that was measured"
            )
        numbers = plan.scaling
        scaling = cls(
            scope,
            id,
            variant=variant,
            min_capacity=numbers.min_capacity,
            max_capacity=numbers.max_capacity,
            scheduled=numbers.scheduled,
        )
        # A plan's records and the policies' props bear the same names, so that no number is touched.
        InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, **vars(numbers.invocations))
        if numbers.cpu_per_core is not None:
            CpuPerCoreTrackingPolicy(scaling, "CpuPerCore", scaling=scaling, **vars(numbers.cpu_per_core))
        if numbers.step_out is not None:
            StepScalingOutPolicy(scaling, "StepOut", scaling=scaling, **vars(numbers.step_out))
        return scaling


def _scheduled_action(
    action: ScheduledCapacity,
) -> autoscaling.CfnScalableTarget.ScheduledActionProperty:
    return autoscaling.CfnScalableTarget.ScheduledActionProperty(
        scheduled_action_name=action.name,
        schedule=action.schedule,
        timezone=action.timezone,
        scalable_target_action=autoscaling.CfnScalableTarget.ScalableTargetActionProperty(
            min_capacity=action.min_capacity
        ),
    )
