from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Names
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_capacity_plan import ScalingStep, step_faults

from ._alarms import alarm_metric
from ._checks import at_least, refuse
from ._metrics import INVOCATIONS_PER_INSTANCE

if TYPE_CHECKING:
    from ._scaling import VariantScaling

_Policy = autoscaling.CfnScalingPolicy


class StepScalingOutPolicy(Construct):
    """Adds instances in steps once the invocations per instance pass a threshold, with the alarm that says so.

    It never removes any: a step scale-in is not held back by target tracking and would work against it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: VariantScaling,
        threshold_per_instance_per_minute: float,
        steps: Sequence[ScalingStep],
        evaluation_minutes: int = 1,
        cooldown_seconds: int = 300,
    ) -> None:
        """Attach the policy and its alarm.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            scaling: the scalable target.
            threshold_per_instance_per_minute: the alarm's threshold; the steps' bounds are offsets from it.
            steps: contiguous from 0, the last one open.
            evaluation_minutes: how many minutes in a row must be above the threshold.
            cooldown_seconds: how long a further step adds no more than the difference.

        Raises:
            ValueError: steps that leave a gap, overlap or end, or other numbers out of range.
        """
        super().__init__(scope, id)
        faults = at_least("evaluation_minutes", evaluation_minutes, 1)
        faults += at_least("cooldown_seconds", cooldown_seconds, 0)
        refuse(faults + step_faults(steps), self.node.path)
        policy = _Policy(
            self,
            "Resource",
            policy_name=Names.unique_resource_name(self),
            policy_type="StepScaling",
            scaling_target_id=scaling.scaling_target_id,
            step_scaling_policy_configuration=_Policy.StepScalingPolicyConfigurationProperty(
                adjustment_type="PercentChangeInCapacity",
                min_adjustment_magnitude=1,
                cooldown=cooldown_seconds,
                metric_aggregation_type="Maximum",
                step_adjustments=[
                    _Policy.StepAdjustmentProperty(
                        metric_interval_lower_bound=step.lower_bound,
                        metric_interval_upper_bound=step.upper_bound,
                        scaling_adjustment=step.change_percent,
                    )
                    for step in steps
                ],
            ),
        )
        cloudwatch.CfnAlarm(
            self,
            "Alarm",
            alarm_description=f"Variant {scaling.variant.name} is given more than an instance carries: "
            "scales it out in steps.",
            **alarm_metric(INVOCATIONS_PER_INSTANCE, scaling.variant),
            comparison_operator="GreaterThanThreshold",
            threshold=threshold_per_instance_per_minute,
            evaluation_periods=evaluation_minutes,
            datapoints_to_alarm=evaluation_minutes,
            treat_missing_data="notBreaching",
            alarm_actions=[policy.ref],
        )
