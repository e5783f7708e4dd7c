"""A log of single requests becomes a benchmark, and the benchmark a plan, by two commands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from sagemaker_capacity._cli import cli
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Five minutes of 60, 120, … 300 requests of 10 ms and one of 50 ms a minute; the last one of each fails."""
    lines = ["start,elapsed_ms,code,users"]
    for minute in range(5):
        count = 60 * (minute + 1)
        for n in range(count):
            start = BEGIN + timedelta(minutes=minute, seconds=n * 60 / count)
            failed = n == count - 1
            lines.append(f"{start.isoformat()},{50 if n == 0 else 10},{500 if failed else 200},{minute + 1}")
    file = tmp_path / "log.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


COLUMNS = ("--time", "start", "--latency", "elapsed_ms", "--status", "code")


def test_a_log_becomes_a_benchmark_that_becomes_a_plan(log: Path, tmp_path: Path) -> None:
    minutes, plan = tmp_path / "minutes.csv", tmp_path / "plan.json"
    made = run("requests", log, *COLUMNS, "--out", minutes)
    assert made.exit_code == 0, made.output
    assert "5 minutes" in made.output
    planned = run(
        "plan", minutes, "--instance-type", "ml.c5.large", "--peak-tps", 50, "--min-tps", 1, "--out", plan
    )
    assert planned.exit_code == 0, planned.output
    limits = CapacityPlan.read(plan).limits
    assert limits is not None
    assert limits.max_invocations_per_minute == 300
    assert run("plan", "--check", plan).exit_code == 0


def test_the_summary_counts_by_group(log: Path) -> None:
    found = json.loads(run("requests", log, *COLUMNS, "--by", "users", "--json").output)
    assert [(row["users"], row["requests"], row["errors"]) for row in found] == [
        (n, 60 * n, 1) for n in range(1, 6)
    ]
    assert all(row["latency_p50_ms"] == pytest.approx(10, rel=0.01) for row in found)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--latency", "nothing_ms"), "nothing_ms"),
        (("--latency", "elapsed"), "the unit of 'elapsed' is not known"),
        (("--engine", "oracle"), "oracle"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    log: Path, tmp_path: Path, given: tuple[str, ...], told: str
) -> None:
    out = tmp_path / "minutes.csv"
    refused = run("requests", log, *COLUMNS, *given, "--out", out)
    assert refused.exit_code == 2
    assert told in refused.output
    assert not out.exists()
    out.write_text("as it was", encoding="utf-8")
    assert run("requests", log, *COLUMNS, *given, "--out", out).exit_code == 2
    assert out.read_text(encoding="utf-8") == "as it was"


def test_one_row_is_one_minute_and_a_minute_without_a_request_is_a_gap_that_stays(tmp_path: Path) -> None:
    log, out = tmp_path / "log.csv", tmp_path / "minutes.csv"
    log.write_text("start,elapsed_ms\n2026-01-31T09:00:30Z,12\n", encoding="utf-8")
    assert "1 minute\n" in run("requests", log, *COLUMNS[:4], "--out", out).output
    log.write_text(log.read_text(encoding="utf-8") + "2026-01-31T09:05:00Z,12\n", encoding="utf-8")
    assert "2 minutes" in run("requests", log, *COLUMNS[:4], "--out", out).output
    assert [line[:16] for line in out.read_text(encoding="utf-8").splitlines()[1:]] == [
        "2026-01-31T09:00",
        "2026-01-31T09:05",
    ]


def test_the_summary_of_groups_fits_80_columns(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    heading, *_ = run("requests", log, *COLUMNS, "--by", "users").output.splitlines()
    assert " ".join(heading.split()) == "users requests errors mean ms p50 ms p90 ms p95 ms p99 ms seconds TPS"
    assert len(heading) <= 80


def test_where_the_benchmark_cannot_be_written_it_says_so(log: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    made = run("requests", log, *COLUMNS, "--out", tmp_path / "taken" / "minutes.csv")
    assert made.exit_code == 2, made.output
    assert "Error: cannot write" in made.stderr
