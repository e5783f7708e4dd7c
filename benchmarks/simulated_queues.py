"""Queues of many kinds, simulated request by request: what `accuracy.py` measures the fits against.

None of them is in the fitted family: services are not exponential, arrivals need not be Poisson, speeds change from
minute to minute, clients give up. First come, first served, by c equal servers.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

MINUTE_SECONDS = 60.0
_BLOCK = 20_000
_DISTURBING_WAIT = 10  # times of service: from there on an overloaded instance thrashes

# Stationary queues: so many independent ones side by side, each looked at so often.
_QUEUES, _WARM_UP, _LOOKS, _BETWEEN_LOOKS = 1000, 6000, 60, 25


def _lognormal(squared_variation: float) -> Callable[[np.random.Generator, int], Numbers]:
    variance = math.log1p(squared_variation)
    return lambda rng, n: rng.lognormal(-variance / 2, math.sqrt(variance), n)


def _hyperexponential(squared_variation: float) -> Callable[[np.random.Generator, int], Numbers]:
    """Two phases of balanced means."""
    p = (1 + math.sqrt((squared_variation - 1) / (squared_variation + 1))) / 2
    return lambda rng, n: rng.exponential(1, n) * np.where(rng.random(n) < p, 1 / (2 * p), 1 / (2 * (1 - p)))


def _bimodal(rng: np.random.Generator, n: int) -> Numbers:
    """Fifteen requests of a hundred take four times as long as the others."""
    return np.where(rng.random(n) < 0.15, 4.0, 1.0) / (0.85 + 0.15 * 4)  # noqa: PLR2004


def _pareto(rng: np.random.Generator, n: int) -> Numbers:
    exponent = 2.6
    return (rng.pareto(exponent, n) + 1) * (exponent - 1) / exponent


# Times of service with a mean of one.
SERVICES: dict[str, Callable[[np.random.Generator, int], Numbers]] = {
    "deterministic": lambda _, n: np.ones(n),
    "erlang of 4": lambda rng, n: rng.gamma(4, 1 / 4, n),
    "uniform": lambda rng, n: rng.uniform(0.5, 1.5, n),
    "lognormal": _lognormal(1.0),
    "wide lognormal": _lognormal(2.5),
    "bimodal": _bimodal,
    "hyperexponential": _hyperexponential(3.0),
    "pareto": _pareto,
}


def interarrivals(squared_variation: float, rng: np.random.Generator, n: int) -> Numbers:
    """Times between arrivals with a mean of one: Erlang, Poisson or hyperexponential."""
    if squared_variation > 1:
        return _hyperexponential(squared_variation)(rng, n)
    return rng.gamma(1 / squared_variation, squared_variation, n)


@dataclass(frozen=True)
class Instance:
    """One instance: `capacity` requests per second by `servers`, and what a client sees beside.

    `overhead_seconds` comes with each request. A client that would wait longer than `patience_seconds` is refused.
    `thrashing` is by how much a service takes longer while the queue is long.
    """

    capacity: float
    servers: int
    service: str
    overhead_seconds: float = 0.0
    patience_seconds: float = math.inf
    thrashing: float = 0.0

    @property
    def service_seconds(self) -> float:
        """The mean time of service."""
        return self.servers / self.capacity


@dataclass(frozen=True)
class Minutes:
    """What was counted in each minute, by the time of completion: answers, refusals, and all latencies."""

    answers: list[int]
    refusals: list[int]
    latencies_seconds: list[list[float]]

    def latency(self, statistic: str) -> Numbers:
        """The statistic of each minute, in seconds; NaN for one without answers."""
        return np.array([latency_statistic(minute, statistic) for minute in self.latencies_seconds])


def latency_statistic(latencies: Sequence[float] | Numbers, statistic: str) -> float:
    """``mean`` or a percentile such as ``p95``."""
    if len(latencies) == 0:
        return math.nan
    if statistic == "mean":
        return float(np.mean(latencies))
    return float(np.quantile(latencies, float(statistic[1:]) / 100))


def open_minutes(
    instance: Instance,
    rates: Sequence[float],
    slowness: Sequence[float],
    squared_variation: float,
    rng: np.random.Generator,
) -> Minutes:
    """A minute at each rate per second, the queue of one carried into the next, each with its own slowness."""
    services = _stream(instance, rng)
    free_at = [0.0] * instance.servers
    counted = _Counts(len(rates), instance.overhead_seconds)
    for minute, (rate, slow) in enumerate(zip(rates, slowness, strict=True)):
        start = minute * MINUTE_SECONDS
        expected = rate * MINUTE_SECONDS
        gaps = interarrivals(squared_variation, rng, int(1.2 * expected + 10 * math.sqrt(expected) + 50))
        arrivals = start + np.cumsum(gaps) / rate
        for arrival in arrivals[arrivals < start + MINUTE_SECONDS].tolist():
            begin = max(arrival, free_at[0])
            if begin - arrival > instance.patience_seconds:
                counted.refusals[minute] += 1
                continue
            service = next(services) * slow
            if begin - arrival > _DISTURBING_WAIT * instance.service_seconds:
                service *= 1 + instance.thrashing
            heapq.heapreplace(free_at, begin + service)
            counted.answer(arrival, begin + service)
    return counted.minutes()


def closed_minutes(
    instance: Instance,
    users: Sequence[int],
    slowness: Sequence[float],
    think_seconds: float,
    rng: np.random.Generator,
    *,
    step_seconds: float = MINUTE_SECONDS,
) -> Minutes:
    """A step of so many users each, never fewer than before, who think for a while and wait for their answers."""
    services = _stream(instance, rng)
    thinking = _blocks(lambda n: rng.exponential(think_seconds, n) if think_seconds > 0 else np.full(n, 1e-9))
    free_at = [0.0] * instance.servers
    counted = _Counts(len(users), instance.overhead_seconds, step_seconds)
    arrivals: list[float] = []
    for step, (here, slow) in enumerate(zip(users, slowness, strict=True)):
        for _ in range(here - len(arrivals)):
            heapq.heappush(arrivals, step * step_seconds + next(thinking))
        stretch = slow * (1 + instance.thrashing * here)
        end = (step + 1) * step_seconds
        while arrivals[0] < end:
            arrival = arrivals[0]
            done = max(arrival, free_at[0]) + next(services) * stretch
            heapq.heapreplace(free_at, done)
            counted.answer(arrival, done)
            heapq.heapreplace(arrivals, done + instance.overhead_seconds + next(thinking))
    return counted.minutes()


class StationaryQueue:
    """An open queue in the long run: at each load the same random numbers, so that its answers are monotone."""

    def __init__(self, instance: Instance, squared_variation: float, rng: np.random.Generator) -> None:
        self._instance = instance
        shape = (_WARM_UP + _LOOKS * _BETWEEN_LOOKS, _QUEUES)
        self._services = _services(instance, rng)(math.prod(shape)).reshape(shape)
        self._gaps = interarrivals(squared_variation, rng, math.prod(shape)).reshape(shape)

    def at(self, utilisation: float, statistic: str) -> tuple[float, float]:
        """The latency in seconds, and the share of requests that are refused (Kiefer and Wolfowitz, 1955)."""
        instance, every = self._instance, np.arange(_QUEUES)
        work = np.zeros((_QUEUES, instance.servers))
        latencies, refused = [], 0
        for step, (gaps, services) in enumerate(zip(self._gaps, self._services, strict=True)):
            work = np.maximum(work - (gaps / (utilisation * instance.capacity))[:, None], 0)
            server = work.argmin(axis=1)
            wait = work[every, server]
            taken = wait <= instance.patience_seconds
            work[every, server] += np.where(taken, services, 0)
            if step >= _WARM_UP:
                refused += int(np.count_nonzero(~taken))
                if step % _BETWEEN_LOOKS == 0:
                    latencies.append((wait + services)[taken])
        share = refused / (_QUEUES * _LOOKS * _BETWEEN_LOOKS)
        return latency_statistic(np.concatenate(latencies), statistic) + instance.overhead_seconds, share


class _Counts:
    def __init__(self, steps: int, overhead_seconds: float, step_seconds: float = MINUTE_SECONDS) -> None:
        self._overhead, self._step = overhead_seconds, step_seconds
        self._latencies: list[list[float]] = [[] for _ in range(steps)]
        self.refusals = [0] * steps

    def answer(self, arrival: float, done: float) -> None:
        step = int(done / self._step)
        if step < len(self._latencies):
            self._latencies[step].append(done - arrival + self._overhead)

    def minutes(self) -> Minutes:
        return Minutes([len(latencies) for latencies in self._latencies], self.refusals, self._latencies)


def _services(instance: Instance, rng: np.random.Generator) -> Callable[[int], Numbers]:
    draw = SERVICES[instance.service]
    return lambda n: draw(rng, n) * instance.service_seconds


def _stream(instance: Instance, rng: np.random.Generator) -> Iterator[float]:
    return _blocks(_services(instance, rng))


def _blocks(draw: Callable[[int], Numbers]) -> Iterator[float]:
    while True:
        yield from draw(_BLOCK).tolist()
