"""The simulated instances that the fits are measured against: what theory says of them is true of them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
CAPACITY = 100.0


@pytest.fixture(name="simulated", scope="module")
def imported() -> Iterator[SimpleNamespace]:
    """The scripts of benchmarks/, which know each other by name alone."""
    sys.path.insert(0, str(BENCHMARKS))
    names = ("simulated_queues", "simulated_benchmarks", "accuracy")
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    sys.path.remove(str(BENCHMARKS))
    for name in names:
        sys.modules.pop(name)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("service", "squared_variation"),
    [("deterministic", 0), ("uniform", 1 / 12), ("erlang of 4", 1 / 4), ("lognormal", 1)],
)
def test_the_mean_wait_of_m_g_1_is_that_of_pollaczek_and_khinchine(
    simulated: SimpleNamespace, service: str, squared_variation: float
) -> None:
    instance = simulated.simulated_queues.Instance(CAPACITY, 1, service)
    queue = simulated.simulated_queues.StationaryQueue(instance, 1.0, rng())
    utilisation = 0.7
    latency, refused = queue.at(utilisation, "mean")
    wait = utilisation / (1 - utilisation) * (1 + squared_variation) / 2 / CAPACITY
    assert latency == pytest.approx(1 / CAPACITY + wait, rel=0.02)
    assert refused == 0


def test_services_have_a_mean_of_one_and_arrivals_their_variation(simulated: SimpleNamespace) -> None:
    for service, draw in simulated.simulated_queues.SERVICES.items():
        assert np.mean(draw(rng(), 400_000)) == pytest.approx(1, rel=0.01), service
    for squared_variation in (0.5, 1, 2):
        gaps = simulated.simulated_queues.interarrivals(squared_variation, rng(), 400_000)
        assert np.var(gaps) / np.mean(gaps) ** 2 == pytest.approx(squared_variation, rel=0.02)


def test_an_overloaded_instance_answers_as_much_as_its_capacity(simulated: SimpleNamespace) -> None:
    instance = simulated.simulated_queues.Instance(CAPACITY, 4, "bimodal", patience_seconds=0.5)
    minutes = simulated.simulated_queues.open_minutes(instance, [1.5 * CAPACITY] * 5, [1.0] * 5, 1.0, rng())
    answered, refused = np.sum(minutes.answers[1:]), np.sum(minutes.refusals[1:])
    assert answered / 4 / 60 == pytest.approx(CAPACITY, rel=0.02)
    assert refused / (answered + refused) == pytest.approx(1 / 3, rel=0.05)
    assert np.max(minutes.latency("p99")) < 0.5 + 5 * instance.service_seconds


def test_so_many_users_as_keep_an_instance_busy_obey_littles_law(simulated: SimpleNamespace) -> None:
    instance = simulated.simulated_queues.Instance(CAPACITY, 2, "erlang of 4", overhead_seconds=0.01)
    users, think_seconds = 150, 1.0
    minutes = simulated.simulated_queues.closed_minutes(instance, [users] * 3, [1.0] * 3, think_seconds, rng())
    per_second = minutes.answers[2] / 60
    assert per_second == pytest.approx(CAPACITY, rel=0.02)
    assert users / per_second == pytest.approx(think_seconds + float(minutes.latency("mean")[2]), rel=0.02)


def test_a_benchmark_is_the_same_for_its_number_and_seed(simulated: SimpleNamespace) -> None:
    simulate: Any = simulated.simulated_benchmarks.simulate
    assert simulate(2, 99) == simulate(2, 99)
    assert simulate(2, 99) != simulate(3, 99)


def test_one_in_five_benchmarks_ends_below_its_truth_and_says_at_least(simulated: SimpleNamespace) -> None:
    benchmark = simulated.simulated_benchmarks.simulate(4, 99)
    trial = simulated.accuracy.Trial(benchmark, simulated.accuracy.answer_to(benchmark))
    assert not benchmark.saturates
    assert trial.only_at_least
    assert not trial.bound_is_too_high
