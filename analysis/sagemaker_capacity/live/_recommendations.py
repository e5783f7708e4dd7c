"""An Inference Recommender job for a person and for machines, and what its minutes are kept as."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sagemaker_capacity.readers import Recommendation, RecommenderJob

_COLUMNS = {
    "instance_type": "instance type",
    "initial_instance_count": "instances",
    "max_invocations_per_minute": "invocations\na minute",
    "model_latency_ms": "latency\nms",
    "cost_usd_per_hour": "USD\nan hour",
    "cost_usd_per_million": "USD\na million",
    "cpu_percent": "CPU\n%",
    "memory_percent": "memory\n%",
}
_UNTOLD = "untold"


def print_job(job: RecommenderJob, console: Console | None = None) -> None:
    """Print what became of the job, and every recommendation, the cheapest per million requests first."""
    console = console or Console(highlight=False, emoji=False)
    console.print(f"\n{escape(job.told[0].upper() + job.told[1:])}.\n", soft_wrap=True)
    if not job.recommendations:
        return
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    for name, heading in _COLUMNS.items():
        table.add_column(heading, justify="left" if name == "instance_type" else "right", no_wrap=True)
    for row in job.compared().to_dict("records"):
        table.add_row(*(_text(row[name]) for name in _COLUMNS))
    console.print(table)
    console.print()


def document_of(job: RecommenderJob) -> dict[str, Any]:
    """The job, its recommendations in its own order; null for what it does not tell."""
    return {
        "job_name": job.name,
        "job_type": job.job_type,
        "status": job.status,
        "failure_reason": job.failure_reason,
        "recommendations": [asdict(each) for each in job.recommendations],
    }


def file_names(job: RecommenderJob) -> list[str]:
    """A CSV file for each recommendation by its instance type, with a number where there are several of one."""
    seen: Counter[str] = Counter()
    names = []
    for each in job.recommendations:
        seen[each.instance_type] += 1
        number = f"-{seen[each.instance_type]}" if seen[each.instance_type] > 1 else ""
        names.append(f"{each.instance_type}{number}.csv")
    return names


def comparing_command(kept: Sequence[tuple[Recommendation, Path]]) -> str:
    """The command that compares the types, at what the job says that they cost."""
    words, prices = [], []
    for each, file in {each.instance_type: (each, file) for each, file in reversed(kept)}.values():
        words.append(f"{each.instance_type}={file}")
        if each.cost_usd_per_hour is not None and each.initial_instance_count == 1:
            prices += ["--price", f"{each.instance_type}={each.cost_usd_per_hour:g}"]
    return f"sagemaker-capacity compare --slo-latency-ms … --peak-tps … {shlex.join([*words[::-1], *prices])}"


def _text(value: float | str) -> str:
    if isinstance(value, str):
        return escape(value)
    return _UNTOLD if isnan(value) else f"{value:.6g}"
