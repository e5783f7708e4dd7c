"""The command `compare-variants`: live and from exports, a verdict, or the reasons why there is none."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from emptied import forget_endpoints_and_metrics

from embedded_aws import metric_store
from sagemaker_capacity.readers import Window
from sagemaker_capacity.variants import read_exported, read_live
from sagemaker_capacity.variants._command import compare_variants

if TYPE_CHECKING:
    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

ACCOUNT, REGION = "123456789012", "us-east-1"
MINUTES = 90
START = datetime(2026, 3, 1, 10, tzinfo=UTC)
END = START + timedelta(minutes=MINUTES)
WINDOW = ["--start", "2026-03-01T10:00Z", "--end", "2026-03-01T11:30Z"]
WITHIN = ["--latency-percent", "10"]
SLOWER = 1.3
Series = dict[str, np.ndarray[Any, Any]]


def series_of(factor: float, seed: int) -> Series:
    """What CloudWatch has of a variant, in its own units, by the names in an export."""
    rng = np.random.default_rng(seed)
    latency = 100_000 * factor * np.exp(0.05 * rng.standard_normal(MINUTES))
    return {
        "Invocations": rng.poisson(2000, MINUTES).astype(float),
        "InvocationsPerInstance": np.full(MINUTES, 500.0),
        "Invocation4XXErrors": rng.poisson(2, MINUTES).astype(float),
        "Invocation5XXErrors": rng.poisson(3, MINUTES).astype(float),
        "InvocationModelErrors": rng.poisson(1, MINUTES).astype(float),
        "ModelLatency": latency,
        "CPUUtilization": np.full(MINUTES, 80.0),
    }


@pytest.fixture
def shop(embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> EmbeddedAws:
    """An endpoint with two variants, the next one slower; and an environment in which no other AWS is known."""
    forget_endpoints_and_metrics()
    for seed, (name, factor) in enumerate({"Current": 1.0, "Next": SLOWER}.items()):
        for metric, values in series_of(factor, seed).items():
            namespace = "/aws/sagemaker/Endpoints" if metric == "CPUUtilization" else "AWS/SageMaker"
            dimensions = {"EndpointName": "shop", "VariantName": name}
            metric_store.seed(ACCOUNT, REGION, namespace, metric, dimensions, START, 60, values)
    for name, value in embedded_aws.environment(os.environ | {"AWS_REGION": REGION}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return embedded_aws


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(compare_variants, [str(word) for word in words])


def exported(folder: Path, name: str, factor: float, seed: int, **changed: Any) -> Path:  # noqa: ANN401
    """What `aws cloudwatch get-metric-data` prints."""
    times = [(START + timedelta(minutes=minute)).isoformat() for minute in range(MINUTES)]
    series = {key: values for key, values in series_of(factor, seed).items() if key != "ModelLatency"}
    latency = series_of(factor, seed)["ModelLatency"]
    series |= {f"ModelLatency p{percent}": latency for percent in (50, 90, 99)}
    results = [
        {
            "Id": f"m{number}",
            "Label": label,
            "Timestamps": times,
            "Values": values.tolist(),
            "StatusCode": "Complete",
        }
        for number, (label, values) in enumerate((series | changed).items())
        if values is not None
    ]
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"MetricDataResults": results}), encoding="utf-8")
    return file


def test_a_slower_variant_is_worse_live(shop: EmbeddedAws, tmp_path: Path) -> None:
    del shop
    picture = tmp_path / "a-b.svg"
    result = run("Current", "Next", "--endpoint", "shop", *WINDOW, *WITHIN, "--out", picture, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    comparison = document["comparisons"]["Next"]
    assert comparison["outcome"] == "worse"
    assert set(comparison["findings"]) == {"errors", "p50", "p90", "p99"}
    low, high = comparison["findings"]["p99"]["interval"]
    assert low < (SLOWER - 1) * 100 < high
    told = document["variants"]["Current"]
    assert told["requests"]["value"] == series_of(1.0, 0)["Invocations"].sum()
    assert told["p50_ms"]["value"] == pytest.approx(100, rel=0.05)
    assert told["requests_per_instance_per_minute"]["value"] == 500
    assert told["cpu_sum_percent"] == {"value": 80, "low": None, "high": None}
    assert picture.read_bytes().startswith(b"<?xml")
    assert b">worse<" in picture.read_bytes()


def test_failures_are_the_larger_of_two_counts_of_the_same(shop: EmbeddedAws) -> None:
    """As a benchmark has them: model errors, or 4xx and 5xx together."""
    windows = [Window("shop", name, START, END) for name in ("Current", "Next")]
    current, _ = read_live(shop.client("cloudwatch", REGION), windows)
    raw = series_of(1.0, 0)
    by_status = raw["Invocation4XXErrors"] + raw["Invocation5XXErrors"]
    assert current.frame["failed"].tolist() == np.maximum(raw["InvocationModelErrors"], by_status).tolist()
    for column, metric in (("errors_4xx", "Invocation4XXErrors"), ("errors_5xx", "Invocation5XXErrors")):
        assert current.frame[column].tolist() == raw[metric].tolist()


def test_longer_periods_are_asked_for_and_counted_as_such(shop: EmbeddedAws) -> None:
    windows = [Window("shop", "Current", START, END)]
    (minutes,), (fives,) = (
        read_live(shop.client("cloudwatch", REGION), windows, period_seconds=seconds) for seconds in (60, 300)
    )
    assert len(fives.frame) == MINUTES / 5
    assert fives.frame["requests"].sum() == pytest.approx(minutes.frame["requests"].sum())
    assert fives.frame["errors_5xx"].sum() == minutes.frame["errors_5xx"].sum()


def test_an_export_says_the_same_as_cloudwatch_itself(shop: EmbeddedAws, tmp_path: Path) -> None:
    live = run("Current", "Next", "--endpoint", "shop", *WINDOW, "--json")
    files = [exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", SLOWER, 1)]
    saved = run(*files, "--json")
    del shop
    assert saved.exit_code == live.exit_code == 0, saved.output
    assert json.loads(saved.stdout)["comparisons"] == json.loads(live.stdout)["comparisons"]


def test_a_person_reads_the_verdict_and_where_it_comes_from(tmp_path: Path) -> None:
    result = run(exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", SLOWER, 1))
    assert result.exit_code == 0
    assert "Next is worse than Current: p50 slower by +" in result.stdout
    for word in ("failed percent", "errors 5xx percent", "p99 ms", "so it is", "hold together with 95 %"):
        assert word in " ".join(result.stdout.split())


def test_without_enough_data_it_says_so_and_exits_3(shop: EmbeddedAws) -> None:
    del shop
    short = ["--start", "2026-03-01T10:00Z", "--end", "2026-03-01T10:25:00Z"]
    result = run("Current", "Next", "--endpoint", "shop", *short, "--latency", "p50", "--latency-percent", "32")
    assert result.exit_code == 3
    told = "Not enough data to tell Next from Current: p50: the difference lies about where it begins to matter"
    assert told in result.stderr


@pytest.mark.parametrize("name", ["Absent", "next"])
def test_a_variant_that_cloudwatch_knows_nothing_of_is_no_answer(shop: EmbeddedAws, name: str) -> None:
    del shop
    result = run("Current", name, "--endpoint", "shop", *WINDOW)
    assert result.exit_code == 3
    assert f"{name} cannot be compared: no data of Invocations" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Current", "Next", "--minutes", "5"], "are of an endpoint that is asked: give --endpoint"),
        (["Current", "Next", "--endpoint", "e", "--minutes", "5", *WINDOW], "--minutes and --start both say"),
        (
            ["A", "B", "--endpoint", "e", "--start", "2026-03-01T10:00Z", "--end", "2026-03-01T09:00Z"],
            "--start 2026-03-01T10:00+0000 is to be before the end",
        ),
        (["A", "B", "--endpoint", "e", "--start", "2026-03-01T10:00"], "does not match the formats"),
        (["A", "B", "--endpoint", "e", "--out", "a.html"], "--out is to end in .svg or .png, got a.html"),
        (["absent.json", "other.json"], "cannot read the benchmark absent.json"),
    ],
)
def test_what_cannot_be_done_is_told_and_exits_2(words: list[str], told: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Invocations": None}, "no data of Invocations"),
        ({"ModelLatency Sum": np.ones(MINUTES)}, "is a total over the period, not a latency"),
        ({"Invocation5XXErrors": -np.ones(MINUTES)}, "must be a number of at least 0, got -1"),
    ],
)
def test_an_export_that_tells_nothing_is_refused_with_the_remedy(
    tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    result = run(exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", 1.0, 1, **changed))
    assert result.exit_code == 2
    assert "Next cannot be compared" in result.stderr
    assert told in result.stderr
    assert "model_latency_p99" in result.stderr


def test_an_export_of_a_variant_without_traffic_is_no_answer_and_can_be_drawn(tmp_path: Path) -> None:
    none = {name: np.zeros(MINUTES) for name in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")}
    none |= {"InvocationModelErrors": None, **{f"ModelLatency p{percent}": None for percent in (50, 90, 99)}}
    files = exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", 1.0, 1, **none)
    result = run(*files, "--out", tmp_path / "a.png")
    assert result.exit_code == 3
    assert "errors: Next had no request at all" in result.stderr
    assert (tmp_path / "a.png").stat().st_size


def test_an_export_with_a_part_missing_is_named(tmp_path: Path) -> None:
    files = [exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", 1.0, 1)]
    files[1].write_text(files[1].read_text().replace('"Timestamps"', '"Times"'))
    result = run(*files)
    assert result.exit_code == 2
    assert f"{files[1]} begins like an export of CloudWatch, but a part of it is missing" in result.stderr


def test_one_variant_is_no_comparison_nor_is_one_twice(tmp_path: Path) -> None:
    file = exported(tmp_path, "Current", 1.0, 0)
    for files in ([file], [file, file]):
        result = run(*files)
        assert result.exit_code == 2
        assert "a comparison takes two variants or more" in result.stderr


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    files = [exported(tmp_path, "Current", 1.0, 0), exported(tmp_path, "Next", SLOWER, 1)]
    result = run(*files, "--out", tmp_path / "absent" / "a.png")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr


def test_a_variant_is_called_as_its_file_or_as_one_says(tmp_path: Path) -> None:
    file = exported(tmp_path, "Current", 1.0, 0)
    assert read_exported(file).name == "Current"
    assert read_exported(file, "A").name == "A"
