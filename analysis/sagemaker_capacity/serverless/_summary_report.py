"""The summary of a concurrency benchmark for a person, in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ._groups import CLIENTS, FAILURES, MAX_CONCURRENCY, MEMORY
from ._summaries import Row

_HEADINGS = {
    MEMORY: "MB",
    MAX_CONCURRENCY: "max",
    CLIENTS: "clients",
    "invocations": "calls",
    "failed": "failed",
    "latency_p50_ms": "p50 ms",
    "latency_p99_ms": "p99 ms",
    "latency_max_ms": "max ms",
    "cold_starts": "cold",
    "tps": "TPS",
}


def print_summary(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print a row a group; all that is known of each is in the JSON."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in _HEADINGS.values():
        table.add_column(heading, justify="right")
    for row in rows:
        failed = sum(row[name] or 0 for name in FAILURES)
        table.add_row(*(_told({**row, "failed": failed}[name]) for name in _HEADINGS))
    (console or Console(highlight=False)).print(table)


def _told(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else f"{value}"
