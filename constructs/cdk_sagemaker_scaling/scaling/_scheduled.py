from __future__ import annotations

from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from cdk_sagemaker_scaling._checks import unresolved
from sagemaker_capacity_plan import ScheduledCapacity

from ._target import KnownAtDeploy, ScalableTarget


class ScheduledScaling(Construct):
    """From a time on, other bounds of the capacity; its id is the scheduled action's name."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        scaling: ScalableTarget,
        schedule: str | autoscaling.Schedule,
        timezone: str = "Etc/UTC",
        min_capacity: int | None = None,
        max_capacity: int | None = None,
        start_utc: str | None = None,
        end_utc: str | None = None,
    ) -> None:
        """Add the action to its target.

        Args:
            scope: the construct's parent.
            id: the construct's id, and the action's name.
            scaling: the target.
            schedule: ``cron(30 8 ? * MON-FRI *)``, ``rate(1 day)``, ``at(2026-01-31T09:00:00)``, or CDK's Schedule.
            timezone: in which the schedule is read, such as ``Europe/Berlin``.
            min_capacity: the least capacity from then on; by default as it is.
            max_capacity: the most capacity from then on; by default as it is.
            start_utc: when a repeating schedule begins, ``2026-01-31T09:00:00Z``.
            end_utc: when it ends.

        Raises:
            ValueError: a schedule that AWS cannot read, or bounds that do not fit the target's.
        """
        super().__init__(scope, id)
        expression = schedule if isinstance(schedule, str) else schedule.expression_string
        known = not any(map(unresolved, (expression, min_capacity, max_capacity)))
        action = ScheduledCapacity if known else KnownAtDeploy
        scaling.schedule(action(id, expression, timezone, min_capacity, max_capacity, start_utc, end_utc))
