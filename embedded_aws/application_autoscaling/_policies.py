"""Scaling policies: target tracking with its two alarms, and step scaling, whose alarms are somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

from embedded_aws.application_autoscaling import _alarms
from embedded_aws.application_autoscaling._capacities import capacity_of
from embedded_aws.application_autoscaling._registry import (
    NAMESPACE,
    Policy,
    Registry,
    TargetKey,
    invalid,
    not_found,
    paged,
    refuse_other_services,
    registry_of,
)
from embedded_aws.wire import Caller

_POLICIES_A_PAGE = 10
_STEPS_AT_MOST = 20
_CONFIGURATIONS = {
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "StepScaling": "StepScalingPolicyConfiguration",
}


def put_scaling_policy(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """PutScalingPolicy: makes a policy, or changes what is given of one that is there."""
    key = TargetKey.asked_for(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        registry.target(key)
        old = registry.policies.get((key, asked["PolicyName"]))
        type_ = asked.get("PolicyType") or (old.type if old else "StepScaling")
        configuration = _configuration(type_, old, asked)
        if type_ == "StepScaling":
            _check_steps(configuration)
            alarms: tuple[str, ...] = ()
        else:
            _check_tracking(registry, key, asked["PolicyName"], configuration)
            alarms = (old.alarms if old else ()) or _alarms.alarm_names(key.resource_id)
        policy = Policy(
            target=key,
            name=asked["PolicyName"],
            arn=old.arn if old else _arn(caller, key, asked["PolicyName"]),
            type=type_,
            configuration=configuration,
            alarms=alarms,
            created=old.created if old else datetime.now(UTC),
        )
        if alarms:
            _alarms.put_alarms(caller, policy, capacity_of(caller, key))
        elif old:
            _alarms.delete_alarms(caller.account, caller.region, old.alarms)
        registry.policies[key, policy.name] = policy
    return {"PolicyARN": policy.arn, "Alarms": _alarms.told(caller, policy.alarms)}


def _arn(caller: Caller, key: TargetKey, name: str) -> str:
    return (
        f"arn:aws:autoscaling:{caller.region}:{caller.account}:scalingPolicy:{uuid4()}:"
        f"resource/{NAMESPACE}/{key.resource_id}:policyName/{name}"
    )


def _configuration(type_: str, old: Policy | None, asked: dict[str, Any]) -> dict[str, Any]:
    if type_ not in _CONFIGURATIONS or "PredictiveScalingPolicyConfiguration" in asked:
        raise invalid("The policy type PredictiveScaling is one of Amazon ECS services alone")
    others = [name for each, name in _CONFIGURATIONS.items() if each != type_ and name in asked]
    if others:
        raise invalid(f"A policy of type {type_} has no {', '.join(others)}")
    kept = old.configuration if old and old.type == type_ else None
    configuration: dict[str, Any] | None = asked.get(_CONFIGURATIONS[type_], kept)
    if not configuration:
        raise invalid(f"A policy of type {type_} needs a {_CONFIGURATIONS[type_]}")
    return configuration


def _check_tracking(registry: Registry, key: TargetKey, name: str, configuration: dict[str, Any]) -> None:
    metric = _metric_of(configuration)
    if configuration["TargetValue"] <= 0:
        raise invalid(f"TargetValue must be above 0, got {configuration['TargetValue']}")
    predefined, customized = metric
    if (predefined is None) == (customized is None):
        raise invalid(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
        )
    if predefined is not None:
        _check_predefined(key, predefined)
    if customized is not None:
        _check_customized(customized)
    for policy in registry.policies.values():
        tracks = policy.type == "TargetTrackingScaling" and policy.target == key and policy.name != name
        if tracks and _metric_of(policy.configuration) == metric:
            raise invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _metric_of(configuration: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    return configuration.get("PredefinedMetricSpecification"), configuration.get("CustomizedMetricSpecification")


def _check_predefined(key: TargetKey, specification: dict[str, Any]) -> None:
    name = specification["PredefinedMetricType"]
    metric = _alarms.PREDEFINED.get(name)
    if metric is None or metric.dimension != key.dimension:
        raise invalid(f"The predefined metric {name} is not one of the scalable dimension {key.dimension}")
    if "ResourceLabel" in specification:
        raise invalid(f"ResourceLabel is not one of {name}'s parameters")


def _check_customized(specification: dict[str, Any]) -> None:
    queries = specification.get("Metrics")
    single = [
        name for name in ("MetricName", "Namespace", "Statistic", "Dimensions", "Unit") if name in specification
    ]
    if queries and single:
        raise invalid(f"A customized metric has Metrics or {', '.join(single)}, not both")
    if not queries:
        missing = [name for name in ("MetricName", "Namespace", "Statistic") if name not in specification]
        if missing:
            raise invalid(f"A customized metric needs {', '.join(missing)}, or Metrics")
        return
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        raise invalid(f"The Ids of Metrics must be unique, got {', '.join(ids)}")
    for query in queries:
        if ("Expression" in query) == ("MetricStat" in query):
            raise invalid(f"Exactly one of Expression and MetricStat must be specified for {query['Id']}")
    returned = [query["Id"] for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise invalid(f"Exactly one of Metrics returns data, got {', '.join(returned) or 'none'}")


def _check_steps(configuration: dict[str, Any]) -> None:
    steps = configuration.get("StepAdjustments", [])
    if "AdjustmentType" not in configuration:
        raise invalid("StepScalingPolicyConfiguration needs an AdjustmentType")
    if not 1 <= len(steps) <= _STEPS_AT_MOST:
        raise invalid(f"A step scaling policy has 1 to {_STEPS_AT_MOST} step adjustments, got {len(steps)}")
    if "MinAdjustmentMagnitude" in configuration and configuration["AdjustmentType"] != "PercentChangeInCapacity":
        raise invalid("MinAdjustmentMagnitude is allowed with PercentChangeInCapacity alone")
    infinite = float("inf")
    bounds = sorted(
        (step.get("MetricIntervalLowerBound", -infinite), step.get("MetricIntervalUpperBound", infinite))
        for step in steps
    )
    for lower, upper in bounds:
        if lower >= upper:
            raise invalid(f"A step's upper bound must be above its lower bound, got {lower} to {upper}")
    for (_, end), (start, _) in pairwise(bounds):
        if start < end:
            raise invalid(f"Step adjustment intervals can't overlap: one ends at {end}, the next starts at {start}")
        if start > end:
            raise invalid(f"Step adjustment intervals can't have gaps: nothing holds from {end} to {start}")


def delete_scaling_policy(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteScalingPolicy: the alarms that came with it go with it."""
    key = TargetKey.asked_for(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        policy = registry.policies.pop((key, asked["PolicyName"]), None)
        if policy is None:
            raise not_found(f"No scaling policy found for {key}, policy name: {asked['PolicyName']}")
        _alarms.delete_alarms(caller.account, caller.region, policy.alarms)
    return {}


def describe_scaling_policies(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeScalingPolicies, by resource id and name, 10 to a page."""
    refuse_other_services(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        policies = [registry.policies[key] for key in sorted(registry.policies)]
    names = set(asked.get("PolicyNames", []))
    rows = [
        {
            **policy.target.told(),
            "PolicyARN": policy.arn,
            "PolicyName": policy.name,
            "PolicyType": policy.type,
            _CONFIGURATIONS[policy.type]: policy.configuration,
            "Alarms": _alarms.told(caller, policy.alarms),
            "CreationTime": policy.created,
        }
        for policy in policies
        if (not names or policy.name in names)
        and asked.get("ResourceId", policy.target.resource_id) == policy.target.resource_id
        and asked.get("ScalableDimension", policy.target.dimension) == policy.target.dimension
    ]
    return paged(rows, asked, _POLICIES_A_PAGE, "ScalingPolicies")
