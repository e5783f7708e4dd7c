"""The plan beside the template, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from sagemaker_capacity_plan import CapacityPlan, Scaling

from .template import Template

_DETAIL = "also "


def compare(plans: Mapping[tuple[str, str], CapacityPlan], template: Template, console: Console) -> bool:
    """Print what the template holds beside the plans' numbers; True if every plan's numbers stand there.

    `plans` goes by the endpoint's and the variant's name.
    """
    variants = {(variant.endpoint, variant.name): variant for variant in template.variants()}
    for place, plan in plans.items():
        variant = variants.get(place)
        console.print(f"\nendpoint [bold]{place[0]}[/], variant [bold]{place[1]}[/] on {plan.instance.type}\n")
        planned = dict(_numbers(plan.scaling))
        deployed = dict(_numbers(variant.scaling)) if variant else {}
        table = Table(box=None, padding=(0, 3, 0, 2), header_style="dim")
        table.add_column("")
        table.add_column("plan", justify="right")
        table.add_column("template", justify="right")
        for what in planned | deployed:
            left, right = planned.get(what, "none"), deployed.get(what, "none")
            if left != right or not what.startswith(_DETAIL):
                table.add_row(what, left, right, style=None if left == right else "red")
        console.print(table)
    for endpoint, name in sorted(variants.keys() - plans.keys()):
        console.print(f"\n[red]no plan is for endpoint {endpoint}, variant {name}, which the template scales[/]")
    console.print("\nbeside it, the template holds\n")
    console.print(_rest(template))
    return variants.keys() == plans.keys() and all(
        variants[place].scaling == plan.scaling for place, plan in plans.items()
    )


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
