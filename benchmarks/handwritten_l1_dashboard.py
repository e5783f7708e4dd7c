"""The rival's dashboard: see handwritten_l1.py."""

from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker

INVOCATIONS = "AWS/SageMaker"
INSTANCES = "/aws/sagemaker/Endpoints"
LINE = "#57606a"


def dashboard(stack: Stack, variant: dict[str, Any], plan: dict[str, Any], endpoint: sagemaker.CfnEndpoint) -> None:
    limits, numbers, slo = plan["limits"], plan["computed"], plan["saturation"]
    (step_out,) = numbers["step_scaling"]
    region = Aws.REGION
    of_variant = ["EndpointName", endpoint.attr_endpoint_name, "VariantName", variant["name"]]

    def graph(
        place: tuple[int, int, int],
        title: str,
        metrics: list[Any],
        lines: list[Any] | None = None,
        **axis: int,
    ) -> dict[str, Any]:
        x, y, width = place
        properties: dict[str, Any] = {
            "title": f"{variant['name']}: {title}",
            "view": "timeSeries",
            "region": region,
            "period": 60,
            "metrics": metrics,
            "yAxis": {"left": {"min": 0, "showUnits": False, **axis}},
        }
        if lines:
            properties["annotations"] = {"horizontal": lines}
        return {"x": x, "y": y, "width": width, "height": 6, "type": "metric", "properties": properties}

    def read(namespace: str, name: str, stat: str, label: str) -> list[Any]:
        return [namespace, name, *of_variant, {"stat": stat, "label": label}]

    def hidden(namespace: str, name: str, stat: str, id: str) -> list[Any]:  # noqa: A002
        return [namespace, name, *of_variant, {"id": id, "stat": stat, "visible": False}]

    def computed(id: str, expression: str, label: str) -> list[Any]:  # noqa: A002
        return [{"id": id, "expression": expression, "label": label}]

    def line(value: float, label: str) -> dict[str, Any]:
        return {"value": value, "label": label, "color": LINE}

    latencies = [
        ("ModelLatency", "p50", "model p50"),
        ("ModelLatency", "p90", "model p90"),
        ("ModelLatency", "p99", "model p99"),
        ("ModelLatency", "Average", "model mean"),
        ("OverheadLatency", "p99", "overhead p99"),
    ]
    widgets = [
        graph((0, 0, 8), "Invocations a minute", [read(INVOCATIONS, "Invocations", "Sum", "invocations")]),
        graph(
            (8, 0, 8),
            "Invocations per instance and minute",
            [read(INVOCATIONS, "InvocationsPerInstance", "Sum", "invocations")],
            [
                [
                    {"value": limits["lower_invocations_per_minute"], "label": "lower limit", "color": "#f2cc60"},
                    {"value": limits["upper_invocations_per_minute"], "label": "upper limit"},
                ],
                line(numbers["invocations"]["target_per_instance_per_minute"], "target"),
                line(limits["max_invocations_per_minute"], "measured maximum"),
                line(slo["highest_invocations_per_minute"], "highest within the SLO"),
            ],
        ),
        graph(
            (16, 0, 8),
            "Concurrent requests per model, at most",
            [read(INVOCATIONS, "ConcurrentRequestsPerModel", "Maximum", "requests")],
        ),
        graph(
            (0, 6, 8),
            "Failed requests, percent",
            [
                hidden(INVOCATIONS, "Invocation5XXErrors", "Sum", "failed0"),
                hidden(INVOCATIONS, "Invocations", "Sum", "requests0"),
                computed("error_percent0", "IF(requests0 > 0, 100 * FILL(failed0, 0) / requests0, 0)", "failed"),
            ],
            [line(slo["slo_error_percent"], "SLO")],
        ),
        graph(
            (8, 6, 8),
            "Failed requests a minute",
            [
                read(INVOCATIONS, "Invocation4XXErrors", "Sum", "4xx"),
                read(INVOCATIONS, "Invocation5XXErrors", "Sum", "5xx"),
                read(INVOCATIONS, "InvocationModelErrors", "Sum", "model error"),
            ],
        ),
        graph(
            (16, 6, 8),
            "Latency, ms",
            [
                row
                for n, (name, stat, label) in enumerate(latencies)
                for row in (
                    hidden(INVOCATIONS, name, stat, f"measured{n}"),
                    computed(f"milliseconds{n}", f"measured{n} / 1000", label),
                )
            ],
            [line(slo["slo_latency_ms"], f"SLO on {slo['slo_statistic']}")],
        ),
        graph(
            (0, 12, 12),
            "Utilisation, percent",
            [
                hidden(INSTANCES, "CPUUtilization", "Average", "cpu0"),
                computed("cpu_per_core0", f"cpu0 / {plan['instance']['vcpus']}", "CPU of each core"),
                read(INSTANCES, "MemoryUtilization", "Average", "memory"),
                read(INSTANCES, "DiskUtilization", "Average", "disk"),
            ],
            [line(numbers["cpu_per_core"]["target_percent_per_core"], "CPU target")],
            max=100,
        ),
        graph(
            (12, 12, 12),
            "Instances in service",
            [read(INSTANCES, "CPUUtilization", "SampleCount", "instances")],
            [line(numbers["min_capacity"], "min capacity"), line(numbers["max_capacity"], "max capacity")],
        ),
        graph(
            (0, 18, 12),
            "Policy StepOut: steps out",
            [read(INVOCATIONS, "InvocationsPerInstance", "Sum", "looked at")],
            [line(step_out["threshold"], "threshold")],
        ),
    ]
    cloudwatch.CfnDashboard(
        stack,
        "xgboostDashboard01E1D033",
        dashboard_body=stack.to_json_string({"periodOverride": "inherit", "widgets": widgets}),
    )
