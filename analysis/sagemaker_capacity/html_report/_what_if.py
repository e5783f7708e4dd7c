"""The plan at every other threshold, each made by what made the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from sagemaker_capacity._benchmark import Benchmark
from sagemaker_capacity._limits import exact, objective_between
from sagemaker_capacity.planning._analysed import analysed
from sagemaker_capacity.planning._plan import NoAnswerError, sustains
from sagemaker_capacity.planning._renewal import asked_for, renew, renewal_command
from sagemaker_capacity_plan import CapacityPlan, Objective

_EVERY_PERCENT = range(1, 101)


@dataclass(frozen=True)
class Choice:
    """The plan that another threshold gives.

    Attributes:
        percent: which part of the maximum, or of the saturation, is the target.
        plan: what `sagemaker-capacity plan` makes of it, None where it makes none.
        refusal: why there is none.
        command: what makes this the plan, run in the plan's folder.
    """

    percent: float
    plan: CapacityPlan | None
    refusal: str | None
    command: str


def choices(plan: CapacityPlan, benchmark: Benchmark, file_name: str = "plan.json") -> Iterator[Choice]:
    """The plan at each whole percent from 1 to 100, and at its own where that is none of them, in order.

    Args:
        plan: a plan as analysis makes it; its demand, SLO and overrides hold for all.
        benchmark: its evidence.
        file_name: the plan's own name in its folder.

    Raises:
        ValueError: the plan was not made from a benchmark.
    """
    objective = analysed(plan).objective
    sustained = sustains(benchmark, asked_for(plan))
    for percent in sorted({*_EVERY_PERCENT, objective.target_percent}):
        asked = replace(plan, objective=_objective_at(percent, objective))
        command = renewal_command(asked, Path(file_name))
        try:
            yield Choice(percent, renew(asked, benchmark, sustained), None, command)
        except (NoAnswerError, ValueError) as refusal:
            yield Choice(percent, None, str(refusal), command)


def _objective_at(percent: float, objective: Objective) -> Objective:
    """Own limits with the target at a percent: the lower limit as far below it as in the plan, and no further
    than half of the way to zero, so that it stays above zero."""  # noqa: D205, D209
    if percent == objective.target_percent:
        return objective
    target = exact(percent)
    width = exact(objective.target_percent) - exact(objective.lower_percent)
    # A plan whose target is its lower limit has no room below it; an objective of one's own needs some.
    lower = max(target - width, target / 2) if width else target / 2
    return objective_between(_number(lower), percent, objective.share_of)


def _number(fraction: Fraction) -> float:
    return fraction.numerator if fraction.denominator == 1 else float(fraction)
