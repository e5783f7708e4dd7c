"""The plan's picture over live metrics: a metric widget for CloudWatch, and its image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sagemaker_capacity.planning._analysed import Analysed, analysed
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_PERIOD_SECONDS = 60  # the plan's limits are per minute
_NAMESPACE = "AWS/SageMaker"
_BAND, _LINE, _SLO = "#f2cc60", "#57606a", "#00795a"
_ERRORS = {"Invocation4XXErrors": "4xx", "Invocation5XXErrors": "5xx", "InvocationModelErrors": "model errors"}
_PERCENTILES = ("p50", "p99")


def widget(plan: CapacityPlan, endpoint_name: str, variant_name: str, start: str = "-PT3H") -> dict[str, Any]:
    """What GetMetricWidgetImage and a dashboard's metric widget take ("GetMetricWidgetImage: Metric Widget
    Structure and Syntax", Amazon CloudWatch API reference).

    Counts are sums over a minute, on the left with the plan's band; the model's latency is in percentiles, in
    milliseconds, on the right with the SLO.

    Args:
        plan: a plan as analysis makes it.
        endpoint_name: the endpoint that serves under it.
        variant_name: its variant.
        start: where the graph begins, absolute or so long before now.

    Raises:
        ValueError: the plan was not made from a benchmark.
    """  # noqa: D205
    parts = analysed(plan)
    dimensions = ["EndpointName", endpoint_name, "VariantName", variant_name]
    counts = {"InvocationsPerInstance": "invocations per instance", **_ERRORS}
    return {
        "title": f"{endpoint_name}/{variant_name}: load and latency",
        "view": "timeSeries",
        "stacked": False,
        "period": _PERIOD_SECONDS,
        "start": start,
        "width": 1200,
        "height": 400,
        "metrics": [
            *(
                [_NAMESPACE, name, *dimensions, {"stat": "Sum", "label": label, "yAxis": "left"}]
                for name, label in counts.items()
            ),
            *(row for statistic in _statistics(parts) for row in _latency(statistic, dimensions)),
        ],
        "yAxis": {
            "left": {"min": 0, "label": "per minute", "showUnits": False},
            "right": {"min": 0, "label": "ms", "showUnits": False},
        },
        "annotations": {"horizontal": list(_lines(parts))},
    }


def widget_image(client: CloudWatchClient, shown: dict[str, Any]) -> bytes:
    """CloudWatch's own drawing of a widget, as PNG.

    Raises:
        botocore.exceptions.ClientError: CloudWatch refused; the caller needs cloudwatch:GetMetricWidgetImage.
    """
    answer = client.get_metric_widget_image(MetricWidget=json.dumps(shown), OutputFormat="png")
    return answer["MetricWidgetImage"]


def _statistics(parts: Analysed) -> list[str]:
    """The percentiles, and what the SLO is on if that is another."""
    slo = parts.saturation.slo_statistic
    asked = [] if slo is None else ["Average" if slo == "mean" else slo]
    return list(dict.fromkeys([*_PERCENTILES, *asked]))


def _latency(statistic: str, dimensions: list[str]) -> list[list[Any]]:
    """ModelLatency is in microseconds, and the plan's SLO in milliseconds: CloudWatch turns the former."""
    raw = f"latency_{statistic.replace('.', '_').lower()}"
    shown = {"expression": f"{raw} / 1000", "label": f"latency {statistic}", "yAxis": "right"}
    return [
        [_NAMESPACE, "ModelLatency", *dimensions, {"id": raw, "stat": statistic, "visible": False}],
        [shown],
    ]


def _lines(parts: Analysed) -> list[Any]:
    """The band, which CloudWatch fills between a pair; the target in it, the maximum, and the SLO."""
    limits, saturation = parts.limits, parts.saturation
    lower, upper = limits.lower_invocations_per_minute, limits.upper_invocations_per_minute
    target = parts.invocations.target_per_instance_per_minute
    lines: list[Any] = [
        [{"value": lower, "label": "lower limit", "color": _BAND}, {"value": upper, "label": "upper limit"}],
        {"value": target, "label": "target", "color": _LINE},
        {"value": limits.max_invocations_per_minute, "label": "measured maximum", "color": _LINE},
    ]
    if saturation.highest_invocations_per_minute is not None:
        highest = saturation.highest_invocations_per_minute
        lines.append({"value": highest, "label": "highest within the SLO", "color": _SLO})
    if saturation.slo_latency_ms is not None:
        label = f"SLO on {saturation.slo_statistic}"
        lines.append({"value": saturation.slo_latency_ms, "label": label, "color": _SLO, "yAxis": "right"})
    return lines
