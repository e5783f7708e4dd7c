"""A fit for a person, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_CURVES = {
    "line": "a straight line, which tells of no saturation",
    "queue": "a queue",
    "usl": "the Universal Scalability Law",
}
_LOADS = {"rate": "a rate that waits for no answers", "users": "users who wait for their answers"}


def print_fit(document: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the saturation, the curves and their parameters."""
    console = console or Console(highlight=False, emoji=False)
    saturation = document["saturation"]
    console.print(f"\n{_headline(saturation)}\n")
    console.print(_figures(document))
    aicc = ", ".join(f"{name} {value:.6g}" for name, value in document["aicc"].items())
    console.print(f"\nThe throughput follows {_CURVES[document['supported']]} (AICc: {aicc}).")
    console.print(f"The load is taken for {_LOADS[document['load_is']]}.")
    for note in document["notes"]:
        console.print(f"- {escape(note)}")
    console.print()


def _headline(saturation: Mapping[str, Any]) -> str:
    reasons = escape(" ".join(saturation["reasons"]))
    if saturation["load"] is not None:
        return f"Saturates at a load of [bold]{saturation['load']:g}[/]: {reasons}"
    if saturation["at_least_load"] is not None:
        return f"Sustains a load of [bold]at least {saturation['at_least_load']:g}[/]: {reasons}"
    return f"No saturation is known: {reasons}"


def _figures(document: Mapping[str, Any]) -> Table:
    percent = f"{document['confidence']:.0%}"
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    for heading, justify in (("", "left"), ("estimate", "right"), (percent, "left")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # both are among rich's own words
    saturation = document["saturation"]
    table.add_row(
        "load, highest", _number(saturation["load"]), _interval(saturation["load_interval"]), style="bold"
    )
    table.add_row(
        "throughput there", _number(saturation["throughput"]), _interval(saturation["throughput_interval"])
    )
    table.add_row("load, at least", _number(saturation["at_least_load"]), "")
    table.add_row("throughput, at least", _number(saturation["at_least_throughput"]), "")
    for name in ("queue", "latency", "usl"):
        curve = document[name] or {"intervals": {}}
        for parameter, interval in curve["intervals"].items():
            table.add_row(f"{name} {parameter.replace('_', ' ')}", _number(curve[parameter]), _interval(interval))
    return table


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"


def _interval(ends: Sequence[float | None] | None) -> str:
    return "" if ends is None else f"{_number(ends[0])} to {_number(ends[1])}"
