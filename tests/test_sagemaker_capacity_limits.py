"""The arithmetic of limits and counts: the published numbers, exactness, and that more is never less."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sagemaker_capacity import OBJECTIVES_PERCENT, instance_of, objective_between, objective_named
from sagemaker_capacity._limits import cooldown_seconds, instances_for, share_rounded_down, share_rounded_up

hundredths = st.integers(1, 10**7)


def test_the_limits_of_the_published_benchmark() -> None:
    assert share_rounded_down(9068, 55) == 4987
    assert share_rounded_up(9068, 45) == 4081


def test_the_capacities_of_the_published_benchmark() -> None:
    assert instances_for(500, 4987, 1.2) == 8
    assert instances_for(70, 4987) == 1


@pytest.mark.parametrize(
    ("tps", "per_minute", "growth", "exactly"),
    [(50, 1100, 1.1, 3), (50, 660, 1.1, 5), (100, 1100, 1.1, 6), (190, 660, 1.1, 19), (380, 660, 1.1, 38)],
)
def test_a_demand_that_divides_exactly_takes_no_instance_more_as_floats_would(
    tps: int, per_minute: int, growth: float, exactly: int
) -> None:
    assert math.ceil(tps * 60 * growth / per_minute) == exactly + 1
    assert instances_for(tps, per_minute, growth) == exactly


@pytest.mark.parametrize(("maximum", "percent", "exactly"), [(1000, 64.1, 641), (1500, 32.8, 492)])
def test_a_share_that_is_whole_loses_nothing_as_floats_would(maximum: int, percent: float, exactly: int) -> None:
    assert math.floor(maximum * percent / 100) == exactly - 1
    assert share_rounded_down(maximum, percent) == exactly


def test_a_share_that_is_whole_gains_nothing_as_floats_would() -> None:
    assert math.ceil(1000 * 16.1 / 100) == 162
    assert share_rounded_up(1000, 16.1) == 161


@given(tps=hundredths, per_minute=st.integers(1, 10**6), growth=st.integers(100, 1000))
@example(tps=5000, per_minute=1100, growth=110)
def test_so_many_instances_carry_the_demand_and_one_fewer_does_not(tps: int, per_minute: int, growth: int) -> None:
    count = instances_for(tps / 100, per_minute, growth / 100)
    demand_per_minute = tps * 60 * growth  # in ten thousandths
    assert count * per_minute * 10**4 >= demand_per_minute
    assert (count - 1) * per_minute * 10**4 < demand_per_minute


@given(maximum=hundredths, percent=st.integers(1, 10**4))
def test_a_share_is_its_floor_or_its_ceiling_exactly(maximum: int, percent: int) -> None:
    share = maximum * percent  # in millionths
    down = share_rounded_down(maximum / 100, percent / 100)
    up = share_rounded_up(maximum / 100, percent / 100)
    assert down * 10**6 <= share < (down + 1) * 10**6
    assert (up - 1) * 10**6 < share <= up * 10**6


@given(st.tuples(hundredths, hundredths), st.integers(1, 10**6), st.integers(100, 1000))
def test_more_traffic_never_takes_fewer_instances(tps: tuple[int, int], per_minute: int, growth: int) -> None:
    less, more = sorted(tps)
    assert instances_for(less / 100, per_minute, growth / 100) <= instances_for(
        more / 100, per_minute, growth / 100
    )


@given(hundredths, st.integers(1, 10**6), st.tuples(st.integers(100, 1000), st.integers(100, 1000)))
def test_more_growth_never_takes_fewer_instances(tps: int, per_minute: int, growth: tuple[int, int]) -> None:
    less, more = sorted(growth)
    assert instances_for(tps / 100, per_minute, less / 100) <= instances_for(tps / 100, per_minute, more / 100)


@given(st.integers(1, 10**6), st.tuples(st.integers(1, 10**4), st.integers(1, 10**4)), hundredths)
def test_a_higher_percent_never_gives_a_lower_target_nor_more_instances(
    maximum: int, percents: tuple[int, int], tps: int
) -> None:
    low, high = (share_rounded_down(maximum, percent / 100) for percent in sorted(percents))
    assert low <= high
    if low:
        assert instances_for(tps / 100, high) <= instances_for(tps / 100, low)


@pytest.mark.parametrize(("name", "percent"), [("availability", 40), ("balanced", 50), ("cost", 70)])
def test_an_objective_is_its_percent_with_a_band_of_five_points_either_side(name: str, percent: int) -> None:
    objective = objective_named(name)
    assert objective.name == name
    assert (objective.lower_percent, objective.target_percent, objective.upper_percent) == (
        percent - 5,
        percent,
        percent + 5,
    )


def test_there_are_three_objectives() -> None:
    assert sorted(OBJECTIVES_PERCENT) == ["availability", "balanced", "cost"]


def test_with_limits_of_ones_own_the_upper_one_is_the_target() -> None:
    objective = objective_between(45, 55)
    assert (objective.lower_percent, objective.target_percent, objective.upper_percent) == (45, 55, 55)


@pytest.mark.parametrize(("lower", "upper"), [(55, 45), (55, 55), (0, 55), (-1, 55), (45, 100.01), (45, math.nan)])
def test_limits_out_of_order_or_range_are_refused(lower: float, upper: float) -> None:
    with pytest.raises(ValueError, match="0 < lower < upper <= 100"):
        objective_between(lower, upper)


def test_the_vcpus_of_a_type_come_from_the_dated_table_with_its_source() -> None:
    instance = instance_of("ml.c5.large")
    assert instance.vcpus == 2
    assert "DescribeInstanceTypes" in instance.vcpus_source
    assert instance.vcpus_source[-10:].count("-") == 2


def test_vcpus_that_are_given_go_before_the_table() -> None:
    instance = instance_of("ml.c5.large", 4)
    assert (instance.vcpus, instance.vcpus_source) == (4, "given")


def test_a_price_that_is_given_stands_with_its_source_and_none_without() -> None:
    priced = instance_of("ml.c5.large", price_usd_per_hour=0.102)
    assert (priced.price_usd_per_hour, priced.price_source) == (0.102, "given")
    assert instance_of("ml.zz9.large", 2, 0.102).price_source == "given"
    unpriced = instance_of("ml.c5.large")
    assert (unpriced.price_usd_per_hour, unpriced.price_source) == (None, None)
    with pytest.raises(ValueError, match="price_usd_per_hour must be above 0 and finite, got -1"):
        instance_of("ml.c5.large", price_usd_per_hour=-1)


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_a_longer_start_up_never_shortens_a_cooldown_and_none_is_shorter_than_the_default(
    one: int, other: int
) -> None:
    shorter, longer = sorted((one, other))
    assert 300 == cooldown_seconds(None) <= cooldown_seconds(shorter) <= cooldown_seconds(longer)
    assert cooldown_seconds(longer) in (300, longer)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ml.zz9.large", "--vcpus"),
        ("ml.t3.medium", "burstable"),
        ("ml.t99.huge", "burstable"),
        ("c5.large", "looks like ml.c5.large"),
        ("", "looks like ml.c5.large"),
    ],
)
def test_vcpus_are_never_guessed(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        instance_of(name)


def test_trainium_is_in_the_table() -> None:
    assert instance_of("ml.trn1.2xlarge").vcpus == 8
