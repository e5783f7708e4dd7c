"""Which metrics tell of calls, by kind of endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDataQueryTypeDef,
        MetricStatTypeDef,
        MetricTypeDef,
    )

NAMESPACE = "AWS/SageMaker"
INVOCATIONS = "Invocations"
OF_VARIANT = ("EndpointName", "VariantName")
PERIOD_SECONDS = 86_400


@dataclass(frozen=True)
class Series:
    """One metric with exactly its dimensions: enhanced metrics repeat them by instance and by container.

    `owner` is the variant or the inference component that it tells of; empty for the endpoint's own queue.
    """

    owner: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: Literal["Sum", "Maximum"] = "Sum"

    def query(self, query_id: str) -> MetricDataQueryTypeDef:
        """The question for GetMetricData, a day a point."""
        dimensions: list[DimensionTypeDef] = [{"Name": name, "Value": value} for name, value in self.dimensions]
        metric: MetricTypeDef = {"Namespace": NAMESPACE, "MetricName": self.metric, "Dimensions": dimensions}
        asked: MetricStatTypeDef = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": self.statistic}
        return {"Id": query_id, "MetricStat": asked}


def calls_of_variant(endpoint: str, variant: str) -> Series:
    """The requests to a variant, real-time or serverless."""
    return Series(variant, INVOCATIONS, _of_variant(endpoint, variant))


def calls_of_component(name: str) -> Series:
    """The requests to an inference component, whose name is unique in its account and region."""
    return Series(name, INVOCATIONS, (("InferenceComponentName", name),))


def work_of_queue(endpoint: str, variants: tuple[str, ...]) -> tuple[Series, ...]:
    """What an asynchronous endpoint did and what waits: it publishes no Invocations.

    "Monitor asynchronous endpoint" of the developer guide; the processed requests are the variant's, the backlog
    the endpoint's.
    """
    processed = (Series(name, "InvocationsProcessed", _of_variant(endpoint, name)) for name in variants)
    return *processed, Series("", "ApproximateBacklogSize", (("EndpointName", endpoint),), "Maximum")


def _of_variant(endpoint: str, variant: str) -> tuple[tuple[str, str], ...]:
    return tuple(zip(OF_VARIANT, (endpoint, variant), strict=True))
