"""When a benchmark first reached a limit: one search for each, in any order of limits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity._benchmark import INVOCATIONS, TIME, Benchmark, read_benchmark
from sagemaker_capacity.planning._crossings import first_reached

RATES = st.lists(st.integers(0, 10_000), min_size=1, max_size=30)
RECORDED = Path(__file__).parent.parent / "plans" / "xgboost" / "benchmark.csv"


def benchmark_of(rates: list[int], start: str | None = "2026-01-31T09:00Z") -> Benchmark:
    times = pd.date_range(start, periods=len(rates), freq="min") if start else [pd.NaT] * len(rates)
    return Benchmark("b", "0" * 64, pd.DataFrame({TIME: times, INVOCATIONS: rates}), (), ())


def test_the_recorded_benchmark_enters_its_band_at_23_36_and_leaves_it_at_23_37() -> None:
    recorded = read_benchmark(RECORDED)
    assert [first_reached(recorded, limit) for limit in (4081, 4987)] == [
        pd.Timestamp("2022-12-09T23:36Z"),
        pd.Timestamp("2022-12-09T23:37Z"),
    ]


def test_both_limits_are_found_where_one_minute_jumps_over_both() -> None:
    jumped = benchmark_of([10, 9000, 9068])
    assert first_reached(jumped, 4081) == first_reached(jumped, 4987) == pd.Timestamp("2026-01-31T09:01Z")


@given(RATES, st.integers(1, 10_000), st.integers(0, 5_000))
def test_a_lower_limit_is_never_reached_later(rates: list[int], lower: int, more: int) -> None:
    measured = benchmark_of(rates)
    entered, left = first_reached(measured, lower), first_reached(measured, lower + more)
    assert (left is None) == (max(rates) < lower + more)
    assert left is None or (entered is not None and entered <= left)


@given(RATES, st.integers(1, 10_000))
def test_every_minute_before_carried_less(rates: list[int], limit: int) -> None:
    measured = benchmark_of(rates)
    found = first_reached(measured, limit)
    before = measured.frame if found is None else measured.frame[measured.frame[TIME] < found]
    assert (before[INVOCATIONS] < limit).all()


def test_levels_of_load_without_times_tell_no_minute() -> None:
    assert first_reached(benchmark_of([10, 20], start=None), 15) is None
