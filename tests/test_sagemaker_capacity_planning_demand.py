"""What is asked of a plan beside the peak: shares of the traffic, redundancy, ramps, requests in flight."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_capacity import (
    NoAnswerError,
    Request,
    instance_of,
    make_plan,
    objective_between,
    objective_named,
    read_benchmark,
)
from sagemaker_capacity_plan import CapacityPlan, Demand

RECORDED = read_benchmark(Path(__file__).parents[1] / "plans/xgboost/benchmark.csv")
REQUEST = Request(instance_of("ml.c5.large"), objective_between(45, 55), Demand(500, 70, 1.2, ()))
TARGET = 4987


def planned(**asked: Any) -> CapacityPlan:  # noqa: ANN401 - a Request's fields
    return make_plan(RECORDED, replace(REQUEST, **asked), source="benchmark.csv")


def demanded(**asked: Any) -> CapacityPlan:  # noqa: ANN401 - a Demand's fields
    return planned(demand=replace(REQUEST.demand, **asked))


def said(plan: CapacityPlan) -> str:
    return "\n".join([*plan.reasons, *plan.warnings])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.333333, 1])
def test_a_variant_is_planned_for_its_share_and_for_all_if_it_may_take_all(share: float) -> None:
    part, whole = demanded(traffic_share=share), demanded(traffic_share=share, may_take_all_traffic=True)
    of = Fraction(str(share))
    assert part.scaling.max_capacity == math.ceil(500 * 60 * Fraction("1.2") * of / TARGET)
    assert part.scaling.min_capacity == math.ceil(70 * 60 * of / TARGET)
    assert whole.scaling == demanded().scaling
    assert whole.saturation == demanded().saturation
    assert ("--may-take-all-traffic" in said(part)) == (share < 1)
    assert "--may-take-all-traffic" not in said(whole)


@given(st.lists(st.integers(1, 99), min_size=1, max_size=4))
@settings(deadline=None, max_examples=10)
def test_shares_that_are_all_the_traffic_carry_it_together(parts: list[int]) -> None:
    whole = sum(parts)
    shares = [round(part / whole, 6) for part in parts]
    together = sum(demanded(traffic_share=share).scaling.max_capacity for share in shares)
    assert together >= 500 * 60 * Fraction("1.2") * sum(map(Fraction, map(str, shares))) / TARGET


@pytest.mark.parametrize("least", [1, 2, 20])
def test_redundancy_is_a_floor_of_every_capacity(least: int) -> None:
    plan = demanded(min_instances=least)
    assert plan.scaling.min_capacity == least
    assert plan.scaling.max_capacity == max(8, least)
    assert ("no redundancy" in said(plan)) == (least == 1)
    assert ("has anything to scale" in said(plan)) == (least == 20)


def test_the_steepest_ramp_makes_the_least_step() -> None:
    for ramp, least in ((None, 1), (1, 1), (20, 2), (200, 13)):
        (step_out,) = demanded(ramp_tps_per_minute=ramp).scaling.step_scaling
        assert step_out.min_adjustment_magnitude == least
        if ramp:
            assert least == math.ceil(Fraction(ramp) * 300 / 60 * 60 / TARGET)
    slow = planned(demand=replace(REQUEST.demand, ramp_tps_per_minute=20), start_up_seconds=900)
    assert slow.scaling.step_scaling[0].min_adjustment_magnitude == 4


def test_a_ramp_that_nothing_hurries_for_is_warned_of() -> None:
    plan = planned(demand=replace(REQUEST.demand, ramp_tps_per_minute=20), slo_latency_ms=500)
    assert plan.scaling.step_scaling == ()
    assert "Nothing hurries for the ramp of 20 TPS a minute" in said(plan)


def test_the_concurrency_target_is_littles_law_at_the_target() -> None:
    assert planned().scaling.concurrency is None
    plan = planned(concurrency=True)
    assert plan.scaling.concurrency is not None
    # 4164 a minute take 11.3 ms, 5061 take 11.0: between them at the target, and L = lambda W.
    mean_ms = 11.3 + (TARGET - 4164) / (5061 - 4164) * (11.0 - 11.3)
    assert plan.scaling.concurrency.target_per_model == math.floor(TARGET / 60_000 * mean_ms * 100) / 100
    assert "below one request in flight" in said(plan)


def test_concurrency_without_a_mean_latency_is_refused() -> None:
    frame: pd.DataFrame = RECORDED.frame.rename(columns={"mean": "p95"})
    benchmark = replace(RECORDED, frame=frame, latency_statistics=("p95",))
    with pytest.raises(ValueError, match=r"Little's law knows no percentile.*has p95: add latency_mean_ms"):
        make_plan(benchmark, replace(REQUEST, concurrency=True), source="benchmark.csv")


def test_the_share_may_be_of_what_is_surely_sustained() -> None:
    plan = planned(objective=objective_named("balanced", "saturation"))
    least = plan.saturation.least_invocations_per_minute
    assert least is not None
    assert plan.scaling.invocations is not None
    assert plan.scaling.invocations.target_per_instance_per_minute == math.floor(least / 2)
    assert plan.limits.max_invocations_per_minute == 9068
    assert plan.limits.upper_invocations_per_minute == math.floor(Fraction(str(least)) * 55 / 100)
    assert "surely sustains within the SLO, not of the 9068" in said(plan)


@given(st.lists(st.floats(5, 80), min_size=2, max_size=3))
@settings(deadline=None, max_examples=20)
def test_a_tighter_slo_never_has_a_higher_target_nor_fewer_instances(slos_ms: list[float]) -> None:
    request = replace(REQUEST, objective=objective_named("cost", "saturation"))
    plans = []
    for slo_ms in sorted(slos_ms):
        try:
            plans.append(make_plan(RECORDED, replace(request, slo_latency_ms=round(slo_ms, 3)), source="b.csv"))
        except NoAnswerError:
            assert plans == [], "what a tighter SLO allows, a looser one does"
    targets = [plan.scaling.invocations.target_per_instance_per_minute for plan in plans]
    assert targets == sorted(targets)
    most = [plan.scaling.max_capacity for plan in plans]
    assert most == sorted(most, reverse=True)


@given(st.lists(st.floats(1, 2000), min_size=2, max_size=5), st.sampled_from(["peak_tps", "growth", "min_tps"]))
@settings(deadline=None, max_examples=15)
def test_more_traffic_never_has_fewer_instances(amounts: list[float], which: str) -> None:
    demand = Demand(2000, 0, 1, ())
    plans = [planned(demand=replace(demand, **{which: round(amount, 3)})) for amount in sorted(amounts)]
    for counts in ([plan.scaling.min_capacity for plan in plans], [plan.scaling.max_capacity for plan in plans]):
        assert counts == sorted(counts)


def test_an_objective_of_a_saturation_that_is_not_known_has_no_answer() -> None:
    with pytest.raises(
        NoAnswerError, match=r"a share of what is sustained within the SLO, and the benchmark tells none"
    ):
        planned(objective=objective_named("balanced", "saturation"), slo_latency_ms=0.01)


def test_the_seed_is_kept_and_decides() -> None:
    one, other = planned(seed=1), planned(seed=1)
    assert one.to_json() == other.to_json()
    assert one.saturation.seed == 1
    assert planned(seed=2).saturation != replace(one.saturation, seed=2)


def test_more_minutes_to_sustain_never_sustain_more() -> None:
    least = [planned(sustained_minutes=minutes).saturation.least_invocations_per_minute for minutes in (1, 3, 6, 9)]
    assert least == sorted(least, reverse=True)
