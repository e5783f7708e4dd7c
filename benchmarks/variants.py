"""How long 1, 10 and 50 variants take to synthesise, against the same in L1: `python benchmarks/variants.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from paired import ROOT, Measure, Spent, arguments, in_turns, show, spent
from variants_wanted import STACK

AT_MOST = 1.25
FEW, SOME, MANY = SIZES = (1, 10, 50)
OURS, BY_HAND = "ours", "by hand"
APPS = {OURS: "variants_ours.py", BY_HAND: "variants_by_hand.py"}
EMPTY, EMPTY_APP = "an empty app", "from aws_cdk import App; App().synth()"

Taken = Mapping[str, tuple[Spent, ...]]


def main() -> int:
    given = arguments(__doc__, count="pairs")
    timers: dict[str, Callable[[], Spent]] = {EMPTY: partial(spent, [sys.executable, "-c", EMPTY_APP])}
    for size in SIZES:
        for side, app in APPS.items():
            timers[f"{size} {side}"] = partial(synthesis, app, size)
    taken = in_turns(timers, rounds=given.rounds)
    title = "Synthesis of variants, whole processes in turns"
    return show(title, [*times(taken), *ratios(taken), *growth(taken)], as_json=given.json)


def times(taken: Taken) -> list[Measure]:
    return [Measure(name, "s", tuple(run.seconds for run in runs)) for name, runs in taken.items()]


def ratios(taken: Taken) -> list[Measure]:
    """What each pair says of the two sides."""
    return [
        Measure(
            f"ratio at {size}, pair by pair",
            "x",
            tuple(
                ours.seconds / theirs.seconds
                for ours, theirs in zip(taken[f"{size} {OURS}"], taken[f"{size} {BY_HAND}"], strict=True)
            ),
            AT_MOST,
        )
        for size in SIZES
    ]


def growth(taken: Taken) -> list[Measure]:
    """What a further variant costs early and late: the same, if the time is linear in the variants.

    In time of the processors: the differences are small, and a machine at other work would drown them.
    """
    found = []
    for side in APPS:
        asked = AT_MOST if side == OURS else None
        early, late = further(taken, side, SOME), further(taken, side, MANY)
        slope = median(late) / median(early) if median(early) > 0 else inf  # drowned in noise: nothing is met
        found += [
            Measure(f"a further variant, {FEW} to {SOME} {side}", "ms", early),
            Measure(f"a further variant, {FEW} to {MANY} {side}", "ms", late),
            Measure(f"the latter over the former, {side}", "x", (slope,), asked),
        ]
    return found


def further(taken: Taken, side: str, most: int) -> tuple[float, ...]:
    """Milliseconds of the processors for each variant beyond the few, round by round."""
    return tuple(
        1000 * (long.processor_seconds - short.processor_seconds) / (most - FEW)
        for short, long in zip(taken[f"{FEW} {side}"], taken[f"{most} {side}"], strict=True)
    )


def synthesis(app: str, variants: int) -> Spent:
    with TemporaryDirectory() as folder:
        command = [sys.executable, ROOT / "benchmarks" / app, str(variants)]
        taken = spent(command, environment={"CDK_OUTDIR": folder})
        if not (Path(folder) / f"{STACK}.template.json").is_file():
            raise SystemExit(f"{app} wrote no template")
    return taken


if __name__ == "__main__":
    sys.exit(main())
