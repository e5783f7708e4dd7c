"""A comparison for a person, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_UNITS = {"points": " points", "percent": " %"}


def print_comparison(document: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the verdicts, what each variant did, and how they differ."""
    console = console or Console(highlight=False, emoji=False)
    console.print()
    for comparison in document["comparisons"].values():
        console.print(f"[bold]{escape(comparison['verdict'])}[/]")
    console.print()
    console.print(_variants(document["variants"]))
    for name, comparison in document["comparisons"].items():
        console.print()
        console.print(_findings(f"{name} less {document['baseline']}", comparison["findings"]))
    confidence = document["question"]["confidence"]
    console.print(
        f"\nThe intervals of differences hold together with {confidence * 100:g} %, the others each by itself."
    )
    for caution in document["cautions"]:
        console.print(f"- {escape(caution)}")
    console.print()


def _variants(variants: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("", *variants)
    names = dict.fromkeys(name for variant in variants.values() for name in variant)
    for name in names:
        table.add_row(name.replace("_", " "), *(_measure(variant.get(name)) for variant in variants.values()))
    return table


def _findings(title: str, findings: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table(title, "difference", "interval", "p", "matters from", "so it is")
    for measure, finding in findings.items():
        unit = _UNITS[finding["unit"]]
        known = finding["difference"] is not None
        low, high = finding["interval"] or (0, 0)
        table.add_row(
            measure,
            f"{finding['difference']:+.3g}{unit}" if known else "",
            f"{low:+.3g} to {high:+.3g}" if known else "",
            f"{finding['p_value']:.2g}" if known else "",
            f"{finding['matters']:g}{unit}",
            finding["outcome"],
        )
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(escape(heading), justify="right" if number else "left")
    return table


def _measure(measure: Mapping[str, float | None] | float | None) -> str:
    if measure is None:
        return "unknown"
    if not isinstance(measure, Mapping):
        return f"{measure:g}"
    if measure["low"] is None:
        return f"{measure['value']:.6g}"
    return f"{measure['value']:.4g} ({measure['low']:.4g} to {measure['high']:.4g})"
