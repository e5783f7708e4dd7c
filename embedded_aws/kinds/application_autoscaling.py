"""Application Auto Scaling: what scales, and by which policies."""

from datetime import UTC, datetime
from typing import Any

from botocore.utils import parse_timestamp

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

SERVICE = "application-autoscaling"
TAGS = Tagging(SERVICE, resource="ResourceARN", pair=None)
NAMING = ("ResourceId", "ScalableDimension", "ServiceNamespace")
REGISTERED = ("MaxCapacity", "MinCapacity", "RoleARN", "SuspendedState")
CONFIGURATIONS = (
    "PredictiveScalingPolicyConfiguration",
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
)


class ScalableTarget(Resource):
    """A scalable target and its scheduled actions; Ref is RESOURCE|DIMENSION|NAMESPACE."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    carried = frozenset({"ScheduledActions", "Tags", *NAMING, *REGISTERED})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Registers the target, unless it is: RegisterScalableTarget would change the one that is there."""
        del logical_id
        id_ = "|".join(properties[name] for name in NAMING)
        if _describe(context, "describe_scalable_targets", properties):
            raise AlreadyExistsError(f"{self.type}: {id_} already exists")
        registration = some(properties, *NAMING, *REGISTERED)
        call(context.client(SERVICE), "register_scalable_target", **registration)
        return Physical(id_, {"Id": id_})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Registers the target with another range or state."""
        del physical
        if changed(old, new, *REGISTERED):
            # A state that is no longer given ends; left out, it would stay.
            suspended = {
                f"{way}Suspended": False for way in ("DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")
            }
            state = new.get("SuspendedState", suspended if "SuspendedState" in old else None)
            registration = {**some(new, *NAMING, *REGISTERED), "SuspendedState": state}
            call(context.client(SERVICE), "register_scalable_target", **registration)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Makes the scheduled actions and the tags those of the template."""
        del physical
        scaling, named = context.client(SERVICE), some(new, *NAMING)
        had, has = _actions(old), _actions(new)
        for name in sorted(had.keys() - has.keys()):
            with gone_is_fine():
                call(scaling, "delete_scheduled_action", ScheduledActionName=name, **named)
        for action in (action for name, action in has.items() if action != had.get(name)):
            call(scaling, "put_scheduled_action", **named, **action)
        (target,) = _describe(context, "describe_scalable_targets", new)
        TAGS.apply(context, target["ScalableTargetARN"], new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the target and its actions are what was registered."""
        model = context.client(SERVICE).meta.service_model
        shape = model.operation_model("RegisterScalableTarget").input_shape
        (target,) = _describe(context, "describe_scalable_targets", properties)
        sent = some(properties, "MaxCapacity", "MinCapacity", "SuspendedState", *NAMING)
        self.refuse_what_was_lost(shape, sent, target)
        actions = {
            action["ScheduledActionName"]: action
            for action in _describe(context, "describe_scheduled_actions", properties)
        }
        shape = model.operation_model("PutScheduledAction").input_shape
        for name, action in _actions(properties).items():
            self.refuse_what_was_lost(shape, action, actions.get(name))
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deregisters the target; its policies and actions go with it."""
        del logical_id, physical
        with gone_is_fine():
            call(context.client(SERVICE), "deregister_scalable_target", **some(properties, *NAMING))


class ScalingPolicy(Resource):
    """A policy of a target, given by its parts or by the target's Ref; Ref is the policy's ARN."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    carried = frozenset({"PolicyName", "PolicyType", "ScalingTargetId", *NAMING, *CONFIGURATIONS})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Puts the policy."""
        del logical_id
        arn = self._put(context, properties)
        return Physical(arn, {"Arn": arn})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the changed policy."""
        del physical, old
        self._put(context, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the policy is what was put."""
        target = self._target(properties)
        policies = _describe(context, "describe_scaling_policies", target)
        read = next((policy for policy in policies if policy["PolicyARN"] == physical.id), None)
        model = context.client(SERVICE).meta.service_model
        shape = model.operation_model("PutScalingPolicy").input_shape
        sent = some(properties, "PolicyName", "PolicyType", *CONFIGURATIONS)
        self.refuse_what_was_lost(shape, sent, read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the policy."""
        del logical_id, physical
        named = {**self._target(properties), **some(properties, "PolicyName")}
        with gone_is_fine():
            call(context.client(SERVICE), "delete_scaling_policy", **named)

    def _put(self, context: Context, properties: dict[str, Any]) -> str:
        sent = some(properties, "PolicyName", "PolicyType", *CONFIGURATIONS)
        arn: str = call(context.client(SERVICE), "put_scaling_policy", **self._target(properties), **sent)[
            "PolicyARN"
        ]
        return arn

    def _target(self, properties: dict[str, Any]) -> dict[str, Any]:
        named = some(properties, *NAMING)
        if "ScalingTargetId" in properties:
            parts = properties["ScalingTargetId"].split("|")
            if named or len(parts) != len(NAMING):
                raise ValueError(
                    f"{self.type}: give ScalingTargetId (got {properties['ScalingTargetId']!r}) "
                    f"or {', '.join(NAMING)} (got {named}), not both"
                )
            return dict(zip(NAMING, parts, strict=True))
        return named


def _describe(context: Context, operation: str, properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the targets, policies or actions of one resource and dimension."""
    named: dict[str, Any] = some(properties, "ScalableDimension", "ServiceNamespace")
    one = properties["ResourceId"]
    named |= {"ResourceIds": [one]} if operation == "describe_scalable_targets" else {"ResourceId": one}
    member = {
        "describe_scalable_targets": "ScalableTargets",
        "describe_scaling_policies": "ScalingPolicies",
        "describe_scheduled_actions": "ScheduledActions",
    }[operation]
    found: list[dict[str, Any]] = []
    for page in context.client(SERVICE).get_paginator(operation).paginate(**named):
        found += page[member]
    return found


def _actions(properties: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The scheduled actions by name, their times as such: of a template's text, UTC if it does not say."""
    return {
        action["ScheduledActionName"]: {
            name: _time(value) if name in ("StartTime", "EndTime") else value for name, value in action.items()
        }
        for action in properties.get("ScheduledActions", [])
    }


def _time(text: str) -> datetime:
    read = parse_timestamp(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
