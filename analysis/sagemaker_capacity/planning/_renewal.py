"""A plan made again from what it says that it was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sagemaker_capacity._benchmark import Benchmark, read_benchmark
from sagemaker_capacity._instances import GIVEN, instance_of
from sagemaker_capacity._limits import OBJECTIVES_PERCENT, objective_named
from sagemaker_capacity_plan import CapacityPlan, Demand, Instance, Objective, RealTimeScaling, Saturation

from ._analysed import analysed
from ._plan import Request, Sustains, make_plan


@dataclass(frozen=True)
class Renewal:
    """How a plan is made again: from its evidence as it is today, or by a command that a shell takes."""

    sha256: str
    make: Callable[[], CapacityPlan]
    command: str


def renewal_of(plan: CapacityPlan, path: Path) -> Renewal:
    """How the plan of a benchmark is made again.

    Raises:
        ValueError: a person wrote the plan, or its evidence cannot be read.
    """
    try:
        analysed(plan)
    except ValueError as error:
        raise ValueError(f"it was not made from a benchmark: {error}. Review it by hand.") from error
    try:
        benchmark = read_benchmark(path.parent / plan.evidence.source, plan.evidence.format)
    except ValueError as error:
        raise ValueError(f"its evidence cannot be read: {error}") from error
    return Renewal(benchmark.sha256, lambda: renew(plan, benchmark), renewal_command(plan, path))


def renew(plan: CapacityPlan, benchmark: Benchmark, sustained: Sustains | None = None) -> CapacityPlan:
    """The plan made again from what it says that it was asked for, its overrides kept."""
    source, overrides = plan.evidence.source, plan.overrides
    return make_plan(benchmark, asked_for(plan), source=source, overrides=overrides, sustained=sustained)


def asked_for(plan: CapacityPlan) -> Request:
    """What a plan says that it was asked for.

    Raises:
        ValueError: the plan was not made from a benchmark, or its type is known no more.
    """
    parts = analysed(plan)
    objective, saturation = parts.objective, parts.saturation
    known = objective.name in OBJECTIVES_PERCENT
    return Request(
        instance=replace(parts.instance, vcpus=_vcpus(parts.instance)),
        objective=objective_named(objective.name, objective.share_of) if known else objective,
        demand=plan.demand,
        slo_latency_ms=saturation.slo_latency_ms if saturation.slo_given else None,
        slo_statistic=saturation.slo_statistic,
        slo_error_percent=saturation.slo_error_percent,
        start_up_seconds=plan.start_up_seconds,
        sustained_minutes=saturation.sustained_minutes,
        concurrency=isinstance(plan.computed, RealTimeScaling) and plan.computed.concurrency is not None,
        seed=saturation.seed,
    )


def _vcpus(instance: Instance) -> int:
    return instance.vcpus if instance.vcpus_source == GIVEN else instance_of(instance.type).vcpus


def renewal_command(plan: CapacityPlan, path: Path) -> str:
    """The command that makes the plan again, ready for a shell."""
    parts = analysed(plan)
    words = ["sagemaker-capacity", "plan", str(path.parent / plan.evidence.source)]
    words += ["--format", plan.evidence.format]
    words += [*_instance_words(parts.instance), *_demand_words(plan.demand), *_objective_words(parts.objective)]
    words += _slo_words(parts.saturation)
    if asked_for(plan).concurrency:
        words.append("--concurrency")
    if plan.start_up_seconds is not None:
        words += ["--start-up-seconds", str(plan.start_up_seconds)]
    return shlex.join([*words, "--out", str(path)])


def _instance_words(instance: Instance) -> Iterator[str]:
    yield from ("--instance-type", instance.type)
    if instance.vcpus_source == GIVEN:
        yield from ("--vcpus", str(instance.vcpus))
    if instance.price_usd_per_hour is not None:
        yield from ("--price-usd-per-hour", str(instance.price_usd_per_hour))


def _demand_words(demand: Demand) -> Iterator[str]:
    yield from ("--peak-tps", str(demand.peak_tps), "--min-tps", str(demand.min_tps))
    yield from ("--growth", str(demand.growth))
    if demand.traffic_share != 1:
        yield from ("--traffic-share", str(demand.traffic_share))
    if demand.may_take_all_traffic:
        yield "--may-take-all-traffic"
    if demand.min_instances != 1:
        yield from ("--min-instances", str(demand.min_instances))
    if demand.ramp_tps_per_minute is not None:
        yield from ("--ramp-tps-per-minute", str(demand.ramp_tps_per_minute))
    for s in demand.scheduled:
        yield from ("--schedule", s.name, s.schedule, s.timezone, str(s.tps))


def _objective_words(objective: Objective) -> Iterator[str]:
    if objective.name in OBJECTIVES_PERCENT:
        yield from ("--objective", objective.name)
    else:
        yield from ("--upper-percent", str(objective.upper_percent))
        yield from ("--lower-percent", str(objective.lower_percent))
    yield from ("--share-of", objective.share_of)


def _slo_words(saturation: Saturation) -> Iterator[str]:
    if saturation.slo_given:
        yield from ("--slo-latency-ms", str(saturation.slo_latency_ms))
    if saturation.slo_statistic is not None:
        yield from ("--slo-statistic", saturation.slo_statistic)
    yield from ("--slo-error-percent", str(saturation.slo_error_percent))
    yield from ("--sustained-minutes", str(saturation.sustained_minutes), "--seed", str(saturation.seed))
