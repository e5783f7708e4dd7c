"""Capacity plans for property tests: any that the contract allows, of each kind, and any that analysis makes."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from scaling_strategy import (
    asynchronous_scalings,
    component_scalings,
    numbers,
    real_time_scalings,
    serverless_scalings,
    words,
)

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
    SERVERLESS_OBJECTIVES,
    SHARES_OF,
    CapacityPlan,
    ComparedInstance,
    Demand,
    Evidence,
    Instance,
    Limits,
    Objective,
    Override,
    Saturation,
    Scaling,
    ScheduledDemand,
    ServerlessObjective,
    ServerlessScaling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_TYPES = (("ml.c5.large", 2), ("ml.m5.4xlarge", 16), ("ml.g5.12xlarge", 48), ("ml.trn1.2xlarge", 8))


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """So many examples of a strategy, the same at each run, for a test that puts them all into one stack."""
    found: list[T] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    assert len(found) == count
    return found


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """An instance type, its price known or not."""
    instance_type, vcpus = draw(st.sampled_from(_TYPES))
    if draw(st.booleans()):
        return Instance(instance_type, vcpus, "given")
    return Instance(instance_type, vcpus, draw(words), draw(numbers(0.01, 100)), draw(words))


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    """A demand with or without a schedule of its own."""
    peak_tps = draw(numbers(1, 10_000))
    planned = st.builds(ScheduledDemand, words, st.just("rate(1 day)"), words, numbers(0.5, peak_tps))
    return Demand(
        peak_tps,
        draw(numbers(0, peak_tps)),
        draw(numbers(1, 10)),
        tuple(draw(st.lists(planned, max_size=2))),
        traffic_share=draw(st.just(1) | numbers(0.01, 1)),
        may_take_all_traffic=draw(st.booleans()),
        min_instances=draw(st.integers(1, 3)),
        ramp_tps_per_minute=draw(st.none() | numbers(0.1, 1000)),
    )


@st.composite
def objectives(draw: st.DrawFn) -> Objective:
    """Limits of any percentage, and a target between them."""
    lower, upper = draw(numbers(1, 49)), draw(numbers(50, 100))
    return Objective(draw(words), draw(numbers(lower, upper)), upper, lower, draw(st.sampled_from(SHARES_OF)))


@st.composite
def serverless_objectives(draw: st.DrawFn) -> ServerlessObjective:
    """Any, compared with instances or with none."""
    size = st.none() | numbers(0, 1e9)
    return ServerlessObjective(
        name=draw(st.sampled_from(SERVERLESS_OBJECTIVES)),
        statistic=draw(words),
        cost_weight_percent=draw(numbers(0, 100)),
        request_bytes=draw(size),
        response_bytes=draw(size),
        compared_with=tuple(
            draw(st.lists(st.builds(ComparedInstance, words, st.none() | numbers(0.1, 1e4)), max_size=2))
        ),
        prices=draw(st.none() | words),
    )


@st.composite
def saturations(draw: st.DrawFn) -> Saturation:
    """With a latency held to, or without one measured."""
    measured = draw(st.booleans())
    rate, percent = st.none() | numbers(1, 100_000), st.none() | numbers(0, 100)
    return Saturation(
        slo_latency_ms=draw(numbers(1, 60_000)) if measured else None,
        slo_statistic=draw(st.sampled_from(["mean", "p50", "p95", "p99.9"])) if measured else None,
        slo_given=measured and draw(st.booleans()),
        slo_error_percent=draw(numbers(0, 100)),
        errors_measured=draw(st.booleans()),
        highest_invocations_per_minute=draw(rate),
        is_lower_bound=draw(st.booleans()),
        min_capacity=draw(st.none() | st.integers(1, 100)),
        max_capacity=draw(st.none() | st.integers(1, 100)),
        least_invocations_per_minute=draw(rate),
        most_invocations_per_minute=draw(rate),
        limited_by=draw(st.none() | st.sampled_from(["latency", "errors", "throughput"])),
        busiest=draw(st.none() | words),
        busiest_percent=draw(percent),
        curve=draw(st.none() | words),
        sustained_minutes=draw(st.integers(1, 60)),
        seed=draw(st.integers(0, 2**31)),
    )


@st.composite
def overrides(draw: st.DrawFn, computed: Scaling) -> tuple[Override, ...]:
    """None, or numbers of a person's that are within the invariants, whatever was computed."""
    possible: dict[str, float] = {"max_concurrency": 200}
    if not isinstance(computed, ServerlessScaling):
        possible = {"max_capacity": computed.max_capacity + 1}
        possible |= {f"step_scaling.{step.name}.threshold": draw(numbers(1, 99)) for step in computed.step_scaling}
    chosen = draw(st.sets(st.sampled_from(sorted(possible))))
    return tuple(Override(field, possible[field], draw(words)) for field in sorted(chosen))


@st.composite
def _plans(draw: st.DrawFn, of_vcpus: Callable[[int], st.SearchStrategy[Scaling]]) -> CapacityPlan:
    instance = draw(instances())
    computed = draw(of_vcpus(instance.vcpus))
    upper = draw(st.integers(500, 999))
    limits = st.builds(Limits, numbers(1000, 100_000), st.just(upper), st.integers(1, 499))
    plan = CapacityPlan(
        evidence=Evidence(draw(words), "0" * 64, 2, "2026-01-31T09:00:00Z", "2026-01-31T09:01:00Z"),
        instance=None if isinstance(computed, ServerlessScaling) else instance,
        start_up_seconds=draw(st.none() | st.integers(1, 3600)),
        objective=draw(
            st.none() | (serverless_objectives() if isinstance(computed, ServerlessScaling) else objectives())
        ),
        demand=draw(demands()),
        limits=draw(st.none() | limits),
        saturation=draw(st.none() | saturations()),
        computed=computed,
        reasons=tuple(draw(st.lists(words, max_size=2))),
        warnings=tuple(draw(st.lists(words, max_size=2))),
        overrides=draw(overrides(computed)),
    )
    return CapacityPlan.from_json(plan.to_json())


def real_time_plans() -> st.SearchStrategy[CapacityPlan]:
    """Any plan of a real-time variant that the contract allows, as it is read from its file."""
    return _plans(real_time_scalings)


def asynchronous_plans() -> st.SearchStrategy[CapacityPlan]:
    """Any plan of an asynchronous variant, likewise."""
    return _plans(asynchronous_scalings)


def component_plans() -> st.SearchStrategy[CapacityPlan]:
    """Any plan of an inference component, likewise."""
    return _plans(lambda _: component_scalings())


def serverless_plans() -> st.SearchStrategy[CapacityPlan]:
    """Any plan of a serverless variant, likewise."""
    return _plans(lambda _: serverless_scalings())


def allowed_plans() -> st.SearchStrategy[CapacityPlan]:
    """Any plan that the contract allows, of any kind."""
    return real_time_plans() | asynchronous_plans() | component_plans() | serverless_plans()


@st.composite
def benchmarks(draw: st.DrawFn) -> str:
    """A benchmark's CSV file: load that grows, latency that grows with it, and columns that may lack."""
    growth = draw(st.lists(st.integers(1, 2000), min_size=2, max_size=30))
    columns: dict[str, Callable[[float], float]] = {"invocations_per_minute": lambda rate: rate}
    service_ms, busiest = draw(st.floats(0.5, 500)), draw(st.floats(1, 199))
    if draw(st.booleans()):
        columns["latency_mean_ms"] = lambda share: round(service_ms / (1.05 - share), 3)
    if draw(st.booleans()):
        columns["latency_p99_ms"] = lambda share: round(3 * service_ms / (1.02 - share), 3)
    if draw(st.booleans()):
        columns["cpu_sum_percent"] = lambda share: round(busiest * share, 3)
    rates = [sum(growth[: i + 1]) for i in range(len(growth))]
    lines = [",".join(["time_utc", *columns])]
    for minute, rate in enumerate(rates):
        cells = [rate if name.startswith("inv") else of(rate / rates[-1]) for name, of in columns.items()]
        lines.append(",".join([f"2026-01-31T09:{minute:02}:00Z", *map(str, cells)]))
    return "\n".join(lines) + "\n"


@st.composite
def analysed_plans(draw: st.DrawFn) -> CapacityPlan:
    """Plans that analysis makes of benchmarks, through their files both ways."""
    request = Request(
        instance_of(
            draw(st.sampled_from(["ml.c5.large", "ml.m5.xlarge", "ml.c5.4xlarge"])),
            price_usd_per_hour=draw(st.none() | numbers(0.01, 100)),
        ),
        draw(
            st.builds(
                objective_named, st.sampled_from(["availability", "balanced", "cost"]), st.sampled_from(SHARES_OF)
            )
            | st.builds(objective_between, st.integers(1, 49), st.integers(50, 100), st.sampled_from(SHARES_OF))
        ),
        replace(draw(demands()), scheduled=()),
        slo_error_percent=draw(numbers(0, 5)),
        start_up_seconds=draw(st.none() | st.integers(1, 1200)),
        sustained_minutes=draw(st.integers(1, 3)),
        seed=draw(st.integers(0, 9)),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.csv"
        file.write_text(draw(benchmarks()), encoding="utf-8")
        benchmark = read_benchmark(file)
    try:
        plan = make_plan(benchmark, request, source=file.name)
    except NoAnswerError:
        reject()
    return CapacityPlan.from_json(plan.to_json())
