"""A benchmark becomes a plan, a picture and a checked template; that is deployed here, all numbers side by side."""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from sagemaker_capacity.planning._renewal import renewal_command
from sagemaker_capacity_plan import CapacityPlan

from .comparison import compare
from .deployment import Deployment, Stopped, usage, wait_for_interrupt
from .template import Template

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = Path("plans")
TRIED = Path("build/plans")
REGION = "us-west-2"
TEMPLATE = Path("build/cdk.out/ScaledEndpoints.template.json")

console = Console(highlight=False, emoji=False)


def main() -> int:
    """Walk the road; the exit status is that of the first step that fails."""
    arguments, plan_options = _arguments()
    started = time.monotonic()
    plans = TRIED if arguments.benchmark else SHIPPED
    made = _tried(arguments.benchmark, plan_options) if arguments.benchmark else _shipped()
    try:
        _make_template(plans, made)
        equal = (
            _deploy(plans, leave_running=arguments.leave_running) if not arguments.template_only else _show(plans)
        )
    except Stopped as stopped:
        (status,) = stopped.args
        console.print(f"[red]Stopped: this ended with exit status {status}.[/]")
        return int(status)
    console.print("" if equal else "\n[red]What is there differs from what was planned: see above.[/]")
    for folder in sorted(path.parent for path in (ROOT / plans).glob("*/plan.json")):
        console.print(f"plan      {folder.relative_to(ROOT) / 'plan.json'}")
        console.print(f"picture   {folder.relative_to(ROOT) / 'plan.svg'}")
    console.print(f"template  {TEMPLATE}\n[dim]{time.monotonic() - started:.0f} s[/]")
    return 0 if equal else 1


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="tour", description=__doc__)
    parser.add_argument("--benchmark", type=Path, help="another benchmark's CSV file; by default the shipped one")
    parser.add_argument("--template-only", action="store_true", help="end with the template, and deploy nothing")
    parser.add_argument("--leave-running", action="store_true", help="keep what is deployed until Ctrl-C")
    arguments, plan_options = parser.parse_known_args()
    if plan_options and not arguments.benchmark:
        parser.error(
            f"{shlex.join(plan_options)}: these ask about a benchmark of your own: give its --benchmark too"
        )
    if arguments.benchmark and arguments.benchmark.resolve().is_relative_to(ROOT / TRIED):
        parser.error(f"{TRIED} is emptied before each try: put {arguments.benchmark} elsewhere first")
    return arguments, plan_options


def _make_template(plans: Path, made: list[list[str]]) -> None:
    """Run the commands that make the plans, then those that make and check the template."""
    for command in made:
        _heading("the benchmark becomes a plan and a picture")
        _run(command)
    _heading("the plan becomes a template, checked by cdk-nag (AwsSolutions)")
    _run(["npx", "--no-install", "cdk", "synth", "--quiet", "-c", "nag=true", "-c", f"plans={plans}"])
    console.print("no finding")
    _heading("the template, checked by cfn-lint")
    _run(["cfn-lint", str(TEMPLATE)])
    console.print("no finding")


def _show(plans: Path) -> bool:
    _heading("the plan's numbers are the template's")
    return compare(_plans(ROOT / plans), Template.read(ROOT / TEMPLATE), console)


def _deploy(plans: Path, *, leave_running: bool) -> bool:
    """Deploy the template on an AWS that is embedded here; True if all is there, and nothing after the destroy."""
    from embedded_aws import EmbeddedAws  # noqa: PLC0415 - --template-only does without it

    template = Template.read(ROOT / TEMPLATE)
    with EmbeddedAws() as aws:
        deployment = Deployment(aws, ROOT, console, region=REGION, assembly=TEMPLATE.parent)
        _heading("the real CDK CLI deploys it, on an AWS inside this process")
        deployment.deploy()
        _heading("the plan's numbers are the template's and the deployed ones")
        equal = deployment.compare(_plans(ROOT / plans), template)
        if leave_running:
            console.print(usage(aws, REGION, ROOT / "build/embedded-aws.sh"), markup=False, soft_wrap=True)
            wait_for_interrupt()
            return equal
        _heading("the deployed Lambda looks for idle endpoints")
        seen = deployment.look_for_idle_endpoints(template)
        _heading("traffic moves to the next model step by step, and back on an alarm")
        shifted = deployment.shift_traffic()
        _heading("the CDK CLI destroys it")
        return deployment.destroy() and seen and shifted and equal


_steps = itertools.count(1)


def _heading(what: str) -> None:
    console.print(f"\n[bold blue]{next(_steps)}. {what}[/]")


def _run(command: list[str]) -> None:
    console.print(f"[dim]$ {shlex.join(command)}[/]", soft_wrap=True)
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status != 0:
        raise Stopped(status)


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
