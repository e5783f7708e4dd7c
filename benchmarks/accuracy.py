"""How exact the saturation of a benchmark is, over simulated instances: `python benchmarks/accuracy.py`.

Resumable, and on all processors: benchmarks and answers are kept in build/accuracy/, under the digest of the code
that made them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from simulated_benchmarks import ERROR_SHARE, NOISES, Simulated, simulate

from sagemaker_capacity import fitting
from sagemaker_capacity.fitting import (
    Criteria,
    NoFitError,
    Saturation,
    find_saturation,
    fit_load_table,
    load_table,
    resample,
)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "build" / "accuracy"
SIMULATED = _digest(HERE / f"simulated_{name}.py" for name in ("benchmarks", "queues"))
BENCHMARKS = KEPT / f"benchmarks-{SIMULATED}"
ANSWERS = KEPT / f"answers-{SIMULATED}-{_digest(Path(fitting.__file__).parent.glob('*.py'))}"
WITHIN = 0.05


@dataclass(frozen=True)
class Trial:
    """A benchmark, what is true, and what was answered."""

    benchmark: Simulated
    answer: Saturation

    @property
    def answered(self) -> bool:
        """Whether a saturation was named."""
        return self.answer.throughput is not None

    @property
    def error(self) -> float:
        """Of the saturation, relative to the truth; infinite where none was named."""
        return (self.answer.throughput or np.inf) / self.benchmark.truth - 1

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth."""
        low, high = self.answer.throughput_interval or (np.inf, np.inf)
        return low <= self.benchmark.truth <= high

    @property
    def width(self) -> float:
        """Of the interval, relative to the saturation named."""
        low, high = self.answer.throughput_interval or (0, np.inf)
        return (high - low) / (self.answer.throughput or 1)

    @property
    def bound_is_too_high(self) -> bool:
        """Whether the instance sustains less than the answer promises."""
        return (self.answer.at_least_throughput or 0) > self.benchmark.truth

    @property
    def only_at_least(self) -> bool:
        """Whether the answer is a bound, and one that was measured."""
        bound = self.answer.at_least_load
        return not self.answered and bound is not None and bound <= max(self.benchmark.load)


@dataclass(frozen=True)
class Figure:
    """One line of the table: a share or a width over some trials, and what is asked of it over all of them."""

    name: str
    measure: Callable[[Sequence[Trial]], float]
    of_saturated: bool
    low: float
    high: float


FIGURES = (
    Figure("within 5 % of the truth", lambda ts: _share(abs(t.error) <= WITHIN for t in ts), True, 0.95, 1),  # noqa: FBT003
    Figure("interval holds the truth", lambda ts: _share(t.covered for t in ts), True, 0.90, 0.98),  # noqa: FBT003
    Figure("width of the interval, median", lambda ts: median(t.width for t in ts), True, 0, 0.15),  # noqa: FBT003
    Figure("lower bound above the truth", lambda ts: _share(t.bound_is_too_high for t in ts), True, 0, 0.05),  # noqa: FBT003
    Figure("never saturated: says at least", lambda ts: _share(t.only_at_least for t in ts), False, 1, 1),  # noqa: FBT003
    Figure("never saturated: bound too high", lambda ts: _share(t.bound_is_too_high for t in ts), False, 0, 0.05),  # noqa: FBT003
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--seed", type=int, default=5, help="another seed, other benchmarks (default: 5)")
    parser.add_argument("--json", action="store_true", help="print every trial, as JSON")
    given = parser.parse_args()
    numbers = range(given.benchmarks)
    quiet = given.json or not sys.stderr.isatty()
    with ProcessPoolExecutor() as processes:
        made = processes.map(partial(trial, seed=given.seed), numbers)
        console = Console(stderr=True)
        trials = list(track(made, "Fitting", total=len(numbers), console=console, disable=quiet))
    if given.json:
        print(json.dumps([asdict(t) | {"error": t.error} for t in trials], indent=2))
    return show(trials, given.seed, quiet=given.json)


def trial(number: int, seed: int) -> Trial:
    """The benchmark of that number and its answer, from the files where they are there."""
    name = f"{seed}-{number}.json"
    benchmark = Simulated(**_kept(BENCHMARKS / name, lambda: asdict(simulate(number, seed))))
    return Trial(benchmark, Saturation(**_kept(ANSWERS / name, lambda: asdict(answer_to(benchmark)))))


def answer_to(benchmark: Simulated) -> Saturation:
    """What the fit says, asked as a user would."""
    table = load_table(benchmark.load, benchmark.throughput, benchmark.latency, benchmark.errors)
    criteria = Criteria(latency=benchmark.objective_ms, error_share=ERROR_SHARE)
    try:
        fit = fit_load_table(table)
    except NoFitError as reasons:
        return Saturation(None, None, None, None, None, None, None, (str(reasons),))
    return find_saturation(resample(fit, np.random.default_rng(0)), criteria)


def show(trials: Sequence[Trial], seed: int, *, quiet: bool) -> int:
    """Print the table and the misses; the exit status is 1 where a figure over all trials misses what is asked."""
    table = Table(title=f"{len(trials)} simulated benchmarks, seed {seed}")
    table.add_column("")
    for heading in (*(f"{noise:.0%} noise" for noise in NOISES), "all", "asked", ""):
        table.add_column(heading, justify="right")
    missed = False
    for figure in FIGURES:
        of = [t for t in trials if t.benchmark.saturates == figure.of_saturated]
        groups = [*([t for t in of if t.benchmark.noise == noise] for noise in NOISES), of]
        values = [figure.measure(group) if group else np.nan for group in groups]
        met = figure.low <= values[-1] <= figure.high
        missed |= not met
        asked = f"{figure.low:.0%} to {figure.high:.0%}" if figure.low < figure.high else f"{figure.low:.0%}"
        table.add_row(figure.name, *(f"{value:.1%}" for value in values), asked, "met" if met else "MISSED")
    if not quiet:
        console = Console()
        console.print(table)
        for t in trials:
            if fault := _fault(t):
                console.print(f"{t.benchmark.number:4} {fault}", soft_wrap=True)
    return int(missed)


def _fault(t: Trial) -> str:
    b = t.benchmark
    faults = []
    if b.saturates and not t.answered:
        faults.append(f"no saturation named ({' '.join(t.answer.reasons)})")
    elif b.saturates and abs(t.error) > WITHIN:
        faults.append(f"off by {t.error:+.1%}")
    if b.saturates and t.answered and not t.covered:
        low, high = t.answer.throughput_interval
        faults.append(f"interval {low / b.truth:.3f} to {high / b.truth:.3f} of the truth")
    if not b.saturates and not t.only_at_least:
        faults.append("a saturation is named that was not measured")
    if t.bound_is_too_high:
        faults.append(f"bound {(t.answer.at_least_throughput or 0) / b.truth:.3f} of the truth")
    if not faults:
        return ""
    loop = "closed" if b.closed else "open"
    return f"{loop}, {b.kind}, {b.noise:.0%}, {len(b.load)} minutes, {t.answer.limit}: {'; '.join(faults)}"


def _share(hits: Iterable[bool]) -> float:
    return float(np.mean(list(hits)))


def _kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(made), encoding="utf-8")
    partial.replace(path)
    return made


if __name__ == "__main__":
    sys.exit(main())
