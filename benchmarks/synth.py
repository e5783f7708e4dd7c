"""How long app.py takes to synthesise, against the same stack written by hand: `python benchmarks/synth.py`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from paired import ROOT, Measure, arguments, in_turns, seconds, show

AT_MOST = 1.25
APP, BY_HAND = "app.py", "handwritten_l1.py"


def main() -> int:
    given = arguments(__doc__, count="pairs")
    taken = in_turns(
        {
            APP: partial(seconds_to_synthesise, ROOT / "app.py"),
            BY_HAND: partial(seconds_to_synthesise, ROOT / "benchmarks" / "handwritten_l1.py"),
        },
        rounds=given.rounds,
    )
    ratios = tuple(ours / theirs for ours, theirs in zip(taken[APP], taken[BY_HAND], strict=True))
    measures = [
        Measure(APP, "s", taken[APP]),
        Measure(BY_HAND, "s", taken[BY_HAND]),
        Measure("ratio, pair by pair", "x", ratios, at_most=AT_MOST),
    ]
    return show("Synthesis, whole processes in turns", measures, as_json=given.json)


def seconds_to_synthesise(app: Path) -> float:
    with TemporaryDirectory() as folder:
        taken = seconds([sys.executable, app], environment={"CDK_OUTDIR": folder})
        if not (Path(folder) / "ScaledEndpoints.template.json").is_file():
            raise SystemExit(f"{app} wrote no template")
    return taken


if __name__ == "__main__":
    sys.exit(main())
