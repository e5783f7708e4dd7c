"""From a benchmark to a plan: the published one exactly, what the evidence supports, and what it does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_capacity import (
    NoAnswerError,
    Request,
    instance_of,
    make_plan,
    objective_between,
    objective_named,
    read_benchmark,
)
from sagemaker_capacity_plan import (
    CapacityPlan,
    CpuPerCoreTarget,
    Demand,
    InvocationsTarget,
    Limits,
    Metric,
    RealTimeScaling,
    Saturation,
    ScalingStep,
    ScheduledDemand,
    StepScaling,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sagemaker_capacity import Benchmark

RECORDED = Path(__file__).parents[1] / "plans/xgboost/benchmark.csv"
COOLDOWNS = {"scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 300}
REQUEST = Request(instance_of("ml.c5.large"), objective_between(45, 55), Demand(500, 70, 1.2, ()))


def benchmark(folder: Path, columns: str, rows: Iterable[str]) -> Benchmark:
    lines = [f"time_utc,{columns}", *(f"2026-01-01T10:{i:02}:00Z,{row}" for i, row in enumerate(rows))]
    path = folder / "load.csv"
    path.write_text("\n".join(lines))
    return read_benchmark(path)


def planned(bench: Benchmark, **asked: Any) -> CapacityPlan:  # noqa: ANN401 - a Request's fields
    return make_plan(bench, replace(REQUEST, **asked), source="load.csv")


def words(plan: CapacityPlan) -> str:
    return "\n".join([*plan.reasons, *plan.warnings])


def test_the_plan_of_the_published_benchmark() -> None:
    plan = make_plan(read_benchmark(RECORDED), REQUEST, source="benchmark.csv")
    assert plan.limits == Limits(9068, 4987, 4081)
    assert plan.saturation == Saturation(
        slo_latency_ms=22.6,
        slo_statistic="mean",
        slo_given=False,
        slo_error_percent=1,
        errors_measured=False,
        highest_invocations_per_minute=8690,
        is_lower_bound=False,
        min_capacity=1,
        max_capacity=5,
        least_invocations_per_minute=7889,
        most_invocations_per_minute=9079,
        limited_by="latency",
        busiest="CPU",
        busiest_percent=86.65,
        curve="queueing curve",
        sustained_minutes=3,
        seed=0,
    )
    assert plan.scaling == RealTimeScaling(
        min_capacity=1,
        max_capacity=8,
        invocations=InvocationsTarget(4987, **COOLDOWNS),
        cpu_per_core=CpuPerCoreTarget(47.65, 2, **COOLDOWNS),
        step_scaling=(
            StepScaling(
                name="StepOut",
                direction="out",
                queries=(
                    Metric("invocations_per_instance", "AWS/SageMaker", "InvocationsPerInstance", "Sum", None),
                ),
                threshold=7889,
                period_seconds=60,
                evaluation_periods=1,
                datapoints_to_alarm=1,
                treat_missing_data="notBreaching",
                adjustment_type="PercentChangeInCapacity",
                min_adjustment_magnitude=1,
                cooldown_seconds=300,
                steps=(ScalingStep(0, 1179, 82), ScalingStep(1179, None, 100)),
            ),
        ),
    )
    assert plan.evidence.rows == 14
    assert plan.evidence.sha256 == hashlib.sha256(RECORDED.read_bytes()).hexdigest()
    assert (plan.evidence.start_utc, plan.evidence.end_utc) == ("2022-12-09T23:31:00Z", "2022-12-09T23:44:00Z")


@pytest.mark.parametrize(("start_up_seconds", "cooldown_seconds"), [(1, 300), (300, 300), (301, 301), (525, 525)])
def test_no_cooldown_is_shorter_than_the_start_up_and_the_reason_is_told(
    start_up_seconds: int, cooldown_seconds: int
) -> None:
    default = planned(read_benchmark(RECORDED))
    plan = planned(read_benchmark(RECORDED), start_up_seconds=start_up_seconds)
    assert plan.start_up_seconds == start_up_seconds
    longer = dict.fromkeys(COOLDOWNS, cooldown_seconds)
    scaling, (step_out,) = default.scaling, default.scaling.step_scaling
    assert plan.scaling == replace(
        scaling,
        invocations=replace(scaling.invocations, **longer),
        cpu_per_core=replace(scaling.cpu_per_core, **longer),
        step_scaling=(replace(step_out, cooldown_seconds=cooldown_seconds),),
    )
    (reason,) = (reason for reason in plan.reasons if reason not in default.reasons)
    assert reason.startswith(f"Cooldowns {cooldown_seconds} s = the longer of the default 300 s and a start-up of ")
    assert f"of {start_up_seconds} s" in reason


def test_a_price_is_noted_and_changes_no_other_number() -> None:
    instance = instance_of("ml.c5.large", price_usd_per_hour=0.102)
    plan = planned(read_benchmark(RECORDED), instance=instance)
    assert (plan.instance.price_usd_per_hour, plan.instance.price_source) == (0.102, "given")
    assert replace(plan, instance=REQUEST.instance) == planned(read_benchmark(RECORDED))


def test_headroom_counted_twice_is_seen_in_the_reasons() -> None:
    plan = make_plan(read_benchmark(RECORDED), REQUEST, source="benchmark.csv")
    (seen,) = [reason for reason in plan.reasons if "Counted from 7889" in reason]
    assert "5 = ceil(500 TPS x 60 x 1.2 growth / 7889)" in seen
    assert "the plan's 8 could carry 2.10 times the peak, since the target leaves headroom and growth adds" in seen
    (even,) = [
        r for r in planned(read_benchmark(RECORDED), demand=Demand(500, 70, 1, ())).reasons if "Counted" in r
    ]
    assert even.endswith("times the peak, since the target leaves headroom.")


@pytest.mark.parametrize("columns", ["invocations_per_minute", "invocations_per_minute,cpu_sum_percent"])
def test_without_cpu_there_is_no_cpu_policy_and_a_reason(tmp_path: Path, columns: str) -> None:
    row = ",".join(["1000", *([""] * columns.count(","))])
    plan = planned(benchmark(tmp_path, columns, [row, row]))
    assert plan.scaling.cpu_per_core is None
    assert "No CPU policy: the benchmark measured no CPU." in plan.reasons
    assert "CPU is unknown" in words(plan)


def test_without_latency_there_is_no_step_policy_and_no_capacity_within_an_slo(tmp_path: Path) -> None:
    plan = planned(benchmark(tmp_path, "invocations_per_minute", ["1000", "2000"]))
    assert plan.scaling.step_scaling == ()
    assert plan.saturation == Saturation(None, None, False, 1, False, None, False, None, None)  # noqa: FBT003
    assert "within an SLO is unknown" in words(plan)
    assert "No step policy" in words(plan)


def test_the_slo_on_the_mean_and_unknown_errors_are_said(tmp_path: Path) -> None:
    said = words(planned(benchmark(tmp_path, "invocations_per_minute,latency_mean_ms", ["100,5", "1000,6"])))
    assert "The SLO is on the mean" in said
    assert "Errors are unknown" in said
    columns = "invocations_per_minute,errors_per_minute,latency_p95_ms"
    said = words(planned(benchmark(tmp_path, columns, ["100,0,5", "1000,0,6"])))
    assert "on the mean" not in said
    assert "rrors are unknown" not in said
    assert "errors of at most 1 %" in said


def test_an_slo_on_the_mean_beside_percentiles_is_said_to_be_a_choice(tmp_path: Path) -> None:
    bench = benchmark(tmp_path, "invocations_per_minute,latency_mean_ms,latency_p95_ms", ["100,5,9", "1000,6,9"])
    said = words(planned(bench, slo_statistic="mean"))
    assert "The SLO is on the mean: the benchmark was not held to its p95" in said


def test_the_slo_is_on_the_strictest_latency_measured_unless_another_is_asked_for(tmp_path: Path) -> None:
    columns = "invocations_per_minute,latency_p95_ms,latency_mean_ms,latency_p99.9_ms,latency_p99_ms"
    bench = benchmark(tmp_path, columns, ["100,2,1,4,3", "1000,2,1,4,3"])
    assert planned(bench).saturation.slo_statistic == "p99.9"
    asked = planned(bench, slo_statistic="mean", slo_latency_ms=1.5).saturation
    assert (asked.slo_statistic, asked.slo_latency_ms, asked.slo_given) == ("mean", 1.5, True)
    with pytest.raises(ValueError, match=r"no p50 latency.*it has p95, mean, p99\.9, p99"):
        planned(bench, slo_statistic="p50")


def test_a_latency_objective_needs_a_latency(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="measured no latency"):
        planned(benchmark(tmp_path, "invocations_per_minute", ["1000", "2000"]), slo_latency_ms=20)


@pytest.mark.parametrize("latency_ms", [0, -1, float("nan"), float("inf")])
def test_a_latency_objective_is_finite_and_above_0(latency_ms: float) -> None:
    with pytest.raises(ValueError, match="latency objective must be finite and above 0"):
        replace(REQUEST, slo_latency_ms=latency_ms)


@pytest.mark.parametrize("percent", [-1, 100.5, float("nan")])
def test_an_error_objective_is_a_percentage(percent: float) -> None:
    with pytest.raises(ValueError, match="error objective must be 0 to 100 percent"):
        replace(REQUEST, slo_error_percent=percent)


@pytest.mark.parametrize(("column", "full"), [("cpu_sum_percent", 200), ("cpu_per_core_percent", 100)])
def test_cpu_is_at_most_full_and_its_target_follows_throughput(tmp_path: Path, column: str, full: int) -> None:
    columns = f"invocations_per_minute,{column}"
    plan = planned(benchmark(tmp_path, columns, ["500,50", f"1000,{full}"]))
    assert plan.scaling.cpu_per_core == CpuPerCoreTarget(55, 2, **COOLDOWNS)
    said = r"load\.csv.* 2026-01-01T10:01:00Z .* 101 % .* 2 vCPUs, above 100: is ml\.c5\.large the type it ran on"
    with pytest.raises(ValueError, match=said):
        planned(benchmark(tmp_path, columns, ["500,50", f"1000,{full / 100 * 101}"]))


@pytest.mark.parametrize("rates", [["0", "0"], ["0", "1"], ["1.8", "0.5"]])
def test_too_little_load_is_no_answer_with_its_reason(tmp_path: Path, rates: list[str]) -> None:
    with pytest.raises(NoAnswerError, match="less than one invocation per minute"):
        planned(benchmark(tmp_path, "invocations_per_minute", rates))


def test_the_least_load_that_gives_a_target_gives_a_plan(tmp_path: Path) -> None:
    plan = planned(benchmark(tmp_path, "invocations_per_minute", ["1", "2"]), objective=objective_named("balanced"))
    assert plan.scaling.invocations.target_per_instance_per_minute == 1
    assert plan.scaling.max_capacity == 36000


def test_scheduled_demand_is_counted_by_the_target_and_never_below_the_min_capacity() -> None:
    demand = Demand(
        500,
        170,
        1.2,
        (
            ScheduledDemand("Morning", "cron(30 8 ? * MON-FRI *)", "Europe/Berlin", 300),
            ScheduledDemand("Night", "cron(0 22 ? * * *)", "Europe/Berlin", 1),
        ),
    )
    plan = planned(read_benchmark(RECORDED), demand=demand)
    assert plan.scaling.min_capacity == 3
    assert [(s.name, s.min_capacity) for s in plan.scaling.scheduled] == [("Morning", 4), ("Night", 3)]
    assert "Scheduled Morning: at least 4 for 300 TPS" in words(plan)


def test_without_saturation_seen_there_is_a_lower_bound_and_no_step(tmp_path: Path) -> None:
    rows = ["100,10", "900,11", "1000,12"]
    plan = planned(benchmark(tmp_path, "invocations_per_minute,latency_p95_ms", rows))
    assert plan.saturation.is_lower_bound
    assert plan.saturation.highest_invocations_per_minute == 1000
    assert plan.scaling.step_scaling == ()
    assert "sustains at least 1000 per minute, by its minutes alone" in words(plan)
    assert "never left the SLO" in words(plan)


def test_no_minute_within_the_slo_is_said_and_gives_no_capacity(tmp_path: Path) -> None:
    rows = ["100,10", "900,11", "1000,12"]
    plan = planned(benchmark(tmp_path, "invocations_per_minute,latency_p95_ms", rows), slo_latency_ms=5)
    assert plan.saturation.highest_invocations_per_minute is None
    assert plan.saturation.max_capacity is None
    assert "tells no rate that is sustained within the SLO: none of its minutes was within it" in words(plan)


def test_a_target_above_what_the_slo_allows_is_warned_of_and_has_no_step(tmp_path: Path) -> None:
    rows = ["100,10", "300,11", "600,90", "1000,95"]
    plan = planned(benchmark(tmp_path, "invocations_per_minute,latency_p95_ms", rows))
    assert plan.scaling.invocations.target_per_instance_per_minute == 550
    assert plan.scaling.step_scaling == ()
    assert "The target 550 is above the 300" in words(plan)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({}, "no redundancy"), ({"demand": Demand(500, 0, 1, ())}, "real-time variant keeps at least one instance")],
)
def test_what_a_reviewer_should_look_at_is_warned_of(asked: dict[str, Any], said: str) -> None:
    assert said in words(planned(read_benchmark(RECORDED), **asked))


@pytest.mark.parametrize(("fullest", "warned"), [(89, False), (90, True), (97.5, True)])
def test_a_memory_nearly_full_is_warned_of(tmp_path: Path, fullest: float, warned: bool) -> None:  # noqa: FBT001
    rows = [f"{load},10,{40 + (fullest - 40) * load / 1000}" for load in (200, 600, 1000)]
    plan = planned(benchmark(tmp_path, "invocations_per_minute,latency_p95_ms,memory_percent", rows))
    assert (f"Memory reached {fullest:g} %" in " ".join(plan.warnings)) == warned


def test_gaps_and_columns_left_out_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("time_utc,invocations_per_minute,note\n2026-01-01T10:00Z,1000,a\n2026-01-01T10:05Z,1000,b\n")
    warnings = planned(read_benchmark(path)).warnings
    assert "has 1 gap of more than a minute and a half, the first after 2026-01-01T10:00Z" in " ".join(warnings)
    assert "Columns that are not understood were left out: note." in warnings


@pytest.mark.parametrize(("unit", "per_ms"), [("us", 1000), ("s", 0.001)])
def test_the_unit_of_the_latency_changes_nothing_but_the_sha(tmp_path: Path, unit: str, per_ms: float) -> None:
    header, *lines = RECORDED.read_text().split()
    rows = [line.split(",") for line in lines]
    in_unit = [[*row[:2], row[2] and f"{float(row[2]) * per_ms:.10g}", row[3]] for row in rows]
    path = tmp_path / "benchmark.csv"
    path.write_text("\n".join([header.replace("_ms", f"_{unit}"), *map(",".join, in_unit)]))
    for slo_ms in (None, 17.6):
        assert but_sha(path, slo_ms) == but_sha(RECORDED, slo_ms)


@given(st.permutations(RECORDED.read_text().split()[1:]))
@settings(max_examples=12, deadline=None)
def test_the_order_of_the_rows_changes_nothing_but_the_sha(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "benchmark.csv"
    path.write_text("\n".join([RECORDED.read_text().split()[0], *rows]))
    assert but_sha(path) == but_sha(RECORDED)


def but_sha(path: Path, slo_ms: float | None = None) -> dict[str, Any]:
    request = replace(REQUEST, slo_latency_ms=slo_ms)
    document: dict[str, Any] = json.loads(make_plan(read_benchmark(path), request, source="b.csv").to_json())
    del document["evidence"]["sha256"]
    return document


@given(
    rows=st.lists(st.tuples(st.integers(30, 10**6), st.integers(1, 10**6), st.integers(0, 200)), min_size=2),
    tps=st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)),
    growth=st.integers(100, 300),
    objective=st.sampled_from(["availability", "balanced", "cost"]),
)
@settings(max_examples=60, deadline=None)
def test_any_plan_made_reads_back_as_itself_and_holds_its_own_laws(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, int]],
    tps: tuple[int, int],
    growth: int,
    objective: str,
) -> None:
    columns = "invocations_per_minute,latency_p95_us,cpu_sum_percent"
    cells = (f"{rate / 10},{latency},{cpu}" for rate, latency, cpu in rows[:60])
    bench = benchmark(tmp_path_factory.getbasetemp(), columns, cells)
    least, most = sorted(tps)
    demand = Demand(most / 100, least / 100, growth / 100, ())
    plan = planned(bench, demand=demand, objective=objective_named(objective))
    assert CapacityPlan.from_json(plan.to_json()) == plan
    assert 1 <= plan.scaling.min_capacity <= plan.scaling.max_capacity
    if plan.saturation.least_invocations_per_minute is not None:
        assert plan.saturation.least_invocations_per_minute <= plan.limits.max_invocations_per_minute
        assert plan.saturation.least_invocations_per_minute <= plan.saturation.highest_invocations_per_minute
    for step_out in plan.scaling.step_scaling:
        assert_steps_restore_the_target(plan, step_out)


def assert_steps_restore_the_target(plan: CapacityPlan, step_out: StepScaling) -> None:
    target = plan.scaling.invocations.target_per_instance_per_minute
    maximum = Fraction(str(plan.limits.max_invocations_per_minute))
    first, *more = step_out.steps
    assert target < step_out.threshold < maximum
    assert maximum / (1 + Fraction(first.adjustment, 100)) <= target
    assert maximum / (1 + Fraction(first.adjustment - 1, 100)) > target
    if first.adjustment >= 100:
        assert more == []
    else:
        saturated_at = maximum - Fraction(str(step_out.threshold))
        assert more == [ScalingStep(float(saturated_at), None, 100)]
