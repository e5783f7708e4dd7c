"""The variants of endpoints, as something to scale, to watch and to measure: one class a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import IDependable

from cdk_sagemaker_scaling import _metrics as metrics

from ._measured import Measured, Scalable
from ._measurements import MeasuresInstances, MeasuresLatency, MeasuresRequests


@dataclass(frozen=True)
class _Named(Measured):
    endpoint_name: str
    name: str

    @property
    def identity(self) -> Mapping[str, str]:
        """Endpoint and variant; metrics of a queue are published under the endpoint alone."""
        return {"EndpointName": self.endpoint_name, "VariantName": self.name}


@dataclass(frozen=True)
class ComponentHost(MeasuresInstances, _Named):
    """The variant whose fleet carries inference components; SageMaker sets its size by their copies."""

    kind: ClassVar[metrics.Kind] = metrics.COMPONENT_HOST

    instance_type: str
    publish_seconds: int = metrics.PERIOD_SECONDS
    registered_after: IDependable | None = None


class _Variant(_Named, Scalable):
    @property
    def resource_id(self) -> str:
        """How Application Auto Scaling names it."""
        return f"endpoint/{self.endpoint_name}/variant/{self.name}"


@dataclass(frozen=True)
class EndpointVariant(MeasuresRequests, MeasuresInstances, _Variant):
    """A variant of a real-time endpoint: scaled by its number of instances."""

    kind: ClassVar[metrics.Kind] = metrics.REAL_TIME
    lowest_capacity: ClassVar[int] = 1

    instance_type: str
    publish_seconds: int = metrics.PERIOD_SECONDS
    registered_after: IDependable | None = None

    def metric_invocations_per_instance(self) -> cloudwatch.Metric:
        """Requests per instance; valid as a sum alone."""
        return self.measure(metrics.INVOCATIONS_PER_INSTANCE)

    def metric_model_errors(self) -> cloudwatch.Metric:
        """Requests that the model answered with anything but 2xx."""
        return self.measure(metrics.MODEL_ERRORS)

    def metric_concurrent_requests_per_model(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Requests in flight or queued, every 10 seconds."""
        return self.measure(metrics.CONCURRENT_REQUESTS_PER_MODEL, statistic=statistic)


@dataclass(frozen=True)
class AsynchronousVariant(MeasuresLatency, MeasuresInstances, _Variant):
    """The variant of an asynchronous endpoint: scaled by its number of instances, down to none."""

    kind: ClassVar[metrics.Kind] = metrics.ASYNCHRONOUS
    lowest_capacity: ClassVar[int] = 0
    wakes_on: ClassVar[metrics.SageMakerMetric | None] = metrics.HAS_BACKLOG_WITHOUT_CAPACITY

    instance_type: str
    publish_seconds: int = metrics.PERIOD_SECONDS
    registered_after: IDependable | None = None

    def metric_backlog_size(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Requests that wait or are being processed."""
        return self.measure(metrics.BACKLOG_SIZE, statistic=statistic)

    def metric_backlog_size_per_instance(self, statistic: str = "Average") -> cloudwatch.Metric:
        """The backlog divided by the instances; undefined at none."""
        return self.measure(metrics.BACKLOG_SIZE_PER_INSTANCE, statistic=statistic)

    def metric_has_backlog_without_capacity(self) -> cloudwatch.Metric:
        """1 while requests wait and there is no instance, else 0."""
        return self.measure(metrics.HAS_BACKLOG_WITHOUT_CAPACITY)

    def metric_age_of_oldest_request(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """How long the oldest request waits, in seconds."""
        return self.measure(metrics.AGE_OF_OLDEST_REQUEST, statistic=statistic)

    def metric_invocations_processed(self) -> cloudwatch.Metric:
        """Requests that were processed."""
        return self.measure(metrics.INVOCATIONS_PROCESSED)

    def metric_invocation_failures(self) -> cloudwatch.Metric:
        """Requests that failed."""
        return self.measure(metrics.INVOCATION_FAILURES)

    def metric_time_in_backlog(self, statistic: str = "p99") -> cloudwatch.Metric:
        """How long requests waited before they were processed."""
        return self.measure(metrics.TIME_IN_BACKLOG, statistic=statistic)


@dataclass(frozen=True)
class ServerlessVariant(MeasuresRequests, _Variant):
    """The variant of a serverless endpoint: its provisioned concurrency scales, where it has any."""

    kind: ClassVar[metrics.Kind] = metrics.SERVERLESS
    scalable_dimension: ClassVar[str] = "sagemaker:variant:DesiredProvisionedConcurrency"
    lowest_capacity: ClassVar[int] = 0

    max_concurrency: int | None = None
    provisioned_concurrency: int | None = None
    registered_after: IDependable | None = None

    def metric_model_setup_time(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that a cold start takes, in microseconds."""
        return self.measure(metrics.MODEL_SETUP_TIME, statistic=statistic)

    def metric_memory_utilization(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Memory in percent of what is configured."""
        return self.measure(metrics.MEMORY_UTILIZATION, statistic=statistic)

    def metric_concurrent_executions_utilization(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Concurrent executions as a fraction of the maximum."""
        return self.measure(metrics.CONCURRENT_EXECUTIONS_UTILIZATION, statistic=statistic)

    def metric_provisioned_concurrency_utilization(self, statistic: str = "Maximum") -> cloudwatch.Metric:
        """Provisioned concurrency in use, as a fraction."""
        return self.measure(metrics.PROVISIONED_CONCURRENCY_UTILIZATION, statistic=statistic)

    def metric_provisioned_concurrency_spillover_invocations(self) -> cloudwatch.Metric:
        """Requests that provisioned concurrency had no room for."""
        return self.measure(metrics.PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS)
