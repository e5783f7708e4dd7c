"""The answer for a person, in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sagemaker_capacity._terminal import print_list

from ._candidates import Candidate
from ._cost import cents
from ._planning import ServerlessAnswer
from ._savings import Alternative, SavingsRow
from ._toolkit import ToolkitChoice

_MILLION = 1_000_000
_FEW_ROWS = 6


def print_answer(answer: ServerlessAnswer, written: Sequence[Path], console: Console | None = None) -> None:
    """Print the choice, the memory sizes, the toolkit's choice beside it, the instances, and why."""
    console = console or Console(highlight=False, emoji=False)
    chosen = answer.chosen
    console.print(
        f"\n[bold]{chosen.memory_mb} MB[/], max concurrency [bold]{chosen.max_concurrency}[/]"
        f"{_provisioned(answer)}\n"
    )
    console.print(_sizes(answer))
    for alternative in answer.alternatives:
        if alternative.rows:
            console.print()
            console.print(_savings(alternative))
    print_list(console, "Why", answer.plan.reasons)
    print_list(console, "Look at", answer.plan.warnings)
    print_list(console, "Overridden", [f"{o.field} = {o.value:.10g} ({o.reason})" for o in answer.plan.overrides])
    if written:
        console.print()
    for path in written:
        console.print(f"wrote {path}", soft_wrap=True, markup=False)


def _provisioned(answer: ServerlessAnswer) -> str:
    provisioned = getattr(answer.plan.computed, "provisioned", None)
    if provisioned is None:
        return ""
    return f", [bold]{provisioned.min_capacity} to {provisioned.max_capacity}[/] kept warm"


def _sizes(answer: ServerlessAnswer) -> Table:
    table = _table("MB", "USD/million", f"{answer.statistic} ms", "cold ms", "at once", "")
    for candidate in answer.candidates:
        table.add_row(
            str(candidate.memory_mb),
            "" if candidate.usd_per_invocation is None else str(cents(candidate.usd_per_invocation * _MILLION)),
            _ms(candidate.latency_ms),
            _ms(candidate.cold_start_ms),
            "" if candidate.max_concurrency is None else str(candidate.max_concurrency),
            _marks(candidate, answer),
            style="bold" if candidate is answer.chosen else "",
        )
    return table


def _marks(candidate: Candidate, answer: ServerlessAnswer) -> str:
    marks = ["chosen"] if candidate is answer.chosen else []
    if isinstance(answer.toolkit, ToolkitChoice) and candidate.memory_mb == answer.toolkit.memory_mb:
        marks.append("the toolkit's")
    if candidate.excluded:
        marks.append("left out")
    return ", ".join(marks)


def _savings(alternative: Alternative) -> Table:
    """The first and last rows of a long table; all are in the JSON."""
    table = _table("a month", "serverless", f"{alternative.instances} x {alternative.type}", "saved %", "")
    rows = alternative.rows
    shown: list[SavingsRow | None] = [*rows]
    if len(rows) > 2 * _FEW_ROWS:
        shown = [*rows[:_FEW_ROWS], None, *rows[-_FEW_ROWS:]]
    for row in shown:
        if row is None:
            table.add_row("…")
            continue
        table.add_row(
            f"{row.invocations_per_month:,}",
            str(cents(row.serverless_usd)),
            str(cents(row.instance_usd)),
            str(row.savings_percent),
            "break-even" if row.is_break_even else "",
        )
    return table


def _ms(latency_ms: float | None) -> str:
    return "" if latency_ms is None else f"{latency_ms:.1f}"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(escape(heading), justify="right" if heading else "left")
    return table
