"""`make run` as a newcomer meets it, and the reader of templates that it ends with."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from sagemaker_capacity import check_plan
from sagemaker_capacity_plan import CapacityPlan
from tour.comparison import compare
from tour.permissions import Permissions
from tour.template import Template

if TYPE_CHECKING:
    from pathlib import Path

TRIED = "build/plans"
DEMAND = ["--instance-type", "ml.m5.xlarge", "--peak-tps", "90", "--min-tps", "20"]


def walk(repository: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The tour as a reader sees it, without colours and 100 columns wide."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tour", *options],
        cwd=repository,
        env={name: value for name, value in os.environ.items() if name != "FORCE_COLOR"} | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def shipped(repository: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (repository / "plans").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of one's own, its name no name for CloudFormation."""
    file = tmp_path_factory.mktemp("mine") / "2026-01-31.csv"
    rows = [f"2026-01-31T09:{m:02}:00Z,{100 * m},{5 + m * m}" for m in range(1, 13)]
    file.write_text("\n".join(["time_utc,invocations_per_minute,latency_p99_ms", *rows]), encoding="utf-8")
    return file


def test_the_cdk_cli_is_there(repository: Path) -> None:
    assert (repository / "node_modules/.bin/cdk").exists(), "npm ci is a part of make setup"


def test_the_tour_of_the_shipped_plan_ends_well_and_changes_no_byte_of_it(repository: Path) -> None:
    before = shipped(repository)
    done = walk(repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shipped(repository) == before
    for number in ("9068", "4987", "4081"):
        assert re.search(rf"limit.* {number}\n|maximum measured .* {number}\n", done.stdout)
    table = done.stdout[done.stdout.index("5. the plan's numbers") :]
    for what, number in {"min capacity": 1, "max capacity": 8, "target, invocations per instance": 4987}.items():
        assert re.search(rf"^\s+{what}( +{number}){{3}}\s*$", table, re.MULTILINE), table
    for part in ("alarm ", "dashboard ", "idle detector ", "plan  ", "picture  ", "template  "):
        assert re.search(rf"^\s*{part}", table, re.MULTILINE), table
    assert done.stdout.count("no finding") == 2
    silent, called = done.stdout[done.stdout.index("30 days old and silent") :].split("after 120 invocations:")
    assert re.search(r"-fresh  too_young: ", silent)
    assert re.search(r"  idle_no_data: ", silent)
    assert re.search(r"The idle ones hold 1 instance, \d+\.\d\d USD a month\n", silent)
    assert "to do: owned by the stack ScaledEndpoints: " in silent
    assert re.search(r"  busy: called: AllTraffic", called)
    assert "never used" not in called
    back, on = called[called.index("an alarm goes off once 60 % have moved:") :].split("no alarm goes off:")
    moved = [re.findall(r"Current +(\d+) % +Next +(\d+) %", part) for part in (back, on)]
    to_60, to_100 = ([(f"{100 - p}", f"{p}") for p in range(0, most + 1, 20)] for most in (60, 100))
    assert moved == [[*to_60, ("100", "0")], to_100]
    assert "FAILED: In alarm: " in back
    assert "SUCCEEDED" in on
    assert "ScaledEndpoints: destroyed" in called


def test_the_tour_of_another_benchmark_writes_into_the_build_folder_alone(
    repository: Path, benchmark: Path, tmp_path: Path
) -> None:
    before = shipped(repository)
    done = walk(repository, "--template-only", "--benchmark", str(benchmark), *DEMAND)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shipped(repository) == before
    assert list(benchmark.parent.iterdir()) == [benchmark]
    (folder,) = (repository / TRIED).iterdir()
    assert {file.name for file in folder.iterdir()} == {"benchmark.csv", "endpoint.json", "plan.json", "plan.svg"}
    plan = CapacityPlan.read(folder / "plan.json")
    assert plan.scaling.invocations.target_per_instance_per_minute == 600
    assert plan.scaling.max_capacity == 9
    assert re.search(r"^\s+max capacity +9 +9\s*$", done.stdout, re.MULTILINE)
    # What is kept is kept by moving the folder: its evidence goes with it.
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    assert check_plan(moved / "plan.json") == plan


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read the benchmark"),
        ("", "is empty"),
        ("time_utc,latency_p99_ms\n2026-01-31T09:00:00Z,5\n", "column invocations_per_minute is missing"),
        ("time_utc,invocations_per_minute\n2026-01-31T09:00:00Z,-5\n", "at least 0, got '-5'"),
    ],
)
def test_a_bad_benchmark_stops_the_tour_and_says_so(
    repository: Path, tmp_path: Path, content: str | None, told: str
) -> None:
    file = tmp_path / "bad.csv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = walk(repository, "--benchmark", str(file), *DEMAND)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert "Stopped: this ended with exit status 2." in done.stdout
    assert "cdk synth" not in done.stdout


def test_what_is_asked_of_no_benchmark_is_refused_and_not_dropped(repository: Path) -> None:
    done = walk(repository, "--peak-tps", "600")
    assert done.returncode == 2
    assert "--peak-tps 600: these ask about a benchmark of your own: give its --benchmark too" in done.stderr


def test_a_benchmark_in_the_folder_that_is_emptied_is_refused_and_kept(repository: Path) -> None:
    file = repository / TRIED / "mine" / "benchmark.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("time_utc,invocations_per_minute\n", encoding="utf-8")
    done = walk(repository, "--benchmark", str(file), *DEMAND)
    assert done.returncode == 2
    assert "build/plans is emptied before each try" in done.stderr
    assert file.exists()
    shutil.rmtree(file.parent)


@pytest.fixture(scope="module")
def golden(repository: Path) -> dict[str, Any]:
    file = repository / "tests/goldens/test_app/test_golden_of_the_app.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def compared(document: dict[str, Any], plan: CapacityPlan) -> tuple[bool, str]:
    """Is the template the plan's, and what is shown; a golden tells no path, so an endpoint goes by its id."""
    endpoint, _ = find(document, "AWS::SageMaker::Endpoint")
    shown = io.StringIO()
    equal = compare({(endpoint, "AllTraffic"): plan}, Template(document), Console(file=shown, width=200))
    return equal, shown.getvalue()


def find(document: dict[str, Any], kind: str, holding: str = "") -> tuple[str, dict[str, Any]]:
    """The one resource of a type whose properties hold a word."""
    ((logical_id, resource),) = (
        (logical_id, resource)
        for logical_id, resource in document["Resources"].items()
        if resource["Type"] == kind and holding in json.dumps(resource["Properties"])
    )
    return logical_id, resource["Properties"]


def test_a_template_made_from_the_plan_is_equal(golden: dict[str, Any], shipped_plan: CapacityPlan) -> None:
    equal, shown = compared(golden, shipped_plan)
    assert equal
    assert "cooldown" not in shown


TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
ALARM = "AWS::CloudWatch::Alarm"
TRACKING = "TargetTrackingScalingPolicyConfiguration"
STEPS = "StepScalingPolicyConfiguration"


@pytest.mark.parametrize(
    ("kind", "holding", "path", "value", "row"),
    [
        (TARGET, "", ["MinCapacity"], 2, ["min capacity", "1", "2"]),
        (TARGET, "", ["MaxCapacity"], 9, ["max capacity", "8", "9"]),
        (POLICY, "Predefined", [TRACKING, "TargetValue"], 4988, ["target, invocations", "4987", "4988"]),
        (POLICY, "Predefined", [TRACKING, "ScaleInCooldown"], 60, ["scale_in_cooldown_seconds", "300", "60"]),
        (POLICY, "Customized", [TRACKING, "TargetValue"], 47.6, ["target, CPU", "47.65", "47.6"]),
        (POLICY, "Customized", [TRACKING, "ScaleOutCooldown"], 9, ["cpu_per_core.scale_out", "300", "9"]),
        (POLICY, STEPS, [STEPS, "Cooldown"], 301, ["StepOut.cooldown_seconds", "300", "301"]),
        (
            POLICY,
            STEPS,
            [STEPS, "StepAdjustments", 1, "ScalingAdjustment"],
            50,
            ["from 9068 on", "+100 %", "+50 %"],
        ),
        (ALARM, POLICY, ["Threshold"], 8000, ["StepOut, InvocationsPerInstance", "7889", "8000"]),
        (ALARM, POLICY, ["EvaluationPeriods"], 3, ["StepOut.evaluation_periods", "1", "3"]),
        (
            TARGET,
            "",
            ["ScheduledActions", 0, "Timezone"],
            "Etc/UTC",
            ["WeekdayMorning", "Europe/Berlin", "Etc/UTC"],
        ),
    ],
)
def test_a_number_of_another_template_is_shown_beside_the_plans(
    golden: dict[str, Any],
    shipped_plan: CapacityPlan,
    *,
    kind: str,
    holding: str,
    path: list[str | int],
    value: object,
    row: list[str],
) -> None:
    doctored = copy.deepcopy(golden)
    step_out = find(doctored, POLICY, STEPS)[0]
    place: Any = find(doctored, kind, step_out if holding == POLICY else holding)[1]
    for key in path[:-1]:
        place = place[key]
    assert place[path[-1]] != value
    place[path[-1]] = value
    equal, shown = compared(doctored, shipped_plan)
    assert not equal
    assert any(all(word in line for word in row) for line in shown.splitlines()), shown


def test_a_policy_that_the_template_lacks_is_shown(golden: dict[str, Any], shipped_plan: CapacityPlan) -> None:
    doctored = copy.deepcopy(golden)
    del doctored["Resources"][find(doctored, POLICY, "Customized")[0]]
    equal, shown = compared(doctored, shipped_plan)
    assert not equal
    assert re.search(r"target, CPU % of each of 2 cores +47.65 +none", shown)


def test_a_variant_that_no_plan_knows_is_shown(golden: dict[str, Any]) -> None:
    shown = io.StringIO()
    assert not compare({}, Template(golden), Console(file=shown, width=200))
    assert re.search(
        r"no plan is for endpoint \w+, variant AllTraffic, which the template scales", shown.getvalue()
    )


def test_a_role_that_allows_too_little_or_too_much_is_told() -> None:
    allowed = frozenset({"sns:Publish", "sagemaker:DeleteEndpoint", "kms:Decrypt"})
    permissions = Permissions(allowed, called=frozenset({"sns:Publish", "sagemaker:ListEndpoints"}))
    assert permissions.missing == {"sagemaker:ListEndpoints"}
    assert permissions.unused == {"sagemaker:DeleteEndpoint"}
    assert permissions.reasoned.keys() == {"kms:Decrypt"}
