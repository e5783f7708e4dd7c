"""The Universal Scalability Law, held to what R's package `usl` publishes of its own data sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_usl import RAYTRACER, SPECSDM91

from sagemaker_capacity.fitting import Usl, fit_usl

FIRST_SIX = slice(0, 6)

laws = st.builds(Usl, st.floats(0.001, 0.9), st.floats(1e-6, 0.01), st.floats(0.1, 1000))


def test_specsdm91_has_the_published_coefficients_to_the_last_digit() -> None:
    fit = fit_usl(*SPECSDM91)
    assert f"{fit.usl.sigma:.3e}" == "2.773e-02"
    assert f"{fit.usl.kappa:.3e}" == "1.044e-04"
    assert f"{fit.usl.lambda_:.2f}" == "90.00"
    assert f"{fit.residual_standard_error:.2f}" == "82.85"
    assert fit.degrees_of_freedom == 4


def test_specsdm91_has_the_published_points_of_scalability_to_the_last_digit() -> None:
    usl = fit_usl(*SPECSDM91).usl
    assert f"{usl.ceiling:.0f}" == "1884"
    assert f"{usl.peak_load:.2f}" == "96.52"
    assert f"{usl.amdahl_limit:.3f}" == "3245.589"
    assert f"{usl.optimal_load:.3f}" == "36.064"


def test_the_first_six_points_of_the_ray_tracer_have_the_published_intervals_to_the_last_digit() -> None:
    fit = fit_usl(*(column[FIRST_SIX] for column in RAYTRACER))
    assert (f"{fit.usl.sigma:.5f}", f"{fit.usl.kappa:.5f}", f"{fit.usl.lambda_:.3f}") == (
        "0.02444",
        "0.00163",
        "20.856",
    )
    intervals = fit.intervals_as_in_r()
    assert [f"{end:.5f}" for end in intervals["sigma"]] == ["0.00754", "0.04135"]
    assert [f"{end:.5f}" for end in intervals["kappa"]] == ["0.00110", "0.00215"]
    assert [f"{end:.3f}" for end in intervals["lambda"]] == ["19.267", "22.445"]


def test_what_r_calls_95_percent_is_narrower_than_students_95_percent() -> None:
    fit = fit_usl(*SPECSDM91)
    for name, (low, high) in fit.intervals_as_in_r().items():
        wide_low, wide_high = fit.intervals()[name]
        assert wide_low < low < high < wide_high


def test_a_ray_tracer_without_coherency_follows_amdahls_law() -> None:
    usl = fit_usl(*RAYTRACER).usl
    assert usl.kappa == pytest.approx(0, abs=1e-12)
    assert f"{usl.sigma:.4f} {usl.lambda_:.4f}" == "0.0578 21.8488"  # R's own test of coef()


@given(laws, st.floats(1, 5000))
def test_no_load_gives_more_than_the_peak(usl: Usl, load: float) -> None:
    assert float(usl.throughput_at(np.asarray(load))) <= usl.ceiling * (1 + 1e-9)


@given(laws)
def test_throughput_grows_up_to_the_peak_and_falls_beyond(usl: Usl) -> None:
    assert usl.growth_at(usl.peak_load) == pytest.approx(0, abs=1e-9)
    assert usl.growth_at(usl.peak_load * 0.99) > 0 > usl.growth_at(usl.peak_load * 1.01)


@given(laws)
def test_the_optimal_load_is_where_growth_without_loss_meets_amdahls_limit(usl: Usl) -> None:
    assert usl.lambda_ * usl.optimal_load == pytest.approx(usl.amdahl_limit)


@given(laws)
def test_a_law_is_found_again_in_what_it_predicts(usl: Usl) -> None:
    load = np.unique(np.geomspace(1, max(usl.peak_load * 2, 20), 12))
    found = fit_usl(load, usl.throughput_at(load)).usl
    assert found.throughput_at(load) == pytest.approx(usl.throughput_at(load), rel=1e-5)


def test_three_rows_fit_any_law_and_so_tell_nothing() -> None:
    with pytest.raises(ValueError, match="at least 4 rows; got 3"):
        fit_usl(*(column[:3] for column in SPECSDM91))
