"""What scales a variant, in the contract's own record, from AWS's records of it.

CloudFormation's properties and Application Auto Scaling's answers bear the same names, so that a template and
what was deployed from it are read by the same code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sagemaker_capacity_plan import (
    ConcurrencyTarget,
    CpuPerCoreTarget,
    InvocationsTarget,
    MetricTarget,
    RealTimeScaling,
    ScalingStep,
    ScheduledCapacity,
    StepScaling,
    Suspended,
)

from .queries import Record, queries_of

_PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": ("invocations", InvocationsTarget),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": ("concurrency", ConcurrencyTarget),
}
_PER_CORE = re.compile(r"cpu / (\d+)")


def scaling_of(
    target: Record,
    policies: Mapping[str, Record],
    step_alarms: Mapping[str, Record],
    scheduled: Iterable[Record],
) -> RealTimeScaling:
    """The scaling of one variant.

    Args:
        target: its scalable target.
        policies: the target's scaling policies, by the ids of their constructs.
        step_alarms: the alarm that sets off each step policy, by the same ids.
        scheduled: the target's scheduled actions.
    """
    tracking = {
        name: policy["TargetTrackingScalingPolicyConfiguration"]
        for name, policy in policies.items()
        if policy["PolicyType"] == "TargetTrackingScaling"
    }
    return RealTimeScaling(
        min_capacity=target["MinCapacity"],
        max_capacity=target["MaxCapacity"],
        **dict(_predefined(configuration) for configuration in tracking.values() if _type_of(configuration)),
        cpu_per_core=next((_cpu_per_core(t, cores) for t in tracking.values() if (cores := _cores(t))), None),
        metric_tracking=tuple(
            MetricTarget(name, queries_of(t["CustomizedMetricSpecification"]), t["TargetValue"], **_pace(t))
            for name, t in tracking.items()
            if not _type_of(t) and not _cores(t)
        ),
        step_scaling=tuple(
            _step_scaling(name, policy["StepScalingPolicyConfiguration"], step_alarms[name])
            for name, policy in policies.items()
            if policy["PolicyType"] == "StepScaling"
        ),
        scheduled=tuple(_scheduled(action) for action in scheduled),
        suspended=_suspended(target.get("SuspendedState", {})),
    )


def _type_of(tracking: Record) -> str | None:
    predefined: Record = tracking.get("PredefinedMetricSpecification", {})
    return predefined.get("PredefinedMetricType")


def _predefined(tracking: Record) -> tuple[str, Any]:
    field, record = _PREDEFINED[str(_type_of(tracking))]
    return field, record(tracking["TargetValue"], **_pace(tracking))


def _cores(tracking: Record) -> int | None:
    """By how many cores a policy divides the CPU, if it does so."""
    for query in tracking.get("CustomizedMetricSpecification", {}).get("Metrics", ()):
        if match := _PER_CORE.fullmatch(query.get("Expression", "")):
            return int(match[1])
    return None


def _cpu_per_core(tracking: Record, cores: int) -> CpuPerCoreTarget:
    return CpuPerCoreTarget(tracking["TargetValue"], cores, **_pace(tracking))


def _pace(tracking: Record) -> dict[str, Any]:
    return {
        "scale_in_cooldown_seconds": tracking["ScaleInCooldown"],
        "scale_out_cooldown_seconds": tracking["ScaleOutCooldown"],
        "disable_scale_in": tracking.get("DisableScaleIn", False),
    }


def _step_scaling(name: str, configuration: Record, alarm: Record) -> StepScaling:
    periods = [alarm.get("Period"), *(query.get("Period") for query in alarm.get("Metrics", ()))]
    periods += [query.get("MetricStat", {}).get("Period") for query in alarm.get("Metrics", ())]
    (period_seconds,) = {period for period in periods if period is not None}
    return StepScaling(
        name=name,
        direction="out" if alarm["ComparisonOperator"].startswith("GreaterThan") else "in",
        queries=queries_of(alarm),
        threshold=alarm["Threshold"],
        period_seconds=period_seconds,
        evaluation_periods=alarm["EvaluationPeriods"],
        datapoints_to_alarm=alarm["DatapointsToAlarm"],
        treat_missing_data=alarm["TreatMissingData"],
        adjustment_type=configuration["AdjustmentType"],
        min_adjustment_magnitude=configuration.get("MinAdjustmentMagnitude"),
        cooldown_seconds=configuration["Cooldown"],
        steps=tuple(
            ScalingStep(
                step.get("MetricIntervalLowerBound"),
                step.get("MetricIntervalUpperBound"),
                step["ScalingAdjustment"],
            )
            for step in configuration["StepAdjustments"]
        ),
    )


def _scheduled(action: Record) -> ScheduledCapacity:
    bounds = action["ScalableTargetAction"]
    return ScheduledCapacity(
        action["ScheduledActionName"],
        action["Schedule"],
        action["Timezone"],
        bounds.get("MinCapacity"),
        bounds.get("MaxCapacity"),
        _utc(action.get("StartTime")),
        _utc(action.get("EndTime")),
    )


def _utc(time: Any) -> str | None:  # noqa: ANN401 - a text in a template, a time in an answer
    return time if time is None or isinstance(time, str) else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _suspended(state: Record) -> Suspended | None:
    if not any(state.values()):
        return None
    return Suspended(
        scale_in=state.get("DynamicScalingInSuspended", False),
        scale_out=state.get("DynamicScalingOutSuspended", False),
        scheduled=state.get("ScheduledScalingSuspended", False),
    )
