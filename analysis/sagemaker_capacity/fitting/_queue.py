"""One instance as a queue: its throughput and its latency under a load, with parameters that mean something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from ._erlang import Numbers, erlang_b, erlang_c

_ALMOST_FULL = 1 - 1e-6
_STEP = 1e-4
_LIGHTEST, _SAME_LOAD = 1e-4, 1e-9  # of the highest load: where a search begins, and where it ends


@dataclass(frozen=True)
class StraightLine:
    """A throughput that follows the load wherever it was measured: no saturation is seen."""

    slope: float
    ceiling: float = np.inf
    knee_load: float = np.inf
    peak_load: float = np.inf

    def throughput_at(self, load: Numbers) -> Numbers:
        """In the unit of the throughput."""
        return self.slope * load

    def growth_at(self, load: float) -> float:  # noqa: ARG002  # the same at each load
        """By how many percent the throughput grows with one percent of load: by one."""
        return 1.0


@dataclass(frozen=True)
class ClosedQueue:
    """A station that serves `ceiling` at most, to a population that waits for its answers.

    For one station and a delay, exact mean value analysis (Reiser and Lavenberg, 1980) has a closed form: the
    station is idle while all m customers are elsewhere, which has the chance of Erlang's B(m, r) with r times of
    service spent elsewhere, so X = ceiling (1 - B(m, r)) (the machine repairman; Kleinrock, Queueing Systems 1,
    1975, section 3.8). Several servers are one, and a delay within r (Seidmann, 1987).

    `knee_load` is where the line of light load meets the ceiling, N* of asymptotic bounds (Denning and Buzen,
    1978), and `population` = r + 1 are the customers in circulation there: the more, the sharper the knee. A
    load that does not wait for answers, such as 9000 requests per minute, is the limit of a large population.
    """

    ceiling: float
    knee_load: float
    population: float

    @property
    def peak_load(self) -> float:
        """Infinite: more load never brings less."""
        return np.inf

    @property
    def slope(self) -> float:
        """The throughput of one unit of load while nobody waits."""
        return self.ceiling / self.knee_load

    @property
    def service_demand(self) -> float:
        """The time of the station that one request takes, in the throughput's unit of time (D = 1 / ceiling)."""
        return 1 / self.ceiling

    def throughput_at(self, load: Numbers) -> Numbers:
        """X at a load, in the unit of the ceiling."""
        return closed_throughput(load, self.ceiling, self.knee_load, self.population)

    def growth_at(self, load: float) -> float:
        """By how many percent the throughput grows with one percent of load: d log X / d log N."""
        less, more = np.log(self.throughput_at(load * np.exp(np.array([-_STEP, _STEP]))))
        return float(more - less) / (2 * _STEP)


@dataclass(frozen=True)
class OpenLatency:
    """The latency of c servers under a load that does not wait for answers, such as 9000 requests per minute.

    base + wait C(c, rho) / (1 - rho), with Erlang's C and rho = load / knee_load. The mean wait of M/M/c times
    (ca2 + cs2) / 2 is about that of G/G/c (Whitt, Approximations for the GI/G/m queue, 1993); `wait` holds this
    factor, the time of service and, for a percentile, how far out in the tail it lies.
    """

    knee_load: float
    base: float
    wait: float
    servers: float

    def latency_at(self, load: Numbers) -> Numbers:
        """In the unit of `base`. From the knee on no latency is stationary: it is that of an all but full queue."""
        return open_latency(load, self.knee_load, self.base, self.wait, self.servers)


@dataclass(frozen=True)
class ClosedLatency:
    """The latency of a population that waits for its answers, by the response time law of `ClosedQueue`.

    base + wait (R(m) - 1), with R(m) = m / (1 - B(m, r)) - r, the response time of m customers in times of
    service by Little's law; a customer alone takes one. Beyond the knee it is a straight line.
    """

    knee_load: float
    base: float
    wait: float
    population: float

    def latency_at(self, load: Numbers) -> Numbers:
        """In the unit of `base`."""
        return closed_latency(load, self.knee_load, self.base, self.wait, self.population)


@dataclass(frozen=True)
class Loss:
    """The share of requests that fail: `background` at any load, and of the others those that find no room.

    (1 - rho) rho^K / (1 - rho^(K + 1)), the loss of M/M/1/K (Kleinrock, Queueing Systems 1, 1975, section 3.6),
    with rho = load / knee_load and K any positive number, the `room`: with little of it some fail long before the
    knee, with much of it only the 1 - 1 / rho past the knee that nobody can serve.
    """

    knee_load: float
    room: float
    background: float

    def share_at(self, load: Numbers) -> Numbers:
        """From 0 to 1, never falling with the load."""
        return lost_share(load, self.knee_load, self.room, self.background)

    def load_at(self, share: float, highest_load: float) -> float:
        """The highest load with at most such a share; infinite where none up to `highest_load` has more."""
        least = highest_load * _LIGHTEST

        def excess(load: float) -> float:
            return float(self.share_at(np.asarray(load))) - share

        if excess(least) > 0:
            return 0.0
        if excess(highest_load) <= 0:
            return np.inf
        return float(optimize.brentq(excess, least, highest_load, rtol=_SAME_LOAD))


# The same for many queues at once: numbers, or arrays that fit together.


def closed_throughput(
    load: Numbers, ceiling: float | Numbers, knee_load: float | Numbers, population: float | Numbers
) -> Numbers:
    """The throughput of `ClosedQueue`."""
    busy = 1 - erlang_b(population * load / knee_load, population - 1)
    return ceiling * busy


def open_latency(
    load: Numbers,
    knee_load: float | Numbers,
    base: float | Numbers,
    wait: float | Numbers,
    servers: float | Numbers,
) -> Numbers:
    """The latency of `OpenLatency`."""
    rho: Numbers = np.minimum(load / knee_load, _ALMOST_FULL)
    return base + wait * erlang_c(servers, rho) / (1 - rho)


def closed_latency(
    load: Numbers,
    knee_load: float | Numbers,
    base: float | Numbers,
    wait: float | Numbers,
    population: float | Numbers,
) -> Numbers:
    """The latency of `ClosedLatency`."""
    customers, elsewhere = population * load / knee_load, population - 1
    busy = np.maximum(1 - erlang_b(customers, elsewhere), np.finfo(float).tiny)
    latency: Numbers = base + wait * np.maximum(customers / busy - elsewhere - 1, 0)
    return latency


def lost_share(
    load: Numbers, knee_load: float | Numbers, room: float | Numbers, background: float | Numbers
) -> Numbers:
    """The share of `Loss`."""
    away = np.log(load / knee_load)
    size = np.maximum(np.abs(away), np.finfo(float).tiny)
    full = np.expm1(-size) / np.expm1(-(room + 1) * size)
    full = full * np.where(away < 0, np.exp(-room * size), 1)
    share: Numbers = background + (1 - background) * full
    return share
