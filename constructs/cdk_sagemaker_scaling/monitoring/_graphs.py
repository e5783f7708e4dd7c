"""The graphs that several kinds of hosting have, each with the numbers of a plan where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import unresolved
from sagemaker_capacity_plan import CapacityPlan, Saturation, Scaling

from ._graph import Graph, Line, Series, band, line
from ._readings import Reading, cost_per_hour, count, cpu_per_core, milliseconds, plain

Rows: TypeAlias = "list[list[Graph]]"
Published: TypeAlias = Mapping[str, metrics.SageMakerMetric]

_GPUS = re.compile(r"ml\.(g|gr|p)\d")
_A_ROW = 3


@dataclass(frozen=True)
class Shown:
    """What a section of a dashboard is about.

    Attributes:
        name: what a person calls it.
        measured: the variant or component.
        plan: its capacity plan, if it has one.
        price_usd_per_hour: what one of its instances costs, if that is known.
        instance_type: what it runs on, if that is known.
    """

    name: str
    measured: Any
    plan: CapacityPlan | None = None
    price_usd_per_hour: float | None = None
    instance_type: str | None = None

    @property
    def scaling(self) -> Scaling | None:
        """The plan's numbers in force."""
        return self.plan.scaling if self.plan else None

    @property
    def saturation(self) -> Saturation | None:
        """What the plan says of the objective."""
        return self.plan.saturation if self.plan else None

    @property
    def has_gpus(self) -> bool:
        """Whether its instances publish the utilisation of GPUs."""
        type_ = self.instance_type
        return type_ is not None and not unresolved(type_) and _GPUS.match(type_) is not None

    def target(self, policy: str, field: str, label: str = "target") -> list[Line]:
        """The target of one of the plan's policies, if it has that one."""
        found = getattr(self.scaling, policy, None)
        return [] if found is None else line(getattr(found, field), label)


def curves(published: Published) -> list[Series]:
    """Metrics as they are published, by their labels."""
    return [Series(label, plain(metric)) for label, metric in published.items()]


def latencies(statistic: str, published: Published) -> list[Series]:
    """Latencies in milliseconds under one statistic."""
    return [Series(f"{label} {statistic}", milliseconds(each, statistic)) for label, each in published.items()]


def invocations() -> Graph:
    """How many requests come."""
    return Graph("Invocations a minute", curves({"invocations": metrics.INVOCATIONS}))


def failed_share(of: Shown, reading: Reading) -> Graph:
    """What part of the requests fails, with what the objective allows."""
    allowed = of.saturation.slo_error_percent if of.saturation else None
    return Graph("Failed requests, percent", [Series("failed", reading)], line(allowed, "SLO"))


def failed(others: Published | None = None) -> Graph:
    """How many requests fail, and whose fault that is."""
    published = {"4xx": metrics.ERRORS_4XX, "5xx": metrics.ERRORS_5XX, **(others or {})}
    return Graph("Failed requests a minute", curves(published))


def latency(of: Shown, others: Published | None = None) -> Graph:
    """The percentiles of the model's latency, and the statistic that the objective is for."""
    objective = of.saturation.slo_statistic if of.saturation else None
    model = [
        series
        for statistic in dict.fromkeys(["p50", "p90", "p99", *([objective] if objective else [])])
        for series in latencies(statistic, {"model": metrics.MODEL_LATENCY})
    ]
    most = of.saturation.slo_latency_ms if of.saturation else None
    return Graph("Latency, ms", [*model, *latencies("p99", others or {})], line(most, f"SLO on {objective}"))


def utilization(of: Shown) -> list[Graph]:
    """Of each core where it is known how many there are, else of all together, as it is published."""
    rest = curves({"memory": metrics.MEMORY_UTILIZATION, "disk": metrics.DISK_UTILIZATION})
    if of.plan is not None and of.plan.instance is not None:
        cpu = Series("CPU of each core", cpu_per_core(of.plan.instance.vcpus))
        target = of.target("cpu_per_core", "target_percent_per_core", "CPU target")
        graphs = [Graph("Utilisation, percent", [cpu, *rest], target, highest=100)]
    else:
        cpu = Series("CPU, summed over cores", plain(metrics.CPU_UTILIZATION))
        graphs = [Graph("Utilisation, percent", [cpu, *rest])]
    if of.has_gpus:
        gpus = {"GPU": metrics.GPU_UTILIZATION, "GPU memory": metrics.GPU_MEMORY_UTILIZATION}
        graphs.append(Graph("GPUs, percent summed over them", curves(gpus)))
    return graphs


def instances(of: Shown) -> list[Graph]:
    """How many there are, and, where a price is known, what they cost."""
    counted = count(metrics.INSTANCES, of.measured.publish_seconds)
    graphs = [Graph("Instances in service", [Series("instances", counted)], bounds(of.scaling))]
    if of.price_usd_per_hour is not None:
        cost = Series("estimated cost", cost_per_hour(counted, of.price_usd_per_hour))
        graphs.append(Graph("Estimated cost, USD an hour", [cost]))
    return graphs


def policies(of: Shown) -> Rows:
    """A graph for each policy on a metric of its own: what it looks at, with its target or threshold."""
    graphs = [
        Graph(
            f"Policy {policy.name}: tracked",
            [Series("tracked", policy.queries)],
            line(policy.target_value, "target"),
        )
        for policy in getattr(of.scaling, "metric_tracking", ())
    ]
    graphs += [
        Graph(
            f"Policy {policy.name}: steps {policy.direction}",
            [Series("looked at", policy.queries, policy.period_seconds)],
            line(policy.threshold, "threshold"),
        )
        for policy in getattr(of.scaling, "step_scaling", ())
    ]
    return [graphs[first : first + _A_ROW] for first in range(0, len(graphs), _A_ROW)]


def limits(of: Shown, target: list[Line]) -> list[Line]:
    """The plan's band, its target within, and the ends of what was measured and of the objective."""
    known = of.plan.limits if of.plan else None
    highest = of.saturation.highest_invocations_per_minute if of.saturation else None
    return [
        *(band(known.lower_invocations_per_minute, known.upper_invocations_per_minute) if known else []),
        *target,
        *line(known.max_invocations_per_minute if known else None, "measured maximum"),
        *line(highest, "highest within the SLO"),
    ]


def bounds(scaling: Any) -> list[Line]:  # noqa: ANN401 - of any kind that has bounds, or none
    """The least and the most capacity."""
    if scaling is None:
        return []
    return [*line(scaling.min_capacity, "min capacity"), *line(scaling.max_capacity, "max capacity")]
