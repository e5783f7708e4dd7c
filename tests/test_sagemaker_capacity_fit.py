"""How much load one instance sustains: laws over load tests whose saturation is known."""

from __future__ import annotations

from dataclasses import astuple, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_capacity.fitting import (
    ClosedLatency,
    ClosedQueue,
    Criteria,
    LoadTable,
    LoadTableError,
    NoFitError,
    OpenLatency,
    Resampled,
    Saturation,
    find_saturation,
    fit_load_table,
    load_table,
    resample,
)

CAPACITY_PER_MINUTE = 9000.0
NOISE = 0.02
LATENCY = OpenLatency(CAPACITY_PER_MINUTE, base=10.0, wait=3.0, servers=2.0)
FEW = 40  # resamples: enough for laws, which hold of any number

Columns = dict[str, np.ndarray]


def requests(top: float = 1.4, minutes: int = 40) -> Columns:
    """A ramp of requests per minute to so many times the capacity; past it requests are refused after a second."""
    rng = np.random.default_rng(7)
    load = np.linspace(0.05, top, minutes) * CAPACITY_PER_MINUTE
    within = load < CAPACITY_PER_MINUTE * 0.999
    latency = np.where(within, LATENCY.latency_at(np.where(within, load, 1)), 1000)
    noisy = np.exp(NOISE * rng.standard_normal((2, minutes)))
    answers = np.minimum(load, CAPACITY_PER_MINUTE)
    return {"load": load, "throughput": answers * noisy[0], "latency": latency * noisy[1], "errors": load - answers}


def users(top: float = 60, rows: int = 30) -> Columns:
    """A ramp of users, of whom 20 keep the station busy."""
    rng = np.random.default_rng(8)
    load = np.round(np.linspace(1, top, rows))
    throughput = ClosedQueue(6000, 20, 20).throughput_at(load)
    latency = ClosedLatency(20, 10, 10, 20).latency_at(load)
    noisy = np.exp(NOISE * rng.standard_normal((2, rows)))
    return {"load": load, "throughput": throughput * noisy[0], "latency": latency * noisy[1]}


def table_of(columns: Columns, *names: str) -> LoadTable:
    return load_table(**{name: columns[name] for name in ("load", "throughput", *names)})


def resampled(table: LoadTable, seed: int = 0) -> Resampled:
    return resample(fit_load_table(table), np.random.default_rng(seed), resamples=FEW)


def saturation(table: LoadTable, criteria: Criteria = Criteria()) -> Saturation:  # noqa: B008  # it is frozen
    return find_saturation(resampled(table), criteria)


@cache
def measured(names: tuple[str, ...], closed: bool) -> Resampled:  # noqa: FBT001
    return resampled(table_of(users() if closed else requests(), *names))


def named(found: Saturation) -> tuple[float, float, tuple[float, float]]:
    assert found.load is not None
    assert found.throughput is not None
    assert found.throughput_interval is not None
    return found.load, found.throughput, found.throughput_interval


def test_a_rate_saturates_at_the_capacity() -> None:
    found = saturation(table_of(requests()))
    load, throughput, (low, high) = named(found)
    assert found.limit == "throughput"
    assert load == pytest.approx(CAPACITY_PER_MINUTE, rel=0.02)
    assert throughput == pytest.approx(CAPACITY_PER_MINUTE, rel=0.02)
    assert low < CAPACITY_PER_MINUTE < high
    assert found.at_least_throughput == low


def test_a_rate_saturates_where_its_latency_leaves_the_objective() -> None:
    truth = 0.8 * CAPACITY_PER_MINUTE
    found = saturation(table_of(requests(), "latency"), Criteria(float(LATENCY.latency_at(np.asarray(truth)))))
    load, _, (low, high) = named(found)
    assert found.limit == "latency"
    assert load == pytest.approx(truth, rel=0.03)
    assert low < truth < high


def test_a_rate_saturates_where_requests_begin_to_fail() -> None:
    found = saturation(table_of(requests(), "errors"), Criteria(error_share=0.01))
    load, _, _ = named(found)
    assert load == pytest.approx(CAPACITY_PER_MINUTE / 0.99, rel=0.03)


def test_users_saturate_where_one_more_brings_no_more() -> None:
    found = saturation(table_of(users()))
    load, throughput, (low, high) = named(found)
    assert (load, throughput) == (pytest.approx(20, rel=0.05), pytest.approx(6000, rel=0.02))
    assert low < 6000 < high


def test_users_saturate_where_their_latency_leaves_the_objective() -> None:
    truth = ClosedLatency(20, 10, 10, 20).latency_at(np.asarray(12.0))
    load, throughput, _ = named(saturation(table_of(users(), "latency"), Criteria(float(truth))))
    assert load == pytest.approx(12, rel=0.05)
    assert throughput == pytest.approx(float(ClosedQueue(6000, 20, 20).throughput_at(np.asarray(12.0))), rel=0.05)


@settings(deadline=None)  # the first example fits
@given(st.lists(st.floats(5, 500), min_size=2, max_size=2).map(sorted), st.booleans())
def test_a_tighter_latency_never_gives_a_higher_saturation(latencies: list[float], closed: bool) -> None:  # noqa: FBT001
    tight, loose = (find_saturation(measured(("latency",), closed), Criteria(latency)) for latency in latencies)
    assert (tight.at_least_load or 0) <= (loose.at_least_load or 0)
    assert (tight.at_least_throughput or 0) <= (loose.at_least_throughput or 0) * (1 + 1e-9)
    if tight.load is not None and loose.load is not None:
        assert tight.load <= loose.load
        assert (tight.throughput or 0) <= (loose.throughput or 0)


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.5), min_size=2, max_size=2).map(sorted))
def test_a_tighter_share_of_errors_never_gives_a_higher_saturation(shares: list[float]) -> None:
    both = (find_saturation(measured(("errors",), closed=False), Criteria(error_share=share)) for share in shares)
    tight, loose = (found.load or 0 for found in both)
    assert tight <= loose


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_matters(random: object) -> None:
    columns = requests()
    order = np.random.default_rng(random.getrandbits(32)).permutation(len(columns["load"]))  # type: ignore[attr-defined]
    shuffled = {name: column[order] for name, column in columns.items()}
    names = ("latency", "errors")
    one, other = (saturation(table_of(c, *names), Criteria(20)) for c in (columns, shuffled))
    assert one == other


def test_equal_seeds_give_equal_answers_and_others_other_intervals() -> None:
    table = table_of(requests(), "latency")
    first, again, other = (find_saturation(resampled(table, seed), Criteria(20)) for seed in (1, 1, 2))
    assert first == again
    assert first.load == other.load
    assert first.load_interval != other.load_interval


@pytest.mark.parametrize("unit", [1 / 60, 1000])
def test_the_units_do_not_matter(unit: float) -> None:
    columns = requests()
    scaled = {name: column * (1 if name == "latency" else unit) for name, column in columns.items()}
    scaled["latency"] = columns["latency"] / 1000  # seconds, too
    one = named(saturation(table_of(columns, "latency", "errors"), Criteria(20)))
    other = named(saturation(table_of(scaled, "latency", "errors"), Criteria(20 / 1000)))
    assert np.array(other[:2]) / unit == pytest.approx(np.array(one[:2]), rel=1e-3)
    assert np.array(other[2]) / unit == pytest.approx(np.array(one[2]), rel=0.01)


@pytest.mark.parametrize("top", [0.3, 0.6, 0.85])
@pytest.mark.parametrize("names", [(), ("latency",), ("latency", "errors")])
def test_a_benchmark_that_never_saturated_answers_at_least_and_no_more_than_it_measured(
    top: float, names: tuple[str, ...]
) -> None:
    columns = requests(top)
    found = saturation(table_of(columns, *names), Criteria(500 if "latency" in names else None))
    assert found.load is None
    assert found.throughput is None
    assert found.at_least_load == np.sort(columns["load"])[-3]
    assert found.at_least_throughput is not None
    assert found.at_least_throughput <= columns["load"].max()
    assert "never saturated" in found.reasons[0]


def test_what_one_row_reached_is_not_sustained() -> None:
    columns = requests(0.6)
    columns["load"][-1] *= 2
    columns["throughput"][-1] *= 2
    found = saturation(table_of(columns))
    assert found.at_least_load == columns["load"][-3]
    assert saturation(table_of(columns), Criteria(sustained_rows=1)).at_least_load == columns["load"][-1]


@pytest.mark.parametrize("factor", [0.3, 3])
def test_one_disturbed_row_hardly_moves_the_saturation(factor: float) -> None:
    columns = requests()
    before = named(saturation(table_of(columns, "latency"), Criteria(20)))
    columns["throughput"][15] *= factor
    columns["latency"][18] *= factor
    after = named(saturation(table_of(columns, "latency"), Criteria(20)))
    assert after[0] == pytest.approx(before[0], rel=0.02)


def test_a_burst_of_errors_in_one_row_is_no_saturation() -> None:
    columns = requests()
    quiet = saturation(table_of(columns, "errors"))
    columns["errors"][10] = columns["load"][10] / 2
    assert saturation(table_of(columns, "errors")) == quiet


def test_an_objective_that_no_load_meets_has_no_answer() -> None:
    found = saturation(table_of(requests(), "latency"), Criteria(5))
    assert astuple(found)[1:-1] == (None,) * 6
    assert found.reasons == ("the latency is above 5 at the lightest load measured, 450.",)


def test_requests_that_fail_at_any_load_have_no_answer() -> None:
    columns = requests()
    columns["errors"] = columns["throughput"] / 10
    found = saturation(table_of(columns, "errors"))
    assert found.at_least_load is None
    assert "fail at the lightest load" in found.reasons[0]


def test_few_latencies_have_no_answer() -> None:
    columns = requests()
    columns["latency"][5:] = np.nan
    found = saturation(table_of(columns, "latency"), Criteria(20))
    assert found.at_least_load is None
    assert "too few rows" in found.reasons[0]


@pytest.mark.parametrize("loads", [0, 1, 3])
def test_few_loads_support_no_curve(loads: int) -> None:
    columns = {
        name: column[:loads].repeat(3) * (1 + np.arange(loads * 3) % 3 * (name == "throughput"))
        for name, column in requests().items()
    }
    with pytest.raises(NoFitError, match=f"at least 4 different loads in 6 rows; got {loads} in {loads * 3}"):
        fit_load_table(table_of(columns))


def test_a_load_test_without_an_answer_supports_no_curve() -> None:
    columns = requests() | {"throughput": np.zeros(40), "errors": np.ones(40)}
    with pytest.raises(NoFitError, match="no request was answered"):
        fit_load_table(table_of(columns, "errors"))


def test_a_latency_to_be_kept_must_have_been_measured() -> None:
    with pytest.raises(ValueError, match="none was measured: add its column"):
        find_saturation(measured((), closed=False), Criteria(20))


def test_a_row_that_is_there_twice_counts_once_and_is_told() -> None:
    columns = requests()
    table = table_of(columns, "latency")
    twice = {name: np.append(column, column[3]) for name, column in columns.items()}
    repeated = table_of(twice, "latency")
    assert repeated.notes == ("row 41 is the same as row 4: it counts once.",)
    assert saturation(repeated, Criteria(20)) == saturation(table, Criteria(20))


def test_rows_in_which_nothing_happened_are_left_out_and_told() -> None:
    columns = {name: np.append(column, [0.0, 0.0]) for name, column in requests().items()}
    columns["load"][-1] = 100
    table = table_of(columns, "latency")
    assert len(table.load) == 40
    assert table.notes == ("Without load, or neither answered nor failed, and so left out: row 41, row 42.",)


def test_all_faults_of_a_table_are_told_at_once() -> None:
    with pytest.raises(LoadTableError) as told:
        load_table([1, -2, 3], [1, 2, float("inf")], latency=[1, 2])
    assert str(told.value) == (
        "latency has 2 rows and load has 3; "
        "row 2: load must be a number of at least 0, got -2.0; "
        "row 3: throughput must be a number of at least 0, got inf"
    )


def test_all_faults_of_the_criteria_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"latency .* got -1; .*errors .* got 1; .*rows .* got 0"):
        Criteria(latency=-1, error_share=1, sustained_rows=0)


def test_the_curves_know_nothing_of_the_criteria() -> None:
    draws = measured(("latency",), closed=False)
    assert find_saturation(draws, Criteria(20)) == find_saturation(replace(draws), Criteria(20))
    assert draws.fit.curves.throughput.supported == "queue"
