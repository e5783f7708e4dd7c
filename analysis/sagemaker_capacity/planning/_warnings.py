"""What to be careful of in a plan, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sagemaker_capacity._benchmark import CPU_PER_CORE, CPU_SUM, MEMORY, TIME, Benchmark
from sagemaker_capacity._limits import plainly
from sagemaker_capacity_plan import Demand, RealTimeScaling, Saturation

if TYPE_CHECKING:
    from ._plan import Request

_NEARLY_FULL_PERCENT = 90


def warnings_for(
    benchmark: Benchmark, request: Request, saturation: Saturation, computed: RealTimeScaling, target: int
) -> Iterator[str]:
    """What a reviewer should look at before this plan is deployed."""
    if saturation.slo_statistic == "mean":
        percentiles = [s for s in benchmark.latency_statistics if s != "mean"]
        instead = f"was not held to its {', '.join(percentiles)}" if percentiles else "has no percentile"
        yield f"The SLO is on the mean: the benchmark {instead}, so slow requests do not show."
    if not saturation.errors_measured:
        yield "Errors are unknown: the benchmark did not measure them, so its maximum may hold failed requests."
    yield from _saturation_warnings(saturation, target)
    yield from _capacity_warnings(request.demand, computed)
    yield from _policy_warnings(request.demand, computed)
    yield from _benchmark_warnings(benchmark)


def _saturation_warnings(saturation: Saturation, target: int) -> Iterator[str]:
    least, highest = saturation.least_invocations_per_minute, saturation.highest_invocations_per_minute
    if highest is not None and highest < target and not saturation.is_lower_bound:
        yield (
            f"The target {target} is above the {plainly(highest)} that an instance carries within the SLO: "
            "the endpoint is slow before it scales. Lower the objective."
        )
    elif least is not None and least < target:
        yield (
            f"The target {target} is above the {plainly(least)} that an instance surely carries within the SLO: "
            "measure longer near it, or lower the objective."
        )


def _capacity_warnings(demand: Demand, computed: RealTimeScaling) -> Iterator[str]:
    if computed.min_capacity == 1:
        yield "Min capacity 1 has no redundancy: one failed instance is an outage. Plan with --min-instances 2."
    if computed.min_capacity == computed.max_capacity:
        yield f"Min and max capacity are both {computed.min_capacity}: no policy has anything to scale."
    if demand.min_tps == 0:
        yield "The minimum is 0 TPS, and a real-time variant keeps at least one instance."
    if demand.planned_share < 1:
        yield (
            f"The capacity is for {plainly(100 * demand.traffic_share)} % of the traffic: weights that give the "
            "variant more need more. Plan with --may-take-all-traffic if it may win, or if the others may fail."
        )


def _policy_warnings(demand: Demand, computed: RealTimeScaling) -> Iterator[str]:
    if computed.concurrency is not None and computed.concurrency.target_per_model < 1:
        yield (
            f"The concurrency target {plainly(computed.concurrency.target_per_model)} is below one request in "
            "flight: any request that comes alone may scale out. Track invocations alone, or aim higher."
        )
    if demand.ramp_tps_per_minute is not None and not computed.step_scaling:
        yield (
            f"Nothing hurries for the ramp of {plainly(demand.ramp_tps_per_minute)} TPS a minute: without a step "
            "policy only target tracking scales out. Benchmark up to where the SLO ends, or schedule capacity."
        )


def _benchmark_warnings(benchmark: Benchmark) -> Iterator[str]:
    yield from benchmark.warnings
    times = benchmark.frame[TIME]
    after = times[times.diff().shift(-1).dt.total_seconds() > 90]  # noqa: PLR2004
    if not after.empty:
        many = "1 gap" if len(after) == 1 else f"{len(after)} gaps"
        yield (
            f"The benchmark has {many} of more than a minute and a half, the first after "
            f"{after.iloc[0]:%Y-%m-%dT%H:%MZ}: what was not measured there is not planned for."
        )
    if benchmark.ignored_columns:
        yield f"Columns that are not understood were left out: {', '.join(benchmark.ignored_columns)}."
    if MEMORY in benchmark.frame and (fullest := benchmark.frame[MEMORY].max()) >= _NEARLY_FULL_PERCENT:
        yield (
            f"Memory reached {plainly(fullest)} %: it may be what limits an instance, and nothing scales on it. "
            "Benchmark a type with more memory, or fewer workers a container."
        )
    if not {CPU_SUM, CPU_PER_CORE} & set(benchmark.frame.columns):
        yield "CPU is unknown, so nothing scales out on it when requests grow heavier."
