"""Groups of metrics that several kinds publish, each as a method with its statistic, unit and dimensions."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import in_words

from ._measured import Measured


class MeasuresLatency(Measured):
    """What answers requests in a container."""

    def metric_model_latency(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Time in the container, in microseconds."""
        return self.metric("ModelLatency", statistic=statistic)

    def metric_errors_4xx(self) -> cloudwatch.Metric:
        """Requests that were answered with a 4xx: the caller's fault."""
        return self.metric("Invocation4XXErrors")

    def metric_errors_5xx(self) -> cloudwatch.Metric:
        """Requests that the endpoint failed."""
        return self.metric("Invocation5XXErrors")


class MeasuresRequests(MeasuresLatency):
    """What answers requests at once."""

    def metric_invocations(self) -> cloudwatch.Metric:
        """Requests, summed over all that serves them."""
        return self.metric("Invocations")

    def metric_overhead_latency(self, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.metric("OverheadLatency", statistic=statistic)


class MeasuresInstances(Measured):
    """What runs on instances of its own."""

    def metric_cpu_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """CPU in percent, summed over cores: up to 100 x vCPUs."""
        return self.metric("CPUUtilization", statistic=statistic)

    def metric_cpu_utilization_per_core(self, vcpus: int, statistic: str = "Average") -> cloudwatch.MathExpression:
        """CPU in percent of each core: 100 is every core full."""
        return cloudwatch.MathExpression(
            expression=f"cpu / {in_words(vcpus)}",
            using_metrics={"cpu": self.metric_cpu_utilization(statistic)},
            label="CPU of each core, percent",
            period=Duration.seconds(self.period_seconds(metrics.CPU_UTILIZATION.namespace)),
        )

    def metric_memory_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """Memory in percent of the instance's."""
        return self.metric("MemoryUtilization", statistic=statistic)

    def metric_disk_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """Disk in percent of the instance's."""
        return self.metric("DiskUtilization", statistic=statistic)

    def metric_gpu_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """GPU in percent, summed over devices: up to 100 x GPUs."""
        return self.metric("GPUUtilization", statistic=statistic)

    def metric_gpu_memory_utilization(self, statistic: str = "Average") -> cloudwatch.Metric:
        """GPU memory in percent, summed over devices: up to 100 x GPUs."""
        return self.metric("GPUMemoryUtilization", statistic=statistic)

    def metric_instances(self) -> cloudwatch.IMetric:
        """Instances in service: there is no such metric, so the reports of CPU in a period are counted."""
        samples = self.measure(metrics.INSTANCES)
        if self.publish_seconds >= metrics.PERIOD_SECONDS:
            return samples
        return cloudwatch.MathExpression(
            expression=f"samples * {self.publish_seconds} / {metrics.PERIOD_SECONDS}",
            using_metrics={"samples": samples},
            label="instances",
            period=Duration.seconds(self.period_seconds(metrics.INSTANCES.namespace)),
        )
