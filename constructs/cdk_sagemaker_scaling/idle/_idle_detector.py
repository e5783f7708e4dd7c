from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling._checks import refuse

from ._actions import IdleActions
from ._function import Looker
from ._permissions import reasons, to_act, to_look
from ._wanted import TAG_KEY, Wanted
from ._widgets import idle_widgets

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3


class IdleEndpointDetector(Construct):
    """Looks at every endpoint of the account on a schedule, and tells a topic which ones idle and what they cost.

    The full report of each day is in its bucket, as JSON and CSV under ``reports/DATE/ACCOUNT``. A summary goes to
    the topic, an event "Idle Endpoints Reported" of source ``sagemaker-idle-endpoints`` to the default event bus,
    and counts and costs by region to CloudWatch. A second run of the same day does nothing twice.

    It reads and tells. With `actions` it also scales in or deletes what its owner has tagged for that.

    Attributes:
        function: looks; invoke it with ``{"again": true}`` for a second report of a day.
        role: what the function may do.
        bucket: the reports, and under ``state/``, which the function alone may write, what brings endpoints back.
    """

    function: lambda_.Function
    role: iam.Role
    bucket: s3.Bucket

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        topic: sns.ITopic,
        lookback_days: int = 7,
        schedule: events.Schedule | None = None,
        ignored_calls_per_day: float = 0,
        regions: Sequence[str] = (),
        all_regions: bool = False,
        actions: IdleActions | None = None,
        tag_key: str = TAG_KEY,
        prices: str | Path | None = None,
    ) -> None:
        """Define the function, its schedule, its bucket, its log group and its dead-letter queue.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            topic: who is told.
            lookback_days: how long an endpoint must have had no invocations, 1 to 63 days.
            schedule: when to look; by default once a day.
            ignored_calls_per_day: a day with at most so many calls counts as one without: health checks.
            regions: where to look; by default in the stack's own region.
            all_regions: whether to look in every region that is enabled for the account.
            actions: what may be done to idle endpoints; by default nothing.
            tag_key: of the tag by which an endpoint's owner exempts it (``keep``) or permits an action
                (``scale-in``, ``delete``).
            prices: a file as ``sagemaker-capacity prices --refresh`` writes it; by default costs are told for the
                few instance types of a snapshot of 2022, and are unknown for the others.

        Raises:
            ValueError: a number out of range, a file that is not there, actions that permit nothing; all at once.
        """
        # Loading aws_lambda takes a while, and a stack without a detector has no need of it.
        from aws_cdk import aws_events_targets as targets  # noqa: PLC0415

        super().__init__(scope, id)
        wanted = Wanted(
            lookback_days=lookback_days,
            ignored_calls_per_day=ignored_calls_per_day,
            regions=regions,
            all_regions=all_regions,
            actions=actions,
            tag_key=tag_key,
            prices=Path(prices) if prices is not None else None,
        )
        refuse(wanted.faults(), self.node.path)
        looker = Looker(
            self,
            topic=topic,
            environment=wanted.environment,
            statements=[
                *to_look(region=wanted.region, all_regions=all_regions),
                *to_act(actions, tag_key=tag_key, region=wanted.region),
            ],
            reasons=reasons(actions, region=wanted.region),
            prices=wanted.prices,
        )
        self.function, self.role, self.bucket = looker.function, looker.role, looker.bucket
        events.Rule(
            self,
            "Schedule",
            schedule=schedule or events.Schedule.rate(Duration.days(1)),
            targets=[targets.LambdaFunction(self.function, dead_letter_queue=looker.undelivered)],
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """Two graphs for a dashboard: how many endpoints idle, by region, and what they cost a month."""
        return idle_widgets()
