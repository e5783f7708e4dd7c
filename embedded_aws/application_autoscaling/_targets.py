"""Scalable targets: registered, with the present capacity moved into their bounds, described, deregistered."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from moto.sagemaker.exceptions import ValidationError

from embedded_aws.application_autoscaling._alarms import delete_alarms
from embedded_aws.application_autoscaling._capacities import capacity_of
from embedded_aws.application_autoscaling._registry import (
    Registry,
    Target,
    TargetKey,
    invalid,
    not_found,
    paged,
    refuse_other_services,
    registry_of,
    service_role,
)
from embedded_aws.wire import Caller

_TARGETS_A_PAGE = 50
_ID = string.ascii_lowercase + string.digits
_SWITCHES = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def register_scalable_target(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """RegisterScalableTarget: makes a target, or changes what is given of one that is there.

    RoleARN is read by no one: SageMaker's service-linked role does the scaling, and is what a description names.
    """
    key = TargetKey.asked_for(asked)
    capacity = capacity_of(caller, key)
    present = capacity.now()
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        target = _changed(registry.targets.get(key) or _new(caller, key, asked), asked)
        if target.min_capacity < 0:
            raise invalid(f"Minimum capacity must be at least 0, got {target.min_capacity}")
        if target.min_capacity > target.max_capacity:
            raise invalid(
                "Maximum capacity cannot be less than minimum capacity, "
                f"got {target.max_capacity} and {target.min_capacity}"
            )
        within = min(max(present, target.min_capacity), target.max_capacity)
        if within != present:
            try:
                capacity.set(within)
            except ValidationError as error:  # more provisioned concurrency than the variant allows
                raise invalid(str(error)) from error
        registry.targets[key] = target
        registry.tags.setdefault(target.arn, {}).update(asked.get("Tags", {}))
    return {"ScalableTargetARN": target.arn}


def _new(caller: Caller, key: TargetKey, asked: dict[str, Any]) -> Target:
    missing = [name for name in ("MinCapacity", "MaxCapacity") if name not in asked]
    if missing:
        raise invalid(f"{' and '.join(missing)} must be given to register a new scalable target")
    id_ = "".join(secrets.choice(_ID) for _ in range(28))
    return Target(
        key=key,
        arn=f"arn:aws:application-autoscaling:{caller.region}:{caller.account}:scalable-target/{id_}",
        min_capacity=asked["MinCapacity"],
        max_capacity=asked["MaxCapacity"],
        suspended=dict.fromkeys(_SWITCHES, False),
        created=datetime.now(UTC),
    )


def _changed(target: Target, asked: dict[str, Any]) -> Target:
    return replace(
        target,
        min_capacity=asked.get("MinCapacity", target.min_capacity),
        max_capacity=asked.get("MaxCapacity", target.max_capacity),
        suspended={**target.suspended, **asked.get("SuspendedState", {})},
    )


def deregister_scalable_target(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DeregisterScalableTarget: its policies, their alarms and its scheduled actions go with it."""
    key = TargetKey.asked_for(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        if key not in registry.targets:
            raise not_found(f"No scalable target found for {key}")
        _forget(registry, caller.account, caller.region, key)
    return {}


def deregister_endpoint(account: str, region: str, endpoint_name: str) -> None:
    """Forget the targets of an endpoint that is deleted, as AWS does."""
    registry = registry_of(account, region)
    with registry.lock:
        for key in [key for key in registry.targets if key.resource_id.startswith(_variant_of(endpoint_name))]:
            _forget(registry, account, region, key)


def scaled_variants(account: str, region: str, endpoint_name: str) -> set[str]:
    """The names of an endpoint's variants that are scalable targets."""
    start = _variant_of(endpoint_name)
    keys = list(registry_of(account, region).targets)
    return {key.resource_id.removeprefix(start) for key in keys if key.resource_id.startswith(start)}


def _variant_of(endpoint_name: str) -> str:
    return f"endpoint/{endpoint_name}/variant/"


def _forget(registry: Registry, account: str, region: str, key: TargetKey) -> None:
    for policy in [policy for policy in registry.policies.values() if policy.target == key]:
        delete_alarms(account, region, policy.alarms)
        del registry.policies[key, policy.name]
    for action in [action for action in registry.actions.values() if action.target == key]:
        del registry.actions[key, action.name]
    registry.tags.pop(registry.targets.pop(key).arn, None)


def describe_scalable_targets(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeScalableTargets, by resource id, 50 to a page."""
    refuse_other_services(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        targets = [registry.targets[key] for key in sorted(registry.targets)]
    ids = set(asked.get("ResourceIds", []))
    rows = [
        {
            **target.key.told(),
            "MinCapacity": target.min_capacity,
            "MaxCapacity": target.max_capacity,
            "RoleARN": service_role(caller),
            "CreationTime": target.created,
            "SuspendedState": target.suspended,
            "ScalableTargetARN": target.arn,
        }
        for target in targets
        if (not ids or target.key.resource_id in ids)
        and asked.get("ScalableDimension", target.key.dimension) == target.key.dimension
    ]
    return paged(rows, asked, _TARGETS_A_PAGE, "ScalableTargets")


def describe_scaling_activities(_: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeScalingActivities: none, since nothing scales by itself here."""
    refuse_other_services(asked)
    return paged([], asked, _TARGETS_A_PAGE, "ScalingActivities")
