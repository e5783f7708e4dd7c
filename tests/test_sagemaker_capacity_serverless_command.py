"""`sagemaker-capacity serverless`: a plan, a table that fits a terminal, exit statuses to rely on."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal
from pathlib import Path

import pytest
import serverless_folders as folders
from click.testing import CliRunner, Result

from sagemaker_capacity._cli import cli
from sagemaker_capacity.serverless._command import serverless
from sagemaker_capacity_plan import CapacityPlan, Override, ServerlessScaling

PEAK = ("--peak-tps", "40")


def run(folder: Path, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(serverless, [str(folder), *words])


def test_the_plan_is_written_beside_its_evidence_and_shown_within_80_columns(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path / "results")
    out = tmp_path / "plan.json"
    words = (*PEAK, "--request-bytes", "1000", "--slo-ms", "300", "--instance", "ml.c5.large", "30")
    result = run(folder, *words, "--out", str(out))
    assert result.exit_code == 0, result.output
    plan = CapacityPlan.read(out)
    assert isinstance(plan.scaling, ServerlessScaling)
    assert plan.evidence.source == "results"
    lines = result.output.splitlines()
    shown = [line for line in lines if not line.startswith("wrote ")]
    assert max(len(line.rstrip()) for line in shown) <= 80
    assert any("2048" in line and "chosen" in line for line in shown)
    assert any("break-even" in line for line in shown)


def test_twice_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path / "results")
    written = set()
    for name in ("one.json", "other.json"):
        run(folder, *PEAK, "--request-bytes", "1000", "--out", str(tmp_path / name))
        written.add((tmp_path / name).read_bytes())
    assert len(written) == 1


def test_json_holds_the_plan_and_the_toolkit_s_savings_beside_it(tmp_path: Path) -> None:
    folder = folders.recorded_folder(tmp_path)
    result = run(folder, *PEAK, "--json", "--instance", "ml.c5.large", "30")
    document = json.loads(result.stdout)
    assert document["plan"]["computed"]["memory_mb"] == 2048
    toolkit = document["toolkit"]
    assert (toolkit["memory_mb"], toolkit["instance_type"]) == (2048, "ml.t2.medium")
    assert round(toolkit["break_even_per_month"], 1) == 9079350.6
    saved = [(row["invocations_per_month"], Decimal(row["savings_percent"])) for row in toolkit["savings"]]
    assert saved == [(count, Decimal(percent)) for count, _, _, percent in folders.SAVINGS]
    assert document["instances"][0]["savings"][-1]["is_break_even"] is True
    assert result.stdout == json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def test_a_person_s_overrides_outlive_a_renewal(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path / "results")
    out = tmp_path / "plan.json"
    words = (*PEAK, "--request-bytes", "1000", "--out", str(out))
    run(folder, *words)
    document = json.loads(out.read_text())
    document["overrides"] = [{"field": "max_concurrency", "value": 50, "reason": "a launch"}]
    out.write_text(json.dumps(document))
    result = run(folder, *words)
    assert CapacityPlan.read(out).overrides == (Override("max_concurrency", 50, "a launch"),)
    assert "max_concurrency = 50 (a launch)" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--peak-tps", "-1"), "peak TPS"),
        (("--peak-tps", "nan"), "peak TPS"),
        ((*PEAK, "--objective", "slo"), "give --slo-ms"),
        ((*PEAK, "--slo-ms", "nan"), "must be finite and above 0 ms"),
        ((*PEAK, "--slo-error-percent", "0"), "must be above 0 and below 100 percent"),
        ((*PEAK, "--cost-weight-percent", "101"), "must be 0 to 100 percent"),
        ((*PEAK, "--request-bytes", "-2"), "must be 0 bytes or more"),
        ((*PEAK, "--slo-statistic", "p95"), "there is no p95, only CloudWatch's mean"),
        ((*PEAK, "--slo-statistic", "average"), "is mean, or a percentile such as p99"),
        ((*PEAK, "--instance", "ml.c5.large", "0"), "must be above 0 TPS"),
        ((*PEAK, "--instance", "ml.p4d.24xlarge", "9"), "price of ml.p4d.24xlarge"),
        ((*PEAK, "--price", "gone.csv"), "cannot read the prices gone.csv"),
    ],
)
def test_bad_input_ends_with_status_2_and_nothing_written(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    folder = folders.recorded_folder(tmp_path / "results")
    out = tmp_path / "plan.json"
    result = run(folder, *words, "--out", str(out))
    assert (result.exit_code, said in result.output) == (2, True), result.output
    assert not out.exists()


def test_no_answer_ends_with_status_3_and_an_old_plan_stays(tmp_path: Path) -> None:
    folder = folders.recorded_folder(tmp_path / "results")
    out = tmp_path / "plan.json"
    run(folder, *PEAK, "--out", str(out))
    before = out.read_bytes()
    result = run(folder, *PEAK, "--objective", "slo", "--slo-ms", "1", "--out", str(out))
    assert result.exit_code == 3
    assert "no memory size has a mean latency of at most 1 ms" in result.output
    assert out.read_bytes() == before


def test_a_given_price_changes_what_a_plan_reckons_with(tmp_path: Path) -> None:
    folder = folders.recorded_folder(tmp_path / "results")
    prices = tmp_path / "prices.csv"
    prices.write_text("item,unit,price_usd,region,recorded,source\nserverless_2048_mb,second,0.004,EU,2026,me\n")
    result = run(folder, *PEAK, "--json", "--price", str(prices))
    plan = json.loads(result.stdout)["plan"]
    assert plan["computed"]["memory_mb"] == 1024  # a hundred times dearer, so another is the cheapest


def check(plan: Path) -> Result:
    return CliRunner().invoke(cli, ["plan", "--check", str(plan)])


def test_a_serverless_plan_is_checked_against_its_evidence_and_its_renewal_makes_it_again(tmp_path: Path) -> None:
    folder, prices, out = folders.made_folder(tmp_path / "results"), tmp_path / "prices.csv", tmp_path / "plan.json"
    prices.write_text("item,unit,price_usd\nserverless_2048_mb,second,0.00005\n")
    words = (*PEAK, "--min-tps", "2", "--growth", "1.5", "--objective", "weighted", "--cost-weight-percent", "30")
    sizes = ("--request-bytes", "1000", "--response-bytes", "20.5", "--slo-ms", "300", "--slo-error-percent", "2")
    others = (
        "--slo-statistic",
        "p95",
        "--instance",
        "ml.c5.large",
        "30",
        "--price",
        str(prices),
        "--out",
        str(out),
    )
    assert run(folder, *words, *sizes, *others).exit_code == 0
    made = out.read_text()
    passed = check(out)
    assert passed.exit_code == 0, passed.output
    assert "the plan is what results gives today" in passed.stdout
    out.write_text(made.replace('"memory_mb": 2048', '"memory_mb": 3072'))
    failed = check(out)
    assert failed.exit_code == 2
    assert "computed.memory_mb is 3072, the evidence gives 2048" in failed.stderr
    (command,) = [line for line in failed.stderr.splitlines() if line.startswith("  sagemaker-capacity serverless")]
    renewed = CliRunner().invoke(cli, shlex.split(command)[1:])
    assert renewed.exit_code == 0, renewed.output
    assert out.read_text() == made


def test_a_serverless_plan_s_evidence_that_changed_or_is_gone_fails_its_check(tmp_path: Path) -> None:
    folder, out = folders.made_folder(tmp_path / "results"), tmp_path / "plan.json"
    assert run(folder, *PEAK, "--request-bytes", "1000", "--out", str(out)).exit_code == 0
    raw = folder / folders.STABILITY / folders.INVOCATIONS
    lines = raw.read_text().splitlines()
    raw.write_text("\n".join(lines[:-1]) + "\n")
    assert "changed" in check(out).stderr
    raw.write_text("nothing\n")
    said = check(out)
    assert said.exit_code == 2
    assert "cannot be checked: its evidence cannot be read" in said.stderr


def test_a_serverless_plan_without_an_objective_is_a_person_s() -> None:
    said = check(Path(__file__).parents[1] / "examples/serverless_from_plan/plan.json")
    assert said.exit_code == 2
    assert "a benchmark of one instance gives real-time plans alone. Review it by hand." in " ".join(
        said.stderr.split()
    )


def test_a_report_of_a_serverless_plan_is_refused_in_words(tmp_path: Path) -> None:
    folder, out = folders.made_folder(tmp_path / "results"), tmp_path / "plan.json"
    assert run(folder, *PEAK, "--request-bytes", "1000", "--out", str(out)).exit_code == 0
    said = CliRunner().invoke(cli, ["report", str(out), "--out", str(tmp_path / "report.html")])
    assert said.exit_code == 2
    assert "a report shows a benchmark of one instance" in said.stderr
    assert not (tmp_path / "report.html").exists()
