from __future__ import annotations

from typing import Any

from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import at_least, refuse, within
from cdk_sagemaker_scaling.endpoints._inference_component import InferenceComponentCopies
from cdk_sagemaker_scaling.scaling._from_plan import scaling_of
from sagemaker_capacity_plan import CapacityPlan, ComponentScaling

from ._alarms import MINUTES_FULL, AlarmGroup, above, at_maximum, capacity_faults, errors, latency, objective_faults
from ._from_plan import maximum_of, objective_of
from ._readings import COPIES, failed_percent


class InferenceComponentAlarms(AlarmGroup):
    """Tells a topic when an inference component fails requests, has no copy for them, is slow, or is full."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        component: InferenceComponentCopies,
        topic: sns.ITopic,
        error_percent: float | None = 1,
        no_capacity_failures_per_minute: float | None = 0,
        latency_ms: float | None = None,
        latency_statistic: str = "p99",
        invocations_per_copy_per_minute: float | None = None,
        concurrent_requests_per_copy: float | None = None,
        memory_percent: float | None = None,
        max_capacity: int | None = None,
    ) -> None:
        """Define the alarms: one for each threshold, and none where the threshold is None.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            component: what to watch.
            topic: who is told, of the alarm and of its end; CloudWatch must be permitted to publish there.
            error_percent: share of the requests that may fail (5xx), from 0, over 5 minutes.
            no_capacity_failures_per_minute: how many requests may find no copy, over 15 minutes: a component at
                zero fails some until its first copy serves.
            latency_ms: the model latency not to be exceeded for 3 minutes, no token.
            latency_statistic: ``mean``, or a percentile such as ``p95``.
            invocations_per_copy_per_minute: what a copy carries, not to be exceeded for 15 minutes.
            concurrent_requests_per_copy: what a copy holds at once, not to be exceeded for 15 minutes.
            memory_percent: how full the memory that a copy reserves may be for 15 minutes, on average.
            max_capacity: the most copies that scaling may reach, not to be held for 15 minutes.

        Raises:
            ValueError: thresholds out of range; all faults at once.
        """
        super().__init__(scope, id)
        without = no_capacity_failures_per_minute
        faults = objective_faults(error_percent, latency_ms, latency_statistic)
        faults += at_least("no_capacity_failures_per_minute", without, 0) if without is not None else []
        faults += within("memory_percent", memory_percent, 0, 100)
        faults += capacity_faults(
            max_capacity,
            invocations_per_copy_per_minute=invocations_per_copy_per_minute,
            concurrent_requests_per_copy=concurrent_requests_per_copy,
        )
        refuse(faults, f"alarms of inference component {component.name!r}")
        named = f"inference component {component.name}"
        nowhere = f"More than {{}} requests a minute to {named} find no copy of it."
        load = f"A copy of {named} gets more than {{}} invocations a minute."
        held = f"A copy of {named} holds more than {{}} requests at once."
        full = f"The memory that copies of {named} reserve is more than {{}} % full."
        failing, concurrent = metrics.NO_CAPACITY_INVOCATION_FAILURES, metrics.CONCURRENT_REQUESTS_PER_COPY
        watches = [
            *errors(named, error_percent, failed_percent()),
            *above("NoCapacity", nowhere, failing, without, minutes=MINUTES_FULL),
            *latency(named, latency_ms, latency_statistic),
            *above(
                "Load", load, metrics.INVOCATIONS_PER_COPY, invocations_per_copy_per_minute, minutes=MINUTES_FULL
            ),
            *above("Concurrency", held, concurrent, concurrent_requests_per_copy, minutes=MINUTES_FULL),
            *above("Memory", full, metrics.COMPONENT_MEMORY_UTILIZATION, memory_percent, minutes=MINUTES_FULL),
            *at_maximum(named, "copies", max_capacity, COPIES, component.publish_seconds),
        ]
        self._watch(component, topic, watches)

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        component: InferenceComponentCopies,
        topic: sns.ITopic,
        plan: CapacityPlan,
        **others: Any,  # noqa: ANN401 - the constructor's
    ) -> InferenceComponentAlarms:
        """The alarms with a plan's objective and maximum.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            component: what to watch.
            topic: who is told.
            plan: the capacity plan. Where it holds the copies fixed, there is no alarm on the maximum.
            others: further thresholds, or others than the plan's; None watches nothing.

        Raises:
            ValueError: the plan is for another kind of endpoint.
        """
        scaling: ComponentScaling = scaling_of(plan, component, ComponentScaling)
        planned = {**objective_of(plan.saturation), "max_capacity": maximum_of(scaling)}
        return cls(scope, id, component=component, topic=topic, **{**planned, **others})
