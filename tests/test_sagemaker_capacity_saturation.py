"""How much one instance carries within a service level: laws over any benchmark, and the recorded one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity import Benchmark, ServiceLevel, highest_rate_within, read_benchmark
from sagemaker_capacity._saturation import default_slo_latency_ms, light_load_latency_ms

RECORDED = read_benchmark(Path(__file__).parents[1] / "plans/xgboost/benchmark.csv")

Row = tuple[int, int | None, int | None]
rates = st.integers(0, 500)
rows = st.lists(
    st.tuples(rates, st.none() | st.integers(1, 50), st.none() | st.integers(0, 20)), min_size=1, max_size=12
)


def benchmark_of(minutes: list[Row]) -> Benchmark:
    frame = pd.DataFrame(minutes, columns=["invocations_per_minute", "p95", "errors_per_minute"], dtype=float)
    frame.insert(0, "time_utc", pd.date_range("2026-01-01", periods=len(minutes), freq="min", tz="UTC"))
    return Benchmark("load.csv", "", frame, ("p95",), ())


def within(latency_ms: float, error_percent: float = 1, statistic: str = "p95") -> ServiceLevel:
    return ServiceLevel(latency_ms, statistic, error_percent, given=True)


@given(rows, st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_a_tighter_latency_never_gives_a_higher_rate(minutes: list[Row], latencies: tuple[int, int]) -> None:
    benchmark = benchmark_of(minutes)
    tight, loose = (highest_rate_within(benchmark, within(ms)).per_minute or 0 for ms in sorted(latencies))
    assert tight <= loose


@given(rows, st.tuples(st.integers(0, 100), st.integers(0, 100)))
def test_a_tighter_share_of_errors_never_gives_a_higher_rate(minutes: list[Row], shares: tuple[int, int]) -> None:
    benchmark = benchmark_of(minutes)
    tight, loose = (highest_rate_within(benchmark, within(30, share)).per_minute or 0 for share in sorted(shares))
    assert tight <= loose


@given(rows.flatmap(lambda minutes: st.tuples(st.just(minutes), st.permutations(minutes))), st.integers(1, 60))
def test_the_order_of_the_minutes_never_matters(orders: tuple[list[Row], list[Row]], ms: int) -> None:
    one, other = (highest_rate_within(benchmark_of(minutes), within(ms)) for minutes in orders)
    assert one == other


@given(rows, st.integers(1, 60))
def test_the_answer_was_measured_within_the_level_and_no_loaded_minute_up_to_it_left_the_level(
    minutes: list[Row], ms: int
) -> None:
    rate = highest_rate_within(benchmark_of(minutes), within(ms)).per_minute
    half = max(r for r, _, _ in minutes) / 2
    measured = [(r, latency <= ms and (errors or 0) * 100 <= r) for r, latency, errors in minutes if latency and r]
    if rate is None:
        assert not [r for r, good in measured if good and all(r < bad for bad in outside(measured, half))]
    else:
        assert (rate, True) in measured
        assert all(rate < bad for bad in outside(measured, half))


def outside(measured: list[tuple[int, bool]], half: float) -> list[int]:
    return [rate for rate, good in measured if not good and rate > half]


@given(rows)
def test_a_benchmark_that_never_left_the_level_gives_a_lower_bound_the_highest_rate_measured(
    minutes: list[Row],
) -> None:
    found = highest_rate_within(benchmark_of(minutes), within(50, 100 * 20))
    measured = [rate for rate, latency, _ in minutes if latency and rate]
    assert found.is_lower_bound
    assert found.per_minute == max(measured, default=None)


def test_no_minute_within_the_level_is_no_rate() -> None:
    found = highest_rate_within(benchmark_of([(100, 40, None), (200, 50, None)]), within(30))
    assert found.per_minute is None


@pytest.mark.parametrize(
    ("slo_ms", "rate"),
    [(10.1, None), (11.3, 6428), (17.59, 6428), (17.6, 8433), (22.6, 8433), (45.2, 8949), (47.9, 9068)],
)
def test_the_recorded_benchmark_held_to_a_mean_latency(slo_ms: float, rate: float | None) -> None:
    assert highest_rate_within(RECORDED, within(slo_ms, statistic="mean")).per_minute == rate


def test_the_recorded_benchmark_carries_8433_within_twice_its_latency_under_light_load() -> None:
    assert light_load_latency_ms(RECORDED, "mean") == 11.3
    slo_ms = default_slo_latency_ms(RECORDED, "mean")
    assert slo_ms == 22.6
    found = highest_rate_within(RECORDED, within(slo_ms, statistic="mean"))
    assert (found.per_minute, found.is_lower_bound) == (8433, False)


def test_a_slow_minute_under_light_load_is_a_cold_start_not_saturation() -> None:
    minutes: list[Row] = [(10, 400, 0), (500, 10, 0), (1000, 12, 0), (1100, 90, 0)]
    found = highest_rate_within(benchmark_of(minutes), within(20))
    assert (found.per_minute, found.is_lower_bound) == (1000, False)


def test_a_slow_minute_under_load_ends_the_level_for_all_rates_above() -> None:
    minutes: list[Row] = [(700, 10, 0), (800, 90, 0), (1000, 12, 0)]
    assert highest_rate_within(benchmark_of(minutes), within(20)).per_minute == 700


@pytest.mark.parametrize(("errors", "rate"), [(0, 1000), (10, 1000), (11, 900)])
def test_errors_over_their_share_end_the_level_though_the_latency_holds(errors: int, rate: int) -> None:
    minutes: list[Row] = [(900, 10, 9), (1000, 10, errors)]
    assert highest_rate_within(benchmark_of(minutes), within(20)).per_minute == rate


def test_no_minute_under_light_load_gives_no_latency_to_double() -> None:
    assert default_slo_latency_ms(benchmark_of([(900, 10, 0), (1000, 12, 0)]), "p95") is None
    assert default_slo_latency_ms(benchmark_of([(100, None, 0), (1000, 12, 0)]), "p95") is None
