"""What an endpoint has that is measured in CloudWatch and that Application Auto Scaling can scale."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import _metrics as metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import IDependable


class Measured(ABC):
    """Something that SageMaker publishes metrics of, under the dimensions that name it.

    Attributes:
        kind: what is hosted, and so which metrics there are.
        name: what it is called.
        publish_seconds: how often each of its instances or copies reports its utilisation.
    """

    kind: ClassVar[metrics.Kind]
    name: str
    publish_seconds: int = metrics.PERIOD_SECONDS

    @property
    @abstractmethod
    def identity(self) -> Mapping[str, str]:
        """The dimensions that name it and its endpoint; a metric is published under some of them."""

    def dimensions(self, metric: metrics.SageMakerMetric) -> dict[str, str]:
        """The dimensions of one of its metrics, with their values."""
        return {name: self.identity[name] for name in metric.dimensions}

    def period_seconds(self, namespace: str) -> int:
        """How long a datapoint is: a minute, or as long as reports are apart."""
        reported = namespace in metrics.REPORTED_NAMESPACES
        return max(metrics.PERIOD_SECONDS, self.publish_seconds) if reported else metrics.PERIOD_SECONDS

    def metric(
        self,
        name: str,
        *,
        statistic: str | None = None,
        period: Duration | None = None,
        label: str | None = None,
    ) -> cloudwatch.Metric:
        """Any of its metrics by AWS's name, with the statistic that is true for it.

        Raises:
            ValueError: SageMaker does not publish it for this kind, or the statistic says nothing of it.
        """
        found = next((metric for metric in self.kind.metrics if metric.name == name), None)
        if found is None:
            there = ", ".join(sorted(metric.name for metric in self.kind.metrics))
            raise ValueError(f"SageMaker publishes no {name} for {self.kind.one}; it publishes {there}")
        return self.measure(found, statistic=statistic, period=period, label=label)

    def measure(
        self,
        metric: metrics.SageMakerMetric,
        *,
        statistic: str | None = None,
        period: Duration | None = None,
        label: str | None = None,
    ) -> cloudwatch.Metric:
        """One of the table's metrics, of this.

        Raises:
            ValueError: the statistic says nothing of it.
        """
        if statistic is not None and not metric.allows(statistic):
            valid = ", ".join(sorted(metric.valid_statistics or ()))
            raise ValueError(f"{metric.name} is valid as {valid} alone, got {statistic!r}")
        return cloudwatch.Metric(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions_map=self.dimensions(metric),
            statistic=statistic or metric.statistic,
            period=period or Duration.seconds(self.period_seconds(metric.namespace)),
            label=label,
            unit=None,  # CloudWatch finds nothing where the unit named is not the one published
        )


class Scalable(Measured):
    """Something whose capacity Application Auto Scaling can set.

    Attributes:
        scalable_dimension: what is scaled, in Application Auto Scaling's words.
        lowest_capacity: the least that it takes.
        wakes_on: the metric that tells of demand at a capacity of zero, where it can be zero.
        registered_after: what must be there first, where the template's references do not say so already.
    """

    scalable_dimension: ClassVar[str] = "sagemaker:variant:DesiredInstanceCount"
    lowest_capacity: ClassVar[int]
    wakes_on: ClassVar[metrics.SageMakerMetric | None] = None
    registered_after: IDependable | None

    @property
    @abstractmethod
    def resource_id(self) -> str:
        """How Application Auto Scaling names it."""
