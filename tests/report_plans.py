"""Plans with their evidence, in a folder of their own, for the tests of the report."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from sagemaker_capacity._cli import cli

if TYPE_CHECKING:
    from pathlib import Path

PRICE = "0.204"
HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'><!--"
HOSTILE_PATH = "a</script><img src=x>.csv"  # a folder and a file: the page's table shows it in a command
_HEADER = (
    "time_utc,invocations_per_minute,errors_per_minute,latency_mean_ms,latency_p95_ms,latency_p99_ms,"
    "cpu_per_core_percent"
)


def measured(folder: Path, name: str = "benchmark.csv") -> Path:
    """A benchmark with everything in it: an instance that is full at 9000 a minute and then fails."""
    rows = [_HEADER]
    for minute in range(1, 41):
        offered = minute * 300
        served, late = min(offered, 9000), 8 / (1.05 - min(offered, 9000) / 9000)
        rows.append(
            f"2026-01-01T10:{minute:02}:00Z,{served},{(offered - served) // 20},{late:.3f},{2 * late:.3f},"
            f"{3 * late:.3f},{served / 100:g}"
        )
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def planned(folder: Path, *words: str, benchmark: str = "benchmark.csv", price: bool = True) -> Path:
    """A plan made from it by the command line."""
    file = folder / "plan.json"
    options = ["--instance-type", "ml.c5.xlarge", "--peak-tps", "1200", "--min-tps", "200", "--growth", "1.5"]
    options += ["--slo-latency-ms", "150", *(["--price-usd-per-hour", PRICE] if price else []), *words]
    told(["plan", str(measured(folder, benchmark)), *options, "--no-picture", "--out", str(file)])
    return file


def told(words: list[str]) -> str:
    """What the command line prints."""
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def made_by(command: str) -> dict[str, Any]:
    """The plan that a command gives, as JSON, run as it is shown."""
    program, *words = shlex.split(command)
    assert program == "sagemaker-capacity"
    document: dict[str, Any] = json.loads(told([*words, "--no-picture", "--json"]))
    return document
