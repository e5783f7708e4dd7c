"""The curves of the report: where the minutes are, as sure as they say, and none where none can be fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pytest
from report_plans import planned

from sagemaker_capacity import Benchmark, read_benchmark
from sagemaker_capacity.html_report import Fitted, fitted, image, page
from sagemaker_capacity.html_report._panels import panels
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from sagemaker_capacity.html_report._fitted import Band
    from sagemaker_capacity.html_report._panels import Panel

BASE_MS, CAPACITY = 10.0, 6000.0


def true_ms(load: np.ndarray) -> np.ndarray:
    """The mean time in M/M/1."""
    return BASE_MS / (1 - load / CAPACITY)


def queue(folder: Path, *, turned: bool = False) -> Benchmark:
    """An instance that is a queue of one server, measured with noise of 5 %."""
    rng = np.random.default_rng(3)
    load = np.linspace(0.05, 0.97, 40) * CAPACITY
    latency = true_ms(load) * rng.normal(1, 0.05, 40)
    rows = [f"2026-01-01T10:{i:02}:00Z,{x:.0f},{y:.4f}" for i, (x, y) in enumerate(zip(load, latency, strict=True))]
    file = folder / f"queue-{turned}.csv"
    file.write_text("\n".join(["time_utc,invocations_per_minute,latency_mean_ms", *rows[:: -1 if turned else 1]]))
    return read_benchmark(file)


@pytest.fixture(scope="module")
def of_a_queue(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fitted(queue(tmp_path_factory.mktemp("queue")), "mean")


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def plan(plan_file: Path) -> CapacityPlan:
    read: CapacityPlan = CapacityPlan.read(plan_file)
    return read


@pytest.fixture(scope="module")
def benchmark(plan_file: Path, plan: CapacityPlan) -> Benchmark:
    return read_benchmark(plan_file.parent / plan.evidence.source)


@pytest.fixture(scope="module")
def curves(benchmark: Benchmark) -> Fitted:
    return fitted(benchmark, "p99")


def by_key(benchmark: Benchmark, plan: CapacityPlan, curves: Fitted) -> dict[str, Panel]:
    return {panel.key: panel for panel in panels(benchmark, plan, curves)}


def ends_of(band: Band) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(band.line), np.array(band.low), np.array(band.high)


def test_the_band_covers_the_queue_that_was_measured(of_a_queue: Fitted) -> None:
    latency = of_a_queue.latency
    assert latency is not None
    line, low, high = ends_of(latency)
    load, truth = line[:, 0], true_ms(line[:, 0])
    covered = (low[:, 1] <= truth) & (truth <= high[:, 1])
    assert covered.mean() > 0.9
    assert np.all(low[:, 1] <= high[:, 1])
    assert line[:, 1] == pytest.approx(truth, rel=0.1)
    assert load.max() <= 0.97 * CAPACITY  # no further than measured


def test_throughput_is_the_latency_turned_over_by_little_s_law(of_a_queue: Fitted) -> None:
    found = of_a_queue
    assert found.latency is not None
    assert found.throughput is not None
    for (load, mean_ms), (in_flight, rate) in zip(found.latency.line, found.throughput.line, strict=True):
        assert rate == load
        assert in_flight * 60_000 == pytest.approx(rate * mean_ms)


def test_neither_the_order_of_the_rows_nor_a_second_run_changes_a_curve(tmp_path: Path, of_a_queue: Fitted) -> None:
    assert fitted(queue(tmp_path, turned=True), "mean") == of_a_queue
    assert fitted(queue(tmp_path), "mean", seed=1) != of_a_queue


def test_each_curve_goes_through_its_panel_s_own_minutes(
    benchmark: Benchmark, plan: CapacityPlan, curves: Fitted
) -> None:
    shown = by_key(benchmark, plan, curves)
    assert {key for key, panel in shown.items() if panel.fit} == {"throughput", "latency", "errors"}
    for key, series in (("throughput", 0), ("latency", -1)):
        panel = shown[key]
        assert panel.fit is not None
        x, y = np.array(panel.fit.line).T
        for at, measured in panel.series[series].points:
            if x[0] <= at <= x[-1] * 0.9:
                assert np.interp(at, x, y) == pytest.approx(measured, rel=0.05)


def test_users_who_think_are_no_requests_in_flight(
    benchmark: Benchmark, plan: CapacityPlan, curves: Fitted
) -> None:
    users = benchmark.frame.assign(users=benchmark.frame["invocations_per_minute"] / 50)
    assert by_key(replace(benchmark, frame=users), plan, curves)["throughput"].fit is None


def test_the_distribution_is_the_median_of_the_minutes_at_each_load(
    benchmark: Benchmark, plan: CapacityPlan, curves: Fitted
) -> None:
    panel = by_key(benchmark, plan, curves)["distribution"]
    frame = benchmark.frame
    maximum = frame["invocations_per_minute"].max()
    assert [series.name for series in panel.series] == ["to 50 %", "to 90 %", "above"]
    for series, (least, most) in zip(panel.series, ((0, 0.5), (0.5, 0.9), (0.9, 1)), strict=True):
        minutes = frame[frame["invocations_per_minute"].between(maximum * least, maximum * most, inclusive="right")]
        assert [ms for _, ms in series.points] == [median(minutes["p95"]), median(minutes["p99"])]
    places = [at for at, _ in panel.x_ticks]
    assert [label for _, label in panel.x_ticks] == ["p95", "p99"]
    assert places[1] - places[0] == pytest.approx(np.log10(5))  # a fifth of the requests of p95 are beyond p99
    assert panel.load_axis is None


def test_few_loads_make_no_curve_and_the_page_says_so(plan: CapacityPlan, benchmark: Benchmark) -> None:
    few = fitted(replace(benchmark, frame=benchmark.frame[:5]), "p99")
    assert (few.throughput, few.latency, few.errors) == (None, None, None)
    html = page(plan, benchmark, "a model", fitted=few)
    assert "No curve is drawn: a curve takes at least 4 different loads in 6 rows; got 5 in 5." in html
    assert 'class="fit"' not in html


def test_the_page_and_the_picture_show_the_curves(plan: CapacityPlan, benchmark: Benchmark, curves: Fitted) -> None:
    html = page(plan, benchmark, "a model", fitted=curves)
    assert html.count('<path class="fit"') == html.count('<path class="fit-band"') == 3
    assert "fit and its 95 % band" in html
    assert curves.says in html
    drawing = image(plan, benchmark, "a model", "svg", curves).decode()
    assert "fit's 95 % band" in drawing
    assert "fit's 95 % band" not in image(plan, benchmark, "a model", "svg").decode()
