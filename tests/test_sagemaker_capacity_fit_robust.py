"""Load tests as they come: short, long, noisy, broken off, in any unit. Each gets an answer, or reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sagemaker_capacity.fitting import (
    Criteria,
    LoadTable,
    NoFitError,
    Saturation,
    find_saturation,
    fit_load_table,
    load_table,
    resample,
)
from sagemaker_capacity.fitting._errors import ErrorShares, LossFit
from sagemaker_capacity.fitting._queue import Loss

CAPACITY = 1000.0
ROWS = 40
LOAD = np.linspace(0.05, 1.5, ROWS) * CAPACITY
FEW = 40  # resamples


def noisy(column: np.ndarray, noise: float, seed: int = 3) -> np.ndarray:
    varied: np.ndarray = column * np.exp(noise * np.random.default_rng(seed).standard_normal(len(column)))
    return varied


def saturation(table: LoadTable, criteria: Criteria = Criteria()) -> Saturation:  # noqa: B008  # it is frozen
    return find_saturation(resample(fit_load_table(table), np.random.default_rng(0), resamples=FEW), criteria)


@pytest.mark.parametrize("left", [0.02, 0.3, 0.5])
def test_an_instance_that_collapses_under_overload_saturates_before(left: float) -> None:
    answered = np.where(LOAD > CAPACITY, CAPACITY * left, LOAD)
    found = saturation(load_table(LOAD.tolist(), noisy(answered, 0.02).tolist()))
    assert found.limit == "throughput"
    assert found.load is not None
    assert found.throughput is not None
    assert 0.9 * CAPACITY < found.load <= CAPACITY
    assert 0.9 * CAPACITY < found.throughput <= 1.03 * CAPACITY


def test_a_collapse_tells_the_same_of_a_test_that_stopped_before_it() -> None:
    # Without the rows past the knee a line is all there is: the highest load is then a bound and no saturation.
    kept = LOAD <= CAPACITY
    found = saturation(load_table(LOAD[kept].tolist(), LOAD[kept].tolist()))
    assert found.load is None
    assert found.at_least_load == LOAD[kept][-3]


def test_errors_that_set_in_as_a_queue_overflows_follow_its_loss() -> None:
    loss, load = Loss(knee_load=CAPACITY, room=10, background=0.0005), np.linspace(0.05, 1.3, 90) * CAPACITY
    lost = noisy(loss.share_at(load), 0.5)
    fit = fit_load_table(load_table(load.tolist(), (load * (1 - lost)).tolist(), errors=(load * lost).tolist()))
    assert isinstance(fit.curves.errors, LossFit)
    assert fit.curves.errors.load_at(0.01) == pytest.approx(loss.load_at(0.01, 2 * CAPACITY), rel=0.05)


def test_errors_that_set_in_at_once_are_taken_as_measured() -> None:
    errors = np.where(LOAD > 0.8 * CAPACITY, 0.02, 0) * LOAD
    fit = fit_load_table(load_table(LOAD.tolist(), (LOAD - errors).tolist(), errors=errors.tolist()))
    assert isinstance(fit.curves.errors, ErrorShares)
    within, beyond = LOAD[errors == 0][-1], LOAD[errors > 0][0]
    assert within < fit.curves.errors.load_at(0.01) < beyond


def test_fewer_errors_allowed_never_mean_more_load_down_to_none() -> None:
    lost = Loss(knee_load=CAPACITY, room=25, background=1e-5).share_at(LOAD)
    table = load_table(LOAD.tolist(), (LOAD * (1 - lost)).tolist(), errors=noisy(LOAD * lost, 0.3).tolist())
    drawn = resample(fit_load_table(table), np.random.default_rng(0), resamples=FEW)
    shares = (0, 1e-6, 1e-4, 0.002, 0.003, 0.01, 0.1)
    loads = [find_saturation(drawn, Criteria(error_share=share)).at_least_load or 0 for share in shares]
    assert loads == sorted(loads)


def test_a_month_of_minutes_is_fitted_in_groups_and_says_the_same() -> None:
    load = np.linspace(50, 1500, 43_200)
    latency = 10 + 5 / (1 - np.minimum(load / CAPACITY, 0.999))
    table = load_table(
        load.tolist(), noisy(np.minimum(load, CAPACITY), 0.05).tolist(), noisy(latency, 0.1, 4).tolist()
    )
    fit = fit_load_table(table)
    assert len(fit.rows.load) <= 200
    found = find_saturation(resample(fit, np.random.default_rng(0), resamples=FEW), Criteria(30))
    assert found.load == pytest.approx(0.75 * CAPACITY, rel=0.03)


def test_rows_without_latency_count_for_no_group() -> None:
    latency = np.where(np.arange(9) % 2, 8.0, np.nan)
    grouped = load_table(list(range(1, 10)), list(range(1, 10)), latency.tolist()).in_groups(3)
    assert grouped.load.tolist() == [2, 5, 8]
    assert grouped.latency is not None
    assert grouped.latency == pytest.approx([8, 8, 8])


@pytest.mark.parametrize("unit", [1e-3, 1e9])
@pytest.mark.parametrize("noise", [0, 0.1, 2])
@pytest.mark.parametrize("rows", [5, 6, 20])
@pytest.mark.parametrize(
    "shape",
    [
        lambda load: np.minimum(load, CAPACITY),
        lambda load: 7000 * (1 - np.exp(-load / 500)),
        lambda load: np.full(len(load), 500.0),
        lambda load: 3.3 * load,
        lambda load: load / (1 + (load / 600) ** 2),
        lambda load: np.where(np.arange(len(load)) == len(load) // 2, 1e6, load),
    ],
    ids=["a rate", "users", "always the same", "a line", "a decline", "an outlier"],
)
def test_any_table_gets_a_measured_answer_or_reasons(shape: object, rows: int, noise: float, unit: float) -> None:
    load = np.linspace(0.1, 1.6, rows) * CAPACITY
    throughput = noisy(shape(load), noise)  # type: ignore[operator]  # pytest knows no type of its parameters
    for latency, errors in (
        (np.full(rows, 7.0), np.zeros(rows)),
        (noisy(10 + load / 50, noise), np.maximum(load - CAPACITY, 0)),
    ):
        columns: Sequence[np.ndarray] = (load * unit, throughput * unit, latency, errors * unit)
        table = load_table(*(column.tolist() for column in columns))
        if rows < 6:
            with pytest.raises(NoFitError, match="at least 4 different loads in 6 rows"):
                fit_load_table(table)
            continue
        found = saturation(table, Criteria(latency=20))
        if found.at_least_load is None:
            assert found.reasons
        else:
            assert found.at_least_load <= table.highest_load
        if found.load is not None:
            assert found.load_interval is not None
            low, high = found.load_interval
            assert 0 <= low <= high < np.inf
