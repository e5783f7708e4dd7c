"""The two alarms that Application Auto Scaling makes and owns for each target tracking policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends
from moto.cloudwatch.utils import make_arn_for_alarm

from embedded_aws.application_autoscaling._capacities import Capacity
from embedded_aws.application_autoscaling._registry import Policy
from embedded_aws.wire import Caller

_MINUTE = 60
_NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True)
class PredefinedMetric:
    """What a predefined metric of target tracking is in CloudWatch."""

    dimension: str
    name: str
    statistic: str
    period_seconds: int = _MINUTE


PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": PredefinedMetric(
        "sagemaker:variant:DesiredInstanceCount", "InvocationsPerInstance", "Sum"
    ),
    "SageMakerVariantProvisionedConcurrencyUtilization": PredefinedMetric(
        "sagemaker:variant:DesiredProvisionedConcurrency", "ServerlessProvisionedConcurrencyUtilization", "Average"
    ),
    "SageMakerInferenceComponentInvocationsPerCopy": PredefinedMetric(
        "sagemaker:inference-component:DesiredCopyCount", "InvocationsPerCopy", "Sum"
    ),
    # Published every ten seconds; of these two only the least and the most say anything.
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": PredefinedMetric(
        "sagemaker:variant:DesiredInstanceCount", "ConcurrentRequestsPerModel", "Maximum", period_seconds=10
    ),
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": PredefinedMetric(
        "sagemaker:inference-component:DesiredCopyCount", "ConcurrentRequestsPerCopy", "Maximum", period_seconds=10
    ),
}


@dataclass(frozen=True)
class _Rule:
    """When an alarm of target tracking goes off: so many points of as many beyond a share of the target."""

    label: str
    operator: str
    points: Callable[[int], int]
    share_of_target: float


# AWS documents neither: these are the alarms that it is seen to make, 3 points high and 15 minutes of them low.
_RULES = (
    _Rule("AlarmHigh", "GreaterThanThreshold", lambda _: 3, 1.0),
    _Rule("AlarmLow", "LessThanThreshold", lambda period_seconds: 15 * _MINUTE // period_seconds, 0.9),
)


def alarm_names(resource_id: str) -> tuple[str, ...]:
    """Names for a new policy's alarms, high and low."""
    return tuple(f"TargetTracking-{resource_id}-{rule.label}-{uuid4()}" for rule in _RULES)


def told(caller: Caller, names: Iterable[str]) -> list[dict[str, str]]:
    """Alarms as a policy's description names them."""
    return [
        {"AlarmName": name, "AlarmARN": make_arn_for_alarm(caller.region, caller.account, name)} for name in names
    ]


def put_alarms(caller: Caller, policy: Policy, capacity: Capacity) -> None:
    """Make a target tracking policy's alarms, or bring them to its present numbers."""
    backend = cloudwatch_backends[caller.account][caller.region]
    target = float(policy.configuration["TargetValue"])
    metric = _metric(policy.configuration, capacity)
    for name, rule in zip(policy.alarms, _RULES, strict=True):
        # Metric math has no period of its own: its metrics have a minute.
        points = rule.points(metric["period"] or _MINUTE)
        backend.put_metric_alarm(
            name=name,
            comparison_operator=rule.operator,
            evaluation_periods=points,
            datapoints_to_alarm=points,
            # Rounded: 0.9 of 70 is 63, and 63.00000000000001 in binary.
            threshold=round(target * rule.share_of_target, 9),
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
            alarm_actions=[policy.arn],
            **metric,
        )


def delete_alarms(account: str, region: str, names: Iterable[str]) -> None:
    """Delete a policy's alarms; whoever has deleted one already has done no harm."""
    cloudwatch_backends[account][region].delete_alarms(list(names))


def _metric(configuration: dict[str, Any], capacity: Capacity) -> dict[str, Any]:
    if predefined := configuration.get("PredefinedMetricSpecification"):
        metric = PREDEFINED[predefined["PredefinedMetricType"]]
        dimensions = [{"Name": name, "Value": value} for name, value in capacity.dimensions.items()]
        single = _single(_NAMESPACE, metric.name, dimensions, metric.statistic)
        return single | {"period": metric.period_seconds}
    customized = configuration["CustomizedMetricSpecification"]
    if queries := customized.get("Metrics"):
        return _single(None, None, [], None) | {
            "period": None,
            "metric_data_queries": [_query(query) for query in queries],
        }
    return _single(
        customized["Namespace"],
        customized["MetricName"],
        customized.get("Dimensions", []),
        customized["Statistic"],
        customized.get("Unit"),
    )


def _single(
    namespace: str | None,
    name: str | None,
    dimensions: list[dict[str, str]],
    statistic: str | None,
    unit: str | None = None,
) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "metric_name": name,
        "dimensions": dimensions,
        "statistic": statistic,
        "period": _MINUTE,
        "unit": unit,
    }


def _query(query: dict[str, Any]) -> MetricDataQuery:
    stat = query.get("MetricStat")
    metric_stat = None
    if stat:
        metric = stat["Metric"]
        dimensions = [Dimension(each["Name"], each["Value"]) for each in metric.get("Dimensions", [])]
        metric_stat = MetricStat(
            Metric(metric["MetricName"], metric["Namespace"], dimensions),
            period=_MINUTE,  # type: ignore[arg-type] # moto's annotation says str, its answers want a number
            stat=stat["Stat"],
            unit=stat.get("Unit"),
        )
    return MetricDataQuery(
        query_id=query["Id"],
        label=query.get("Label"),  # type: ignore[arg-type] # likewise
        period=None,  # type: ignore[arg-type] # not given for a metric or an expression
        return_data=query.get("ReturnData", True),
        expression=query.get("Expression"),
        metric_stat=metric_stat,
    )
