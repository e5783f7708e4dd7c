"""`plan --check`: is a plan what its evidence gives today, and does the renewal that it names really renew it?"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_capacity._cli import cli
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "plans/xgboost/benchmark.csv"
PLAN = Path("xgboost/plan.json")
BENCHMARK = Path("xgboost/benchmark.csv")
ASKED = ["--instance-type", "ml.c5.large", "--peak-tps", "500", "--min-tps", "70", "--growth", "1.2"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own that holds the shipped plan beside its evidence."""
    shutil.copytree(RECORDED.parent, tmp_path / "xgboost")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(cli, ["plan", *words])


def check(path: Path = PLAN) -> Result:
    return command("--check", str(path))


def failing(folder: Path) -> str:
    """What a check says that fails, as it should: with status 2 and without touching a file."""
    before = contents(folder)
    result = check()
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert contents(folder) == before
    return result.stderr


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(PLAN.read_text())
    change(document)
    PLAN.write_text(json.dumps(document))


def renewal(said: str) -> list[str]:
    """The words after `sagemaker-capacity plan` in the command that a failing check names."""
    (line,) = re.findall(r"Renew it:\n  (sagemaker-capacity plan .*)", said)
    return shlex.split(line)[2:]


def test_every_shipped_plan_is_what_its_evidence_gives() -> None:
    plans = sorted(ROOT.glob("plans/*/plan.json"))
    assert plans
    for path in plans:
        result = check(path)
        assert result.exit_code == 0, result.output


def test_a_check_that_passes_says_so_and_writes_nothing(folder: Path) -> None:
    before = contents(folder)
    result = check()
    assert result.exit_code == 0
    assert "xgboost/plan.json: the plan is what benchmark.csv gives today." in result.stdout
    assert contents(folder) == before


def test_evidence_that_changed_is_found_and_its_renewal_makes_the_check_pass(folder: Path) -> None:
    text = BENCHMARK.read_text().replace("9068,31.0", "9168,31.0")
    BENCHMARK.write_text(text)
    said = failing(folder)
    assert "the evidence of xgboost/plan.json changed" in said
    renewed = command(*renewal(said))
    assert renewed.exit_code == 0, renewed.output
    assert check().exit_code == 0
    assert CapacityPlan.read(PLAN).limits.max_invocations_per_minute == 9168


def test_evidence_that_changed_in_form_only_is_found_too(folder: Path) -> None:
    BENCHMARK.write_bytes(BENCHMARK.read_bytes().replace(b"\n", b"\r\n"))
    assert "has sha256" in failing(folder)


def test_evidence_that_is_gone_or_broken_is_named(folder: Path) -> None:
    BENCHMARK.write_text("time_utc\n")
    assert "column invocations_per_minute is missing" in failing(folder)
    BENCHMARK.unlink()
    said = failing(folder)
    assert "xgboost/plan.json cannot be checked: its evidence cannot be read" in said
    assert "xgboost/benchmark.csv" in said


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("computed.max_capacity", 9, "computed.max_capacity is 9, the evidence gives 8"),
        ("computed.invocations.target_per_instance_per_minute", 5000, "is 5000, the evidence gives 4987"),
        ("limits.max_invocations_per_minute", 9069, "limits.max_invocations_per_minute is 9069"),
        ("saturation.highest_invocations_per_minute", 8000, "is 8000, the evidence gives 8690"),
        ("computed.cpu_per_core", None, "computed.cpu_per_core is null"),
        ("start_up_seconds", 525, "computed.invocations.scale_in_cooldown_seconds is 300, the evidence gives 525"),
        ("demand.peak_tps", 1000, "computed.max_capacity is 8, the evidence gives 15"),
        ("instance.vcpus", 4, "instance.vcpus is 4, the evidence gives 2"),
        ("evidence.rows", 15, "evidence.rows is 15, the evidence gives 14"),
        ("reasons", [], 'reasons lacks "Target 4987 = floor(9068 x 55 %)'),
        ("warnings", ["All is well."], 'warnings has "All is well."'),
    ],
)
def test_a_plan_edited_by_hand_is_found_and_its_renewal_makes_the_check_pass(
    folder: Path, place: str, value: object, said: str
) -> None:
    def spoil(document: dict[str, Any]) -> None:
        *parents, name = place.split(".")
        for parent in parents:
            document = document[parent]
        document[name] = value

    edit(spoil)
    failure = failing(folder)
    assert said in failure
    assert command(*renewal(failure), "--no-picture").exit_code == 0
    assert check().exit_code == 0


def test_many_differences_are_cut_at_twelve_and_counted(folder: Path) -> None:
    header = "time_utc,invocations_per_minute,latency_mean_ms\n"
    BENCHMARK.write_text(f"{header}2026-01-01T10:00:00Z,300,5\n2026-01-01T10:01:00Z,100,4\n")
    sha256 = failing(folder).split("has sha256 ")[1][:64]
    edit(lambda document: document["evidence"].update(sha256=sha256))
    said = failing(folder)
    assert said.count("\n  - ") == 13
    assert re.search(r"and \d+ more", said)


def test_a_request_that_no_longer_has_an_answer_is_said(folder: Path) -> None:
    edit(lambda document: document["objective"].update(lower_percent=0.001, target_percent=0.005, upper_percent=1))
    said = failing(folder)
    assert "is no longer what" in said
    assert "less than one invocation per minute" in said


@pytest.mark.parametrize("schema", [2, 4, None, "3"])
def test_a_plan_of_another_schema_is_no_plan_to_check(folder: Path, schema: object) -> None:
    edit(lambda document: document.update(schema=schema))
    assert "schema" in failing(folder)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("objective", None, "it has no objective, which a benchmark gives"),
        ("limits", None, "it has no limits, which a benchmark gives"),
        (
            "computed",
            {"kind": "asynchronous"},
            "it is of kind asynchronous, and a benchmark of one instance gives real-time plans",
        ),
    ],
)
def test_a_plan_that_a_person_wrote_is_told_to_be_reviewed_by_hand(
    folder: Path, place: str, value: dict[str, Any] | None, said: str
) -> None:
    def rewrite(document: dict[str, Any]) -> None:
        if value is None:
            document[place] = None
            return
        shared = ("min_capacity", "max_capacity", "metric_tracking", "step_scaling", "scheduled", "suspended")
        kept = {name: document[place][name] for name in (*shared, "cpu_per_core")}
        document[place] = kept | value | {"backlog": None, "wake_from_zero": None}

    edit(rewrite)
    told = failing(folder)
    assert "xgboost/plan.json cannot be checked: it was not made from a benchmark: " + said in told
    assert "Review it by hand." in told


def test_no_plan_there_is_said(folder: Path) -> None:
    PLAN.unlink()
    assert "cannot read the plan xgboost/plan.json" in failing(folder)


def test_overrides_are_named_without_failing(folder: Path) -> None:
    override = {"field": "max_capacity", "value": 12, "reason": "quota raised"}
    edit(lambda document: document["overrides"].append(override))
    result = check()
    assert result.exit_code == 0, result.output
    assert "overridden: max_capacity = 12 (quota raised)" in result.stdout
    assert CapacityPlan.read(folder / PLAN).scaling.max_capacity == 12


def test_overrides_survive_the_renewal_that_a_failing_check_names(folder: Path) -> None:
    override = {"field": "max_capacity", "value": 12, "reason": "quota raised"}
    edit(lambda document: document["overrides"].append(override))
    edit(lambda document: document["computed"].update(max_capacity=9))
    assert command(*renewal(failing(folder)), "--no-picture").exit_code == 0
    result = check()
    assert result.exit_code == 0
    assert "overridden: max_capacity = 12 (quota raised)" in result.stdout
    assert CapacityPlan.read(PLAN).computed.max_capacity == 8


@pytest.mark.parametrize(
    "words",
    [["--out", "plan.json"], ["--objective", "cost"], ["--override", "max_capacity", "9", "launch"], ["--json"]],
)
def test_a_check_takes_no_other_option_rather_than_ignore_it(folder: Path, words: list[str]) -> None:
    before = contents(folder)
    for order in (["--check", str(PLAN), *words], [*words, str(PLAN), "--check"]):
        result = command(*order)
        assert result.exit_code == 2
        assert "a plan holds all that its check needs" in result.stderr
    assert contents(folder) == before


@pytest.mark.parametrize(
    "asked",
    [
        ["--objective", "availability"],
        ["--upper-percent", "33.333333", "--lower-percent", "12.5"],
        ["--slo-latency-ms", "17.6", "--slo-error-percent", "0.25"],
        ["--slo-statistic", "mean"],
        ["--vcpus", "3"],
        ["--price-usd-per-hour", "0.102"],
        ["--start-up-seconds", "525"],
        ["--schedule", "ONeills-day", "cron(30 8 ? * MON-FRI *)", "Europe/Berlin", "123456.789012"],
    ],
    ids=lambda asked: asked[0],
)
@pytest.mark.usefixtures("folder")
def test_the_renewal_asks_for_all_that_the_plan_was_asked_for(asked: list[str]) -> None:
    rows = BENCHMARK.read_text().replace("latency_mean_ms", "latency_p95_ms,latency_mean_ms").split()
    cells = (row.split(",") for row in rows[1:])
    twice = (",".join([*row[:2], row[2] and str(float(row[2]) * 3), *row[2:]]) for row in cells)
    BENCHMARK.write_text("\n".join([rows[0], *twice]))
    assert_renewed_as_it_was(["--peak-tps", "123456.789012", "--min-tps", "0.000001", *asked])


millionths = st.integers(1, 10**12).map(lambda n: f"{n // 10**6}.{n % 10**6:06}")


@given(tps=st.tuples(millionths, millionths), growth=st.integers(10**6, 10**7), slo=st.none() | millionths)
@settings(max_examples=15, deadline=None)
def test_the_renewal_asks_for_the_very_numbers(
    tmp_path_factory: pytest.TempPathFactory, tps: tuple[str, str], growth: int, slo: str | None
) -> None:
    place = tmp_path_factory.mktemp("renewal")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        BENCHMARK.parent.mkdir()
        shutil.copy(RECORDED, BENCHMARK)
        least, most = sorted(tps, key=float)
        asked = ["--peak-tps", most, "--min-tps", least, "--growth", str(growth / 10**6)]
        assert_renewed_as_it_was([*asked, *(["--slo-latency-ms", slo] if slo else [])])


def assert_renewed_as_it_was(asked: list[str]) -> None:
    words = [str(BENCHMARK), *ASKED, *asked, "--no-picture", "--out", str(PLAN)]
    PLAN.unlink(missing_ok=True)
    assert command(*words).exit_code == 0
    assert check().exit_code == 0
    made = PLAN.read_bytes()
    edit(lambda document: document["reasons"].append("Because."))
    assert command(*renewal(check().stderr), "--no-picture").exit_code == 0
    assert PLAN.read_bytes() == made
