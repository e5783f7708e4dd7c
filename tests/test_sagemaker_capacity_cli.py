"""The command line: the same bytes each time, and nothing written where the input is bad."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from sagemaker_capacity._cli import cli
from sagemaker_capacity_plan import CapacityPlan

RECORDED = Path(__file__).parents[1] / "plans/xgboost/benchmark.csv"
BENCHMARK = Path("plans/xgboost/benchmark.csv")
INSTANCE = ["--instance-type", "ml.c5.large"]
DEMAND = ["--peak-tps", "500", "--min-tps", "70", "--growth", "1.2"]
LIMITS = ["--upper-percent", "55", "--lower-percent", "45"]
OUT = ["--out", "plan.json"]
HEADER = "time_utc,invocations_per_minute\n"
LOADED = "2026-01-01T10:00:00Z,1000\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with the recorded benchmark in it, where the command is run."""
    return enter(tmp_path / "here", monkeypatch)


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / BENCHMARK).parent.mkdir(parents=True)
    shutil.copy(RECORDED, folder / BENCHMARK)
    monkeypatch.chdir(folder)
    return folder


def plan(*words: str) -> Result:
    return CliRunner().invoke(cli, ["plan", str(BENCHMARK), *words])


def made(*words: str) -> Result:
    result = plan(*INSTANCE, *DEMAND, *LIMITS, *words)
    assert result.exit_code == 0, result.output
    return result


def contents(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_the_published_plan_is_the_same_bytes_each_time_and_in_each_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = set()
    for name in ("one", "other", "other/folder"):
        folder = enter(tmp_path / name, monkeypatch)
        for _ in range(2):
            made(*OUT)
            written.add(((folder / "plan.json").read_bytes(), (folder / "plan.svg").read_bytes()))
    ((text, drawing),) = written
    document = json.loads(text)
    assert document["limits"] == {
        "max_invocations_per_minute": 9068,
        "upper_invocations_per_minute": 4987,
        "lower_invocations_per_minute": 4081,
    }
    computed = document["computed"]
    assert (computed["min_capacity"], computed["max_capacity"]) == (1, 8)
    assert computed["invocations"]["target_per_instance_per_minute"] == 4987
    assert document["evidence"]["source"] == "plans/xgboost/benchmark.csv"
    assert b">target 4987 in the band of 45 to 55 % of the maximum</text>" in drawing
    assert ET.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_the_plan_is_told_to_a_person(folder: Path) -> None:
    said = made(*OUT).stdout
    assert "1 to 8 x ml.c5.large, each at 4987 invocations per minute" in said
    for number in (
        "9068",
        "4987",
        "4081",
        "8690",
        "7889 to 9079",
        "wrote plan.json",
        "wrote plan.svg",
        "errors are unknown",
    ):
        assert number in said
    assert sorted(p.name for p in folder.iterdir()) == ["plan.json", "plan.svg", "plans"]


def test_json_prints_the_bytes_of_the_file_and_nothing_else(folder: Path) -> None:
    result = made("--json", *OUT)
    assert result.stdout_bytes == (folder / "plan.json").read_bytes()
    assert result.stderr == ""
    assert made("--json").stdout_bytes == result.stdout_bytes


def test_without_out_nothing_is_written(folder: Path) -> None:
    before = contents(folder)
    made()
    assert contents(folder) == before


def test_without_a_picture_the_plan_is_the_same_and_no_svg_is_written(folder: Path) -> None:
    made("--no-picture", *OUT)
    assert not (folder / "plan.svg").exists()
    text = (folder / "plan.json").read_bytes()
    made(*OUT)
    assert (folder / "plan.json").read_bytes() == text


def test_the_evidence_is_named_from_where_the_plan_lies(folder: Path) -> None:
    made("--out", "plans/xgboost/plan.json", "--no-picture")
    made("--out", "elsewhere/deep/plan.json", "--no-picture")
    assert CapacityPlan.read(folder / "plans/xgboost/plan.json").evidence.source == "benchmark.csv"
    source = CapacityPlan.read(folder / "elsewhere/deep/plan.json").evidence.source
    assert source == "../../plans/xgboost/benchmark.csv"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("", "is empty"),
        (HEADER, "no number in invocations_per_minute"),
        (HEADER + "2026-01-01T10:00:00Z,many\n", "no number in invocations_per_minute"),
        ("time_utc\n2026-01-01T10:00:00Z\n", "column invocations_per_minute is missing"),
        (HEADER + LOADED + "2026-01-01T10:01:00Z,-5\n", "line 3: invocations_per_minute must be a number"),
        (HEADER + LOADED + LOADED, "a second row for the minute"),
        (f"{HEADER.strip()},latency_ms\n{LOADED.strip()},9\n", "column 'latency_ms' is not understood"),
        (
            f"{HEADER.strip()},cpu_sum_percent\n{LOADED.strip()},9\n2026-01-01T10:01:00Z,1000,201\n",
            "benchmark.csv cannot be used: at 2026-01-01T10:01:00Z its CPU reaches 100.5 % of each of 2 vCPUs",
        ),
    ],
)
@pytest.mark.parametrize("old", [True, False])
def test_a_bad_benchmark_ends_with_status_2_and_nothing_written(
    folder: Path, content: str | None, said: str, *, old: bool
) -> None:
    if old:
        made("--no-picture", *OUT)
    if content is None:
        (folder / BENCHMARK).unlink()
    else:
        (folder / BENCHMARK).write_text(content)
    refused(folder, plan_words=[*INSTANCE, *DEMAND, *LIMITS, *OUT], said=[said])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*INSTANCE, *DEMAND, "--upper-percent", "45", "--lower-percent", "55"], "got lower 55 and upper 45"),
        ([*INSTANCE, *DEMAND, "--upper-percent", "101", "--lower-percent", "55"], "upper 101"),
        ([*INSTANCE, *DEMAND, "--upper-percent", "55"], "give both"),
        ([*INSTANCE, *DEMAND, *LIMITS, "--objective", "cost"], "not both"),
        ([*INSTANCE, *DEMAND, "--objective", "speed"], "'speed'"),
        ([*INSTANCE, "--peak-tps", "69", "--min-tps", "70"], "got minimum 70 and peak 69"),
        ([*INSTANCE, "--peak-tps", "0", "--min-tps", "0"], "peak above 0"),
        ([*INSTANCE, "--peak-tps", "0.0000001", "--min-tps", "0"], "peak above 0"),
        ([*INSTANCE, "--peak-tps", "inf", "--min-tps", "70"], "inf is no finite number"),
        ([*INSTANCE, "--peak-tps", "500", "--min-tps", "nan"], "nan is no finite number"),
        ([*INSTANCE, "--peak-tps", "many", "--min-tps", "70"], "'many' is not a valid float"),
        ([*INSTANCE, *DEMAND, "--growth", "0.5"], "growth is a factor of at least 1"),
        ([*DEMAND, "--instance-type", "ml.t3.medium"], "burstable"),
        ([*DEMAND, "--instance-type", "ml.zz1.large"], "--vcpus"),
        ([*INSTANCE, *DEMAND, "--vcpus", "0"], "--vcpus"),
        ([*INSTANCE, *DEMAND, "--price-usd-per-hour", "0"], "--price-usd-per-hour"),
        ([*INSTANCE, *DEMAND, "--price-usd-per-hour", "nan"], "nan is no finite number"),
        ([*INSTANCE, *DEMAND, "--start-up-seconds", "0"], "--start-up-seconds"),
        ([*INSTANCE, *DEMAND, "--start-up-seconds", "90.5"], "'90.5' is not a valid integer"),
        ([*INSTANCE, *DEMAND, "--slo-latency-ms", "0"], "--slo-latency-ms"),
        ([*INSTANCE, *DEMAND, "--slo-latency-ms", "inf"], "no finite number"),
        ([*INSTANCE, *DEMAND, "--slo-statistic", "p99"], "no p99 latency"),
        ([*INSTANCE, *DEMAND, "--slo-error-percent", "nan"], "no finite number"),
        ([*INSTANCE, *DEMAND, "--slo-error-percent", "101"], "--slo-error-percent"),
        ([*INSTANCE, *DEMAND, "--schedule", "Noon", "daily", "Etc/UTC", "5"], "got 'daily'"),
        ([*INSTANCE, *DEMAND, "--schedule", "Noon", "rate(1 day)", "Etc/UTC", "501"], "above the peak"),
        ([*INSTANCE, *DEMAND, "--schedule", "High noon", "rate(1 day)", "Etc/UTC", "5"], "got 'High noon'"),
        ([*INSTANCE, *DEMAND, "--schedule", "StepOut", "rate(1 day)", "Etc/UTC", "5"], "rename all but one"),
        ([*INSTANCE, *DEMAND, "--override", "colour", "3", "launch"], "cannot override 'colour'"),
        ([*INSTANCE, *DEMAND, "--override", "max_capacity", "8.5", "launch"], "must be a whole number, got 8.5"),
        ([*INSTANCE, *DEMAND, "--override", "min_capacity", "99", "launch"], "min_capacity 99"),
        ([*INSTANCE, *DEMAND, "--override", "max_capacity", "9", " "], "needs a reason"),
        ([*INSTANCE, *DEMAND, "--out", "picture.svg"], "give picture.json"),
    ],
)
def test_a_bad_request_ends_with_status_2_and_nothing_written(folder: Path, words: list[str], said: str) -> None:
    made("--no-picture", *OUT)
    refused(folder, plan_words=[*OUT, *words], said=[said])


def refused(folder: Path, *, plan_words: list[str], said: list[str]) -> None:
    before = contents(folder)
    result = plan(*plan_words)
    assert result.exit_code == 2, result.output
    assert "Error: " in result.stderr
    assert result.stdout == ""
    for words in said:
        assert words in result.stderr
    assert contents(folder) == before


def test_all_that_is_missing_or_wrong_is_told_at_once(folder: Path) -> None:
    refused(folder, plan_words=OUT, said=["--instance-type is missing", "--peak-tps and --min-tps missing"])
    (folder / "plan.json").write_text("{")
    wrong = ["--upper-percent", "5", "--lower-percent", "6"]
    refused(
        folder,
        plan_words=[*OUT, *wrong, *DEMAND, "--instance-type", "c5"],
        said=["plan.json is not JSON", "lower 6 and upper 5", "looks like ml.c5.large"],
    )


def test_a_plan_of_a_newer_schema_is_not_overwritten(folder: Path) -> None:
    made(*OUT)
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"schema": 3', '"schema": 4'))
    refused(folder, plan_words=[*INSTANCE, *DEMAND, *LIMITS, *OUT], said=["plan.json has schema 4", "upgrade"])


def test_a_plan_of_an_older_schema_is_not_overwritten_and_its_remedy_works(folder: Path) -> None:
    made(*OUT)
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"schema": 3', '"schema": 2'))
    said = ["plan.json has schema 2, older than the 3", "into a new file"]
    refused(folder, plan_words=[*INSTANCE, *DEMAND, *LIMITS, *OUT], said=said)
    made("--out", "new.json")
    assert CapacityPlan.read(folder / "new.json").computed.max_capacity == 8


@pytest.mark.parametrize("taken", ["plan.json", "plan.svg"])
def test_where_the_plan_or_its_picture_cannot_be_written_neither_is(folder: Path, taken: str) -> None:
    (folder / taken).mkdir()
    refused(folder, plan_words=[*INSTANCE, *DEMAND, *OUT], said=[taken])


def test_an_out_below_a_file_is_refused(folder: Path) -> None:
    out = f"{BENCHMARK}/plan.json"
    refused(folder, plan_words=[*INSTANCE, *DEMAND, "--out", out], said=["cannot write", str(BENCHMARK)])


@pytest.mark.parametrize("rates", [("0", "0"), ("1", "0.5")])
def test_no_answer_ends_with_status_3_its_reasons_and_nothing_written(folder: Path, rates: tuple[str, str]) -> None:
    rows = (f"2026-01-01T10:0{i}:00Z,{rate}\n" for i, rate in enumerate(rates))
    (folder / BENCHMARK).write_text(HEADER + "".join(rows))
    before = contents(folder)
    result = plan(*INSTANCE, *DEMAND, *LIMITS, *OUT)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "less than one invocation per minute" in result.stderr
    assert contents(folder) == before


def test_overrides_survive_renewal_and_a_new_one_replaces_its_namesake(folder: Path) -> None:
    out = ["--no-picture", *OUT]
    made(*out, "--override", "max_capacity", "12", "quota raised", "--override", "min_capacity", "2", "two zones")
    made(*out)
    result = made(*out, "--override", "max_capacity", "14", "raised again")
    plan_there = CapacityPlan.read(folder / "plan.json")
    assert [(o.field, o.value, o.reason) for o in plan_there.overrides] == [
        ("min_capacity", 2, "two zones"),
        ("max_capacity", 14, "raised again"),
    ]
    assert (plan_there.scaling.min_capacity, plan_there.scaling.max_capacity) == (2, 14)
    assert plan_there.computed.max_capacity == 8
    assert "2 to 14 x ml.c5.large" in result.stdout
    assert "max_capacity = 14 (raised again)" in result.stdout


def test_a_reason_is_printed_as_it_was_written(folder: Path) -> None:
    (folder / "[b]").mkdir()
    result = made("--out", "[b]/plan.json", "--override", "max_capacity", "12", "see [red]ticket[/] [/x] [1]")
    assert "(see [red]ticket[/] [/x] [1])" in result.stdout
    assert "wrote [b]/plan.json" in result.stdout


def test_a_title_is_drawn_as_it_was_written(folder: Path) -> None:
    shutil.copy(RECORDED, folder / "costs$x$.csv")
    result = CliRunner().invoke(cli, ["plan", "costs$x$.csv", *INSTANCE, *DEMAND, *OUT])
    assert result.exit_code == 0, result.output
    assert ">costs$x$ on ml.c5.large</text>" in (folder / "plan.svg").read_text()


def test_what_was_asked_for_stands_in_the_plan(folder: Path) -> None:
    result = plan(
        *["--instance-type", "ml.zz1.large", "--vcpus", "2", "--objective", "cost"],
        *["--peak-tps", "500.25", "--min-tps", "0", "--slo-latency-ms", "17.6", "--slo-error-percent", "0.5"],
        *["--schedule", "Noon", "cron(0 12 * * ? *)", "Europe/Berlin", "300.5", *OUT],
        *["--price-usd-per-hour", "1.25", "--start-up-seconds", "420"],
    )
    assert result.exit_code == 0, result.output
    there = CapacityPlan.read(folder / "plan.json")
    assert (there.instance.vcpus, there.instance.vcpus_source) == (2, "given")
    assert (there.instance.price_usd_per_hour, there.instance.price_source) == (1.25, "given")
    assert there.start_up_seconds == 420
    assert "Cooldowns 420 s" in result.stdout
    assert (there.objective.name, there.objective.target_percent) == ("cost", 70)
    assert (there.demand.peak_tps, there.demand.min_tps, there.demand.growth) == (500.25, 0, 1)
    assert [(s.name, s.tps) for s in there.demand.scheduled] == [("Noon", 300.5)]
    assert (there.saturation.slo_latency_ms, there.saturation.slo_given) == (17.6, True)
    assert there.saturation.slo_error_percent == 0.5
    assert "Noon" in result.stdout


def test_the_objective_is_balanced_unless_another_is_asked_for(folder: Path) -> None:
    assert plan(*INSTANCE, *DEMAND, *OUT).exit_code == 0
    assert CapacityPlan.read(folder / "plan.json").objective.name == "balanced"


def test_help_tells_the_columns_and_the_exit_statuses() -> None:
    said = CliRunner().invoke(cli, ["plan", "--help"]).stdout
    assert "None" not in said
    for word in ("time_utc", "invocations_per_minute", "latency_p95_ms", "errors_per_minute", "cpu_sum_percent"):
        assert word in said
    assert "Exit status: 0 a plan, 2 bad input (nothing was written), 3 no answer" in said


@pytest.mark.parametrize("module", ["click", "pandas", "matplotlib", "rich"])
def test_without_the_extra_the_command_names_the_line_that_adds_it(folder: Path, module: str) -> None:
    before = contents(folder)
    without = (
        "import sys\n"
        "missing = sys.argv[1]\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == missing:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from sagemaker_capacity.__main__ import main\n"
        "sys.argv[:2] = ['sagemaker-capacity']\n"
        "main()\n"
    )
    words = ["plan", str(BENCHMARK), *INSTANCE, *DEMAND, *LIMITS, *OUT]
    command = [sys.executable, "-c", without, module, *words]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert run.returncode == 2, run.stderr
    assert f"sagemaker-capacity needs {module}" in run.stderr
    assert "pip install 'cdk-sagemaker-scaling[analysis]'" in run.stderr
    assert run.stdout == ""
    assert contents(folder) == before


def test_as_a_process_the_command_is_the_same(folder: Path) -> None:
    words = ["plan", str(BENCHMARK), *INSTANCE, *DEMAND, *LIMITS, "--no-picture", "--json", *OUT]
    command = [sys.executable, "-m", "sagemaker_capacity", *words]
    run = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own code
    assert run.returncode == 0, run.stderr
    assert run.stdout == (folder / "plan.json").read_bytes() == made("--json").stdout_bytes
