"""How long a person waits for `sagemaker-capacity`: `python benchmarks/command_line.py`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from paired import SCRIPTS, Measure, Timer, arguments, in_turns, seconds, show

COMMAND = SCRIPTS / "sagemaker-capacity"
# The README's example.
PLAN = (
    *("plan", "plans/xgboost/benchmark.csv", "--instance-type", "ml.c5.large"),
    *("--peak-tps", "500", "--min-tps", "70", "--growth", "1.2"),
    *("--upper-percent", "55", "--lower-percent", "45"),
)
# What it is called, and the most seconds that its median may take.
ASKED = {"plan": 2.5, "plan --no-picture": 1.5, "--help": None}
IMPORT_MS_AT_MOST = 50
IMPORT, EMPTY = "import sagemaker_capacity_plan", ""


def main() -> int:
    given = arguments(__doc__, count="rounds")
    timers: dict[str, Timer] = {
        "plan": partial(seconds_to_plan, picture=True),
        "plan --no-picture": partial(seconds_to_plan, picture=False),
        "--help": partial(seconds, [COMMAND, "--help"]),
        IMPORT: partial(seconds, [sys.executable, "-c", IMPORT]),
        EMPTY: partial(seconds, [sys.executable, "-c", EMPTY]),
    }
    taken = in_turns(timers, rounds=given.rounds)
    imported, empty = ([1000 * sample for sample in taken[name]] for name in (IMPORT, EMPTY))
    more = tuple(ours - theirs for ours, theirs in zip(imported, empty, strict=True))
    measures = [
        *(Measure(name, "s", taken[name], at_most) for name, at_most in ASKED.items()),
        Measure("importing the contract", "ms", tuple(imported)),
        Measure("an empty Python", "ms", tuple(empty)),
        Measure("import over empty, pair by pair", "ms", more, at_most=IMPORT_MS_AT_MOST),
    ]
    return show("The command line, whole processes in turns", measures, as_json=given.json)


def seconds_to_plan(*, picture: bool) -> float:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "plan.json"
        switch = "--picture" if picture else "--no-picture"
        taken = seconds([COMMAND, *PLAN, switch, "--out", out])
        written = sorted(path.name for path in Path(folder).iterdir())
        if written != ["plan.json", "plan.svg"][: 1 + picture]:
            raise SystemExit(f"{switch}: wrote {written}")
    return taken


if __name__ == "__main__":
    sys.exit(main())
