"""The two alarms that Application Auto Scaling makes and owns for each target tracking policy."""

from __future__ import annotations

from collections.abc import Iterable
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
}


@dataclass(frozen=True)
class _Rule:
    """When an alarm of target tracking goes off: so many minutes of as many beyond a share of the target."""

    label: str
    operator: str
    minutes: int
    share_of_target: float


# AWS documents neither: these are the alarms that it is seen to make.
_RULES = (
    _Rule("AlarmHigh", "GreaterThanThreshold", 3, 1.0),
    _Rule("AlarmLow", "LessThanThreshold", 15, 0.9),
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
    for name, rule in zip(policy.alarms, _RULES, strict=True):
        backend.put_metric_alarm(
            name=name,
            comparison_operator=rule.operator,
            evaluation_periods=rule.minutes,
            datapoints_to_alarm=rule.minutes,
            # Rounded: 0.9 of 70 is 63, and 63.00000000000001 in binary.
            threshold=round(target * rule.share_of_target, 9),
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
            alarm_actions=[policy.arn],
            **_metric(policy.configuration, capacity),
        )


def delete_alarms(account: str, region: str, names: Iterable[str]) -> None:
    """Delete a policy's alarms; whoever has deleted one already has done no harm."""
    cloudwatch_backends[account][region].delete_alarms(list(names))


def _metric(configuration: dict[str, Any], capacity: Capacity) -> dict[str, Any]:
    if predefined := configuration.get("PredefinedMetricSpecification"):
        metric = PREDEFINED[predefined["PredefinedMetricType"]]
        dimensions = [{"Name": name, "Value": value} for name, value in capacity.dimensions.items()]
        return _single(_NAMESPACE, metric.name, dimensions, metric.statistic)
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
