"""What a mean of periods and a share of requests are worth, against their truth and what was published."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.simulated_variants import series_of
from sagemaker_capacity.variants._inference import difference_interval, mean_of, proportion_interval


@pytest.mark.parametrize("alike", [0.0, 0.6])
def test_a_mean_of_nothing_leaves_its_interval_as_often_as_that_says(alike: float) -> None:
    """Within three standard deviations of 5 %, and a little above of alike neighbours, as its authors say."""
    rng, series = np.random.default_rng(0), 2000
    outside = sum(mean_of(series_of(60, alike, rng)).p_value < 0.05 for _ in range(series)) / series
    deviation = np.sqrt(0.05 * 0.95 / series)
    assert abs(outside - 0.05) < 3 * deviation + (0.02 if alike else 0)


def test_a_mean_of_alike_neighbours_taken_for_independent_ones_would_be_wrong() -> None:
    """Student's own test, which is why it is not taken."""
    rng, series = np.random.default_rng(0), 500
    outside = sum(stats.ttest_1samp(series_of(60, 0.6, rng), 0).pvalue < 0.05 for _ in range(series)) / series
    assert outside > 0.25


def test_what_a_mean_is_worth_is_the_same_wherever_it_lies() -> None:
    series = series_of(61, 0.5, np.random.default_rng(0))
    there, away = mean_of(series), mean_of(series + 1000)
    assert away.value == pytest.approx(there.value + 1000)
    assert away.standard_error == pytest.approx(there.standard_error)


def test_newcombes_own_example_comes_out() -> None:
    """Table II of the paper, (a): 56/70 less 48/80 has the interval 0.0524 to 0.3339 by method 10."""
    low, high = difference_interval((48, 56), (80, 70), 0.95)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_wilsons_interval_of_no_failure_has_an_upper_end() -> None:
    """z² / (n + z²), which is 3.7 % of a hundred."""
    z = stats.norm.ppf(0.975)
    low, high = proportion_interval(0, 100, 0.95)
    assert low == 0
    assert high == pytest.approx(z**2 / (100 + z**2))
