"""One instance as a queue: its throughput and its latency under a load, with parameters that mean something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._erlang import Numbers, erlang_b, erlang_c

_ALMOST_FULL = 1 - 1e-6
_STEP = 1e-4


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
        customers = self.population * load / self.knee_load
        return self.ceiling * (1 - erlang_b(customers, self.population - 1))

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
        rho: Numbers = np.minimum(load / self.knee_load, _ALMOST_FULL)
        return self.base + self.wait * erlang_c(self.servers, rho) / (1 - rho)


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
        customers, elsewhere = self.population * load / self.knee_load, self.population - 1
        busy = np.maximum(1 - erlang_b(customers, elsewhere), np.finfo(float).tiny)
        latency: Numbers = self.base + self.wait * np.maximum(customers / busy - elsewhere - 1, 0)
        return latency
