"""The plan for a person, in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sagemaker_capacity._terminal import print_list
from sagemaker_capacity_plan import CapacityPlan, Demand

from ._analysed import Analysed, analysed


def print_plan(plan: CapacityPlan, written: Sequence[Path], console: Console | None = None) -> None:
    """Print the numbers, how they were reached, what to look at, and where they were written."""
    console = console or Console(highlight=False, emoji=False)
    parts = analysed(plan)
    scaling, target = parts.scaling, parts.invocations.target_per_instance_per_minute
    console.print(
        f"\n[bold]{scaling.min_capacity} to {scaling.max_capacity} x {escape(parts.instance.type)}[/], "
        f"each at [bold]{target:.10g}[/] invocations per minute\n"
    )
    console.print(_measured(parts))
    console.print()
    console.print(_capacity(parts, plan.demand))
    print_list(console, "Why", plan.reasons)
    print_list(console, "Look at", plan.warnings)
    print_list(console, "Overridden", [f"{o.field} = {o.value:.10g} ({o.reason})" for o in plan.overrides])
    if written:
        console.print()
    for path in written:
        console.print(f"wrote {path}", soft_wrap=True, markup=False)


def _measured(parts: Analysed) -> Table:
    limits, objective, saturation = parts.limits, parts.objective, parts.saturation
    table = _table("one instance", "invocations per minute")
    table.add_row("maximum measured", f"{limits.max_invocations_per_minute:.10g}")
    table.add_row(f"upper limit, {objective.upper_percent:.10g} %", str(limits.upper_invocations_per_minute))
    target = parts.invocations.target_per_instance_per_minute
    table.add_row(f"target, {objective.name}", f"{target:.10g}", style="bold")
    table.add_row(f"lower limit, {objective.lower_percent:.10g} %", str(limits.lower_invocations_per_minute))
    rate = saturation.highest_invocations_per_minute
    if saturation.slo_latency_ms is None and not saturation.errors_measured:
        table.add_row("highest within an SLO", "unknown: no latency measured")
        return table
    slo = f"errors <= {saturation.slo_error_percent:.10g} %"
    if saturation.slo_latency_ms is not None:
        slo = f"{saturation.slo_statistic} latency <= {saturation.slo_latency_ms:.10g} ms"
    within = "none" if rate is None else f"{'at least ' if saturation.is_lower_bound else ''}{rate:.10g}"
    table.add_row(f"highest with {slo}", within)
    least, most = saturation.least_invocations_per_minute, saturation.most_invocations_per_minute
    if least is not None and most is not None:
        table.add_row("  with 95 % confidence", f"{least:.10g} to {most:.10g}")
    return table


def _capacity(parts: Analysed, demand: Demand) -> Table:
    scaling, saturation = parts.scaling, parts.saturation
    share = "" if demand.planned_share == 1 else f" x {demand.planned_share:.10g}"
    table = _table("instances", "plan", "within the SLO", "for")
    table.add_row(
        "min capacity",
        str(scaling.min_capacity),
        _count(saturation.min_capacity),
        f"{demand.min_tps:.10g} TPS{share}",
    )
    table.add_row(
        "max capacity",
        str(scaling.max_capacity),
        _count(saturation.max_capacity),
        f"{demand.peak_tps:.10g} TPS x {demand.growth:.10g}{share}",
    )
    for action, wanted in zip(scaling.scheduled, demand.scheduled, strict=True):
        wanted_for = f"{wanted.tps:.10g} TPS, {action.schedule}"
        table.add_row(escape(action.name), str(action.min_capacity), "", escape(wanted_for))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    table.add_column(headings[0])
    for heading in headings[1:]:
        table.add_column(heading, justify="left" if heading == "for" else "right")
    return table


def _count(instances: int | None) -> str:
    return "unknown" if instances is None else str(instances)
