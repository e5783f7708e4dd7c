"""`python -m tour`: a benchmark becomes a plan, a picture and a checked template; their numbers side by side."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from sagemaker_capacity._check import renewal_command
from sagemaker_capacity_plan import CapacityPlan

from .comparison import compare
from .template import Template

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = Path("plans")
TRIED = Path("build/plans")
TEMPLATE = Path("build/cdk.out/ScaledEndpoints.template.json")

console = Console(highlight=False, emoji=False)


def main() -> int:
    """Walk the road; the exit status is that of the first step that fails."""
    parser = argparse.ArgumentParser(prog="tour", description=__doc__)
    parser.add_argument("--benchmark", type=Path, help="another benchmark's CSV file; by default the shipped one")
    arguments, plan_options = parser.parse_known_args()
    if plan_options and not arguments.benchmark:
        parser.error(
            f"{shlex.join(plan_options)}: these ask about a benchmark of your own: give its --benchmark too"
        )
    if arguments.benchmark and arguments.benchmark.resolve().is_relative_to(ROOT / TRIED):
        parser.error(f"{TRIED} is emptied before each try: put {arguments.benchmark} elsewhere first")
    started = time.monotonic()
    plans = TRIED if arguments.benchmark else SHIPPED
    made = _tried(arguments.benchmark, plan_options) if arguments.benchmark else _shipped()
    synth = ["npx", "--no-install", "cdk", "synth", "--quiet", "-c", "nag=true", "-c", f"plans={plans}"]
    steps = [
        *(("the benchmark becomes a plan and a picture", command) for command in made),
        ("the plan becomes a template, checked by cdk-nag (AwsSolutions)", synth),
        ("the template, checked by cfn-lint", ["cfn-lint", str(TEMPLATE)]),
    ]
    for number, (what, command) in enumerate(steps, start=1):
        console.print(f"\n[bold blue]{number}. {what}[/]\n[dim]$ {shlex.join(command)}[/]", soft_wrap=True)
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status != 0:
            console.print(f"[red]Stopped: this ended with exit status {status}.[/]")
            return status
        if number > len(made):
            console.print("no finding")
    console.print(f"\n[bold blue]{len(steps) + 1}. the plan's numbers are the template's[/]")
    equal = compare(_plans(ROOT / plans), Template.read(ROOT / TEMPLATE), console)
    console.print("" if equal else "[red]The template differs from the plan.[/]")
    for folder in sorted(path.parent for path in (ROOT / plans).glob("*/plan.json")):
        console.print(f"plan      {folder.relative_to(ROOT) / 'plan.json'}")
        console.print(f"picture   {folder.relative_to(ROOT) / 'plan.svg'}")
    console.print(f"template  {TEMPLATE}\n[dim]{time.monotonic() - started:.0f} s[/]")
    return 0 if equal else 1


def _plans(folder: Path) -> dict[tuple[str, str], CapacityPlan]:
    """The plan of each variant, by the endpoint's and the variant's name."""
    return {
        (f"{description.parent.name}/Endpoint", variant["name"]): CapacityPlan.read(
            description.parent / variant["plan"]
        )
        for description in sorted(folder.glob("*/endpoint.json"))
        for variant in json.loads(description.read_text(encoding="utf-8"))["variants"]
    }


def _shipped() -> list[list[str]]:
    """The commands that renew the repository's plans from what each says that it was asked for."""
    paths = [path.relative_to(ROOT) for path in sorted((ROOT / SHIPPED).glob("*/plan.json"))]
    return [shlex.split(renewal_command(CapacityPlan.read(ROOT / path), path)) for path in paths]


def _tried(benchmark: Path, plan_options: list[str]) -> list[list[str]]:
    """A benchmark of one's own, tried in the build folder under the shipped endpoint's model."""
    benchmark = benchmark.resolve()
    name = benchmark.parent.name if benchmark.stem == "benchmark" else benchmark.stem
    # CloudFormation's names begin with a letter, and so must this one, which they begin with.
    folder = TRIED / (name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name) else "tried")
    shutil.rmtree(ROOT / TRIED, ignore_errors=True)
    (ROOT / folder).mkdir(parents=True)
    model = min((ROOT / SHIPPED).glob("*/endpoint.json"))
    shutil.copy(model, ROOT / folder)
    evidence = folder / "benchmark.csv"
    if benchmark.is_file():  # or else the plan's command says what is wrong with it
        shutil.copy(benchmark, ROOT / evidence)
        benchmark = evidence
    console.print(
        f"The endpoint takes its model from {model.relative_to(ROOT)}. To keep the plan,\n"
        f"move {folder}/ to {SHIPPED}/ and put your own model in its endpoint.json.",
        style="dim",
    )
    return [["sagemaker-capacity", "plan", str(benchmark), *plan_options, "--out", str(folder / "plan.json")]]


if __name__ == "__main__":
    sys.exit(main())
