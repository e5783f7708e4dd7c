"""From a checked benchmark to a capacity plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from pandas._libs.tslibs.nattype import NaTType

from sagemaker_capacity._benchmark import CPU_PER_CORE, CPU_SUM, INVOCATIONS, TIME, Benchmark, strictest
from sagemaker_capacity._limits import (
    as_written,
    cooldown_seconds,
    exact,
    instances_for,
    share_rounded_down,
    share_rounded_up,
)
from sagemaker_capacity._saturation import ServiceLevel, default_slo_latency_ms, saturation_of
from sagemaker_capacity._sustained import Track
from sagemaker_capacity_plan import (
    CapacityPlan,
    ConcurrencyTarget,
    CpuPerCoreTarget,
    Demand,
    Evidence,
    Instance,
    InvocationsTarget,
    Limits,
    Objective,
    Override,
    RealTimeScaling,
    Saturation,
    ScheduledCapacity,
)

from ._concurrency import concurrency_target
from ._reasons import cooldown_reason, crossing_reason, policy_reasons, reasons_for, saturation_reasons
from ._step_out import step_out
from ._warnings import warnings_for

_DECIMALS = 2


class NoAnswerError(Exception):
    """The evidence does not support a plan; the message gives the reasons."""


@dataclass(frozen=True)
class Request:
    """What a plan is asked for: the instance, the objective, the demand, and the latency objective if any.

    `start_up_seconds` is how long a new instance takes until it serves, where that was measured.
    `sustained_minutes` is how many minutes must have had a load for it to be sustained. With `concurrency` the
    requests in flight are tracked, too. `seed` is that of the bootstrap.
    """

    instance: Instance
    objective: Objective
    demand: Demand
    slo_latency_ms: float | None = None
    slo_statistic: str | None = None
    slo_error_percent: float = 1
    start_up_seconds: int | None = None
    sustained_minutes: int = 3
    concurrency: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.slo_latency_ms is not None and not 0 < self.slo_latency_ms < math.inf:
            raise ValueError(f"the latency objective must be finite and above 0 ms, got {self.slo_latency_ms}")
        if not 0 <= self.slo_error_percent <= 100:  # noqa: PLR2004
            raise ValueError(f"the error objective must be 0 to 100 percent, got {self.slo_error_percent}")


@dataclass(frozen=True)
class Sustains:
    """What one instance sustains within a service level, the capacities left open, and why."""

    saturation: Saturation
    reasons: tuple[str, ...]


def make_plan(
    benchmark: Benchmark,
    request: Request,
    *,
    source: str,
    overrides: tuple[Override, ...] = (),
    sustained: Sustains | None = None,
    track: Track = iter,
) -> CapacityPlan:
    """Compute the plan of one variant.

    Args:
        benchmark: of one instance.
        request: what is asked for.
        source: how the plan names its evidence.
        overrides: a person's numbers, kept.
        sustained: of `sustains`, where several plans of one benchmark share it.
        track: told of each draw of the bootstrap, to show progress.

    Raises:
        ValueError: the request does not fit the benchmark.
        NoAnswerError: the benchmark's numbers support no target.
    """
    found = sustained or sustains(benchmark, request, track=track)
    saturation = _with_capacity(found.saturation, request.demand)
    objective = request.objective
    base, what = _base(benchmark, objective, saturation)
    limits = _limits(benchmark, objective, base)
    target = share_rounded_down(base, objective.target_percent)
    if target < 1:
        raise NoAnswerError(
            f"no plan: {objective.target_percent:g} % of the {what} ({base:g} invocations per minute) is less than "
            "one invocation per minute, which no target can track. Benchmark with more load."
        )
    computed = _scaling(benchmark, request, limits, saturation, target)
    frame = benchmark.frame
    reasons = [
        *reasons_for(objective, request.demand, limits, computed, base=base, target=target),
        *saturation_reasons(request.demand, saturation, computed, found.reasons),
        *policy_reasons(request.demand, limits, saturation, computed, target),
        *crossing_reason(benchmark, limits),
        *cooldown_reason(request.start_up_seconds),
    ]
    return CapacityPlan(
        evidence=Evidence(
            source=source,
            sha256=benchmark.sha256,
            rows=len(frame),
            start_utc=_utc(frame[TIME].iloc[0]),
            end_utc=_utc(frame[TIME].iloc[-1]),
            format=benchmark.format,
        ),
        instance=request.instance,
        start_up_seconds=request.start_up_seconds,
        objective=objective,
        demand=request.demand,
        limits=limits,
        saturation=saturation,
        computed=computed,
        reasons=tuple(reasons),
        warnings=tuple(warnings_for(benchmark, request, saturation, computed, target)),
        overrides=overrides,
    )


def _utc(time: pd.Timestamp | NaTType) -> str:
    """When a benchmark began or ended; some tools keep no times."""
    return "not recorded" if pd.isna(time) else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _base(benchmark: Benchmark, objective: Objective, saturation: Saturation) -> tuple[float, str]:
    """What the objective takes its share of, in invocations per minute, and its name."""
    if objective.share_of == "maximum":
        return float(benchmark.frame[INVOCATIONS].max()), "highest rate measured"
    if saturation.least_invocations_per_minute is None:
        raise NoAnswerError(
            "no plan: the objective is a share of what is sustained within the SLO, and the benchmark tells none. "
            "Benchmark with latency and lighter load, loosen the SLO, or take the share of the maximum."
        )
    return saturation.least_invocations_per_minute, "least that is sustained within the SLO"


def _limits(benchmark: Benchmark, objective: Objective, base: float) -> Limits:
    return Limits(
        max_invocations_per_minute=as_written(float(benchmark.frame[INVOCATIONS].max())),
        upper_invocations_per_minute=share_rounded_down(base, objective.upper_percent),
        lower_invocations_per_minute=share_rounded_up(base, objective.lower_percent),
    )


def sustains(benchmark: Benchmark, request: Request, *, track: Track = iter) -> Sustains:
    """What one instance sustains within the SLO that is asked for, whatever the objective and the demand.

    Raises:
        ValueError: the SLO does not fit the benchmark.
    """
    statistic = request.slo_statistic or strictest(benchmark.latency_statistics)
    if statistic is not None and statistic not in benchmark.latency_statistics:
        measured = ", ".join(benchmark.latency_statistics) or "no latency at all"
        raise ValueError(f"the benchmark has no {statistic} latency to hold to an objective: it has {measured}")
    if statistic is None and request.slo_latency_ms is not None:
        raise ValueError("the benchmark measured no latency, so it cannot be held to a latency objective")
    slo_ms, given = request.slo_latency_ms, request.slo_latency_ms is not None
    if slo_ms is None and statistic is not None:
        slo_ms = default_slo_latency_ms(benchmark, statistic)
    slo_ms = None if slo_ms is None else as_written(round(slo_ms, 6))
    level = ServiceLevel(slo_ms, statistic, request.slo_error_percent, given=given)
    return Sustains(
        *saturation_of(
            benchmark,
            level,
            request.instance,
            sustained_minutes=request.sustained_minutes,
            seed=request.seed,
            track=track,
        )
    )


def _with_capacity(found: Saturation, demand: Demand) -> Saturation:
    """How many instances carry a demand if each carries the least that one surely sustains."""
    if (least := found.least_invocations_per_minute) is None:
        return found
    min_capacity = max(demand.min_instances, instances_for(demand.min_tps, least, share=demand.planned_share))
    max_capacity = instances_for(demand.peak_tps, least, demand.growth, demand.planned_share)
    return replace(found, min_capacity=min_capacity, max_capacity=max(min_capacity, max_capacity))


def _scaling(
    benchmark: Benchmark, request: Request, limits: Limits, saturation: Saturation, target: int
) -> RealTimeScaling:
    demand, share = request.demand, request.demand.planned_share
    min_capacity = max(demand.min_instances, instances_for(demand.min_tps, target, share=share))
    cooldown = cooldown_seconds(request.start_up_seconds)
    percent_per_core = _cpu_percent_per_core(benchmark, request.instance, limits, target)
    cooldowns: Any = {"scale_in_cooldown_seconds": cooldown, "scale_out_cooldown_seconds": cooldown}
    in_flight = concurrency_target(benchmark, target) if request.concurrency else None
    return RealTimeScaling(
        min_capacity=min_capacity,
        max_capacity=max(min_capacity, instances_for(demand.peak_tps, target, demand.growth, share)),
        invocations=InvocationsTarget(target, **cooldowns),
        concurrency=None if in_flight is None else ConcurrencyTarget(in_flight, **cooldowns),
        cpu_per_core=None
        if percent_per_core is None
        else CpuPerCoreTarget(percent_per_core, request.instance.vcpus, **cooldowns),
        step_scaling=step_out(limits, saturation, demand, target, cooldown),
        scheduled=tuple(
            ScheduledCapacity(
                s.name, s.schedule, s.timezone, max(min_capacity, instances_for(s.tps, target, share=share))
            )
            for s in demand.scheduled
        ),
    )


def _cpu_percent_per_core(benchmark: Benchmark, instance: Instance, limits: Limits, target: int) -> float | None:
    """CPU at the target's share of the maximum: by the utilisation law, U = X D (Denning and Buzen 1978,
    "The Operational Analysis of Queueing Network Models"), utilisation grows with throughput."""  # noqa: D205, D209
    frame = benchmark.frame
    if CPU_SUM in frame:
        used = frame[CPU_SUM] / instance.vcpus
    elif CPU_PER_CORE in frame:
        used = frame[CPU_PER_CORE]
    else:
        return None
    busiest = used.max()
    if not 0 < busiest <= 100:  # noqa: PLR2004
        if busiest > 0:
            raise ValueError(
                f"the benchmark {benchmark.name} cannot be used: at {_utc(frame[TIME].iloc[int(used.argmax())])} "
                f"its CPU reaches {busiest:g} % of each of {instance.vcpus} vCPUs, above 100: is {instance.type} "
                "the type it ran on, and is the column's unit right?"
            )
        return None
    share = exact(target) / exact(limits.max_invocations_per_minute)
    percent = round(float(exact(float(busiest)) * share), _DECIMALS)
    return as_written(percent) if percent > 0 else None
