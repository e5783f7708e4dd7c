"""The metrics that SageMaker publishes in CloudWatch for each kind of hosting: what each is, and how to read it.

The sources are pages of the Amazon SageMaker AI developer guide, named at each group. Its tables of dimensions tell
what a metric can be filtered by; the dimensions here are those that a series exists under, as the page "Metric name
mapping: legacy to OTel" spells them out and as live endpoints were seen to publish them (Cloud Custodian,
``sagemaker_metrics.yaml``).

No kind has a metric of throttled requests, and no page says that Invocation4XXErrors counts them: it counts what
the model answered. What AWS does document of demand above capacity: ServerlessConcurrentExecutionsUtilization, the
share of the maximum concurrency in use; ServerlessProvisionedConcurrencySpilloverInvocations;
NoCapacityInvocationFailures; and of an asynchronous endpoint, which queues instead of refusing, its backlog and
ExpiredRequests.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INVOCATION_METRICS = "AWS/SageMaker"
_INSTANCE_METRICS = "/aws/sagemaker/Endpoints"
_COMPONENT_METRICS = "/aws/sagemaker/InferenceComponents"
# Each instance and each copy reports into these as often as its endpoint's MetricsConfig says.
REPORTED_NAMESPACES = (_INSTANCE_METRICS, _COMPONENT_METRICS)

_OF_VARIANT = ("EndpointName", "VariantName")
_OF_ENDPOINT = ("EndpointName",)
_OF_COMPONENT = ("InferenceComponentName",)

PERIOD_SECONDS = 60  # All namespaces publish once a minute, unless an endpoint's MetricsConfig says otherwise.
HIGH_RESOLUTION_PERIOD_SECONDS = 10


@dataclass(frozen=True)
class SageMakerMetric:
    """One metric of one kind of hosting.

    Attributes:
        namespace: where CloudWatch keeps it.
        name: AWS's name of it.
        statistic: how to read it where nobody asks for another.
        unit: CloudWatch's unit of it, None where no source tells.
        dimensions: the names of the dimensions that a series of it exists under; a reader gives all of them.
        period_seconds: how often it is published.
        valid_statistics: the only statistics that AWS calls valid, None where no statistic is known to mislead.
    """

    namespace: str
    name: str
    statistic: str
    unit: str | None
    dimensions: tuple[str, ...] = _OF_VARIANT
    period_seconds: int = PERIOD_SECONDS
    valid_statistics: frozenset[str] | None = None

    def allows(self, statistic: str) -> bool:
        """Whether this statistic of it says anything."""
        return self.valid_statistics is None or statistic in self.valid_statistics


def _sum(name: str, unit: str | None = "None", *also_valid: str) -> SageMakerMetric:
    valid = frozenset({"Sum", *also_valid})
    return SageMakerMetric(_INVOCATION_METRICS, name, "Sum", unit, valid_statistics=valid)


def _errors(name: str) -> SageMakerMetric:
    """One is sent for each error and zero for each success, so the average is the share of errors."""
    return _sum(name, "None", "Average")


def _latency(name: str, unit: str = "Microseconds") -> SageMakerMetric:
    return SageMakerMetric(_INVOCATION_METRICS, name, "p99", unit)


def _level(name: str, statistic: str, unit: str | None, dimensions: tuple[str, ...]) -> SageMakerMetric:
    valid = frozenset({"Average", "Minimum", "Maximum"})
    return SageMakerMetric(_INVOCATION_METRICS, name, statistic, unit, dimensions, valid_statistics=valid)


def _concurrency(name: str) -> SageMakerMetric:
    return SageMakerMetric(
        _INVOCATION_METRICS,
        name,
        "Maximum",
        None,
        period_seconds=HIGH_RESOLUTION_PERIOD_SECONDS,
        valid_statistics=frozenset({"Minimum", "Maximum"}),
    )


def _utilization(name: str) -> SageMakerMetric:
    return SageMakerMetric(_INSTANCE_METRICS, name, "Average", "Percent")


def _of_component(metric: SageMakerMetric, namespace: str = _INVOCATION_METRICS) -> SageMakerMetric:
    return replace(metric, namespace=namespace, dimensions=_OF_COMPONENT)


# "Amazon SageMaker AI metrics in Amazon CloudWatch", endpoint invocation metrics.
INVOCATIONS = _sum("Invocations")
# Each request adds 1 / instances, so no other statistic than the sum says anything.
INVOCATIONS_PER_INSTANCE = _sum("InvocationsPerInstance")
ERRORS_4XX = _errors("Invocation4XXErrors")
ERRORS_5XX = _errors("Invocation5XXErrors")
MODEL_ERRORS = _errors("InvocationModelErrors")
MODEL_LATENCY = _latency("ModelLatency")
# The page lists percentiles for ModelLatency and not here; dashboards of users show p99 of both.
OVERHEAD_LATENCY = _latency("OverheadLatency")
# Every 10 seconds: "Define a scaling policy".
CONCURRENT_REQUESTS_PER_MODEL = _concurrency("ConcurrentRequestsPerModel")

# Of streamed responses: "Metric name mapping: legacy to OTel". Their units are told by users alone.
FIRST_CHUNK_LATENCY = _latency("FirstChunkLatency")
FIRST_CHUNK_MODEL_LATENCY = _latency("FirstChunkModelLatency")
FIRST_CHUNK_OVERHEAD_LATENCY = _latency("FirstChunkOverheadLatency")
MID_STREAM_ERRORS = _errors("MidStreamErrors")

# Of online explainability: "Define a scaling policy".
EXPLANATIONS_PER_INSTANCE = _sum("ExplanationsPerInstance", None)

# "Amazon SageMaker AI metrics in Amazon CloudWatch", multi-model endpoint metrics.
MODEL_LOADING_WAIT_TIME = _latency("ModelLoadingWaitTime")
MODEL_UNLOADING_TIME = _latency("ModelUnloadingTime")
MODEL_DOWNLOADING_TIME = _latency("ModelDownloadingTime")
MODEL_LOADING_TIME = _latency("ModelLoadingTime")
# One for a request that found its model loaded, so the average is the share of hits.
MODEL_CACHE_HIT = replace(_sum("ModelCacheHit", "None", "Average", "SampleCount"), statistic="Average")
LOADED_MODEL_COUNT = SageMakerMetric(_INSTANCE_METRICS, "LoadedModelCount", "Average", "None")

# The same page, endpoint metrics: of each instance. Summed over cores or devices, 4 vCPUs give up to 400.
CPU_UTILIZATION = _utilization("CPUUtilization")
GPU_UTILIZATION = _utilization("GPUUtilization")
GPU_MEMORY_UTILIZATION = _utilization("GPUMemoryUtilization")
# Of the whole instance, 0 to 100.
MEMORY_UTILIZATION = _utilization("MemoryUtilization")
DISK_UTILIZATION = _utilization("DiskUtilization")
# There is no metric for it: every instance reports its CPU once a period of publication, so the reports are the
# instances ("Troubleshooting" of asynchronous inference).
INSTANCES = replace(CPU_UTILIZATION, statistic="SampleCount")

# Published only where instances host inference components, 0 to 100: reserved by the copies, and utilised in
# per cent of all cores or devices.
CPU_RESERVATION = _utilization("CPUReservation")
GPU_RESERVATION = _utilization("GPUReservation")
MEMORY_RESERVATION = _utilization("MemoryReservation")
CPU_UTILIZATION_NORMALIZED = _utilization("CPUUtilizationNormalized")
GPU_UTILIZATION_NORMALIZED = _utilization("GPUUtilizationNormalized")
GPU_MEMORY_UTILIZATION_NORMALIZED = _utilization("GPUMemoryUtilizationNormalized")

# "Alarms and logs for tracking metrics from serverless endpoints", which is exhaustive. It writes
# Invocations4XXErrors and Invocations5XXErrors where the page that it refers to has Invocation4XXErrors.
MODEL_SETUP_TIME = _latency("ModelSetupTime")
# The share of the maximum concurrency in use, at most 1: a peak is what comes close to being refused.
CONCURRENT_EXECUTIONS_UTILIZATION = _level(
    "ServerlessConcurrentExecutionsUtilization", "Maximum", "None", _OF_VARIANT
)
# The share of the provisioned concurrency in use; Application Auto Scaling tracks its average.
PROVISIONED_CONCURRENCY_UTILIZATION = _level(
    "ServerlessProvisionedConcurrencyUtilization", "Average", "None", _OF_VARIANT
)
PROVISIONED_CONCURRENCY_EXECUTIONS = _level(
    "ServerlessProvisionedConcurrencyExecutions", "Maximum", "Count", _OF_VARIANT
)
# The page calls average, minimum and maximum valid for these two as well, though they count requests. Lambda's
# metrics of the same names are read as sums.
PROVISIONED_CONCURRENCY_INVOCATIONS = SageMakerMetric(
    _INVOCATION_METRICS, "ServerlessProvisionedConcurrencyInvocations", "Sum", "Count"
)
PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS = SageMakerMetric(
    _INVOCATION_METRICS, "ServerlessProvisionedConcurrencySpilloverInvocations", "Sum", "Count"
)

# "Alarms and logs for tracking metrics from asynchronous endpoints", which is exhaustive. Of the endpoint's queue:
BACKLOG_SIZE = _level("ApproximateBacklogSize", "Maximum", "Count", _OF_ENDPOINT)
BACKLOG_SIZE_PER_INSTANCE = _level("ApproximateBacklogSizePerInstance", "Average", "Count", _OF_ENDPOINT)
AGE_OF_OLDEST_REQUEST = _level("ApproximateAgeOfOldestRequest", "Maximum", "Seconds", _OF_ENDPOINT)
# One while requests wait and there is no instance, else zero: "Autoscale an asynchronous endpoint".
HAS_BACKLOG_WITHOUT_CAPACITY = _level("HasBacklogWithoutCapacity", "Average", None, _OF_ENDPOINT)
# And of each variant, none of them before the first request is processed (Cloud Custodian).
REQUEST_DOWNLOAD_FAILURES = _sum("RequestDownloadFailures", "Count")
RESPONSE_UPLOAD_FAILURES = _sum("ResponseUploadFailures", "Count")
NOTIFICATION_FAILURES = _sum("NotificationFailures", "Count")
EXPIRED_REQUESTS = _sum("ExpiredRequests", "Count")
INVOCATION_FAILURES = _sum("InvocationFailures", "Count")
# The guide spells it InvocationsProcesssed; live endpoints publish it with two s, not three (Cloud Custodian).
INVOCATIONS_PROCESSED = _sum("InvocationsProcessed", "Count")
REQUEST_DOWNLOAD_LATENCY = _latency("RequestDownloadLatency")
RESPONSE_UPLOAD_LATENCY = _latency("ResponseUploadLatency")
TIME_IN_BACKLOG = _latency("TimeInBacklog")
TOTAL_PROCESSING_TIME = _latency("TotalProcessingTime", "Milliseconds")

# "Amazon SageMaker AI metrics in Amazon CloudWatch", endpoint invocation metrics by InferenceComponentName. The
# variant that hosts the components publishes none of them.
COMPONENT_INVOCATIONS = _of_component(INVOCATIONS)
COMPONENT_ERRORS_4XX = _of_component(ERRORS_4XX)
COMPONENT_ERRORS_5XX = _of_component(ERRORS_5XX)
COMPONENT_MODEL_ERRORS = _of_component(MODEL_ERRORS)
COMPONENT_MODEL_LATENCY = _of_component(MODEL_LATENCY)
COMPONENT_OVERHEAD_LATENCY = _of_component(OVERHEAD_LATENCY)
INVOCATIONS_PER_COPY = _of_component(_sum("InvocationsPerCopy", None))
CONCURRENT_REQUESTS_PER_COPY = _of_component(_concurrency("ConcurrentRequestsPerCopy"))
# A request that found no instance: "Scale an endpoint to zero instances".
NO_CAPACITY_INVOCATION_FAILURES = replace(
    _of_component(_sum("NoCapacityInvocationFailures", None)), valid_statistics=None
)
# Inference component metrics, reported by each copy in per cent of what it reserves, else of its limit.
COMPONENT_CPU_UTILIZATION = _of_component(CPU_UTILIZATION_NORMALIZED, _COMPONENT_METRICS)
COMPONENT_GPU_UTILIZATION = _of_component(GPU_UTILIZATION_NORMALIZED, _COMPONENT_METRICS)
COMPONENT_GPU_MEMORY_UTILIZATION = _of_component(GPU_MEMORY_UTILIZATION_NORMALIZED, _COMPONENT_METRICS)
COMPONENT_MEMORY_UTILIZATION = _of_component(_utilization("MemoryUtilizationNormalized"), _COMPONENT_METRICS)


@dataclass(frozen=True)
class Kind:
    """One kind of hosting.

    Attributes:
        name: what a person calls it.
        metrics: all that SageMaker publishes for it, no two of one name.
        predefined: the predefined metric types of Application Auto Scaling that it takes, and what each tracks
            ("Monitor usage of scalable resources using CloudWatch" of the Application Auto Scaling user guide).
    """

    name: str
    metrics: frozenset[SageMakerMetric]
    predefined: Mapping[str, SageMakerMetric] = field(default_factory=dict, hash=False)

    @property
    def one(self) -> str:
        """One of the kind, with its article."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"


_OF_ALL_VARIANTS = {ERRORS_4XX, ERRORS_5XX, MODEL_LATENCY}
_OF_INSTANCES = {CPU_UTILIZATION, GPU_UTILIZATION, GPU_MEMORY_UTILIZATION, MEMORY_UTILIZATION, DISK_UTILIZATION}

REAL_TIME = Kind(
    "real-time variant",
    frozenset(_OF_ALL_VARIANTS | _OF_INSTANCES)
    | {INVOCATIONS, INVOCATIONS_PER_INSTANCE, MODEL_ERRORS, OVERHEAD_LATENCY, CONCURRENT_REQUESTS_PER_MODEL}
    | {FIRST_CHUNK_LATENCY, FIRST_CHUNK_MODEL_LATENCY, FIRST_CHUNK_OVERHEAD_LATENCY, MID_STREAM_ERRORS}
    | {EXPLANATIONS_PER_INSTANCE, MODEL_CACHE_HIT, LOADED_MODEL_COUNT}
    | {MODEL_LOADING_WAIT_TIME, MODEL_UNLOADING_TIME, MODEL_DOWNLOADING_TIME, MODEL_LOADING_TIME},
    {
        "SageMakerVariantInvocationsPerInstance": INVOCATIONS_PER_INSTANCE,
        "SageMakerVariantConcurrentRequestsPerModelHighResolution": CONCURRENT_REQUESTS_PER_MODEL,
    },
)
SERVERLESS = Kind(
    "serverless variant",
    frozenset(_OF_ALL_VARIANTS)
    | {INVOCATIONS, OVERHEAD_LATENCY, MODEL_SETUP_TIME, MEMORY_UTILIZATION, CONCURRENT_EXECUTIONS_UTILIZATION}
    | {PROVISIONED_CONCURRENCY_UTILIZATION, PROVISIONED_CONCURRENCY_EXECUTIONS}
    | {PROVISIONED_CONCURRENCY_INVOCATIONS, PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS},
    {"SageMakerVariantProvisionedConcurrencyUtilization": PROVISIONED_CONCURRENCY_UTILIZATION},
)
ASYNCHRONOUS = Kind(
    "asynchronous variant",
    frozenset(_OF_ALL_VARIANTS | _OF_INSTANCES)
    | {BACKLOG_SIZE, BACKLOG_SIZE_PER_INSTANCE, AGE_OF_OLDEST_REQUEST, HAS_BACKLOG_WITHOUT_CAPACITY}
    | {INVOCATIONS_PROCESSED, INVOCATION_FAILURES, EXPIRED_REQUESTS}
    | {REQUEST_DOWNLOAD_FAILURES, RESPONSE_UPLOAD_FAILURES, NOTIFICATION_FAILURES}
    | {REQUEST_DOWNLOAD_LATENCY, RESPONSE_UPLOAD_LATENCY, TIME_IN_BACKLOG, TOTAL_PROCESSING_TIME},
)
COMPONENT_HOST = Kind(
    "variant that hosts inference components",
    frozenset(_OF_INSTANCES)
    | {CPU_RESERVATION, GPU_RESERVATION, MEMORY_RESERVATION}
    | {CPU_UTILIZATION_NORMALIZED, GPU_UTILIZATION_NORMALIZED, GPU_MEMORY_UTILIZATION_NORMALIZED},
)
INFERENCE_COMPONENT = Kind(
    "inference component",
    frozenset({COMPONENT_INVOCATIONS, INVOCATIONS_PER_COPY, CONCURRENT_REQUESTS_PER_COPY})
    | {NO_CAPACITY_INVOCATION_FAILURES, COMPONENT_ERRORS_4XX, COMPONENT_ERRORS_5XX, COMPONENT_MODEL_ERRORS}
    | {COMPONENT_MODEL_LATENCY, COMPONENT_OVERHEAD_LATENCY}
    | {COMPONENT_CPU_UTILIZATION, COMPONENT_MEMORY_UTILIZATION}
    | {COMPONENT_GPU_UTILIZATION, COMPONENT_GPU_MEMORY_UTILIZATION},
    {
        "SageMakerInferenceComponentInvocationsPerCopy": INVOCATIONS_PER_COPY,
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": CONCURRENT_REQUESTS_PER_COPY,
    },
)
KINDS = (REAL_TIME, SERVERLESS, ASYNCHRONOUS, COMPONENT_HOST, INFERENCE_COMPONENT)


def published(kind: Kind, namespace: str, name: str) -> SageMakerMetric | None:
    """The metric of this name that SageMaker publishes for the kind, None where it publishes none."""
    return next((metric for metric in kind.metrics if (metric.namespace, metric.name) == (namespace, name)), None)


def of_one_fleet(metric: SageMakerMetric) -> SageMakerMetric:
    """A variant's metric of requests as the instances of one endpoint configuration alone publish it.

    During a deployment the old fleet and the new one answer side by side ("Auto-Rollback Configuration and
    Monitoring"): under EndpointConfigName each has series of its own.

    Raises:
        ValueError: AWS documents the dimension for no such metric.
    """
    if (metric.namespace, metric.dimensions) != (_INVOCATION_METRICS, _OF_VARIANT):
        raise ValueError(f"{metric.name} tells no fleet from another; a variant's metrics of requests do")
    return replace(metric, dimensions=(*metric.dimensions, "EndpointConfigName"))


def microseconds(milliseconds: float) -> float:
    """A latency in CloudWatch's unit, free of the noise that a product of floats brings (2.01 x 1000)."""
    return round(milliseconds * 1000, 3)


def with_statistic(metric: SageMakerMetric, statistic: str) -> SageMakerMetric:
    """The metric under another statistic; ``mean`` is what CloudWatch calls Average."""
    return replace(metric, statistic="Average" if statistic == "mean" else statistic)
