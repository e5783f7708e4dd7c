"""Why a plan says what it says, in words."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_capacity._benchmark import Benchmark
from sagemaker_capacity._limits import DEFAULT_COOLDOWN_SECONDS, cooldown_seconds, plainly
from sagemaker_capacity_plan import Demand, Limits, Objective, RealTimeScaling, Saturation, StepScaling

from ._crossings import first_reached

_ENDED_BY = {
    "latency": ": above it the latency leaves the SLO",
    "errors": ": above it the errors leave the SLO",
    "throughput": ": above it the throughput no longer grows",
}
_MINUTE = "%Y-%m-%dT%H:%MZ"


def reasons_for(
    objective: Objective,
    demand: Demand,
    limits: Limits,
    computed: RealTimeScaling,
    *,
    base: float,
    target: int,
) -> Iterator[str]:
    """One sentence a number, with the arithmetic that gave it.

    Args:
        objective: which share is aimed at.
        demand: what is to be carried.
        limits: the band.
        computed: the numbers.
        base: what the objective takes its share of, in invocations per minute.
        target: per instance and minute.
    """
    of = plainly(base)
    yield (
        f"Target {target} = floor({of} x {plainly(objective.target_percent)} %), per instance and minute; "
        f"the band is {limits.lower_invocations_per_minute} = ceil({of} x {plainly(objective.lower_percent)} %) "
        f"to {limits.upper_invocations_per_minute} = floor({of} x {plainly(objective.upper_percent)} %)."
    )
    if objective.share_of == "saturation":
        yield (
            f"These are shares of the {of} that one instance surely sustains within the SLO, not of the "
            f"{plainly(limits.max_invocations_per_minute)} that it did at most."
        )
    share, growth = _share(demand), f" x {plainly(demand.growth)} growth"
    yield f"Max capacity {computed.max_capacity} = ceil({_tps(demand.peak_tps)}{growth}{share} / {target})."
    yield (
        f"Min capacity {computed.min_capacity} = ceil({_tps(demand.min_tps)}{share} / {target}), "
        f"at least {demand.min_instances}."
    )
    if demand.traffic_share < 1:
        part = f"{plainly(100 * demand.traffic_share)} %"
        yield (
            f"The variant takes {part} of the traffic and is planned for all of it, which it may take one day."
            if demand.may_take_all_traffic
            else f"The variant is planned for {part} of the traffic."
        )
    for planned, action in zip(demand.scheduled, computed.scheduled, strict=True):
        yield (
            f"Scheduled {planned.name}: at least {action.min_capacity} for {plainly(planned.tps)} TPS "
            f"= ceil({plainly(planned.tps)} x 60{share} / {target}), at least the min capacity."
        )


def saturation_reasons(
    demand: Demand, saturation: Saturation, computed: RealTimeScaling, why: tuple[str, ...]
) -> Iterator[str]:
    """What one instance sustains, how sure that is, what ends it, and the capacity that follows."""
    if saturation.slo_latency_ms is not None:
        slo = f"{saturation.slo_statistic} latency of at most {plainly(saturation.slo_latency_ms)} ms"
        origin = "as asked" if saturation.slo_given else "none was asked for, so twice the median under light load"
        yield f"The SLO is on the {slo} ({origin}){_error_clause(saturation)}."
    elif saturation.errors_measured:
        yield f"The SLO is on errors of at most {plainly(saturation.slo_error_percent)} %: no latency was measured."
    else:
        yield "How much one instance carries within an SLO is unknown: the benchmark has no latency to hold to one."
        return
    least = saturation.least_invocations_per_minute
    if least is None:
        yield f"The benchmark tells no rate that is sustained within the SLO{_because(why)}."
        return
    if saturation.curve is None:
        ended = f", by its minutes alone{_because(why)}"
    else:
        ended = _ENDED_BY.get(saturation.limited_by or "", _because(why))
    yield f"Within the SLO one instance sustains {_sustained(saturation)}{ended}."
    if saturation.busiest is not None and saturation.busiest_percent is not None:
        yield f"What it used most there was {saturation.busiest}, {plainly(saturation.busiest_percent)} % of it."
    spare = computed.max_capacity * least / (demand.peak_tps * 60 * demand.planned_share)
    yield (
        f"Counted from {plainly(least)}, {saturation.max_capacity} = ceil({_tps(demand.peak_tps)} x "
        f"{plainly(demand.growth)} growth{_share(demand)} / {plainly(least)}) instances carry the peak with its "
        f"growth; the plan's {computed.max_capacity} could carry {spare:.2f} times the peak"
        f"{_headroom(demand, spare)}."
    )


def _headroom(demand: Demand, spare: float) -> str:
    if spare <= 1:
        return ""
    return ", since the target leaves headroom" + (" and growth adds to it" if demand.growth > 1 else "")


def _sustained(saturation: Saturation) -> str:
    least = plainly(saturation.least_invocations_per_minute or 0)
    if saturation.is_lower_bound:
        return f"at least {least} per minute"
    highest = plainly(saturation.highest_invocations_per_minute or 0)
    if saturation.most_invocations_per_minute is None:
        return f"{highest} per minute"
    most = plainly(saturation.most_invocations_per_minute)
    return f"{highest} per minute by the {saturation.curve}, {least} to {most} with 95 % confidence"


def _because(why: tuple[str, ...]) -> str:
    return ": " + " ".join(why).rstrip(".") if why else ""


def _error_clause(saturation: Saturation) -> str:
    if saturation.errors_measured:
        return f" and errors of at most {plainly(saturation.slo_error_percent)} %"
    return "; errors are unknown"


def policy_reasons(
    demand: Demand, limits: Limits, saturation: Saturation, computed: RealTimeScaling, target: int
) -> Iterator[str]:
    """Why there is each policy beside the invocations', or why there is none."""
    maximum = plainly(limits.max_invocations_per_minute)
    if in_flight := computed.concurrency:
        yield (
            f"Concurrency target {plainly(in_flight.target_per_model)}: the requests in flight at {target} a "
            "minute, which is the rate times the mean latency there (Little's law)."
        )
    if cpu := computed.cpu_per_core:
        yield (
            f"CPU target {plainly(cpu.target_percent_per_core)} % of each of {cpu.vcpus} cores: the highest CPU "
            f"measured x {target} / {maximum} (utilisation grows with throughput)."
        )
    else:
        yield "No CPU policy: the benchmark measured no CPU."
    for step in computed.step_scaling:
        yield (
            f"Step scaling out above {plainly(step.threshold)} per instance and minute, surely still within "
            f"the SLO: +{step.steps[0].adjustment} % brings {maximum} back to {target}{_full(step, maximum)}."
        )
        if demand.ramp_tps_per_minute is not None:
            yield (
                f"No step is smaller than {step.min_adjustment_magnitude}: what a ramp of "
                f"{plainly(demand.ramp_tps_per_minute)} TPS a minute adds within the {step.cooldown_seconds} s "
                "before the policy acts again."
            )
    if computed.step_scaling:
        return
    if saturation.is_lower_bound:
        yield "No step policy: the benchmark never left the SLO, so no load is known at which to hurry."
    else:
        yield "No step policy: no rate above the target is known to end the SLO."


def _full(step: StepScaling, maximum: str) -> str:
    if len(step.steps) == 1:
        return ""
    return f"; at {maximum} an instance is full and its metric hides the rest, so +{step.steps[-1].adjustment} %"


def crossing_reason(benchmark: Benchmark, limits: Limits) -> Iterator[str]:
    """When the benchmark entered the band and when it left it; nothing where it kept no times."""
    lower, upper = limits.lower_invocations_per_minute, limits.upper_invocations_per_minute
    entered, left = first_reached(benchmark, lower), first_reached(benchmark, upper)
    if entered is not None and left is not None:
        yield (
            f"The benchmark first reached the lower limit {lower} at {entered:{_MINUTE}} "
            f"and the upper limit {upper} at {left:{_MINUTE}}."
        )


def cooldown_reason(start_up_seconds: int | None) -> Iterator[str]:
    """Why a policy waits as long as it does before it acts again; nothing where no start-up was measured."""
    if start_up_seconds is not None:
        yield (
            f"Cooldowns {cooldown_seconds(start_up_seconds)} s = the longer of the default "
            f"{DEFAULT_COOLDOWN_SECONDS} s and a start-up of {start_up_seconds} s, before which no metric shows "
            "what an instance adds."
        )


def _tps(tps: float) -> str:
    return f"{plainly(tps)} TPS x 60"


def _share(demand: Demand) -> str:
    return "" if demand.planned_share == 1 else f" x {plainly(demand.planned_share)} share"
