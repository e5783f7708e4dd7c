"""The plan beside the template, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sagemaker_capacity_plan import CapacityPlan, Scaling

from .template import Template

Place = tuple[str, str]  # an endpoint's construct and a variant's name

_DETAIL = "also "


def compare(
    plans: Mapping[Place, CapacityPlan],
    template: Template,
    console: Console,
    deployed: Mapping[Place, Scaling] | None = None,
) -> bool:
    """Print the plans' numbers, what the template holds, and what is deployed if anything is, side by side.

    True if every plan's numbers stand everywhere, and no other variant is scaled.
    """
    columns: dict[str, Mapping[Place, Scaling]] = {
        "plan": {place: plan.scaling for place, plan in plans.items()},
        "template": {(variant.endpoint, variant.name): variant.scaling for variant in template.variants()},
    }
    if deployed is not None:
        columns["deployed"] = deployed
    for place, plan in plans.items():
        console.print(f"\nendpoint [bold]{place[0]}[/], variant [bold]{place[1]}[/] on {plan.instance.type}\n")
        console.print(_side_by_side({name: column.get(place) for name, column in columns.items()}))
    for endpoint, name in sorted({place for column in columns.values() for place in column} - plans.keys()):
        console.print(f"\n[red]no plan is for endpoint {endpoint}, variant {name}, which the template scales[/]")
    console.print("\nbeside it, the template holds\n")
    console.print(_rest(template))
    return all(column == columns["plan"] for column in columns.values())


def _side_by_side(columns: Mapping[str, Scaling | None]) -> Table:
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


def _numbers(scaling: Scaling) -> Iterator[tuple[str, str]]:
    yield "min capacity", str(scaling.min_capacity)
    yield "max capacity", str(scaling.max_capacity)
    yield (
        "target, invocations per instance",
        _n(scaling.invocations.target_per_instance_per_minute),
    )
    if cpu := scaling.cpu_per_core:
        yield f"target, CPU % of each of {cpu.vcpus} cores", _n(cpu.target_percent_per_core)
    if step := scaling.step_out:
        threshold = step.threshold_per_instance_per_minute
        yield "step out, invocations per instance", _n(threshold)
        for s in step.steps:
            upper = "on" if s.upper_bound is None else f"to {_n(threshold + s.upper_bound)}"
            yield f"  from {_n(threshold + s.lower_bound)} {upper}", f"+{s.change_percent} %"
    for action in scaling.scheduled:
        yield f"scheduled {action.name}, min capacity", str(action.min_capacity)
    yield from _details(scaling)


def _details(scaling: Scaling) -> Iterator[tuple[str, str]]:
    """What a row is worth only where plan and template differ."""
    for policy in ("invocations", "cpu_per_core", "step_out"):
        record = getattr(scaling, policy)
        for field, value in ({} if record is None else vars(record)).items():
            if "cooldown" in field or "minutes" in field:
                yield f"{_DETAIL}{policy}.{field}", str(value)
    for action in scaling.scheduled:
        yield f"{_DETAIL}scheduled {action.name}", f"{action.schedule} {action.timezone}"


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
