"""What scales a variant, in the contract's own record, from AWS's records of it.

CloudFormation's properties and Application Auto Scaling's answers bear the same names, so that a template and
what was deployed from it are read by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sagemaker_capacity_plan import (
    CpuPerCoreTarget,
    InvocationsTarget,
    Scaling,
    ScalingStep,
    ScheduledCapacity,
    StepScalingOut,
)

Record = dict[str, Any]


def scaling_of(
    target: Record, policies: Sequence[Record], step_alarms: Iterable[Record], scheduled: Iterable[Record]
) -> Scaling:
    """The scaling of one variant.

    Args:
        target: its scalable target.
        policies: the target's scaling policies.
        step_alarms: the alarms that set off its step policy, if it has one.
        scheduled: the target's scheduled actions.
    """
    tracking = [
        policy["TargetTrackingScalingPolicyConfiguration"]
        for policy in policies
        if policy["PolicyType"] == "TargetTrackingScaling"
    ]
    (invocations,) = (t for t in tracking if "PredefinedMetricSpecification" in t)
    cpu = next((t for t in tracking if "CustomizedMetricSpecification" in t), None)
    step = next((policy for policy in policies if policy["PolicyType"] == "StepScaling"), None)
    return Scaling(
        min_capacity=target["MinCapacity"],
        max_capacity=target["MaxCapacity"],
        invocations=InvocationsTarget(
            invocations["TargetValue"], invocations["ScaleInCooldown"], invocations["ScaleOutCooldown"]
        ),
        cpu_per_core=None if cpu is None else _cpu_per_core(cpu),
        step_out=None if step is None else _step_out(step["StepScalingPolicyConfiguration"], step_alarms),
        scheduled=tuple(_scheduled(action) for action in scheduled),
    )


def _cpu_per_core(tracking: Record) -> CpuPerCoreTarget:
    (math,) = (m for m in tracking["CustomizedMetricSpecification"]["Metrics"] if m["ReturnData"])
    _, _, vcpus = math["Expression"].partition(" / ")
    return CpuPerCoreTarget(
        tracking["TargetValue"], int(vcpus), tracking["ScaleInCooldown"], tracking["ScaleOutCooldown"]
    )


def _step_out(configuration: Record, alarms: Iterable[Record]) -> StepScalingOut:
    (alarm,) = alarms
    return StepScalingOut(
        threshold_per_instance_per_minute=alarm["Threshold"],
        evaluation_minutes=alarm["EvaluationPeriods"],
        cooldown_seconds=configuration["Cooldown"],
        steps=tuple(
            ScalingStep(
                step["MetricIntervalLowerBound"],
                step.get("MetricIntervalUpperBound"),
                step["ScalingAdjustment"],
            )
            for step in configuration["StepAdjustments"]
        ),
    )


def _scheduled(action: Record) -> ScheduledCapacity:
    return ScheduledCapacity(
        action["ScheduledActionName"],
        action["Schedule"],
        action["Timezone"],
        action["ScalableTargetAction"]["MinCapacity"],
    )
