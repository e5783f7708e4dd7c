"""Dashboards of endpoints of every kind, with what was given to each, and how to read them back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from plan_stacks import published
from plans_strategy import asynchronous_plans, component_plans, drawn, real_time_plans, serverless_plans

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    Endpoint,
    EndpointDashboard,
    Fleet,
    InferenceComponentCopies,
    InferenceComponentEndpoint,
    MetricsConfig,
    NotificationTopic,
    RealTimeEndpoint,
    ScalingActivityLog,
    ServerlessEndpoint,
    VariantAlarms,
    _metrics,
)
from sagemaker_capacity_plan import CapacityPlan, Saturation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import Stack
    from conftest import Synthesised

DASHBOARD = "AWS::CloudWatch::Dashboard"
HOST, TYPE = "AllTraffic", "ml.g5.12xlarge"
EACH = 16
OBJECTIVE = Saturation(
    slo_latency_ms=25.5,
    slo_statistic="p95",
    slo_given=True,
    slo_error_percent=0.5,
    errors_measured=True,
    highest_invocations_per_minute=8433,
    is_lower_bound=False,
    min_capacity=1,
    max_capacity=8,
)
PLANS = {
    _metrics.REAL_TIME: real_time_plans,
    _metrics.ASYNCHRONOUS: asynchronous_plans,
    _metrics.SERVERLESS: serverless_plans,
    _metrics.INFERENCE_COMPONENT: component_plans,
}
SLO = {"Failed requests, percent": ["saturation.slo_error_percent"], "Latency, ms": ["saturation.slo_latency_ms"]}
INSTANCES = {
    "Utilisation, percent": ["scaling.cpu_per_core.target_percent_per_core"],
    "Instances in service": ["scaling.min_capacity", "scaling.max_capacity"],
}
# Which of a plan's numbers stand in which graph, from the bottom of a band to the end of what was measured.
LINES: dict[_metrics.Kind, dict[str, list[str]]] = {
    _metrics.REAL_TIME: {
        "Invocations per instance and minute": [
            "limits.lower_invocations_per_minute",
            "limits.upper_invocations_per_minute",
            "scaling.invocations.target_per_instance_per_minute",
            "limits.max_invocations_per_minute",
            "saturation.highest_invocations_per_minute",
        ],
        "Concurrent requests per model, at most": ["scaling.concurrency.target_per_model"],
        **SLO,
        **INSTANCES,
    },
    _metrics.ASYNCHRONOUS: {
        "Backlog per instance, requests": ["scaling.backlog.target_per_instance"],
        **SLO,
        **INSTANCES,
    },
    _metrics.SERVERLESS: {
        "Provisioned concurrency in use, share": ["scaling.provisioned.utilization.target_utilization"],
        "Executions on provisioned concurrency": [
            "scaling.provisioned.min_capacity",
            "scaling.provisioned.max_capacity",
        ],
        **SLO,
    },
    _metrics.INFERENCE_COMPONENT: {
        "Invocations per copy and minute": ["scaling.invocations.target_per_copy_per_minute"],
        "Concurrent requests per copy, at most": ["scaling.concurrency.target_per_copy"],
        "Copies in service": ["scaling.min_capacity", "scaling.max_capacity"],
        **SLO,
    },
    _metrics.COMPONENT_HOST: {},
}
# What SageMaker publishes of a kind and a dashboard does not show: streaming, explanations, multi-model endpoints;
# how long an asynchronous request's parts travel; what wakes it is in its backlog.
LEFT_OUT = {
    _metrics.REAL_TIME: r"FirstChunk.*|MidStream.*|Explanations.*|Model(L|U|D|C).*|LoadedModel.*",
    _metrics.ASYNCHRONOUS: r"Request.*Latency|Response.*Latency|HasBacklogWithoutCapacity",
    _metrics.SERVERLESS: r"",
    _metrics.INFERENCE_COMPONENT: r"",
    _metrics.COMPONENT_HOST: r"GPUUtilization|GPUMemoryUtilization|CPUUtilization",
}


@dataclass(frozen=True)
class Board:
    """One dashboard: what was given, and the body that came of it."""

    endpoint: Endpoint[Any]
    plans: dict[str, CapacityPlan] = field(default_factory=dict)
    components: dict[str, InferenceComponentCopies] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def widgets(self) -> list[dict[str, Any]]:
        widgets: list[dict[str, Any]] = self.body["widgets"]
        return widgets

    @property
    def measured(self) -> dict[str, Any]:
        return {**self.endpoint.variants, **self.components}

    def graphs(self, of: str | None = None) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Section, title and properties of each graph."""
        for widget in self.widgets:
            if widget["type"] == "metric":
                name, _, title = widget["properties"]["title"].partition(": ")
                if of in {None, name}:
                    yield name, title, widget["properties"]

    def graph(self, of: str, title: str) -> dict[str, Any]:
        (found,) = (properties for _, named, properties in self.graphs(of) if named == title)
        return found


def fill(stack: Stack, boards: dict[str, Board]) -> None:
    for name, board in boards.items():
        EndpointDashboard(
            stack, name, endpoint=board.endpoint, plans=board.plans, components=board.components, **board.options
        )


@cache
def some(kind: _metrics.Kind) -> list[CapacityPlan]:
    """Generated plans of a kind, and one more for each number of a graph that none of them has."""
    plans = [published(plan, kind) for plan in drawn(PLANS[kind](), 2 * EACH)[::2]]
    plans.append(replace(plans[0], saturation=OBJECTIVE))
    for place in (place for places in LINES[kind].values() for place in places):

        def has(plan: CapacityPlan, place: str = place) -> bool:
            return number(plan, place) is not None

        if not any(map(has, plans)):
            plans += [published(plan, kind) for plan in drawn(PLANS[kind]().filter(has), 1)]
    return plans


def on_gpus(plan: CapacityPlan) -> CapacityPlan:
    return replace(plan, instance=replace(plan.instance, type=TYPE))


def real_time(stack: Stack, name: str, types: dict[str, str], seconds: int = 60) -> Endpoint[Any]:
    return RealTimeEndpoint.from_endpoint_name(
        stack, name, f"the-{name}", instance_types=types, publish_frequency_seconds=seconds
    )


def boards_in(stack: Stack, shipped_plan: CapacityPlan) -> dict[str, Board]:
    """Imported endpoints of all kinds with generated plans, without any, and two compared with all there is."""
    boards = {}
    for n, (blue, other) in enumerate(pairwise(some(_metrics.REAL_TIME))):
        green = on_gpus(other)
        types = {"Blue": blue.instance.type, "Green": green.instance.type}
        boards[f"RealTime{n}"] = Board(
            real_time(stack, f"R{n}", types, [10, 60, 300][n % 3]), {"Blue": blue, "Green": green}
        )
    for n, plan in enumerate(map(on_gpus, some(_metrics.ASYNCHRONOUS))):
        queue = AsynchronousEndpoint.from_endpoint_name(
            stack, f"A{n}", f"queue-{n}", variant_name="Only", instance_type=plan.instance.type
        )
        boards[f"Asynchronous{n}"] = Board(queue, {"Only": plan})
    for n, plan in enumerate(some(_metrics.SERVERLESS)):
        serverless = ServerlessEndpoint.from_endpoint_name(stack, f"S{n}", f"serverless-{n}")
        boards[f"Serverless{n}"] = Board(serverless, {HOST: plan})
    host = InferenceComponentEndpoint(
        stack,
        "Host",
        fleet=Fleet(instance_type=TYPE),
        endpoint_name="host",
        metrics_config=MetricsConfig(publish_frequency_seconds=30),
    )
    plans = list(map(on_gpus, some(_metrics.INFERENCE_COMPONENT)))
    copies = {f"C{n}": InferenceComponentCopies(f"c-{n}", publish_seconds=30) for n in range(len(plans))}
    boards["Components"] = Board(host, dict(zip(copies, plans, strict=True)), copies)
    for name in ("RealTime0", "Asynchronous0", "Serverless0", "Components"):
        boards[f"Bare{name}"] = Board(boards[name].endpoint, {}, boards[name].components)
    two = real_time(stack, "Two", dict.fromkeys(("Blue", "Green"), shipped_plan.instance.type), 10)
    alarms = VariantAlarms(
        stack, "Alarms", variant=two.variants["Blue"], topic=NotificationTopic(stack, "Topic").topic
    )
    boards["Pair"] = Board(
        two,
        dict.fromkeys(("Blue", "Green"), shipped_plan),
        options={
            "side_by_side": ("Blue", "Green"),
            "prices_usd_per_hour": {"Blue": 0.23, "Green": 0.23},
            "alarms": alarms.alarms,
            "activity": ScalingActivityLog(stack, "Activity", endpoints=[two]),
        },
    )
    boards["Shipped"] = Board(real_time(stack, "Only", {HOST: shipped_plan.instance.type}), {HOST: shipped_plan})
    return boards


def read(given: dict[str, Board], made: Synthesised) -> dict[str, Board]:
    """Each dashboard with its widgets; what only the deploy knows reads as its logical id."""
    boards = {}
    for logical_id, properties in made.of_type(DASHBOARD).items():
        path = made.template["Resources"][logical_id]["Metadata"]["aws:cdk:path"].split("/")[1]
        parts = properties["DashboardBody"]["Fn::Join"][1]
        body = json.loads("".join(part if isinstance(part, str) else part["Ref"] for part in parts))
        boards[path] = replace(given[path], body=body)
    return boards


def number(plan: CapacityPlan, path: str) -> Any:  # noqa: ANN401
    """A number of a plan by its place, None where there is none."""
    return reduce(lambda part, name: getattr(part, name, None), path.split("."), plan)


def lines_of(graph: dict[str, Any]) -> list[float]:
    drawn = graph.get("annotations", {}).get("horizontal", [])
    return [line["value"] for lines in drawn for line in (lines if isinstance(lines, list) else [lines])]


def queried(graph: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Namespace, name and dimensions of each metric, with its options."""
    for row in graph["metrics"]:
        if len(row) > 1:
            yield row[:-1], row[-1]
