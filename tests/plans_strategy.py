"""Capacity plans for property tests: any that the contract allows, and any that analysis makes."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, Phase, given, reject, settings
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
    Evidence,
    Instance,
    InvocationsTarget,
    Limits,
    Objective,
    Override,
    Saturation,
    Scaling,
    ScalingStep,
    ScheduledCapacity,
    StepScalingOut,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_SCHEDULES = ("cron(30 8 ? * MON-FRI *)", "rate(12 hours)", "at(2030-01-31T09:00:00)")
_ZONES = ("Europe/Berlin", "America/New_York", "Etc/UTC")
_TYPES = (("ml.c5.large", 2), ("ml.m5.4xlarge", 16), ("ml.g5.12xlarge", 48), ("ml.trn1.2xlarge", 8))

cooldowns = st.integers(0, 3600)


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


def numbers(lowest: float, highest: float) -> st.SearchStrategy[float]:
    """Numbers as a plan writes them: of at most six decimals, an int where whole."""
    return st.one_of(
        st.integers(int(lowest), int(highest)),
        st.floats(lowest, highest).map(lambda x: round(x, 6)).filter(lambda x: lowest <= x <= highest),
    )


@st.composite
def steps(draw: st.DrawFn) -> tuple[ScalingStep, ...]:
    """Steps that join from 0 on and end open, one to the twenty that AWS takes."""
    between = sorted(draw(st.sets(numbers(1, 100_000), max_size=19)))
    bounds: list[float | None] = [0, *between, None]
    change = st.integers(1, 500)
    return tuple(ScalingStep(low or 0, high, draw(change)) for low, high in pairwise(bounds))


@st.composite
def scalings(draw: st.DrawFn, vcpus: int) -> Scaling:
    """Every number of a template, and each policy there or not."""
    smallest = draw(st.integers(1, 50))
    largest = draw(st.integers(smallest, 5000))
    names = draw(st.lists(st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True), max_size=4, unique=True))
    return Scaling(
        min_capacity=smallest,
        max_capacity=largest,
        invocations=InvocationsTarget(draw(numbers(1, 1_000_000)), draw(cooldowns), draw(cooldowns)),
        cpu_per_core=draw(
            st.none() | st.builds(CpuPerCoreTarget, numbers(1, 100), st.just(vcpus), cooldowns, cooldowns)
        ),
        step_out=draw(
            st.none() | st.builds(StepScalingOut, numbers(1, 1_000_000), st.integers(1, 30), cooldowns, steps())
        ),
        scheduled=tuple(
            ScheduledCapacity(
                name,
                draw(st.sampled_from(_SCHEDULES)),
                draw(st.sampled_from(_ZONES)),
                draw(st.integers(1, largest)),
            )
            for name in names
        ),
    )


@st.composite
def allowed_plans(draw: st.DrawFn) -> CapacityPlan:
    """Any plan that the contract allows, as it is read from its file."""
    instance_type, vcpus = draw(st.sampled_from(_TYPES))
    lower = draw(numbers(1, 49))
    upper = draw(numbers(50, 100))
    scaling = draw(scalings(vcpus))
    given_slo = draw(st.booleans())
    plan = CapacityPlan(
        evidence=Evidence("benchmark.csv", "0" * 64, 2, "2026-01-31T09:00:00Z", "2026-01-31T09:01:00Z"),
        instance=Instance(instance_type, vcpus, "given"),
        objective=Objective("own limits", upper, upper, lower),
        demand=Demand(peak_tps=500, min_tps=70, growth=1.2, scheduled=()),
        limits=Limits(
            draw(numbers(1000, 100_000)),
            draw(st.integers(500, 999)),
            lower_invocations_per_minute=draw(st.integers(1, 499)),
        ),
        saturation=Saturation(
            slo_latency_ms=draw(numbers(1, 60_000)) if given_slo else None,
            slo_statistic=draw(st.sampled_from(["mean", "p50", "p95", "p99.9"])) if given_slo else None,
            slo_given=given_slo,
            slo_error_percent=draw(numbers(0, 100)),
            errors_measured=draw(st.booleans()),
            highest_invocations_per_minute=draw(st.none() | numbers(1, 100_000)),
            is_lower_bound=False,
            min_capacity=None,
            max_capacity=None,
        ),
        computed=scaling,
        reasons=(),
        warnings=(),
        overrides=draw(st.just(()) | st.just((Override("max_capacity", scaling.max_capacity + 1, "launch"),))),
    )
    return CapacityPlan.from_json(plan.to_json())


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
        instance_of(draw(st.sampled_from(["ml.c5.large", "ml.m5.xlarge", "ml.c5.4xlarge"]))),
        draw(
            st.sampled_from(["availability", "balanced", "cost"]).map(objective_named)
            | st.builds(objective_between, st.integers(1, 49), st.integers(50, 100))
        ),
        Demand(draw(numbers(50, 2000)), draw(numbers(0, 50)), draw(numbers(1, 3)), ()),
        slo_error_percent=draw(numbers(0, 5)),
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
