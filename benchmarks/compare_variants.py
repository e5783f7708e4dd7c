"""How often `compare-variants` errs, and how often it finds what is there: `python benchmarks/compare_variants.py`.

Two variants are drawn from what is known of them, again and again. The measures are errors, p50, p90 and p99, whose
latencies move together in a minute.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats
from simulated_variants import Truth

from sagemaker_capacity.variants import Finding, Question, compare

ASKED = 0.05


@dataclass(frozen=True)
class Case:
    """Two variants for so many minutes, and what the measure that is looked at ought to be."""

    what: str
    minutes: int
    current: Truth
    new: Truth
    outcome: str | None = None
    measure: str = "p50"

    def counts(self, finding: Finding) -> bool:
        """Whether it is what is there, or, where nothing is, what is not."""
        if self.outcome is None:
            return finding.outcome in {"better", "worse"}
        return finding.measure == self.measure and finding.outcome == self.outcome


PLAIN = Truth()
ALIKE, BURSTS, RARE = Truth(alike=0.8), Truth(bursts=1.5, alike=0.6), Truth(error_share=0.0005, requests=300)
CASES = [
    *(
        Case(what, minutes, truth, replace(truth, requests=truth.requests / 2))
        for what, truth in {
            "nothing": PLAIN,
            "nothing; neighbouring minutes alike (0.8)": ALIKE,
            "nothing; errors in bursts": BURSTS,
            "nothing; errors rare": RARE,
        }.items()
        for minutes in (30, 120, 480)
    ),
    *(
        Case(f"p50 slower by {percent} %", minutes, PLAIN, Truth(p50_ms=100 + percent), "worse")
        for percent in (10, 20)
        for minutes in (30, 120, 480)
    ),
    *(Case("errors 1 % to 2 %", n, PLAIN, Truth(error_share=0.02), "worse", "errors") for n in (30, 120, 480)),
    *(Case("nothing, found to be the same", minutes, PLAIN, PLAIN, "same") for minutes in (120, 480, 1440)),
]


def share_of(case: Case, runs: int, seed: int) -> float:
    """In which share of the runs any finding counts."""
    counted = 0
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        current, new = case.current.drawn("Current", case.minutes, rng), case.new.drawn("Next", case.minutes, rng)
        (comparison,) = compare(current, [new], Question())
        counted += any(case.counts(finding) for finding in comparison.findings)
    return counted / runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    table = Table("what differs", "minutes", "told", "in", f"target of {given.runs} runs", box=None)
    console = Console(stderr=True)
    for case in track(CASES, "Simulating", console=console, transient=True, disable=not console.is_terminal):
        share = share_of(case, given.runs, given.seed)
        # What chance alone makes of the asked 5 % in so many runs, with 99 %.
        most = stats.binom.ppf(0.99, given.runs, ASKED) / given.runs
        target = "" if case.outcome else f"at most {most:.1%}: {'met' if share <= most else 'missed'}"
        table.add_row(case.what, str(case.minutes), case.outcome or "better or worse", f"{share:.1%}", target)
    Console().print(table)


if __name__ == "__main__":
    main()
