"""The queues: Erlang's tables, M/M/1, and exact results for closed networks of two stations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity.fitting import ClosedLatency, ClosedQueue, OpenLatency
from sagemaker_capacity.fitting._erlang import erlang_b, erlang_c
from sagemaker_capacity.fitting._queue import Loss

# The traffic in erlangs that so many lines carry with one call of a hundred lost, from any table of Erlang's B.
TRAFFIC_AT_ONE_PERCENT = {1: 0.0101, 2: 0.153, 5: 1.36, 10: 4.46, 20: 12.0, 50: 37.9, 100: 84.1}


@pytest.mark.parametrize(("lines", "erlangs"), TRAFFIC_AT_ONE_PERCENT.items())
def test_erlang_b_is_the_published_table(lines: int, erlangs: float) -> None:
    less, more = erlangs * (1 - 0.005), erlangs * (1 + 0.005)  # the table has three digits
    assert erlang_b(lines, less) < 0.01 < erlang_b(lines, more)


@given(st.integers(1, 2000), st.floats(0.01, 9000))
def test_erlang_b_is_its_recursion(lines: int, erlangs: float) -> None:
    lost = 1.0
    for line in range(1, lines + 1):
        lost = erlangs * lost / (line + erlangs * lost)
    assert float(erlang_b(lines, erlangs)) == pytest.approx(lost, rel=1e-5, abs=1e-12)


@given(st.floats(0.1, 500), st.floats(0.01, 500), st.floats(0, 1))
def test_between_whole_numbers_more_lines_lose_less(lines: float, erlangs: float, more: float) -> None:
    assert erlang_b(lines + more, erlangs) <= erlang_b(lines, erlangs) + 1e-4


@given(st.floats(0.01, 0.99))
def test_of_one_server_as_many_wait_as_find_it_busy(utilisation: float) -> None:
    assert float(erlang_c(1, utilisation)) == pytest.approx(utilisation)


def test_of_two_servers_half_busy_a_third_wait() -> None:
    assert float(erlang_c(2, 0.5)) == pytest.approx(1 / 3)


@given(st.floats(0.01, 0.99), st.floats(0.1, 1000))
def test_the_mean_response_of_m_m_1_is_one_by_the_rate_to_spare(utilisation: float, rate: float) -> None:
    queue = OpenLatency(knee_load=rate, base=1 / rate, wait=1 / rate, servers=1)
    arrivals = utilisation * rate
    assert float(queue.latency_at(np.asarray(arrivals))) == pytest.approx(1 / (rate - arrivals))


@given(st.integers(1, 60), st.floats(0.2, 100))
def test_throughput_and_latency_are_exact_mean_value_analysis(customers: int, elsewhere: float) -> None:
    # Reiser and Lavenberg's recursion for one station of demand 1 and a delay: a customer who arrives finds the
    # queue of one customer fewer.
    waiting, response, throughput = 0.0, 0.0, 0.0
    for n in range(1, customers + 1):
        response = 1 + waiting
        throughput = n / (elsewhere + response)
        waiting = throughput * response
    population = elsewhere + 1
    queue = ClosedQueue(ceiling=1, knee_load=population, population=population)
    latency = ClosedLatency(knee_load=population, base=1, wait=1, population=population)
    assert float(queue.throughput_at(np.asarray(customers))) == pytest.approx(throughput, rel=1e-4)
    assert float(latency.latency_at(np.asarray(customers))) == pytest.approx(response, rel=1e-3)


@pytest.mark.parametrize("customers", [1, 2, 5, 12])
def test_two_stations_are_as_their_markov_chain_has_them(customers: int) -> None:
    think_seconds, service_seconds = 3.0, 0.5
    states = np.arange(customers + 1)  # how many are at the server
    rates = np.zeros((customers + 1, customers + 1))
    rates[states[:-1], states[1:]] = (customers - states[:-1]) / think_seconds
    rates[states[1:], states[:-1]] = 1 / service_seconds
    balance = rates.T - np.diag(rates.sum(axis=1))
    shares = np.linalg.lstsq(np.vstack([balance, np.ones(customers + 1)]), np.append(states * 0.0, 1), rcond=None)[
        0
    ]
    elsewhere = think_seconds / service_seconds
    queue = ClosedQueue(1 / service_seconds, knee_load=elsewhere + 1, population=elsewhere + 1)
    assert float(queue.throughput_at(np.asarray(customers))) == pytest.approx((1 - shares[0]) / service_seconds)


@given(st.floats(0.05, 0.9))
def test_a_large_population_is_a_load_that_waits_for_no_answers(utilisation: float) -> None:
    queue = ClosedQueue(ceiling=9000, knee_load=9000, population=1e4)
    loads = np.array([utilisation, 1.2 + utilisation]) * 9000
    assert queue.throughput_at(loads) == pytest.approx(np.minimum(loads, 9000), rel=2e-3)


queues = st.builds(ClosedQueue, st.floats(0.1, 1e5), st.floats(0.1, 1e5), st.floats(1.1, 5000))


@given(queues, st.floats(0.01, 3), st.floats(1, 2))
def test_more_load_never_gives_less_throughput_nor_more_than_the_ceiling(
    queue: ClosedQueue, share: float, more: float
) -> None:
    less, most = queue.throughput_at(np.array([share, share * more]) * queue.knee_load)
    assert less <= most * (1 + 1e-4)
    assert most <= queue.ceiling * (1 + 1e-9)


@given(queues, st.floats(0.01, 1000))
def test_the_unit_of_load_and_throughput_does_not_matter(queue: ClosedQueue, unit: float) -> None:
    loads = np.linspace(0.1, 2, 9) * queue.knee_load
    scaled = ClosedQueue(queue.ceiling * unit, queue.knee_load * unit, queue.population)
    assert scaled.throughput_at(loads * unit) == pytest.approx(queue.throughput_at(loads) * unit, rel=1e-9)


@given(st.floats(0.5, 50), st.floats(0.01, 0.98), st.floats(1, 1.01))
def test_more_load_never_means_less_latency(shape: float, share: float, more: float) -> None:
    loads = np.array([share, share * more])
    for queue in (OpenLatency(1, 10, 3, shape), ClosedLatency(1, 10, 3, shape + 1)):
        light, heavy = queue.latency_at(loads)
        assert light <= heavy * (1 + 1e-6)


@given(st.integers(1, 60), st.floats(0.05, 5))
def test_the_loss_is_the_chance_that_m_m_1_k_is_full(room: int, utilisation: float) -> None:
    states = utilisation ** (
        np.arange(room + 1.0) - room * (utilisation > 1)
    )  # how many are there, but for a factor
    loss = Loss(knee_load=100, room=room, background=0)
    assert float(loss.share_at(np.asarray(100 * utilisation))) == pytest.approx(states[-1] / states.sum(), rel=1e-6)


@given(st.floats(1.01, 5))
def test_with_much_room_only_what_nobody_can_serve_is_lost(utilisation: float) -> None:
    loss = Loss(knee_load=1, room=1e6, background=0)
    assert float(loss.share_at(np.asarray(utilisation))) == pytest.approx(1 - 1 / utilisation, abs=1e-9)


@given(st.floats(0.5, 200), st.floats(0, 0.5), st.floats(0.01, 3), st.floats(1, 2))
def test_more_load_never_means_fewer_lost(room: float, background: float, load: float, more: float) -> None:
    fewer, most = Loss(1, room, background).share_at(np.array([load, load * more]))
    assert background * (1 - 1e-9) <= fewer <= most * (1 + 1e-9) <= 1 + 1e-8
