from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from ._function import METRICS_NAMESPACE

_HALF = 12


def idle_widgets() -> list[cloudwatch.IWidget]:
    """How many endpoints idle, by account and region, and what they cost a month, day by day."""
    return [
        _graph("Idle endpoints", "IdleEndpoints", "endpoints"),
        _graph("What idle endpoints cost a month, where it is known", "IdleUsdPerMonth", "USD"),
    ]


def _graph(title: str, metric_name: str, unit: str) -> cloudwatch.GraphWidget:
    search = f"SEARCH('{{{METRICS_NAMESPACE},Account,Region}} MetricName=\"{metric_name}\"', 'Maximum')"
    found = cloudwatch.MathExpression(expression=search, label="", period=Duration.days(1))
    axis = cloudwatch.YAxisProps(label=unit, min=0, show_units=False)
    return cloudwatch.GraphWidget(
        title=title, left=[found], left_y_axis=axis, stacked=True, width=_HALF, period=Duration.days(1)
    )
