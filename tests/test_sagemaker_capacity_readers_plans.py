"""What other tools wrote becomes a plan by the one command, and the plan is what its evidence gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from sagemaker_capacity._cli import cli
from sagemaker_capacity_plan import CapacityPlan

SAMPLES = Path(__file__).parent / "samples/readers"
PLANNED = [
    "aiperf/profile_export.jsonl.gz",
    "cloudwatch/get_metric_data.json",
    "cloudwatch/get_metric_statistics.json",
    "fmbench/all_metrics.csv",
    "genai_perf/profile_export.json.gz",
    "jmeter/results.csv.gz",
    "jmeter/results.xml.gz",
    "k6/results.csv.gz",
    "k6/results.json.gz",
    "locust/history.csv",
    "locust/requests.csv.gz",
    "vegeta/results.csv",
    "vegeta/results.json",
]


@pytest.mark.parametrize("sample", PLANNED)
def test_a_tools_own_file_becomes_a_plan_that_its_evidence_gives(sample: str, tmp_path: Path) -> None:
    evidence = tmp_path / Path(sample).name
    shutil.copy(SAMPLES / sample, evidence)
    out = tmp_path / "plan.json"
    asked = ["plan", str(evidence), "--instance-type", "ml.c5.large", "--peak-tps", "5", "--min-tps", "1"]
    made = CliRunner().invoke(cli, [*asked, "--out", str(out)])
    assert made.exit_code == 0, made.output
    plan = CapacityPlan.read(out)
    assert plan.limits is not None
    assert plan.limits.max_invocations_per_minute > 0
    assert (tmp_path / "plan.svg").is_file()
    checked = CliRunner().invoke(cli, ["plan", "--check", str(out)])
    assert checked.exit_code == 0, checked.output


def test_what_a_tool_does_not_tell_stands_among_the_warnings(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    asked = ["plan", str(SAMPLES / "fmbench/all_metrics.csv"), "--instance-type", "ml.g5.2xlarge"]
    made = CliRunner().invoke(cli, [*asked, "--peak-tps", "5", "--min-tps", "1", "--out", str(out)])
    assert made.exit_code == 0, made.output
    plan = CapacityPlan.read(out)
    assert plan.evidence.start_utc == plan.evidence.end_utc == "not recorded"
    assert any("FMBench records no times" in warning for warning in plan.warnings)
