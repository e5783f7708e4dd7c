"""Is a plan in git what its evidence gives today?"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sagemaker_capacity_plan import CapacityPlan, Demand, Instance, Objective, RealTimeScaling, Saturation

from ._analysed import analysed
from ._benchmark import Benchmark, read_benchmark
from ._instances import GIVEN, instance_of
from ._limits import OBJECTIVES_PERCENT, objective_named
from ._planning import NoAnswerError, Request, Sustains, make_plan

_SHOWN = 12


class CheckError(ValueError):
    """A plan that its evidence does not give: the message says what differs and how to renew it."""


def check_plan(path: Path) -> CapacityPlan:
    """The plan, once it is found to be what its evidence gives; overrides are a person's and never a fault.

    Raises:
        PlanError: no plan there, or none that this version reads.
        CheckError: the evidence is gone, changed, or gives other numbers; or no benchmark gives such a plan.
    """
    plan = CapacityPlan.read(path)
    try:
        analysed(plan)
    except ValueError as error:
        raise CheckError(f"{path} was not made from a benchmark: {error}. Review it by hand.") from error
    evidence = path.parent / plan.evidence.source
    try:
        benchmark = read_benchmark(evidence, plan.evidence.format)
    except ValueError as error:
        raise CheckError(f"the evidence of {path} cannot be read: {error}") from error
    remedy = f"Renew it:\n  {renewal_command(plan, path)}"
    if benchmark.sha256 != plan.evidence.sha256:
        raise CheckError(
            f"the evidence of {path} changed: {evidence} has sha256 {benchmark.sha256}, "
            f"the plan was made from {plan.evidence.sha256}. {remedy}"
        )
    try:
        renewed = renew(plan, benchmark)
    except (ValueError, NoAnswerError) as error:
        raise CheckError(f"{path} is no longer what {evidence} gives: {error}") from error
    found = list(_differences(json.loads(plan.to_json()), json.loads(renewed.to_json())))
    if found:
        shown = [*found[:_SHOWN], *([f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])]
        listed = "".join(f"\n  - {difference}" for difference in shown)
        raise CheckError(f"{path} is not what {evidence} gives today:{listed}\n{remedy}")
    return plan


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


def _differences(there: object, here: object, path: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            yield from _differences(there.get(key), here.get(key), f"{path}.{key}" if path else key)
    elif isinstance(there, list) and isinstance(here, list) and len(there) != len(here):
        yield from (
            f"{path} has {json.dumps(item)}, the evidence gives none such" for item in there if item not in here
        )
        yield from (f"{path} lacks {json.dumps(item)}, the evidence gives it" for item in here if item not in there)
    elif isinstance(there, list) and isinstance(here, list):
        for number, (old, new) in enumerate(zip(there, here, strict=True), start=1):
            yield from _differences(old, new, f"{path}.{number}")
    elif there != here:
        yield f"{path} is {json.dumps(there)}, the evidence gives {json.dumps(here)}"
