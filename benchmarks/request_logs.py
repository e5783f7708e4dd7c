"""Request logs against pandas and against a bare DuckDB: `python benchmarks/request_logs.py`.

What is asked: at most a quarter of pandas' time on 10 million rows; on 100 million (`--rows 100000000 --rival
duckdb`, 1 GB of a temporary folder) at most 1.3 times the time of DuckDB alone, and 512 MiB of memory. `pandas`
is pandas in its own words, with exact percentiles; `pandas-in-buckets` is our histogram in numpy and pandas.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from paired import ENVIRONMENT, ROOT, Measure, in_turns, show

SIDES = Path(__file__).with_name("request_logs_sides.py")
AT_MOST = {"pandas": 0.25, "pandas-in-buckets": 0.25, "duckdb": 1.3}
NEAR = 0.02  # how far exact percentiles, of another rule between two rows, are from those of buckets
MEMORY_MIB = 512


@dataclass(frozen=True)
class Run:
    """A side's seconds, the most memory that it had at once, and what it printed."""

    seconds: float
    mib: float
    printed: str


def main() -> int:
    given = arguments()
    rivals = given.rival or [*AT_MOST]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        run(f"rows:{given.rows}", log)
        taken = in_turns({side: partial(run, side, log) for side in ("ours", *rivals)}, rounds=given.rounds)
    for rival in rivals:
        if not alike(taken["ours"][0].printed, taken[rival][0].printed, within=NEAR if rival == "pandas" else 0):
            raise SystemExit(f"{rival} does not print what ours does, so that their times say nothing")
    measures = [Measure(side, "s", tuple(s.seconds for s in samples)) for side, samples in taken.items()]
    for rival in rivals:
        ratios = (ours.seconds / its.seconds for ours, its in zip(taken["ours"], taken[rival], strict=True))
        measures.append(Measure(f"ours over {rival}, pair by pair", "x", tuple(ratios), AT_MOST[rival]))
    for side, samples in taken.items():
        shares = tuple(sample.mib / MEMORY_MIB for sample in samples)
        asked = 1 if side == "ours" else None
        measures.append(Measure(f"{side}, memory over {MEMORY_MIB} MiB", "x", shares, asked))
    return show(f"{given.rows:,} requests, whole processes in turns", measures, as_json=given.json)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="how many (default: 10 million)")
    parser.add_argument("--pairs", type=int, default=5, dest="rounds", help="how many (default: 5)")
    parser.add_argument("--rival", action="append", choices=AT_MOST, help="against this one only (repeatable)")
    parser.add_argument("--json", action="store_true", help="print every sample, as JSON")
    given = parser.parse_args()
    if min(given.rounds, given.rows) < 1:
        parser.error("--pairs and --rows must be at least 1")
    return given


def run(side: str, log: Path) -> Run:
    """A side as a process of its own, whose memory the kernel tells (the whole process, Python and all).

    Raises:
        SystemExit: it failed, so that its time says nothing.
    """
    printed = log.with_suffix(".txt")
    start = time.perf_counter()
    with printed.open("wb") as out:
        process = subprocess.Popen([sys.executable, SIDES, side, log], cwd=ROOT, env=ENVIRONMENT, stdout=out)
    _, status, used = os.wait4(process.pid, 0)
    end = time.perf_counter()
    if process.returncode is None:
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{SIDES.name} {side}: exit status {process.returncode}")
    return Run(end - start, used.ru_maxrss / 1024, printed.read_text(encoding="utf-8"))


def alike(ours: str, theirs: str, *, within: float) -> bool:
    """Whether two print the same; numbers, within a share of each other."""
    if not within:
        return ours == theirs
    pairs = zip(re.split(r"[,\n]", ours), re.split(r"[,\n]", theirs), strict=True)
    return all(a == b or math.isclose(float(a), float(b), rel_tol=within) for a, b in pairs)


if __name__ == "__main__":
    sys.exit(main())
