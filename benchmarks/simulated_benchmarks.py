"""Benchmarks of simulated instances, a row a minute, and the truth that a fit should find in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from simulated_queues import (
    MINUTE_SECONDS,
    SERVICES,
    Instance,
    Numbers,
    StationaryQueue,
    closed_minutes,
    open_minutes,
)

NOISES = (0.02, 0.05, 0.10)
ERROR_SHARE = 0.01
_NEVER = 5  # one benchmark in so many never saturates
_CLOSED_SHARE, _THRASHING_SHARE, _REFUSING_SHARE = 0.4, 0.25, 0.3

_DISTURBED_SHARE, _DISTURBED_SLOWNESS = 0.03, 1.15  # minutes in which something else runs, and how slow they are
_WOBBLE = 0.25  # of the noise: how much an instance's speed itself changes from minute to minute
_LONGEST_OBJECTIVE_LOAD = 0.95  # of the capacity: beyond, a minute is too short to be stationary
_GROWS_NO_MORE = 1.15  # of the users at the knee: from there on the throughput hardly grows
_ANSWERS = 60_000  # how many make a stationary figure of a closed queue
_ANSWERS_NEAR = 200_000  # and next to the truth


@dataclass(frozen=True)
class Simulated:
    """A benchmark as one would have measured it, and what is true of its instance.

    `load` is in requests per minute, or in users where `closed`; `throughput` and `errors` per minute, `latency`
    in milliseconds; `truth` is the highest throughput per minute that the instance sustains, whether or not the
    benchmark went so far (`saturates`).
    """

    number: int
    kind: str
    closed: bool
    noise: float
    saturates: bool
    objective_ms: float | None
    truth: float
    load: list[float]
    throughput: list[float]
    latency: list[float] | None
    errors: list[float] | None


@dataclass(frozen=True)
class _Objective:
    """What is asked: a statistic of the latency, which is measured only if `measured`, and asked for if `given`."""

    statistic: str
    measured: bool
    given: bool


@dataclass(frozen=True)
class _Truth:
    """The load per minute, or users, from where on the instance is saturated, its throughput, and the objective."""

    load: float
    throughput_per_minute: float
    objective_seconds: float | None


def simulate(number: int, seed: int) -> Simulated:
    """The benchmark of that number: the same for the same seed, whichever others are made."""
    rng, long_run = (np.random.default_rng([seed, number, stream]) for stream in (0, 1))
    noise = NOISES[number % len(NOISES)]
    saturates = number % _NEVER != _NEVER - 1
    closed = bool(rng.random() < _CLOSED_SHARE)
    instance, objective, refuses = _instance(rng), _objective(rng), False
    if closed:
        think = max(_log_uniform(rng, 8, 200) / instance.capacity - _alone(instance), 0.0)
        knee = (think + _alone(instance)) * instance.capacity
        if rng.random() < _THRASHING_SHARE:
            instance = _changed(instance, thrashing=float(rng.uniform(0.01, 0.05)) / knee)
        truth = _closed_truth(instance, think, knee, objective, long_run)
        past = rng.uniform(1.3, 2.2)
    else:
        variation = float(rng.choice([0.5, 1, 1, 1.5, 2]))
        if rng.random() < _THRASHING_SHARE:
            instance = _changed(instance, thrashing=float(rng.uniform(0, 0.02)))
        refuses = bool(rng.random() < _REFUSING_SHARE)
        if refuses:
            patience = instance.service_seconds / math.sqrt(instance.servers) * float(rng.uniform(5, 40))
            instance = _changed(instance, patience_seconds=patience)
        truth = _open_truth(instance, variation, objective, long_run)
        past = rng.uniform(1.25, 1.9)
    loads = _ramp(rng, truth.load * (past if saturates else rng.uniform(0.4, 0.85)))
    slowness = np.exp(_WOBBLE * noise * rng.standard_normal(len(loads)))
    slowness *= np.where(rng.random(len(loads)) < _DISTURBED_SHARE, _DISTURBED_SLOWNESS, 1)
    if closed:
        users = [max(1, round(load)) for load in loads]
        minutes = closed_minutes(instance, users, slowness.tolist(), think, rng)
        load = [float(n) for n in users]
    else:
        minutes = open_minutes(instance, (loads / MINUTE_SECONDS).tolist(), slowness.tolist(), variation, rng)
        load = loads.tolist()
    noisy = np.exp(noise * rng.standard_normal((2, len(load))))
    latency = minutes.latency(objective.statistic) * noisy[1] * 1000
    return Simulated(
        number=number,
        kind=f"{instance.service}, {instance.servers} servers, {objective.statistic}",
        closed=closed,
        noise=noise,
        saturates=saturates,
        objective_ms=None if truth.objective_seconds is None else truth.objective_seconds * 1000,
        truth=truth.throughput_per_minute,
        load=load,
        throughput=(np.array(minutes.answers) * noisy[0]).tolist(),
        latency=latency.tolist() if objective.measured else None,
        errors=[float(n) for n in minutes.refusals] if refuses else None,
    )


def _instance(rng: np.random.Generator) -> Instance:
    servers, capacity = int(rng.choice([1, 2, 3, 4, 8, 16])), _log_uniform(rng, 60, 400)
    service = str(rng.choice(list(SERVICES)))
    return Instance(capacity, servers, service, overhead_seconds=float(rng.uniform(0, 0.5)) * servers / capacity)


def _objective(rng: np.random.Generator) -> _Objective:
    asked = str(rng.choice(["throughput", "latency", "objective", "objective"]))
    return _Objective(str(rng.choice(["mean", "p95", "p95", "p99"])), asked != "throughput", asked == "objective")


def _changed(instance: Instance, **changes: float) -> Instance:
    return Instance(**{**instance.__dict__, **changes})


def _alone(instance: Instance) -> float:
    return instance.service_seconds + instance.overhead_seconds


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _times_light(rng: np.random.Generator) -> float:
    """An objective, as a multiple of the latency under light load."""
    return _log_uniform(rng, 1.5, 6)


def _open_truth(instance: Instance, variation: float, objective: _Objective, rng: np.random.Generator) -> _Truth:
    """The capacity, or less where the stationary latency or the refusals end it before."""
    queue = StationaryQueue(_changed(instance, thrashing=0.0), variation, rng)
    utilisations, seconds = [1.0], None
    if math.isfinite(instance.patience_seconds):
        utilisations.append(_bisect(lambda u: queue.at(u, "mean")[1] <= ERROR_SHARE, 0.05, 1.1))
    if objective.given:
        light, heavy = (queue.at(u, objective.statistic)[0] for u in (0.1, _LONGEST_OBJECTIVE_LOAD))
        seconds = min(light * _times_light(rng), light + (heavy - light) * float(rng.uniform(0.3, 0.9)))
        utilisations.append(
            _bisect(lambda u: queue.at(u, objective.statistic)[0] <= seconds, 0.1, _LONGEST_OBJECTIVE_LOAD)
        )
    per_minute = min(utilisations) * instance.capacity * MINUTE_SECONDS
    return _Truth(per_minute, per_minute, seconds)


def _closed_truth(
    instance: Instance, think: float, knee: float, objective: _Objective, rng: np.random.Generator
) -> _Truth:
    """The highest throughput, up to the users with whom the stationary latency meets the objective."""

    def measured(users: float, answers: int = _ANSWERS) -> tuple[float, float]:
        n, seconds = max(1, round(users)), answers / instance.capacity
        minutes = closed_minutes(instance, [n, n], [1, 1], think, rng, step_seconds=seconds)
        return minutes.answers[1] / seconds * MINUTE_SECONDS, float(minutes.latency(objective.statistic)[1])

    def peak(most_users: float) -> float:
        return _peak(np.linspace(0.8 * knee, most_users, 13), lambda users: measured(users)[0])

    if not objective.given:
        most = peak(2 * knee) if instance.thrashing else instance.capacity * MINUTE_SECONDS
        return _Truth(_GROWS_NO_MORE * knee, most, None)
    users = np.unique(np.round(np.linspace(0.3, 2, 18) * knee).clip(1))
    latencies = np.array([measured(n)[1] for n in users])
    light = measured(0.1 * knee)[1]
    seconds = min(light * _times_light(rng), float(latencies[-2]))
    seconds = max(seconds, 1.05 * float(latencies[0]))
    nearly = float(np.interp(np.log(seconds), np.log(np.maximum.accumulate(latencies)), users))
    near = np.unique(np.round(np.linspace(0.9, 1.1, 9) * nearly).clip(1))
    lines = [
        np.polynomial.Polynomial.fit(near, figures, min(len(near) - 1, 2))
        for figures in np.array([measured(n, _ANSWERS_NEAR) for n in near]).T
    ]
    fine = np.linspace(near[0], near[-1], 1000)
    highest = float(np.interp(seconds, np.maximum.accumulate(lines[1](fine)), fine))
    throughput = float(lines[0](highest))
    if instance.thrashing and highest > knee:
        throughput = max(throughput, peak(highest))
    return _Truth(min(highest, _GROWS_NO_MORE * knee), throughput, seconds)


def _peak(users: Numbers, throughput: Callable[[float], float]) -> float:
    """The highest point of a smooth line through noisy figures."""
    line = np.polynomial.Polynomial.fit(users, [throughput(n) for n in users], 4)
    return float(np.max(line(np.linspace(users[0], users[-1], 500))))


def _bisect(within: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) else (low, middle)
    return (low + high) / 2


def _ramp(rng: np.random.Generator, top: float) -> Numbers:
    """Minutes from next to nothing to the top: a ramp, one in stairs, or one that is held in the end."""
    minutes, low = int(rng.integers(30, 91)), top * float(rng.uniform(0.02, 0.12))
    shape = str(rng.choice(["ramp", "stairs", "held"]))
    if shape == "stairs":
        each = int(rng.choice([2, 3, 5]))
        return np.repeat(np.linspace(low, top, math.ceil(minutes / each)), each)[:minutes]
    held = int(minutes * rng.uniform(0.1, 0.3)) if shape == "held" else 0
    return np.concatenate([np.linspace(low, top, minutes - held), np.full(held, top)])
