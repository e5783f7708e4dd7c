"""Whole processes, timed in turns, and what came out as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TypeVar

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
ENVIRONMENT = {
    **os.environ,
    # The Node and the commands of the environment that this Python belongs to.
    "PATH": f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', '')}",
    # The round that warms up leaves bytecode behind, as an installation does.
    "PYTHONDONTWRITEBYTECODE": "",
}

_DECIMALS = {"s": 2, "ms": 1, "x": 2}

Timer = Callable[[], float]
T = TypeVar("T")


@dataclass(frozen=True)
class Measure:
    """What was measured: its samples in the order in which they were taken, and what is asked of their median."""

    name: str
    unit: str
    samples: tuple[float, ...]
    at_most: float | None = None

    @property
    def median(self) -> float:
        """The sample in the middle."""
        return median(self.samples)

    @property
    def met(self) -> bool | None:
        """Whether the median is within what is asked; nothing where nothing is asked."""
        return None if self.at_most is None else self.median <= self.at_most


def arguments(description: str | None, *, count: str) -> argparse.Namespace:
    """The options of every benchmark: how many rounds, under the name `count`, and the form of the answer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(f"--{count}", type=int, default=10, dest="rounds", help="how many (default: 10)")
    parser.add_argument("--json", action="store_true", help="print every sample, as JSON")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error(f"--{count} must be at least 1, got {given.rounds}")
    return given


@dataclass(frozen=True)
class Spent:
    """What a process took, with all the processes that it started: as a clock sees it, and of the processors."""

    seconds: float
    processor_seconds: float


def seconds(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> float:
    """How long a process takes, from its start to its end; otherwise as `spent`."""
    return spent(argv, environment=environment).seconds


def spent(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> Spent:
    """What a process takes, from its start to its end.

    Raises:
        SystemExit: it failed, so that its time says nothing.
    """
    before = _processor_seconds()
    start = time.perf_counter()
    done = subprocess.run(
        argv, cwd=ROOT, env={**ENVIRONMENT, **(environment or {})}, capture_output=True, text=True, check=False
    )
    end = time.perf_counter()
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stderr}")
    return Spent(end - start, _processor_seconds() - before)


def _processor_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turns(timers: Mapping[str, Callable[[], T]], *, rounds: int) -> dict[str, tuple[T, ...]]:
    """Every timer once a round, in the given order, after a round that warms up and does not count."""
    taken: dict[str, list[T]] = {name: [] for name in timers}
    for counts in range(rounds + 1):
        for name, timer in timers.items():
            sample = timer()
            if counts:
                taken[name].append(sample)
    return {name: tuple(samples) for name, samples in taken.items()}


def machine() -> dict[str, str | int | None]:
    """What the figures hold for."""
    node = subprocess.run(
        ["node", "--version"],  # noqa: S607  # the one that jsii will find
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        "cpus": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "node": node.stdout.strip().removeprefix("v"),
        "aws-cdk-lib": version("aws-cdk-lib"),
    }


def show(title: str, measures: Sequence[Measure], *, as_json: bool) -> int:
    """Print the measures; the exit status is 1 where one misses what is asked of it."""
    where = machine()
    if as_json:
        rows = [asdict(m) | {"median": m.median, "met": m.met} for m in measures]
        print(json.dumps({"machine": where, "measures": rows}, indent=2))
    else:
        table = Table(title=title, caption=", ".join(f"{name} {value}" for name, value in where.items()))
        for heading in ("", "unit"):
            table.add_column(heading)
        for heading in ("min", "median", "max", "at most", "", "n"):
            table.add_column(heading, justify="right")
        for m in measures:
            figures = (f"{value:.{_DECIMALS[m.unit]}f}" for value in (min(m.samples), m.median, max(m.samples)))
            asked = "" if m.at_most is None else f"{m.at_most:g}"
            verdict = {True: "met", False: "MISSED", None: ""}[m.met]
            table.add_row(m.name, m.unit, *figures, asked, verdict, str(len(m.samples)))
        Console().print(table)
    return int(any(m.met is False for m in measures))
