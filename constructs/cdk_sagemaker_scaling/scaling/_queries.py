"""CloudWatch metrics and expressions as policies and alarms name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling.endpoints._measured import Measured
from sagemaker_capacity_plan import Dimension, Expression, Metric, Query

_Policy = autoscaling.CfnScalingPolicy
_Alarm = cloudwatch.CfnAlarm

What: TypeAlias = "cloudwatch.IMetric | Sequence[Query]"


def queries_of(metric: What) -> tuple[Query, ...]:
    """A CDK metric, plain or math, as queries of which the last one counts; queries are taken as they are."""
    if isinstance(metric, Sequence):
        return tuple(metric)
    return tuple(dict.fromkeys(_flattened(metric, "tracked")))  # what two expressions use is one query


def period_seconds_of(metric: What) -> int:
    """The period in which a CDK metric is read; queries have none of their own, and are read by the minute."""
    if isinstance(metric, Sequence):
        return metrics.PERIOD_SECONDS
    config = metric.to_metric_config()
    if config.metric_stat is not None:
        return int(config.metric_stat.period.to_seconds())
    assert config.math_expression is not None  # noqa: S101 - a metric is one or the other
    return int(config.math_expression.period)


def _flattened(metric: cloudwatch.IMetric, id: str) -> Iterator[Query]:  # noqa: A002
    config = metric.to_metric_config()
    if config.metric_stat is not None:
        stat = config.metric_stat
        elsewhere = stat.account_override or stat.region_override
        if elsewhere:
            raise ValueError(
                f"a policy reads metrics of its own account and region, got {stat.metric_name} of {elsewhere}: "
                "leave account and region out"
            )
        dimensions = tuple(Dimension(d.name, str(d.value)) for d in stat.dimensions or ())
        yield Metric(id, stat.namespace, stat.metric_name, stat.statistic, dimensions)
        return
    math = config.math_expression
    assert math is not None  # noqa: S101 - a metric is one or the other
    for name, used in (math.using_metrics or {}).items():
        yield from _flattened(used, name)
    label = (config.rendering_properties or {}).get("label")
    yield Expression(id, math.expression, label)


def dimensions_of(query: Metric, measured: Measured) -> dict[str, str]:
    """The dimensions of a metric; where it names none, those under which SageMaker publishes it for what scales.

    Raises:
        ValueError: SageMaker publishes no such metric there.
    """
    if query.dimensions is not None:
        return {dimension.name: dimension.value for dimension in query.dimensions}
    known = metrics.published(measured.kind, query.namespace, query.name)
    if known is None:
        raise ValueError(
            f"SageMaker publishes no {query.namespace} {query.name} for {measured.kind.one}: "
            "give the metric its own dimensions, or take one of "
            + ", ".join(sorted(metric.name for metric in measured.kind.metrics))
        )
    return measured.dimensions(known)


def tracked(
    queries: Sequence[Query], measured: Measured
) -> autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty:
    """The customised metric specification of target tracking."""
    (*_, last) = queries
    if isinstance(last, Metric):
        return _Policy.CustomizedMetricSpecificationProperty(
            namespace=last.namespace,
            metric_name=last.name,
            statistic=last.statistic,
            dimensions=[
                _Policy.MetricDimensionProperty(name=name, value=value)
                for name, value in dimensions_of(last, measured).items()
            ]
            or None,
        )
    return _Policy.CustomizedMetricSpecificationProperty(
        metrics=[
            _Policy.TargetTrackingMetricDataQueryProperty(
                id=query.id, return_data=query is last, **_tracked_query(query, measured)
            )
            for query in queries
        ]
    )


def _tracked_query(query: Query, measured: Measured) -> dict[str, Any]:
    if isinstance(query, Expression):
        return {"expression": query.expression, "label": query.label}
    return {
        "metric_stat": _Policy.TargetTrackingMetricStatProperty(
            metric=_Policy.TargetTrackingMetricProperty(
                namespace=query.namespace,
                metric_name=query.name,
                dimensions=[
                    _Policy.TargetTrackingMetricDimensionProperty(name=name, value=value)
                    for name, value in dimensions_of(query, measured).items()
                ],
            ),
            stat=query.statistic,
        )
    }


def alarmed(queries: Sequence[Query], measured: Measured, period_seconds: int) -> dict[str, Any]:
    """The properties of a CfnAlarm that name what it watches."""
    (*_, last) = queries
    if isinstance(last, Metric):
        statistic = "extended_statistic" if last.statistic.startswith("p") else "statistic"
        return {
            "namespace": last.namespace,
            "metric_name": last.name,
            "dimensions": _alarm_dimensions(last, measured),
            statistic: last.statistic,
            "period": period_seconds,
        }
    return {
        "metrics": [
            _Alarm.MetricDataQueryProperty(
                id=query.id, return_data=query is last, **_alarm_query(query, measured, period_seconds)
            )
            for query in queries
        ]
    }


def _alarm_query(query: Query, measured: Measured, period_seconds: int) -> dict[str, Any]:
    if isinstance(query, Expression):
        return {"expression": query.expression, "label": query.label, "period": period_seconds}
    return {
        "metric_stat": _Alarm.MetricStatProperty(
            metric=_Alarm.MetricProperty(
                namespace=query.namespace, metric_name=query.name, dimensions=_alarm_dimensions(query, measured)
            ),
            period=period_seconds,
            stat=query.statistic,
        )
    }


def _alarm_dimensions(query: Metric, measured: Measured) -> list[cloudwatch.CfnAlarm.DimensionProperty]:
    return [
        _Alarm.DimensionProperty(name=name, value=value) for name, value in dimensions_of(query, measured).items()
    ]
