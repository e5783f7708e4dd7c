"""Request logs against pandas and against a bare DuckDB: `python benchmarks/request_logs.py`.

What is asked of the serverless concurrency summary: at most a quarter of pandas' time on 10 million rows, at most
1.3 times that of DuckDB alone, and 512 MiB of memory for 100 million (`--rows 100000000 --rival duckdb`, 3 GB of
a temporary folder). `pandas` is pandas in its own words, every latency exact; `pandas-in-buckets` is our
histogram in numpy. `--of minutes` measures `sagemaker-capacity requests` in the same way.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from paired import ENVIRONMENT, ROOT, Measure, in_turns, show

SIDES = {
    "concurrency": Path(__file__).with_name("request_logs_concurrency.py"),
    "minutes": Path(__file__).with_name("request_logs_minutes.py"),
}
ASKED_OF = "concurrency"
AT_MOST = {"pandas": 0.25, "pandas-in-buckets": None, "duckdb": 1.3}
NEAR = 0.02  # how far what is exact, by another rule between two rows, is from what buckets say
MEMORY_MIB = 512


@dataclass(frozen=True)
class Run:
    """A side's seconds by the clock and of the processors, the most memory it had at once, and what it printed."""

    seconds: float
    processor_seconds: float
    mib: float
    printed: str


def main() -> int:
    given = arguments()
    rivals = given.rival or [*AT_MOST]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        sides = SIDES[given.of]
        run(sides, f"rows:{given.rows}", log)
        taken = in_turns({side: partial(run, sides, side, log) for side in ("ours", *rivals)}, rounds=given.rounds)
    for rival in rivals:
        if not alike(taken["ours"][0].printed, taken[rival][0].printed, within=NEAR if rival == "pandas" else 0):
            raise SystemExit(f"{rival} does not print what ours does, so that their times say nothing")
    measures = [Measure(side, "s", tuple(s.seconds for s in samples)) for side, samples in taken.items()]
    for rival in rivals:
        pairs = [*zip(taken["ours"], taken[rival], strict=True)]
        clock = tuple(ours.seconds / its.seconds for ours, its in pairs)
        measures.append(Measure(f"ours / {rival}", "x", clock, AT_MOST[rival] if given.of == ASKED_OF else None))
        spent = tuple(ours.processor_seconds / its.processor_seconds for ours, its in pairs)
        measures.append(Measure(f"ours / {rival}, CPU", "x", spent))
    for side, samples in taken.items():
        shares = tuple(sample.mib / MEMORY_MIB for sample in samples)
        asked = 1 if side == "ours" else None
        measures.append(Measure(f"{side} / {MEMORY_MIB} MiB", "x", shares, asked))
    title = f"{given.rows:,} requests to {given.of}, whole processes in turns"
    return show(title, measures, as_json=given.json)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", choices=SIDES, default=ASKED_OF, help="what is made of the requests")
    parser.add_argument("--rows", type=int, default=10_000_000, help="how many (default: 10 million)")
    parser.add_argument("--pairs", type=int, default=5, dest="rounds", help="how many (default: 5)")
    parser.add_argument("--rival", action="append", choices=AT_MOST, help="against this one only (repeatable)")
    parser.add_argument("--json", action="store_true", help="print every sample, as JSON")
    given = parser.parse_args()
    if min(given.rounds, given.rows) < 1:
        parser.error("--pairs and --rows must be at least 1")
    return given


def run(sides: Path, side: str, log: Path) -> Run:
    """A side as a process of its own, whose memory the kernel tells (the whole process, Python and all).

    Raises:
        SystemExit: it failed, so that its time says nothing.
    """
    printed = log.with_suffix(".txt")
    start = time.perf_counter()
    with printed.open("wb") as out:
        process = subprocess.Popen([sys.executable, sides, side, log], cwd=ROOT, env=ENVIRONMENT, stdout=out)
    _, status, used = os.wait4(process.pid, 0)
    end = time.perf_counter()
    if process.returncode is None:
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{sides.name} {side}: exit status {process.returncode}")
    spent = used.ru_utime + used.ru_stime
    return Run(end - start, spent, used.ru_maxrss / 1024, printed.read_text(encoding="utf-8"))


def alike(ours: str, theirs: str, *, within: float) -> bool:
    """Whether two print the same; numbers with a fraction, within a share of each other."""
    if not within:
        return ours == theirs
    return all(
        one == other
        if isinstance(one, int | str | None) and isinstance(other, int | str | None)
        else math.isclose(one, other, rel_tol=within)
        for one, other in zip(cells(ours), cells(theirs), strict=True)
    )


def cells(printed: str) -> list[float | str | None]:
    """Of JSON, or of tables of CSV."""
    if printed.startswith("["):
        return [cell for row in json.loads(printed) for cell in row.values()]
    return [float(cell) if cell[:1].isdigit() else cell for line in printed.split() for cell in line.split(",")]


if __name__ == "__main__":
    sys.exit(main())
