"""Alarms of every class with every threshold, what each is to read, and how to read them back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any

from aws_cdk import CfnParameter, Stack
from boards import some

from cdk_sagemaker_scaling import (
    AsynchronousAlarms,
    AsynchronousVariant,
    CanaryDeployment,
    ContainerImage,
    EndpointVariant,
    InferenceComponentAlarms,
    InferenceComponentCopies,
    NotificationTopic,
    RealTimeEndpoint,
    ServerlessAlarms,
    ServerlessVariant,
    Variant,
    VariantAlarms,
    _metrics,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Synthesised

    from sagemaker_capacity_plan import CapacityPlan

ALARM = "AWS::CloudWatch::Alarm"
TYPE = "ml.c5.xlarge"
SECONDS = (10, 30, 60, 120, 300)


@dataclass(frozen=True)
class Kind:
    """One class of alarms: on what, with every threshold that it takes, and what each alarm reads."""

    alarms: type
    prop: str
    measured: Any
    thresholds: dict[str, float]
    reads: dict[str, dict[_metrics.SageMakerMetric, str]]

    def make(self, stack: Stack, id_: str, **thresholds: Any) -> Any:  # noqa: ANN401
        """The alarms with these thresholds and no others, not even the defaults."""
        none = dict.fromkeys(self.thresholds, None)
        needed = {"vcpus": 4} if "vcpus" in signature(self.alarms.__init__).parameters else {}
        topic = stack.node.find_child("Topic").topic
        return self.alarms(
            stack, id_, **{self.prop: self.measured}, topic=topic, **{**none, **needed, **thresholds}
        )

    def from_plan(self, stack: Stack, id_: str, plan: CapacityPlan) -> Any:  # noqa: ANN401
        """The alarms of a plan, on the instances that it is for."""
        measured = self.measured
        if hasattr(measured, "instance_type") and plan.instance is not None:
            measured = replace(measured, instance_type=plan.instance.type)
        topic = stack.node.find_child("Topic").topic
        return self.alarms.from_plan(stack, id_, **{self.prop: measured}, topic=topic, plan=plan)


REQUESTS = {_metrics.ERRORS_5XX: "Sum", _metrics.INVOCATIONS: "Sum"}
COPIES = {_metrics.COMPONENT_CPU_UTILIZATION: "SampleCount"}
OF_COMPONENT = {_metrics.COMPONENT_ERRORS_5XX: "Sum", _metrics.COMPONENT_INVOCATIONS: "Sum"}
KINDS = {
    "real-time": Kind(
        VariantAlarms,
        "variant",
        EndpointVariant("shop", "V", TYPE),
        {
            "error_percent": 2,
            "latency_ms": 40.5,
            "invocations_per_instance_per_minute": 8433,
            "concurrent_requests_per_model": 7,
            "cpu_percent_per_core": 80,
            "max_capacity": 8,
        },
        {
            "Errors": REQUESTS,
            "Latency": {_metrics.MODEL_LATENCY: "p99"},
            "Load": {_metrics.INVOCATIONS_PER_INSTANCE: "Sum"},
            "Concurrency": {_metrics.CONCURRENT_REQUESTS_PER_MODEL: "Maximum"},
            "CpuPerCore": {_metrics.CPU_UTILIZATION: "Average"},
            "AtMaximum": {_metrics.CPU_UTILIZATION: "SampleCount"},
        },
    ),
    "asynchronous": Kind(
        AsynchronousAlarms,
        "variant",
        AsynchronousVariant("queue", "V", TYPE),
        {
            "error_percent": 2,
            "oldest_request_seconds": 600,
            "failures_per_minute": 3,
            "expired_per_minute": 0,
            "latency_ms": 40.5,
            "cpu_percent_per_core": 80,
            "max_capacity": 8,
        },
        {
            "Errors": {_metrics.ERRORS_5XX: "Average"},
            "OldestRequest": {_metrics.AGE_OF_OLDEST_REQUEST: "Maximum"},
            "Failures": {_metrics.INVOCATION_FAILURES: "Sum"},
            "Expired": {_metrics.EXPIRED_REQUESTS: "Sum"},
            "Latency": {_metrics.MODEL_LATENCY: "p99"},
            "CpuPerCore": {_metrics.CPU_UTILIZATION: "Average"},
            "AtMaximum": {_metrics.CPU_UTILIZATION: "SampleCount"},
        },
    ),
    "serverless": Kind(
        ServerlessAlarms,
        "variant",
        ServerlessVariant("small", "V"),
        {
            "error_percent": 2,
            "latency_ms": 40.5,
            "concurrency_utilization": 1,
            "spillover_per_minute": 5,
            "memory_percent": 90,
        },
        {
            "Errors": REQUESTS,
            "Latency": {_metrics.MODEL_LATENCY: "p99"},
            "Concurrency": {_metrics.CONCURRENT_EXECUTIONS_UTILIZATION: "Maximum"},
            "Spillover": {_metrics.PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS: "Sum"},
            "Memory": {_metrics.MEMORY_UTILIZATION: "Average"},
        },
    ),
    "inference component": Kind(
        InferenceComponentAlarms,
        "component",
        InferenceComponentCopies("summaries"),
        {
            "error_percent": 2,
            "no_capacity_failures_per_minute": 0,
            "latency_ms": 40.5,
            "invocations_per_copy_per_minute": 60,
            "concurrent_requests_per_copy": 5,
            "memory_percent": 90,
            "max_capacity": 4,
        },
        {
            "Errors": OF_COMPONENT,
            "NoCapacity": {_metrics.NO_CAPACITY_INVOCATION_FAILURES: "Sum"},
            "Latency": {_metrics.COMPONENT_MODEL_LATENCY: "p99"},
            "Load": {_metrics.INVOCATIONS_PER_COPY: "Sum"},
            "Concurrency": {_metrics.CONCURRENT_REQUESTS_PER_COPY: "Maximum"},
            "Memory": {_metrics.COMPONENT_MEMORY_UTILIZATION: "Average"},
            "AtMaximum": COPIES,
        },
    ),
}


def fill(stack: Stack) -> None:
    """Each class with all of its thresholds, with each alone, by plans, by tokens; and one for a rollback."""
    topic = NotificationTopic(stack, "Topic").topic
    for name, kind in KINDS.items():
        kind.make(stack, f"all {name}", **kind.thresholds)
        kind.make(stack, f"none {name}")
        for prop, value in kind.thresholds.items():
            kind.make(stack, f"{prop} {name}", **{prop: value})
        for number, plan in enumerate(some(kind.measured.kind)):
            kind.from_plan(stack, f"plan{number} {name}", plan)
    for seconds in SECONDS:
        variant = replace(KINDS["real-time"].measured, publish_seconds=seconds)
        VariantAlarms(stack, f"every {seconds}", variant=variant, topic=topic, max_capacity=3)
    number = CfnParameter(stack, "Number", type="Number", default=5).value_as_number
    KINDS["real-time"].make(
        stack, "tokens", error_percent=number, cpu_percent_per_core=number, vcpus=number, max_capacity=number
    )
    roll_back(stack)


def roll_back(stack: Stack) -> None:
    """A deployment that watches its new fleet alone."""
    endpoint = RealTimeEndpoint(
        stack,
        "Rolled",
        endpoint_name="rolled",
        variants=[
            Variant(
                name="V",
                image=ContainerImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/m:1"),
                instance_type=TYPE,
            )
        ],
        deployment=CanaryDeployment(),
    )
    alarms = VariantAlarms(
        stack,
        "RollBack",
        variant=endpoint.variants["V"],
        topic=stack.node.find_child("Topic").topic,
        latency_ms=5,
        latency_statistic="mean",
        max_capacity=2,
        endpoint_config_name=endpoint.endpoint_config_name,
    )
    endpoint.roll_back_on(*alarms.alarms)


def alarms_of(made: Synthesised, group: str) -> dict[str, dict[str, Any]]:
    """The alarms of one construct, by their ids."""
    return {
        path[2]: resource["Properties"]
        for resource in made.template["Resources"].values()
        if resource["Type"] == ALARM and (path := resource["Metadata"]["aws:cdk:path"].split("/"))[1] == group
    }


def read_by(alarm: dict[str, Any]) -> Iterator[tuple[str, str, str, int, dict[str, Any]]]:
    """Namespace, name, statistic, period and dimensions of each metric of an alarm."""
    if "MetricName" in alarm:
        yield _read(alarm, alarm.get("Statistic", alarm.get("ExtendedStatistic")), alarm["Period"])
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            yield _read(query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], query["MetricStat"]["Period"])


def _read(metric: dict[str, Any], statistic: str, period: int) -> tuple[str, str, str, int, dict[str, Any]]:
    dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    return metric["Namespace"], metric["MetricName"], statistic, period, dimensions
