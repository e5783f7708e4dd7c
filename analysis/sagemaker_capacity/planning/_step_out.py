"""The step policy that hurries where target tracking would be late, from what was measured."""

from __future__ import annotations

import math

from sagemaker_capacity._limits import as_written, exact, instances_for
from sagemaker_capacity_plan import Demand, Limits, Metric, Saturation, ScalingStep, StepScaling

_PERIOD_SECONDS = 60  # InvocationsPerInstance is a sum over a minute, and a target is per minute.
_DOUBLE_PERCENT = 100


def step_out(
    limits: Limits, saturation: Saturation, demand: Demand, target: int, cooldown_seconds: int
) -> tuple[StepScaling, ...]:
    """Hurry once an instance is past what it surely sustains within the objective.

    Up to the measured maximum the metric shows the load, and the step restores the target at its upper end.
    From there on the metric cannot show more than an instance does, so the fleet at least doubles. A step is never
    smaller than what the traffic's steepest ramp adds before the policy acts again.
    """
    threshold = saturation.least_invocations_per_minute
    if threshold is None or saturation.is_lower_bound or threshold <= target:
        return ()
    maximum = limits.max_invocations_per_minute
    to_restore = math.ceil((exact(maximum) / target - 1) * 100)
    saturated_at = as_written(float(exact(maximum) - exact(threshold)))
    steps: tuple[ScalingStep, ...] = (ScalingStep(0, None, to_restore),)
    if to_restore < _DOUBLE_PERCENT and saturated_at > 0:
        steps = (ScalingStep(0, saturated_at, to_restore), ScalingStep(saturated_at, None, _DOUBLE_PERCENT))
    policy = StepScaling(
        name="StepOut",
        direction="out",
        queries=(Metric("invocations_per_instance", "AWS/SageMaker", "InvocationsPerInstance", "Sum"),),
        threshold=threshold,
        period_seconds=_PERIOD_SECONDS,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        adjustment_type="PercentChangeInCapacity",
        min_adjustment_magnitude=least_step(demand, target, cooldown_seconds),
        cooldown_seconds=cooldown_seconds,
        steps=steps,
    )
    return (policy,)


def least_step(demand: Demand, target: int, cooldown_seconds: int) -> int:
    """How many instances the steepest ramp takes within one cooldown; one where no ramp is known."""
    if demand.ramp_tps_per_minute is None:
        return 1
    added_tps = exact(demand.ramp_tps_per_minute) * cooldown_seconds / 60
    return max(1, instances_for(added_tps, target, share=demand.planned_share))
