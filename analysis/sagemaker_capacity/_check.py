"""Is a plan in git what its evidence gives today?"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sagemaker_capacity_plan import CapacityPlan

from ._benchmark import Benchmark, read_benchmark
from ._instances import GIVEN, instance_of
from ._limits import OBJECTIVES_PERCENT, objective_named
from ._planning import NoAnswerError, Request, make_plan

_SHOWN = 12


class CheckError(ValueError):
    """A plan that its evidence does not give: the message says what differs and how to renew it."""


def check_plan(path: Path) -> CapacityPlan:
    """The plan, once it is found to be what its evidence gives; overrides are a person's and never a fault.

    Raises:
        PlanError: no plan there, or none that this version reads.
        CheckError: the evidence is gone, changed, or gives other numbers.
    """
    plan = CapacityPlan.read(path)
    evidence = path.parent / plan.evidence.source
    try:
        benchmark = read_benchmark(evidence)
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


def renew(plan: CapacityPlan, benchmark: Benchmark) -> CapacityPlan:
    """The plan made again from what it says that it was asked for, its overrides kept."""
    objective, saturation = plan.objective, plan.saturation
    request = Request(
        instance=replace(plan.instance, vcpus=_vcpus(plan)),
        objective=objective_named(objective.name) if objective.name in OBJECTIVES_PERCENT else objective,
        demand=plan.demand,
        slo_latency_ms=saturation.slo_latency_ms if saturation.slo_given else None,
        slo_statistic=saturation.slo_statistic,
        slo_error_percent=saturation.slo_error_percent,
    )
    return make_plan(benchmark, request, source=plan.evidence.source, overrides=plan.overrides)


def _vcpus(plan: CapacityPlan) -> int:
    instance = plan.instance
    return instance.vcpus if instance.vcpus_source == GIVEN else instance_of(instance.type).vcpus


def renewal_command(plan: CapacityPlan, path: Path) -> str:
    """The command that makes the plan again, ready for a shell."""
    demand, objective, saturation = plan.demand, plan.objective, plan.saturation
    words = ["sagemaker-capacity", "plan", str(path.parent / plan.evidence.source)]
    words += ["--instance-type", plan.instance.type]
    if plan.instance.vcpus_source == GIVEN:
        words += ["--vcpus", str(plan.instance.vcpus)]
    words += ["--peak-tps", str(demand.peak_tps), "--min-tps", str(demand.min_tps)]
    words += ["--growth", str(demand.growth)]
    for s in demand.scheduled:
        words += ["--schedule", s.name, s.schedule, s.timezone, str(s.tps)]
    if objective.name in OBJECTIVES_PERCENT:
        words += ["--objective", objective.name]
    else:
        words += ["--upper-percent", str(objective.upper_percent)]
        words += ["--lower-percent", str(objective.lower_percent)]
    if saturation.slo_given:
        words += ["--slo-latency-ms", str(saturation.slo_latency_ms)]
    if saturation.slo_statistic is not None:
        words += ["--slo-statistic", saturation.slo_statistic]
    words += ["--slo-error-percent", str(saturation.slo_error_percent), "--out", str(path)]
    return shlex.join(words)


def _differences(there: object, here: object, path: str = "") -> Iterator[str]:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in sorted(there.keys() | here.keys()):
            yield from _differences(there.get(key), here.get(key), f"{path}.{key}" if path else key)
    elif there != here:
        yield f"{path} is {json.dumps(there)}, the evidence gives {json.dumps(here)}"
