from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import TypeVar

import jsii
from aws_cdk import Annotations
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct, IValidation

from cdk_sagemaker_scaling._checks import at_least, ordered, refuse, repeated, unresolved
from cdk_sagemaker_scaling.endpoints._measured import Scalable
from sagemaker_capacity_plan import ScheduledCapacity, Suspended, schedule_faults

_MAX_POLICIES = 50  # Application Auto Scaling's quota of scaling policies a target.
_WARNING = "cdk-sagemaker-scaling"

S = TypeVar("S", bound=Scalable)


class KnownAtDeploy(ScheduledCapacity):
    """A scheduled action of which only the deploy knows the schedule or a bound, so that neither can be checked."""

    def __post_init__(self) -> None:
        """Let it through."""


class ScalableTarget(Construct):
    """What Application Auto Scaling may set the capacity of, and within which bounds.

    Policies and scheduled actions are constructs of their own, any number of them beside it. It names no role:
    SageMaker's service-linked role does the scaling, whatever role a target names.

    Attributes:
        resource: what is scaled.
        enabled: whether it is registered at all.
        scaling_target_id: how a policy names it in a template.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        resource: Scalable,
        min_capacity: int,
        max_capacity: int,
        suspended: Suspended | None = None,
        start_up_seconds: int | None = None,
        enabled: bool = True,
        faults: Sequence[str] = (),
    ) -> None:
        """Register the target.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            resource: what to scale.
            min_capacity: the least capacity.
            max_capacity: the most capacity.
            suspended: what is held still; by default nothing.
            start_up_seconds: how long new capacity takes until it serves; cooldowns below it are warned of.
            enabled: ``False`` takes the target and all its policies out of the template, so that a deploy
                deregisters it; for what AWS refuses of a scaled variant (another instance type, its removal).
            faults: what a subclass has found already.

        Raises:
            ValueError: bounds out of order; all faults at once.
        """
        super().__init__(scope, id)
        found = [*faults, *at_least("min_capacity", min_capacity, resource.lowest_capacity)]
        found += at_least("max_capacity", max_capacity, 1)
        found += ordered("min_capacity", min_capacity, "max_capacity", max_capacity)
        found += at_least("start_up_seconds", start_up_seconds, 0) if start_up_seconds is not None else []
        refuse(found, f"scaling of {resource.name!r}")
        self.resource = resource
        self.enabled = enabled
        self.min_capacity = min_capacity
        self.max_capacity = max_capacity
        self._start_up_seconds = start_up_seconds
        self._scheduled: list[ScheduledCapacity] = []
        self._tracked: list[Hashable] = []
        self._policies = 0
        self._steps_in = False
        self._left_zero = _LeftZero(resource.name)
        self.scaling_target_id = ""
        if not enabled:
            return
        self._target = autoscaling.CfnScalableTarget(
            self,
            "Resource",
            service_namespace="sagemaker",
            scalable_dimension=resource.scalable_dimension,
            resource_id=resource.resource_id,
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            suspended_state=_state(suspended) if suspended else None,
        )
        if resource.registered_after is not None:
            self._target.node.add_dependency(resource.registered_after)
        # The target's own Ref: an object passed on renders a part of it that no policy accepts.
        self.scaling_target_id = self._target.ref
        self._must_leave_zero(min_capacity)

    def schedule(self, *actions: ScheduledCapacity) -> None:
        """Add scheduled actions.

        Raises:
            ValueError: two of one name, or bounds that do not fit the target's.
        """
        scheduled = [*self._scheduled, *actions]
        known = [None if unresolved(bound) else bound for bound in (self.min_capacity, self.max_capacity)]
        faults = repeated("scheduled actions", [action.name for action in scheduled])
        faults += schedule_faults(
            [action for action in scheduled if not isinstance(action, KnownAtDeploy)],
            min_capacity=known[0],
            max_capacity=known[1],
            lowest=self.resource.lowest_capacity,
        )
        refuse(faults, f"scaling of {self.resource.name!r}")
        self._scheduled = scheduled
        if self.enabled:
            self._target.scheduled_actions = [_action(action) for action in scheduled]
            self._must_leave_zero(*(action.min_capacity for action in actions))

    def take_tracking(self, policy: Construct, tracked: Hashable, scale_out_cooldown_seconds: int) -> None:
        """Note a target-tracking policy.

        Raises:
            ValueError: another one tracks the same metric, which Application Auto Scaling refuses.
        """
        if tracked in self._tracked:
            raise ValueError(
                f"{policy.node.path}: another policy of this target tracks the same metric, and Application Auto "
                "Scaling takes one for each: leave one out"
            )
        self._tracked.append(tracked)
        self._take(policy, scale_out_cooldown_seconds)
        self._warn_of_steps_in(policy)

    def take_wake(self) -> None:
        """Note that there is a policy that leaves zero."""
        self._left_zero.wakes = True

    def take_step(self, policy: Construct, cooldown_seconds: int, *, inward: bool) -> None:
        """Note a step policy."""
        self._steps_in = self._steps_in or inward
        if inward:
            self._take(policy, None)
            self._warn_of_steps_in(policy)
        else:
            self._take(policy, cooldown_seconds)

    def _take(self, policy: Construct, cooldown_seconds: int | None) -> None:
        self._policies += 1
        if self._policies > _MAX_POLICIES:
            raise ValueError(f"{policy.node.path}: a target takes at most {_MAX_POLICIES} policies: leave some out")
        start_up = self._start_up_seconds
        if start_up is None or cooldown_seconds is None or unresolved(start_up) or unresolved(cooldown_seconds):
            return
        if cooldown_seconds < start_up:
            Annotations.of(policy).add_warning_v2(
                f"{_WARNING}:CooldownBelowStartUp",
                f"The cooldown of {cooldown_seconds} s is shorter than the {start_up} s that new capacity takes "
                "to serve: the policy adds more before it sees what the last addition does. Raise the cooldown.",
            )

    def _must_leave_zero(self, *minima: int | None) -> None:
        """Have synthesis look, once all policies are there, whether one of them leaves zero."""
        if 0 in minima and self.resource.wakes_on is not None and not self._left_zero.asked:
            self._left_zero.asked = True
            self.node.add_validation(self._left_zero)

    def _warn_of_steps_in(self, policy: Construct) -> None:
        if self._steps_in and self._tracked:
            Annotations.of(policy).add_warning_v2(
                f"{_WARNING}:StepInBesideTracking",
                "A step scale-in is not held back while target tracking wants to keep capacity, and the two work "
                "against each other: let target tracking scale in, and steps scale out alone.",
            )


@jsii.implements(IValidation)
class _LeftZero:
    """Target tracking cannot leave zero, where its metric is undefined."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.asked = self.wakes = False

    def validate(self) -> list[str]:
        """The fault, once all policies are there."""
        if self.wakes:
            return []
        return [
            (
                f"scaling of {self._name!r}: target tracking cannot leave zero, got 0 for a minimum capacity: "
                "add a WakeFromZeroPolicy, or take a minimum of 1"
            )
        ]


def _state(suspended: Suspended) -> autoscaling.CfnScalableTarget.SuspendedStateProperty:
    return autoscaling.CfnScalableTarget.SuspendedStateProperty(
        dynamic_scaling_in_suspended=suspended.scale_in,
        dynamic_scaling_out_suspended=suspended.scale_out,
        scheduled_scaling_suspended=suspended.scheduled,
    )


def _action(action: ScheduledCapacity) -> autoscaling.CfnScalableTarget.ScheduledActionProperty:
    return autoscaling.CfnScalableTarget.ScheduledActionProperty(
        scheduled_action_name=action.name,
        schedule=action.schedule,
        timezone=action.timezone,
        start_time=datetime.fromisoformat(action.start_utc) if action.start_utc else None,
        end_time=datetime.fromisoformat(action.end_utc) if action.end_utc else None,
        scalable_target_action=autoscaling.CfnScalableTarget.ScalableTargetActionProperty(
            min_capacity=action.min_capacity, max_capacity=action.max_capacity
        ),
    )
