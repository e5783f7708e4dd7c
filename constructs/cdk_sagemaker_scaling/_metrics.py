"""The metrics that SageMaker publishes for a real-time variant, each with the statistic that is true for it.

Source: "Metrics for monitoring Amazon SageMaker AI with Amazon CloudWatch", the tables of endpoint invocation
metrics and endpoint instance metrics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_INVOCATION_METRICS = "AWS/SageMaker"
_INSTANCE_METRICS = "/aws/sagemaker/Endpoints"

PERIOD_SECONDS = 60  # Both namespaces publish once a minute.


@dataclass(frozen=True)
class VariantMetric:
    """One metric of one variant, by EndpointName and VariantName."""

    namespace: str
    name: str
    statistic: str


INVOCATIONS = VariantMetric(_INVOCATION_METRICS, "Invocations", "Sum")
# Each request adds 1 / instances, so no other statistic than the sum says anything.
INVOCATIONS_PER_INSTANCE = VariantMetric(_INVOCATION_METRICS, "InvocationsPerInstance", "Sum")
ERRORS_4XX = VariantMetric(_INVOCATION_METRICS, "Invocation4XXErrors", "Sum")
ERRORS_5XX = VariantMetric(_INVOCATION_METRICS, "Invocation5XXErrors", "Sum")
MODEL_ERRORS = VariantMetric(_INVOCATION_METRICS, "InvocationModelErrors", "Sum")
# In microseconds.
MODEL_LATENCY = VariantMetric(_INVOCATION_METRICS, "ModelLatency", "p99")
OVERHEAD_LATENCY = VariantMetric(_INVOCATION_METRICS, "OverheadLatency", "p99")
# Summed over cores or devices: 4 vCPUs give up to 400.
CPU_UTILIZATION = VariantMetric(_INSTANCE_METRICS, "CPUUtilization", "Average")
MEMORY_UTILIZATION = VariantMetric(_INSTANCE_METRICS, "MemoryUtilization", "Average")
DISK_UTILIZATION = VariantMetric(_INSTANCE_METRICS, "DiskUtilization", "Average")
# There is no metric for it: every instance reports its CPU once a minute, so the reports are the instances.
INSTANCES = VariantMetric(_INSTANCE_METRICS, "CPUUtilization", "SampleCount")


def microseconds(milliseconds: float) -> float:
    """A latency in CloudWatch's unit, free of the noise that a product of floats brings (2.01 x 1000)."""
    return round(milliseconds * 1000, 3)


def with_statistic(metric: VariantMetric, statistic: str) -> VariantMetric:
    """The metric under another statistic; ``mean`` is what CloudWatch calls Average."""
    return replace(metric, statistic="Average" if statistic == "mean" else statistic)
