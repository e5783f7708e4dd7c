"""The plan beside the template, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sagemaker_capacity.planning._analysed import analysed
from sagemaker_capacity_plan import CapacityPlan, Metric, RealTimeScaling, ScalingStep, StepScaling

from .template import Template

Place = tuple[str, str]  # an endpoint's construct and a variant's name

_DETAIL = "also "


def compare(
    plans: Mapping[Place, CapacityPlan],
    template: Template,
    console: Console,
    deployed: Mapping[Place, RealTimeScaling] | None = None,
) -> bool:
    """Print the plans' numbers, what the template holds, and what is deployed if anything is, side by side.

    True if every plan's numbers stand everywhere, and no other variant is scaled.
    """
    parts = {place: analysed(plan) for place, plan in plans.items()}
    columns: dict[str, Mapping[Place, RealTimeScaling]] = {
        "plan": {place: part.scaling for place, part in parts.items()},
        "template": {(variant.endpoint, variant.name): variant.scaling for variant in template.variants()},
    }
    if deployed is not None:
        columns["deployed"] = deployed
    for place, part in parts.items():
        console.print(f"\nendpoint [bold]{place[0]}[/], variant [bold]{place[1]}[/] on {part.instance.type}\n")
        console.print(_side_by_side({name: column.get(place) for name, column in columns.items()}))
    for endpoint, name in sorted({place for column in columns.values() for place in column} - plans.keys()):
        console.print(f"\n[red]no plan is for endpoint {endpoint}, variant {name}, which the template scales[/]")
    console.print("\nbeside it, the template holds\n")
    console.print(_rest(template))
    return all(column == columns["plan"] for column in columns.values())


def _side_by_side(columns: Mapping[str, RealTimeScaling | None]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 2), header_style="dim")
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    numbers = [dict(_numbers(scaling)) if scaling else {} for scaling in columns.values()]
    for what in dict.fromkeys(what for column in numbers for what in column):
        cells = [column.get(what, "none") for column in numbers]
        differs = len(set(cells)) > 1
        if differs or not what.startswith(_DETAIL):
            table.add_row(what, *cells, style="red" if differs else None)
    return table


def _numbers(scaling: RealTimeScaling) -> Iterator[tuple[str, str]]:
    yield "min capacity", str(scaling.min_capacity)
    yield "max capacity", str(scaling.max_capacity)
    if invocations := scaling.invocations:
        yield "target, invocations per instance", _n(invocations.target_per_instance_per_minute)
    if concurrency := scaling.concurrency:
        yield "target, concurrent requests per model", _n(concurrency.target_per_model)
    if cpu := scaling.cpu_per_core:
        yield f"target, CPU % of each of {cpu.vcpus} cores", _n(cpu.target_percent_per_core)
    for target in scaling.metric_tracking:
        yield f"target, {target.name}", _n(target.target_value)
    for step_scaling in scaling.step_scaling:
        yield from _steps(step_scaling)
    for action in scaling.scheduled:
        yield f"scheduled {action.name}, min capacity", _or_none(action.min_capacity)
        if action.max_capacity is not None:
            yield f"scheduled {action.name}, max capacity", str(action.max_capacity)
    yield from _details(scaling)


def _steps(scaling: StepScaling) -> Iterator[tuple[str, str]]:
    looked_at = scaling.queries[-1]
    what = looked_at.name if isinstance(looked_at, Metric) else looked_at.expression
    yield f"{scaling.name}, {what}", _n(scaling.threshold)
    unit = " %" if scaling.adjustment_type == "PercentChangeInCapacity" else ""
    sign = "" if scaling.adjustment_type == "ExactCapacity" else "+"
    for step in scaling.steps:
        yield f"  {_interval(scaling.threshold, step)}", f"{step.adjustment:{sign}}{unit}"


def _interval(threshold: float, step: ScalingStep) -> str:
    if step.lower_bound is None:
        return f"up to {_n(threshold + (step.upper_bound or 0))}"
    upper = "on" if step.upper_bound is None else f"to {_n(threshold + step.upper_bound)}"
    return f"from {_n(threshold + step.lower_bound)} {upper}"


def _details(scaling: RealTimeScaling) -> Iterator[tuple[str, str]]:
    """What a row is worth only where plan and template differ."""
    for name in ("invocations", "concurrency", "cpu_per_core", "suspended"):
        record = getattr(scaling, name)
        yield from _fields(name, {} if record is None else vars(record))
    for target in scaling.metric_tracking:
        yield from _fields(target.name, vars(target))
    for step_scaling in scaling.step_scaling:
        yield from _fields(step_scaling.name, vars(step_scaling))
    for action in scaling.scheduled:
        yield from _fields(f"scheduled {action.name}", vars(action))


def _fields(name: str, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for field, value in fields.items():
        if field != "steps":  # they have rows of their own
            yield f"{_DETAIL}{name}.{field}", _n(value) if isinstance(value, float) else str(value)


def _rest(template: Template) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 2), show_header=False)
    for alarm in template.alarms():
        table.add_row("alarm", alarm.name.replace("/Alarms/", " "), alarm.condition)
    for name, graphs in template.dashboards().items():
        table.add_row("dashboard", name, f"{graphs} graphs")
    for detector in template.detectors():
        table.add_row("idle detector", detector.name, f"{detector.schedule}, {detector.lookback_days} days back")
    return table


def _n(number: float) -> str:
    return f"{number:.10g}"


def _or_none(number: float | None) -> str:
    return "none" if number is None else _n(number)
