from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_capacity_plan import CapacityPlan

from . import _metrics as metrics
from ._endpoint import EndpointVariant, RealTimeEndpoint

_WIDTH, _HEIGHT = 12, 6  # two graphs a row of CloudWatch's 24 columns
_BAND, _LIMIT = "#f2cc60", "#57606a"

_Row = list[Any]


class EndpointDashboard(Construct):
    """What an endpoint does, minute by minute, with its plan's limits drawn over it; one section a variant."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoint: RealTimeEndpoint,
        plans: Mapping[str, CapacityPlan] | None = None,
    ) -> None:
        """Define the dashboard.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoint: what to watch.
            plans: the capacity plan of each variant that has one, by the variant's name.

        Raises:
            ValueError: a plan for a variant that the endpoint has not.
        """
        super().__init__(scope, id)
        plans = plans or {}
        if strangers := sorted(plans.keys() - endpoint.variants.keys()):
            raise ValueError(
                f"plans for variants that the endpoint has not: {', '.join(strangers)}; "
                f"it has {', '.join(sorted(endpoint.variants))}"
            )
        widgets: list[dict[str, Any]] = []
        for variant in endpoint.variants.values():
            widgets += _placed(_graphs(variant, plans.get(variant.name)), top=_bottom(widgets))
        cloudwatch.CfnDashboard(
            self, "Resource", dashboard_body=Stack.of(self).to_json_string({"widgets": widgets})
        )


def _graphs(variant: EndpointVariant, plan: CapacityPlan | None) -> list[dict[str, Any]]:
    def row(metric: metrics.VariantMetric, **options: object) -> _Row:
        dimensions = [word for pair in variant.dimensions.items() for word in pair]
        return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **options}]

    vcpus = plan.instance.vcpus if plan else None
    slo_statistic = plan.saturation.slo_statistic if plan else None
    latencies = [
        row(metrics.with_statistic(metrics.MODEL_LATENCY, statistic), label=f"model {statistic}")
        for statistic in dict.fromkeys(("p50", "p90", "p99", slo_statistic))
        if statistic is not None
    ]
    return [
        _graph("Invocations a minute", variant, [row(metrics.INVOCATIONS)]),
        _graph(
            "Invocations per instance and minute",
            variant,
            [row(metrics.INVOCATIONS_PER_INSTANCE)],
            horizontal=_limits(plan) if plan else [],
        ),
        _graph(
            "Failed requests a minute",
            variant,
            [row(metrics.ERRORS_4XX), row(metrics.ERRORS_5XX), row(metrics.MODEL_ERRORS)],
        ),
        _graph(
            "Latency, microseconds",
            variant,
            [*latencies, row(metrics.OVERHEAD_LATENCY, label="overhead p99")],
            horizontal=_slo(plan) if plan else [],
        ),
        _graph(
            "Utilisation, percent of each core",
            variant,
            [
                [{"expression": f"cpu / {vcpus}", "label": "CPU of each core", "id": "cpu_per_core"}],
                row(metrics.CPU_UTILIZATION, id="cpu", visible=False),
                row(metrics.MEMORY_UTILIZATION),
                row(metrics.DISK_UTILIZATION),
            ]
            if vcpus
            else [
                row(metrics.CPU_UTILIZATION, label="CPU, summed over cores"),
                row(metrics.MEMORY_UTILIZATION),
                row(metrics.DISK_UTILIZATION),
            ],
            horizontal=_cpu_target(plan) if plan else [],
        ),
        _graph(
            "Instances in service",
            variant,
            [row(metrics.INSTANCES, label="instances")],
            horizontal=_bounds(plan) if plan else [],
        ),
    ]


def _graph(
    title: str, variant: EndpointVariant, rows: list[_Row], *, horizontal: list[Any] | None = None
) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": f"{variant.name}: {title}",
            "view": "timeSeries",
            "region": Aws.REGION,
            "period": metrics.PERIOD_SECONDS,
            "metrics": rows,
            "yAxis": {"left": {"min": 0}},
            **({"annotations": {"horizontal": horizontal}} if horizontal else {}),
        },
    }


def _limits(plan: CapacityPlan) -> list[Any]:
    """The plan's band (a pair of lines is filled between), its target, and the end of the SLO."""
    limits = plan.limits
    lines: list[Any] = [
        [
            {"value": limits.lower_invocations_per_minute, "label": "lower limit", "color": _BAND},
            {"value": limits.upper_invocations_per_minute, "label": "upper limit"},
        ],
        _line(plan.scaling.invocations.target_per_instance_per_minute, "target"),
        _line(limits.max_invocations_per_minute, "measured maximum"),
    ]
    rate = plan.saturation.highest_invocations_per_minute
    return lines if rate is None else [*lines, _line(rate, "highest within the SLO")]


def _slo(plan: CapacityPlan) -> list[Any]:
    saturation = plan.saturation
    if saturation.slo_latency_ms is None:
        return []
    return [_line(metrics.microseconds(saturation.slo_latency_ms), f"SLO on {saturation.slo_statistic}")]


def _cpu_target(plan: CapacityPlan) -> list[Any]:
    cpu = plan.scaling.cpu_per_core
    return [] if cpu is None else [_line(cpu.target_percent_per_core, "CPU target")]


def _bounds(plan: CapacityPlan) -> list[Any]:
    scaling = plan.scaling
    return [_line(scaling.min_capacity, "min capacity"), _line(scaling.max_capacity, "max capacity")]


def _line(value: float, label: str) -> dict[str, Any]:
    return {"value": value, "label": label, "color": _LIMIT}


def _placed(graphs: list[dict[str, Any]], *, top: int) -> list[dict[str, Any]]:
    return [
        {
            "x": i % 2 * _WIDTH,
            "y": top + i // 2 * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            **graph,
        }
        for i, graph in enumerate(graphs)
    ]


def _bottom(widgets: list[dict[str, Any]]) -> int:
    return max((widget["y"] + widget["height"] for widget in widgets), default=0)
