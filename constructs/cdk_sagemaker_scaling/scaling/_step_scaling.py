from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from aws_cdk import Names
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import at_least, one_of, refuse, unresolved
from sagemaker_capacity_plan import (
    WAKE_FROM_ZERO_PERIOD_SECONDS,
    AdjustmentType,
    Direction,
    Metric,
    MissingData,
    Query,
    ScalingStep,
    adjustment_faults,
    alarm_faults,
    query_faults,
    step_faults,
)

from ._queries import What, alarmed, period_seconds_of, queries_of
from ._target import ScalableTarget
from ._target_tracking import COOLDOWN_SECONDS

_AGGREGATIONS = ("Average", "Minimum", "Maximum")
_Policy = autoscaling.CfnScalingPolicy


class _StepPolicy(Construct):
    """A step policy and the alarm that sets it off."""

    def _make(
        self,
        scaling: ScalableTarget,
        steps: Sequence[ScalingStep],
        *,
        queries: Sequence[Query],
        period_seconds: int,
        adjustment_type: AdjustmentType,
        min_adjustment_magnitude: int | None,
        cooldown_seconds: int,
        inward: bool,
        alarm: dict[str, object],
    ) -> None:
        watched = alarmed(queries, scaling.resource, period_seconds)
        scaling.take_step(self, cooldown_seconds, inward=inward)
        if not scaling.enabled:
            return
        policy = _Policy(
            self,
            "Resource",
            policy_name=Names.unique_resource_name(self),
            policy_type="StepScaling",
            scaling_target_id=scaling.scaling_target_id,
            step_scaling_policy_configuration=_Policy.StepScalingPolicyConfigurationProperty(
                adjustment_type=adjustment_type,
                min_adjustment_magnitude=min_adjustment_magnitude,
                cooldown=cooldown_seconds,
                metric_aggregation_type=_aggregation(queries),
                step_adjustments=[
                    _Policy.StepAdjustmentProperty(
                        metric_interval_lower_bound=step.lower_bound,
                        metric_interval_upper_bound=step.upper_bound,
                        scaling_adjustment=step.adjustment,
                    )
                    for step in steps
                ],
            ),
        )
        cloudwatch.CfnAlarm(self, "Alarm", **{**watched, **alarm, "alarm_actions": [policy.ref]})


def _aggregation(queries: Sequence[Query]) -> str:
    """How the policy sums up the alarm's datapoints: as the alarm's own statistic does, where there is such."""
    last = queries[-1]
    return last.statistic if isinstance(last, Metric) and last.statistic in _AGGREGATIONS else "Average"


class _DirectedStepPolicy(_StepPolicy):
    _DIRECTION: Direction
    _COMPARISON: str
    _PASSED: str

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        threshold: float,
        steps: Sequence[ScalingStep],
        metric: What | None = None,
        adjustment_type: AdjustmentType = "PercentChangeInCapacity",
        min_adjustment_magnitude: int | None = None,
        cooldown_seconds: int = COOLDOWN_SECONDS,
        period_seconds: int | None = None,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        treat_missing_data: MissingData = "notBreaching",
    ) -> None:
        """Attach the policy and its alarm.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            scaling: the target.
            threshold: the alarm's, in the metric's unit.
            steps: from the threshold outwards: contiguous, the first from 0, the last open, at most 20. Bounds are
                offsets from the threshold.
            metric: a CDK metric or MathExpression, or a plan's queries; by default the invocations per instance
                of a real-time variant, or per copy of an inference component.
            adjustment_type: what a step's adjustment is: percent, instances (or copies), or the capacity itself.
            min_adjustment_magnitude: the least that a change in percent amounts to.
            cooldown_seconds: how long a further step adds no more than the difference.
            period_seconds: how long each datapoint of the alarm is; by default the metric's own period.
            evaluation_periods: how many datapoints the alarm looks at.
            datapoints_to_alarm: how many of them must be past the threshold; by default all.
            treat_missing_data: what a missing datapoint counts as.

        Raises:
            ValueError: steps that leave a gap, overlap, end, or go the wrong way; a window that CloudWatch
                refuses; no metric to look at. All faults at once.
        """
        super().__init__(scope, id)
        what = metric if metric is not None else _load_of(scaling)
        queries = queries_of(what)
        datapoints = evaluation_periods if datapoints_to_alarm is None else datapoints_to_alarm
        period = period_seconds or period_seconds_of(what)
        faults = query_faults(queries) + at_least("cooldown_seconds", cooldown_seconds, 0)
        faults += one_of("treat_missing_data", treat_missing_data, get_args(MissingData))
        if not any(map(unresolved, (period, evaluation_periods, datapoints))):
            faults += alarm_faults(period, evaluation_periods, datapoints)
        faults += step_faults(steps, self._DIRECTION)
        known = [step for step in steps if not unresolved(step.adjustment)]
        least = None if unresolved(min_adjustment_magnitude) else min_adjustment_magnitude
        faults += adjustment_faults(known, self._DIRECTION, adjustment_type, least)
        refuse(faults, f"{type(self).__name__} {id!r}")
        self._make(
            scaling,
            steps,
            queries=queries,
            period_seconds=period,
            adjustment_type=adjustment_type,
            min_adjustment_magnitude=min_adjustment_magnitude,
            cooldown_seconds=cooldown_seconds,
            inward=self._DIRECTION == "in",
            alarm={
                "alarm_description": f"{self._PASSED} of {scaling.resource.name}: scales it {self._DIRECTION} "
                "in steps.",
                "comparison_operator": self._COMPARISON,
                "threshold": threshold,
                "evaluation_periods": evaluation_periods,
                "datapoints_to_alarm": datapoints,
                "treat_missing_data": treat_missing_data,
            },
        )


class StepScalingOutPolicy(_DirectedStepPolicy):
    """Adds capacity in steps once a metric is above a threshold, with the alarm that says so."""

    _DIRECTION: Direction = "out"
    _COMPARISON = "GreaterThanThreshold"
    _PASSED = "High load"


class StepScalingInPolicy(_DirectedStepPolicy):
    """Removes capacity in steps once a metric is below a threshold, with the alarm that says so.

    It is not held back by target tracking on the same target and works against it: synthesis warns of the two.
    """

    _DIRECTION: Direction = "in"
    _COMPARISON = "LessThanThreshold"
    _PASSED = "Low load"


class WakeFromZeroPolicy(_StepPolicy):
    """Adds the first capacity once requests meet none: target tracking cannot, its metric is undefined there."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        adjustment: int = 1,
        evaluation_periods: int = 2,
        datapoints_to_alarm: int | None = None,
        cooldown_seconds: int = COOLDOWN_SECONDS,
    ) -> None:
        """Attach the policy and its alarm.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            scaling: the target, of an asynchronous variant or an inference component.
            adjustment: how many instances or copies to add.
            evaluation_periods: how many minutes the alarm looks at.
            datapoints_to_alarm: in how many of them requests must have met no capacity; by default in all.
            cooldown_seconds: how long a further alarm adds nothing.

        Raises:
            ValueError: what is scaled cannot be at zero, or numbers out of range.
        """
        super().__init__(scope, id)
        resource = scaling.resource
        datapoints = evaluation_periods if datapoints_to_alarm is None else datapoints_to_alarm
        faults = at_least("adjustment", adjustment, 1) + at_least("cooldown_seconds", cooldown_seconds, 0)
        if not any(map(unresolved, (evaluation_periods, datapoints))):
            faults += alarm_faults(WAKE_FROM_ZERO_PERIOD_SECONDS, evaluation_periods, datapoints)
        metric = resource.wakes_on
        if metric is None:
            faults.append(
                f"{resource.kind.one} is never at zero, so there is nothing to wake: "
                "asynchronous variants and inference components can be"
            )
        refuse(faults, f"WakeFromZeroPolicy {id!r}")
        assert metric is not None  # noqa: S101 - refused above
        scaling.take_wake()
        self._make(
            scaling,
            [ScalingStep(0, None, adjustment)],
            queries=[Metric("waiting", metric.namespace, metric.name, metric.statistic)],
            period_seconds=WAKE_FROM_ZERO_PERIOD_SECONDS,
            adjustment_type="ChangeInCapacity",
            min_adjustment_magnitude=None,
            cooldown_seconds=cooldown_seconds,
            inward=False,
            alarm={
                "alarm_description": f"Requests to {resource.name} meet no capacity: scales it out of zero.",
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "threshold": 1,  # a single request is enough
                "evaluation_periods": evaluation_periods,
                "datapoints_to_alarm": datapoints,
                "treat_missing_data": "missing",
            },
        )


def _load_of(scaling: ScalableTarget) -> list[Query]:
    """The load on each instance or copy, where SageMaker publishes it."""
    published = scaling.resource.kind.metrics
    for load in (metrics.INVOCATIONS_PER_INSTANCE, metrics.INVOCATIONS_PER_COPY):
        if load in published:
            return [Metric("load", load.namespace, load.name, load.statistic)]
    raise ValueError(f"{scaling.resource.kind.one} publishes no load per instance or copy: give metric")
