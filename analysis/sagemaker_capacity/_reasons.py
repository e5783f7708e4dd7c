"""Why a plan says what it says, and what to be careful of, in words."""

from __future__ import annotations

from collections.abc import Iterator

from sagemaker_capacity_plan import Demand, Limits, Objective, RealTimeScaling, Saturation, StepScaling

from ._benchmark import CPU_PER_CORE, CPU_SUM, MEMORY, TIME, Benchmark
from ._crossings import first_reached
from ._limits import DEFAULT_COOLDOWN_SECONDS, cooldown_seconds

_MINUTE = "%Y-%m-%dT%H:%MZ"
_NEARLY_FULL_PERCENT = 90


def reasons_for(
    objective: Objective,
    demand: Demand,
    limits: Limits,
    saturation: Saturation,
    computed: RealTimeScaling,
    *,
    target: int,
) -> Iterator[str]:
    """One sentence a number, with the arithmetic that gave it; the target is per instance and minute."""
    maximum = _n(limits.max_invocations_per_minute)
    yield (
        f"Target {target} = floor({maximum} x {_n(objective.target_percent)} %), per instance and minute; "
        f"the band is {limits.lower_invocations_per_minute} = ceil({maximum} x {_n(objective.lower_percent)} %) "
        f"to {limits.upper_invocations_per_minute} = floor({maximum} x {_n(objective.upper_percent)} %)."
    )
    yield (
        f"Max capacity {computed.max_capacity} = ceil({_n(demand.peak_tps)} TPS x 60 x {_n(demand.growth)} growth "
        f"/ {target})."
    )
    yield f"Min capacity {computed.min_capacity} = ceil({_n(demand.min_tps)} TPS x 60 / {target}), at least 1."
    for planned, action in zip(demand.scheduled, computed.scheduled, strict=True):
        yield (
            f"Scheduled {planned.name}: at least {action.min_capacity} for {_n(planned.tps)} TPS "
            f"= ceil({_n(planned.tps)} x 60 / {target}), at least the min capacity."
        )
    yield from _saturation_reasons(demand, saturation, computed)
    yield from _policy_reasons(limits, saturation, computed, target)


def _saturation_reasons(demand: Demand, saturation: Saturation, computed: RealTimeScaling) -> Iterator[str]:
    if saturation.slo_latency_ms is None:
        yield "How much one instance carries within an SLO is unknown: the benchmark has no latency to hold to one."
        return
    slo = f"{saturation.slo_statistic} latency of at most {_n(saturation.slo_latency_ms)} ms"
    origin = "as asked" if saturation.slo_given else "none was asked for, so twice the median under light load"
    yield f"The SLO is on the {slo} ({origin}){_error_clause(saturation)}."
    rate = saturation.highest_invocations_per_minute
    if rate is None:
        yield "No minute of the benchmark was within the SLO, so it tells no capacity within it."
        return
    at_least = "at least " if saturation.is_lower_bound else ""
    yield f"Within the SLO one instance carries {at_least}{_n(rate)} per minute."
    spare = computed.max_capacity * rate / (demand.peak_tps * 60)
    yield (
        f"Counted from there, {saturation.max_capacity} = ceil({_n(demand.peak_tps)} x 60 x {_n(demand.growth)} "
        f"/ {_n(rate)}) instances carry the peak with its growth; the plan's {computed.max_capacity} could carry "
        f"{spare:.2f} times the peak, since the target leaves headroom and growth adds to it."
    )


def _error_clause(saturation: Saturation) -> str:
    if saturation.errors_measured:
        return f" and errors of at most {_n(saturation.slo_error_percent)} %"
    return "; errors are unknown"


def _policy_reasons(
    limits: Limits, saturation: Saturation, computed: RealTimeScaling, target: int
) -> Iterator[str]:
    maximum = _n(limits.max_invocations_per_minute)
    if cpu := computed.cpu_per_core:
        yield (
            f"CPU target {_n(cpu.target_percent_per_core)} % of each of {cpu.vcpus} cores: the highest CPU "
            f"measured x {target} / {maximum} (utilisation grows with throughput)."
        )
    else:
        yield "No CPU policy: the benchmark measured no CPU."
    for step in computed.step_scaling:
        yield (
            f"Step scaling out above {_n(step.threshold)} per instance and minute, where "
            f"the SLO ends: +{step.steps[0].adjustment} % brings {maximum} back to {target}"
            f"{_full(step, maximum)}."
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


def warnings_for(
    benchmark: Benchmark, demand: Demand, saturation: Saturation, computed: RealTimeScaling, target: int
) -> Iterator[str]:
    """What a reviewer should look at before this plan is deployed."""
    rate = saturation.highest_invocations_per_minute
    if saturation.slo_statistic == "mean":
        percentiles = [s for s in benchmark.latency_statistics if s != "mean"]
        instead = f"was not held to its {', '.join(percentiles)}" if percentiles else "has no percentile"
        yield f"The SLO is on the mean: the benchmark {instead}, so slow requests do not show."
    if not saturation.errors_measured:
        yield "Errors are unknown: the benchmark did not measure them, so its maximum may hold failed requests."
    if rate is not None and rate < target:
        yield (
            f"The target {_n(target)} is above the {_n(rate)} that an instance carries within the SLO: "
            "the endpoint is slow before it scales. Lower the objective."
        )
    if computed.min_capacity == 1:
        yield "Min capacity 1 has no redundancy: one failed instance is an outage. Override min_capacity with 2."
    if demand.min_tps == 0:
        yield "The minimum is 0 TPS, and a real-time variant keeps at least one instance."
    yield from _benchmark_warnings(benchmark)


def _benchmark_warnings(benchmark: Benchmark) -> Iterator[str]:
    yield from benchmark.warnings
    gaps = int((benchmark.frame[TIME].diff().dt.total_seconds() > 90).sum())  # noqa: PLR2004
    if gaps:
        yield f"The benchmark has {gaps} gap{'s' if gaps > 1 else ''} of more than a minute and a half."
    if benchmark.ignored_columns:
        yield f"Columns that are not understood were left out: {', '.join(benchmark.ignored_columns)}."
    if MEMORY in benchmark.frame and (fullest := benchmark.frame[MEMORY].max()) >= _NEARLY_FULL_PERCENT:
        yield (
            f"Memory reached {_n(fullest)} %: it may be what limits an instance, and nothing scales on it. "
            "Benchmark a type with more memory, or fewer workers a container."
        )
    if not {CPU_SUM, CPU_PER_CORE} & set(benchmark.frame.columns):
        yield "CPU is unknown, so nothing scales out on it when requests grow heavier."


def _n(number: float) -> str:
    """A rate as it is, without a needless point."""
    return f"{number:.10g}"
