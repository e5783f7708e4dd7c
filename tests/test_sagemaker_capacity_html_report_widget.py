"""The plan's picture over live metrics says what the plan says, in the form that CloudWatch draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from sagemaker_capacity.html_report import widget, widget_image
from sagemaker_capacity.html_report._command import report
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudwatch import CloudWatchClient

PLAN = Path(__file__).parents[1] / "plans/xgboost/plan.json"
PNG = b"\x89PNG\r\n\x1a\nas good as any"
ENDPOINT = ["--widget", "my-endpoint", "AllTraffic"]


@pytest.fixture
def shown(shipped_plan: CapacityPlan) -> dict[str, object]:
    return widget(shipped_plan, "my-endpoint", "AllTraffic")


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[CloudWatchClient, Stubber]]:
    """A client that answers what a test says; the command gets it, too."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("cloudwatch", region_name="eu-central-1")
    monkeypatch.setattr(boto3, "client", {"cloudwatch": client}.__getitem__)
    with Stubber(client) as stubber:
        yield client, stubber


def test_counts_are_sums_and_latency_is_in_percentiles_and_as_the_slo_is(
    shipped_plan: CapacityPlan,
) -> None:
    assert shipped_plan.saturation is not None
    for slo_statistic, asked in (("mean", "Average"), ("p99.9", "p99.9"), ("p99", "p99"), (None, "p99")):
        plan = replace(shipped_plan, saturation=replace(shipped_plan.saturation, slo_statistic=slo_statistic))
        statistics: dict[str, list[str]] = {}
        for _, name, *dimensions, look in (row for row in widget(plan, "e", "v")["metrics"] if len(row) > 1):
            assert dimensions == ["EndpointName", "e", "VariantName", "v"]
            statistics.setdefault(name, []).append(look["stat"])
        latency = statistics.pop("ModelLatency")
        assert latency == list(dict.fromkeys(["p50", "p99", asked]))
        assert set(statistics) >= {"InvocationsPerInstance", "Invocation4XXErrors", "Invocation5XXErrors"}
        assert {each for found in statistics.values() for each in found} == {"Sum"}


def test_latency_is_turned_from_microseconds_into_what_the_slo_is_in(shipped_plan: CapacityPlan) -> None:
    rows = widget(shipped_plan, "e", "v")["metrics"]
    ids = [look["id"] for *_, look in rows if "id" in look]
    assert [look["expression"] for *_, look in rows if "expression" in look] == [f"{each} / 1000" for each in ids]
    assert len(ids) == len(set(ids)) == 3


def test_the_plan_s_numbers_stand_in_the_annotations(shipped_plan: CapacityPlan) -> None:
    band, *lines = widget(shipped_plan, "e", "v")["annotations"]["horizontal"]
    limits, saturation = shipped_plan.limits, shipped_plan.saturation
    assert limits is not None
    assert saturation is not None
    assert [edge["value"] for edge in band] == [
        limits.lower_invocations_per_minute,
        limits.upper_invocations_per_minute,
    ]
    assert {(line["label"], line["value"], line.get("yAxis", "left")) for line in lines} == {
        ("target", 4987, "left"),
        ("measured maximum", limits.max_invocations_per_minute, "left"),
        ("highest within the SLO", saturation.highest_invocations_per_minute, "left"),
        ("SLO on mean", saturation.slo_latency_ms, "right"),
    }


def test_cloudwatch_is_asked_for_this_widget(
    cloudwatch: tuple[CloudWatchClient, Stubber], shown: dict[str, object]
) -> None:
    client, stubber = cloudwatch
    asked = {"MetricWidget": json.dumps(shown), "OutputFormat": "png"}
    stubber.add_response("get_metric_widget_image", {"MetricWidgetImage": PNG}, asked)
    assert widget_image(client, shown) == PNG


def test_the_command_prints_or_writes_the_widget(tmp_path: Path, shown: dict[str, object]) -> None:
    printed = CliRunner().invoke(report, [str(PLAN), *ENDPOINT])
    assert json.loads(printed.stdout) == shown
    out = tmp_path / "widget.json"
    assert CliRunner().invoke(report, [str(PLAN), *ENDPOINT, "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8") == printed.stdout


def test_the_command_writes_cloudwatch_s_drawing(
    tmp_path: Path, cloudwatch: tuple[CloudWatchClient, Stubber]
) -> None:
    _, stubber = cloudwatch
    stubber.add_response("get_metric_widget_image", {"MetricWidgetImage": PNG})
    out = tmp_path / "live.png"
    result = CliRunner().invoke(report, [str(PLAN), *ENDPOINT, "--out", str(out)])
    assert (result.exit_code, out.read_bytes()) == (0, PNG)


def test_what_cloudwatch_refuses_is_told_and_nothing_is_written(
    tmp_path: Path, cloudwatch: tuple[CloudWatchClient, Stubber]
) -> None:
    _, stubber = cloudwatch
    stubber.add_client_error("get_metric_widget_image", "AccessDenied", "not authorized")
    out = tmp_path / "live.png"
    result = CliRunner().invoke(report, [str(PLAN), *ENDPOINT, "--out", str(out)])
    assert (result.exit_code, out.exists()) == (2, False)
    assert "not authorized" in result.stderr
    assert "ask for .json" in result.stderr
