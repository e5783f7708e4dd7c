"""From a checked benchmark to a capacity plan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from pandas._libs.tslibs.nattype import NaTType

from sagemaker_capacity_plan import (
    CapacityPlan,
    CpuPerCoreTarget,
    Demand,
    Evidence,
    Instance,
    InvocationsTarget,
    Limits,
    Metric,
    Objective,
    Override,
    RealTimeScaling,
    Saturation,
    ScalingStep,
    ScheduledCapacity,
    StepScaling,
)

from ._benchmark import CPU_PER_CORE, CPU_SUM, ERRORS, INVOCATIONS, TIME, Benchmark
from ._limits import cooldown_seconds, exact, instances_for, share_rounded_down, share_rounded_up
from ._reasons import cooldown_reason, crossing_reason, reasons_for, warnings_for
from ._saturation import ServiceLevel, default_slo_latency_ms, highest_rate_within

_PERIOD_SECONDS = 60  # InvocationsPerInstance is a sum over a minute, and a target is per minute.
_DOUBLE_PERCENT = 100
_DECIMALS = 2


class NoAnswerError(Exception):
    """The evidence does not support a plan; the message gives the reasons."""


@dataclass(frozen=True)
class Request:
    """What a plan is asked for: the instance, the objective, the demand, and the latency objective if any.

    `start_up_seconds` is how long a new instance takes until it serves, where that was measured.
    """

    instance: Instance
    objective: Objective
    demand: Demand
    slo_latency_ms: float | None = None
    slo_statistic: str | None = None
    slo_error_percent: float = 1
    start_up_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.slo_latency_ms is not None and not 0 < self.slo_latency_ms < math.inf:
            raise ValueError(f"the latency objective must be finite and above 0 ms, got {self.slo_latency_ms}")
        if not 0 <= self.slo_error_percent <= 100:  # noqa: PLR2004
            raise ValueError(f"the error objective must be 0 to 100 percent, got {self.slo_error_percent}")


def make_plan(
    benchmark: Benchmark, request: Request, *, source: str, overrides: tuple[Override, ...] = ()
) -> CapacityPlan:
    """Compute the plan of one variant. `source` is how the plan names its evidence.

    Raises:
        ValueError: the request does not fit the benchmark.
        NoAnswerError: the benchmark's numbers support no target.
    """
    limits = _limits(benchmark, request.objective)
    target = share_rounded_down(limits.max_invocations_per_minute, request.objective.target_percent)
    if target < 1:
        raise NoAnswerError(
            f"no plan: {request.objective.target_percent:g} % of the highest rate measured "
            f"({limits.max_invocations_per_minute:g} invocations per minute) is less than one invocation per "
            "minute, which no target can track. Benchmark with more load."
        )
    saturation = _saturation(benchmark, request)
    computed = _scaling(benchmark, request, limits, saturation, target)
    frame = benchmark.frame
    reasons = [
        *reasons_for(request.objective, request.demand, limits, saturation, computed, target=target),
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
        ),
        instance=request.instance,
        start_up_seconds=request.start_up_seconds,
        objective=request.objective,
        demand=request.demand,
        limits=limits,
        saturation=saturation,
        computed=computed,
        reasons=tuple(reasons),
        warnings=tuple(warnings_for(benchmark, request.demand, saturation, computed, target)),
        overrides=overrides,
    )


def _utc(time: pd.Timestamp | NaTType) -> str:
    """When a benchmark began or ended; some tools keep no times."""
    return "not recorded" if pd.isna(time) else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _limits(benchmark: Benchmark, objective: Objective) -> Limits:
    maximum = float(benchmark.frame[INVOCATIONS].max())
    return Limits(
        max_invocations_per_minute=_as_written(maximum),
        upper_invocations_per_minute=share_rounded_down(maximum, objective.upper_percent),
        lower_invocations_per_minute=share_rounded_up(maximum, objective.lower_percent),
    )


def _saturation(benchmark: Benchmark, request: Request) -> Saturation:
    statistic = request.slo_statistic or _strictest(benchmark.latency_statistics)
    if statistic is not None and statistic not in benchmark.latency_statistics:
        measured = ", ".join(benchmark.latency_statistics) or "no latency at all"
        raise ValueError(f"the benchmark has no {statistic} latency to hold to an objective: it has {measured}")
    if statistic is None and request.slo_latency_ms is not None:
        raise ValueError("the benchmark measured no latency, so it cannot be held to a latency objective")
    slo_ms = request.slo_latency_ms
    if slo_ms is None and statistic is not None:
        slo_ms = default_slo_latency_ms(benchmark, statistic)
    rate, is_lower_bound = None, False
    if slo_ms is not None and statistic is not None:
        slo_ms = _as_written(round(slo_ms, 6))
        level = ServiceLevel(slo_ms, statistic, request.slo_error_percent, given=request.slo_latency_ms is not None)
        sustained = highest_rate_within(benchmark, level)
        rate, is_lower_bound = (
            sustained.per_minute,
            sustained.is_lower_bound and sustained.per_minute is not None,
        )
    demand = request.demand
    return Saturation(
        slo_latency_ms=slo_ms,
        slo_statistic=statistic,
        slo_given=request.slo_latency_ms is not None,
        slo_error_percent=request.slo_error_percent,
        errors_measured=ERRORS in benchmark.frame and bool(benchmark.frame[ERRORS].notna().any()),
        highest_invocations_per_minute=None if rate is None else _as_written(rate),
        is_lower_bound=is_lower_bound,
        min_capacity=None if rate is None else max(1, instances_for(demand.min_tps, rate)),
        max_capacity=None if rate is None else instances_for(demand.peak_tps, rate, demand.growth),
    )


def _scaling(
    benchmark: Benchmark, request: Request, limits: Limits, saturation: Saturation, target: int
) -> RealTimeScaling:
    demand = request.demand
    min_capacity = max(1, instances_for(demand.min_tps, target))
    cooldown = cooldown_seconds(request.start_up_seconds)
    percent_per_core = _cpu_percent_per_core(benchmark, request.instance, limits, target)
    return RealTimeScaling(
        min_capacity=min_capacity,
        max_capacity=max(min_capacity, instances_for(demand.peak_tps, target, demand.growth)),
        invocations=InvocationsTarget(
            target, scale_in_cooldown_seconds=cooldown, scale_out_cooldown_seconds=cooldown
        ),
        cpu_per_core=None
        if percent_per_core is None
        else CpuPerCoreTarget(
            percent_per_core,
            request.instance.vcpus,
            scale_in_cooldown_seconds=cooldown,
            scale_out_cooldown_seconds=cooldown,
        ),
        step_scaling=_step_out(limits, saturation, target, cooldown),
        scheduled=tuple(
            ScheduledCapacity(s.name, s.schedule, s.timezone, max(min_capacity, instances_for(s.tps, target)))
            for s in demand.scheduled
        ),
    )


def _cpu_percent_per_core(benchmark: Benchmark, instance: Instance, limits: Limits, target: int) -> float | None:
    """CPU at the target's share of the maximum: by the utilisation law, U = X D (Denning and Buzen 1978,
    "The Operational Analysis of Queueing Network Models"), utilisation grows with throughput."""  # noqa: D205, D209
    frame = benchmark.frame
    if CPU_SUM in frame:
        busiest = frame[CPU_SUM].max() / instance.vcpus
    elif CPU_PER_CORE in frame:
        busiest = frame[CPU_PER_CORE].max()
    else:
        return None
    if not 0 < busiest <= 100:  # noqa: PLR2004
        if busiest > 0:
            raise ValueError(
                f"the benchmark's CPU reaches {busiest:g} % of each of {instance.vcpus} vCPUs, above 100: "
                f"is {instance.type} the type it ran on, and is the column's unit right?"
            )
        return None
    share = exact(target) / exact(limits.max_invocations_per_minute)
    percent = round(float(exact(float(busiest)) * share), _DECIMALS)
    return _as_written(percent) if percent > 0 else None


def _step_out(limits: Limits, saturation: Saturation, target: int, cooldown: int) -> tuple[StepScaling, ...]:
    """Hurry once an instance is past what it carries within the objective, before target tracking would.

    Up to the measured maximum the metric shows the load, and the step restores the target at its upper end.
    From there on the metric cannot show more than an instance does, so the fleet at least doubles.
    """
    threshold = saturation.highest_invocations_per_minute
    if threshold is None or saturation.is_lower_bound or threshold <= target:
        return ()
    maximum = limits.max_invocations_per_minute
    to_restore = math.ceil((exact(maximum) / target - 1) * 100)
    saturated_at = _as_written(float(exact(maximum) - exact(threshold)))
    steps: tuple[ScalingStep, ...] = (ScalingStep(0, None, to_restore),)
    if to_restore < _DOUBLE_PERCENT:
        steps = (ScalingStep(0, saturated_at, to_restore), ScalingStep(saturated_at, None, _DOUBLE_PERCENT))
    step_out = StepScaling(
        name="StepOut",
        direction="out",
        queries=(Metric("invocations_per_instance", "AWS/SageMaker", "InvocationsPerInstance", "Sum"),),
        threshold=threshold,
        period_seconds=_PERIOD_SECONDS,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        adjustment_type="PercentChangeInCapacity",
        min_adjustment_magnitude=1,
        cooldown_seconds=cooldown,
        steps=steps,
    )
    return (step_out,)


def _strictest(statistics: tuple[str, ...]) -> str | None:
    """The highest percentile measured, or else the mean."""
    return max(statistics, key=lambda s: float(s[1:]) if s.startswith("p") else -1, default=None)


def _as_written(number: float) -> float:
    return int(number) if number == int(number) else number
