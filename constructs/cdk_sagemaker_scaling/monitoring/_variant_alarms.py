from __future__ import annotations

from typing import Any

from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import refuse
from cdk_sagemaker_scaling.endpoints._variants import EndpointVariant
from cdk_sagemaker_scaling.scaling._from_plan import scaling_of
from sagemaker_capacity_plan import CapacityPlan, RealTimeScaling

from ._alarms import (
    MINUTES_FULL,
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
from ._readings import failed_percent


class VariantAlarms(AlarmGroup):
    """Tells a topic when a real-time variant fails requests, is slow, is full, or cannot scale out further.

    SageMaker publishes no metric of throttled requests: a variant that is full shows in its load and its latency.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        topic: sns.ITopic,
        error_percent: float | None = 1,
        latency_ms: float | None = None,
        latency_statistic: str = "p99",
        invocations_per_instance_per_minute: float | None = None,
        concurrent_requests_per_model: float | None = None,
        cpu_percent_per_core: float | None = None,
        vcpus: int | None = None,
        max_capacity: int | None = None,
        endpoint_config_name: str | None = None,
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
            invocations_per_instance_per_minute: what an instance carries, not to be exceeded for 15 minutes.
            concurrent_requests_per_model: what a model holds at once, not to be exceeded for 15 minutes.
            cpu_percent_per_core: how busy the cores may be for 15 minutes, on average over the instances.
            vcpus: how many cores an instance has; needed with `cpu_percent_per_core`.
            max_capacity: the most instances that scaling may reach, not to be held for 15 minutes.
            endpoint_config_name: watches the requests to the fleet of this endpoint configuration alone, which
                during a deployment is the new one: give the endpoint's own `endpoint_config_name`, and the alarms
                to its `roll_back_on`. CPU and instances are always the whole variant's.

        Raises:
            ValueError: thresholds out of range; all faults at once.
        """
        super().__init__(scope, id)
        faults = objective_faults(error_percent, latency_ms, latency_statistic)
        faults += cpu_faults(cpu_percent_per_core, vcpus)
        faults += capacity_faults(
            max_capacity,
            invocations_per_instance_per_minute=invocations_per_instance_per_minute,
            concurrent_requests_per_model=concurrent_requests_per_model,
        )
        refuse(faults, f"alarms of variant {variant.name!r}")
        named = f"variant {variant.name}"
        load = f"An instance of {named} gets more than {{}} invocations a minute."
        held = f"A model of {named} holds more than {{}} requests at once."
        of_instance, of_model = metrics.INVOCATIONS_PER_INSTANCE, metrics.CONCURRENT_REQUESTS_PER_MODEL
        watches = [
            *errors(named, error_percent, failed_percent()),
            *latency(named, latency_ms, latency_statistic),
            *above("Load", load, of_instance, invocations_per_instance_per_minute, minutes=MINUTES_FULL),
            *above("Concurrency", held, of_model, concurrent_requests_per_model, minutes=MINUTES_FULL),
            *full_cores(named, cpu_percent_per_core, vcpus),
            *at_maximum(named, "instances", max_capacity, metrics.INSTANCES, variant.publish_seconds),
        ]
        self._watch(variant, topic, watches, endpoint_config_name)

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        topic: sns.ITopic,
        plan: CapacityPlan,
        **others: Any,  # noqa: ANN401 - the constructor's
    ) -> VariantAlarms:
        """The alarms with a plan's objective, the load that an instance carries within it, and its maximum.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told.
            plan: the capacity plan. Where it holds the capacity fixed, there is no alarm on the maximum.
            others: further thresholds, or others than the plan's; None watches nothing.

        Raises:
            ValueError: the plan is for another kind of endpoint, or for another instance type.
        """
        scaling: RealTimeScaling = scaling_of(plan, variant, RealTimeScaling)
        saturation, instance = plan.saturation, plan.instance
        planned = {
            **objective_of(saturation),
            "invocations_per_instance_per_minute": saturation and saturation.highest_invocations_per_minute,
            "vcpus": instance and instance.vcpus,
            "max_capacity": maximum_of(scaling),
        }
        return cls(scope, id, variant=variant, topic=topic, **{**planned, **others})
