from __future__ import annotations

import re
from typing import Any

from aws_cdk import Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_capacity_plan import CapacityPlan

from . import _metrics as metrics
from ._checks import above_zero, at_least, in_words, refuse
from ._endpoint import EndpointVariant

_MINUTES_OF_ERRORS = 5
_MINUTES_OF_LATENCY = 3
_MINUTES_AT_MAXIMUM = 15
_STATISTIC = re.compile(r"mean|p(\d{1,2}(\.\d+)?|100)")


class VariantAlarms(Construct):
    """Tells a topic when a variant fails requests, is slow, or has nothing left to scale out with."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        topic: sns.ITopic,
        error_percent: float = 1,
        latency_ms: float | None = None,
        latency_statistic: str = "p99",
        max_capacity: int | None = None,
    ) -> None:
        """Define the alarms.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variant: what to watch.
            topic: who is told, of the alarm and of its end; CloudWatch must be permitted to publish there.
            error_percent: share of the requests that may fail (5xx and model errors), from 0.
            latency_ms: the model latency not to be exceeded, no token; by default none is watched.
            latency_statistic: ``mean``, or a percentile such as ``p95``.
            max_capacity: the most instances that scaling may reach; by default not watched.

        Raises:
            ValueError: a threshold out of range.
        """
        super().__init__(scope, id)
        faults = at_least("error_percent", error_percent, 0)
        faults += _latency_faults(latency_ms, latency_statistic) if latency_ms is not None else []
        faults += at_least("max_capacity", max_capacity, 1) if max_capacity is not None else []
        refuse(faults, f"alarms of variant {variant.name!r}")
        self._variant = variant
        self._topic_arn = topic.topic_arn
        self._alarm(
            "Errors",
            f"More than {in_words(error_percent)} % of the requests to variant {variant.name} fail.",
            threshold=error_percent,
            minutes=_MINUTES_OF_ERRORS,
            metrics=_error_percent(variant),
        )
        if latency_ms is not None:
            slow = metrics.with_statistic(metrics.MODEL_LATENCY, latency_statistic)
            self._alarm(
                "Latency",
                f"The {latency_statistic} model latency of variant {variant.name} is above {latency_ms:g} ms.",
                threshold=metrics.microseconds(latency_ms),
                minutes=_MINUTES_OF_LATENCY,
                **alarm_metric(slow, variant),
            )
        if max_capacity is not None:
            self._alarm(
                "AtMaximum",
                f"Variant {variant.name} runs all of its {in_words(max_capacity)} instances "
                "and can scale out no more.",
                threshold=max_capacity,
                minutes=_MINUTES_AT_MAXIMUM,
                comparison_operator="GreaterThanOrEqualToThreshold",
                **alarm_metric(metrics.INSTANCES, variant),
            )

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variant: EndpointVariant,
        topic: sns.ITopic,
        plan: CapacityPlan,
    ) -> VariantAlarms:
        """The alarms with a plan's service level objective and maximum."""
        saturation = plan.saturation
        return cls(
            scope,
            id,
            variant=variant,
            topic=topic,
            error_percent=saturation.slo_error_percent,
            latency_ms=saturation.slo_latency_ms,
            latency_statistic=saturation.slo_statistic or "p99",
            max_capacity=plan.scaling.max_capacity,
        )

    def _alarm(self, id: str, description: str, *, threshold: float, minutes: int, **props: Any) -> None:  # noqa: A002, ANN401
        cloudwatch.CfnAlarm(
            self,
            id,
            **{
                "alarm_description": description,
                "comparison_operator": "GreaterThanThreshold",
                "threshold": threshold,
                "evaluation_periods": minutes,
                "datapoints_to_alarm": minutes,
                "treat_missing_data": "notBreaching",
                "alarm_actions": [self._topic_arn],
                "ok_actions": [self._topic_arn],
                **props,
            },
        )


def alarm_metric(metric: metrics.VariantMetric, variant: EndpointVariant) -> dict[str, Any]:
    """The properties of an alarm that name its metric."""
    kind = "extended_statistic" if metric.statistic.startswith("p") else "statistic"
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": _dimensions(variant),
        kind: metric.statistic,
        "period": metrics.PERIOD_SECONDS,
    }


def _dimensions(variant: EndpointVariant) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value) for name, value in variant.dimensions.items()
    ]


def _latency_faults(latency_ms: float, statistic: str) -> list[str]:
    faults = above_zero("latency_ms", latency_ms)
    if Token.is_unresolved(latency_ms):
        faults.append("latency_ms is turned into microseconds, so it must be a number and no token")
    if not _STATISTIC.fullmatch(statistic):
        faults.append(f"latency_statistic must be mean or a percentile such as p95, got {statistic!r}")
    return faults


def _error_percent(variant: EndpointVariant) -> list[cloudwatch.CfnAlarm.MetricDataQueryProperty]:
    """Failed requests as a share of all, and none where there were no requests."""

    def sum_of(id: str, metric: metrics.VariantMetric) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:  # noqa: A002
        return cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id=id,
            metric_stat=cloudwatch.CfnAlarm.MetricStatProperty(
                metric=cloudwatch.CfnAlarm.MetricProperty(
                    namespace=metric.namespace, metric_name=metric.name, dimensions=_dimensions(variant)
                ),
                period=metrics.PERIOD_SECONDS,
                stat=metric.statistic,
            ),
            return_data=False,
        )

    return [
        sum_of("failed", metrics.ERRORS_5XX),
        sum_of("requests", metrics.INVOCATIONS),
        cloudwatch.CfnAlarm.MetricDataQueryProperty(
            id="error_percent",
            expression="IF(requests > 0, 100 * FILL(failed, 0) / requests, 0)",
            label="Failed requests, percent",
            return_data=True,
        ),
    ]
