from __future__ import annotations

from typing import Any

from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import at_least, refuse, within
from cdk_sagemaker_scaling.endpoints._variants import ServerlessVariant
from cdk_sagemaker_scaling.scaling._from_plan import scaling_of
from sagemaker_capacity_plan import CapacityPlan, ServerlessScaling

from ._alarms import AlarmGroup, above, errors, latency, objective_faults
from ._from_plan import objective_of
from ._readings import failed_percent


class ServerlessAlarms(AlarmGroup):
    """Tells a topic when a serverless variant fails requests, is slow, or comes close to refusing or starting cold.

    At its maximum concurrency SageMaker refuses requests; no metric counts these.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: ServerlessVariant,
        topic: sns.ITopic,
        error_percent: float | None = 1,
        latency_ms: float | None = None,
        latency_statistic: str = "p99",
        concurrency_utilization: float | None = 0.9,
        spillover_per_minute: float | None = None,
        memory_percent: float | None = None,
    ) -> None:
        """Define the alarms: one for each threshold, and none where the threshold is None.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told, of the alarm and of its end; CloudWatch must be permitted to publish there.
            error_percent: share of the requests that may fail (5xx), from 0, over 5 minutes.
            latency_ms: the model latency not to be exceeded for 3 minutes, no token.
            latency_statistic: ``mean``, or a percentile such as ``p95``.
            concurrency_utilization: the share of the maximum concurrency, up to 1, not to be reached for 5 minutes.
            spillover_per_minute: how many requests may find no provisioned concurrency, over 5 minutes.
            memory_percent: how full the memory may be for 5 minutes.

        Raises:
            ValueError: thresholds out of range; all faults at once.
        """
        super().__init__(scope, id)
        faults = objective_faults(error_percent, latency_ms, latency_statistic)
        faults += within("concurrency_utilization", concurrency_utilization, 0, 1)
        faults += (
            at_least("spillover_per_minute", spillover_per_minute, 0) if spillover_per_minute is not None else []
        )
        faults += within("memory_percent", memory_percent, 0, 100)
        refuse(faults, f"alarms of variant {variant.name!r}")
        named = f"variant {variant.name}"
        used = f"{named.capitalize()} uses {{}} of its maximum concurrency, beyond which requests are refused."
        spilled = f"More than {{}} requests a minute to {named} find no provisioned concurrency."
        full = f"The memory of {named} is more than {{}} % full."
        in_use = metrics.CONCURRENT_EXECUTIONS_UTILIZATION
        spillover = metrics.PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS
        watches = [
            *errors(named, error_percent, failed_percent()),
            *latency(named, latency_ms, latency_statistic),
            *above("Concurrency", used, in_use, concurrency_utilization, minutes=5, at_threshold=True),
            *above("Spillover", spilled, spillover, spillover_per_minute, minutes=5),
            *above("Memory", full, metrics.MEMORY_UTILIZATION, memory_percent, minutes=5),
        ]
        self._watch(variant, topic, watches)

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: ServerlessVariant,
        topic: sns.ITopic,
        plan: CapacityPlan,
        **others: Any,  # noqa: ANN401 - the constructor's
    ) -> ServerlessAlarms:
        """The alarms with a plan's objective.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told.
            plan: the capacity plan.
            others: further thresholds, such as `spillover_per_minute`, or others than the plan's.

        Raises:
            ValueError: the plan is for another kind of endpoint.
        """
        scaling_of(plan, variant, ServerlessScaling)
        return cls(scope, id, variant=variant, topic=topic, **{**objective_of(plan.saturation), **others})
