from __future__ import annotations

from typing import Any

from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import at_least, refuse
from cdk_sagemaker_scaling.endpoints._variants import AsynchronousVariant
from cdk_sagemaker_scaling.scaling._from_plan import scaling_of
from sagemaker_capacity_plan import AsynchronousScaling, CapacityPlan

from ._alarms import (
    AlarmGroup,
    above,
    at_maximum,
    capacity_faults,
    cpu_faults,
    errors,
    full_cores,
    latency,
    objective_faults,
)
from ._from_plan import maximum_of, objective_of
from ._readings import failed_percent_of_answers


class AsynchronousAlarms(AlarmGroup):
    """Tells a topic when an asynchronous variant lets requests wait, fails or loses them, or cannot scale out."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: AsynchronousVariant,
        topic: sns.ITopic,
        error_percent: float | None = 1,
        oldest_request_seconds: float | None = None,
        failures_per_minute: float | None = None,
        expired_per_minute: float | None = 0,
        latency_ms: float | None = None,
        latency_statistic: str = "p99",
        cpu_percent_per_core: float | None = None,
        vcpus: int | None = None,
        max_capacity: int | None = None,
    ) -> None:
        """Define the alarms: one for each threshold, and none where the threshold is None.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told, of the alarm and of its end; CloudWatch must be permitted to publish there.
            error_percent: share of the answers that may be a failure (5xx), from 0, over 5 minutes.
            oldest_request_seconds: how long a request may wait, over 5 minutes.
            failures_per_minute: how many invocations may fail for any reason, in any minute.
            expired_per_minute: how many requests may expire in the queue, in any minute.
            latency_ms: the model latency not to be exceeded for 3 minutes, no token.
            latency_statistic: ``mean``, or a percentile such as ``p95``.
            cpu_percent_per_core: how busy the cores may be for 15 minutes, on average over the instances.
            vcpus: how many cores an instance has; needed with `cpu_percent_per_core`.
            max_capacity: the most instances that scaling may reach, not to be held for 15 minutes.

        Raises:
            ValueError: thresholds out of range; all faults at once.
        """
        super().__init__(scope, id)
        faults = objective_faults(error_percent, latency_ms, latency_statistic)
        for name, lost in {"failures": failures_per_minute, "expired": expired_per_minute}.items():
            faults += at_least(f"{name}_per_minute", lost, 0) if lost is not None else []
        faults += cpu_faults(cpu_percent_per_core, vcpus)
        faults += capacity_faults(max_capacity, oldest_request_seconds=oldest_request_seconds)
        refuse(faults, f"alarms of variant {variant.name!r}")
        named = f"variant {variant.name}"
        waits = f"A request to {named} waits for more than {{}} s."
        fail = f"More than {{}} invocations of {named} fail in a minute."
        expire = f"More than {{}} requests to {named} expire in a minute."
        watches = [
            *errors(named, error_percent, failed_percent_of_answers()),
            *above("OldestRequest", waits, metrics.AGE_OF_OLDEST_REQUEST, oldest_request_seconds, minutes=5),
            *above("Failures", fail, metrics.INVOCATION_FAILURES, failures_per_minute, minutes=1),
            *above("Expired", expire, metrics.EXPIRED_REQUESTS, expired_per_minute, minutes=1),
            *latency(named, latency_ms, latency_statistic),
            *full_cores(named, cpu_percent_per_core, vcpus),
            *at_maximum(named, "instances", max_capacity, metrics.INSTANCES, variant.publish_seconds),
        ]
        self._watch(variant, topic, watches)

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: AsynchronousVariant,
        topic: sns.ITopic,
        plan: CapacityPlan,
        **others: Any,  # noqa: ANN401 - the constructor's
    ) -> AsynchronousAlarms:
        """The alarms with a plan's objective and maximum.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told.
            plan: the capacity plan. Where it holds the capacity fixed, there is no alarm on the maximum.
            others: further thresholds, such as `oldest_request_seconds`, or others than the plan's.

        Raises:
            ValueError: the plan is for another kind of endpoint, or for another instance type.
        """
        scaling: AsynchronousScaling = scaling_of(plan, variant, AsynchronousScaling)
        planned = {
            **objective_of(plan.saturation),
            "vcpus": plan.instance and plan.instance.vcpus,
            "max_capacity": maximum_of(scaling),
        }
        return cls(scope, id, variant=variant, topic=topic, **{**planned, **others})
