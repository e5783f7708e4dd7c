"""Step scaling: an alarm's threshold, and by how much the capacity changes the further the metric is past it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Literal, TypeAlias, get_args

from ._errors import below, cooldown_faults, refuse
from ._metrics import Query, query_faults

Direction: TypeAlias = Literal["out", "in"]
AdjustmentType: TypeAlias = Literal["PercentChangeInCapacity", "ChangeInCapacity", "ExactCapacity"]
MissingData: TypeAlias = Literal["missing", "ignore", "breaching", "notBreaching"]

_MAX_STEPS = 20  # Application Auto Scaling's quota of step adjustments a policy.
_HIGH_RESOLUTION_SECONDS = (10, 20, 30)
_MINUTE_SECONDS, _HOUR_SECONDS, _DAY_SECONDS = 60, 3600, 86_400
_MAX_DAYS = 7  # CloudWatch's limit of what an alarm looks back on; one day where its period is under an hour.
WAKE_FROM_ZERO_PERIOD_SECONDS = 60  # The metrics that tell of requests without capacity come once a minute.


@dataclass(frozen=True)
class ScalingStep:
    """By how much to change the capacity while the metric lies between two bounds.

    Bounds are offsets from the alarm's threshold, in the metric's unit; none means open. The adjustment is in
    percent, in instances (or copies), or the capacity itself, as the policy's adjustment type says.
    """

    lower_bound: float | None
    upper_bound: float | None
    adjustment: int

    def __post_init__(self) -> None:
        low, high = self.lower_bound, self.upper_bound
        if low is not None and high is not None and not low < high:
            raise ValueError(f"upper_bound must be above lower_bound, got {low} to {high}")


@dataclass(frozen=True, kw_only=True)
class StepScaling:
    """Step scaling, with the alarm on its last query that sets it off.

    `direction` is the side of the threshold on which the alarm goes off: ``out`` above, ``in`` below. `steps` are
    told from the threshold outwards. `min_adjustment_magnitude` is the least that a change in percent amounts to.
    """

    name: str
    direction: Direction
    queries: tuple[Query, ...]
    threshold: float
    period_seconds: int
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: MissingData
    adjustment_type: AdjustmentType
    min_adjustment_magnitude: int | None = None
    cooldown_seconds: int
    steps: tuple[ScalingStep, ...]

    def __post_init__(self) -> None:
        faults = query_faults(self.queries)
        if not isfinite(self.threshold):
            faults.append(f"threshold must be finite, got {self.threshold}")
        faults += alarm_faults(self.period_seconds, self.evaluation_periods, self.datapoints_to_alarm)
        faults += _unknown("treat_missing_data", self.treat_missing_data, get_args(MissingData))
        faults += cooldown_faults(cooldown_seconds=self.cooldown_seconds)
        faults += step_faults(self.steps, self.direction)
        faults += adjustment_faults(self.steps, self.direction, self.adjustment_type, self.min_adjustment_magnitude)
        refuse(faults)


@dataclass(frozen=True, kw_only=True)
class WakeFromZero:
    """Step scaling out of zero, once requests meet no capacity for so many minutes.

    Target tracking cannot: what an instance or a copy does on average is undefined where there is none.
    """

    adjustment: int
    evaluation_periods: int
    datapoints_to_alarm: int
    cooldown_seconds: int

    def __post_init__(self) -> None:
        refuse(
            [
                *below("adjustment", self.adjustment, 1),
                *alarm_faults(WAKE_FROM_ZERO_PERIOD_SECONDS, self.evaluation_periods, self.datapoints_to_alarm),
                *cooldown_faults(cooldown_seconds=self.cooldown_seconds),
            ]
        )


def alarm_faults(period_seconds: int, evaluation_periods: int, datapoints_to_alarm: int) -> list[str]:
    """Why CloudWatch would refuse an alarm's window (PutMetricAlarm, Period and EvaluationPeriods)."""
    faults = below("evaluation_periods", evaluation_periods, 1) + below(
        "datapoints_to_alarm", datapoints_to_alarm, 1
    )
    if datapoints_to_alarm > evaluation_periods:
        faults.append(
            f"datapoints_to_alarm must not be above evaluation_periods, got {datapoints_to_alarm} of "
            f"{evaluation_periods}"
        )
    if period_seconds not in _HIGH_RESOLUTION_SECONDS and (period_seconds < 1 or period_seconds % _MINUTE_SECONDS):
        faults.append(f"period_seconds must be 10, 20, 30 or a multiple of 60, got {period_seconds}")
    days = 1 if period_seconds < _HOUR_SECONDS else _MAX_DAYS
    if period_seconds * evaluation_periods > days * _DAY_SECONDS:
        faults.append(
            f"an alarm of periods of {period_seconds} seconds looks back {days} day{'s' if days > 1 else ''} at "
            f"most, got {evaluation_periods} periods: at most {days * _DAY_SECONDS // period_seconds} fit"
        )
    return faults


def step_faults(steps: Sequence[ScalingStep], direction: Direction) -> list[str]:
    """Why a policy's intervals would be refused.

    Told from the threshold outwards, the steps join without gap or overlap: out from 0 up, the last one open above;
    in from 0 down, the last one open below.
    """
    if unknown := _unknown("direction", direction, get_args(Direction)):
        return unknown
    if not 1 <= len(steps) <= _MAX_STEPS:
        return [f"a step policy has 1 to {_MAX_STEPS} steps, got {len(steps)}"]
    if direction == "out":
        ends = [(step.lower_bound, step.upper_bound) for step in steps]
    else:
        ends = [(step.upper_bound, step.lower_bound) for step in steps]
    side, way = ("above", "up") if direction == "out" else ("below", "down")
    faults = []
    if ends[0][0] != 0:
        faults.append(f"steps {direction} go from 0 {way}: the first one starts at 0, got {ends[0][0]}")
    if ends[-1][1] is not None:
        faults.append(f"the last step {direction} is open {side}, got {ends[-1][1]}")
    faults += [
        f"steps must join without gap or overlap, got {near} then {far}"
        for (_, near), (far, _) in pairwise(ends)
        if near is None or near != far
    ]
    return faults


def adjustment_faults(
    steps: Sequence[ScalingStep],
    direction: Direction,
    adjustment_type: AdjustmentType,
    min_adjustment_magnitude: int | None,
) -> list[str]:
    """Why a policy's changes would be refused, or would go against its direction."""
    faults = _unknown("adjustment_type", adjustment_type, get_args(AdjustmentType))
    exact = adjustment_type == "ExactCapacity"
    for adjustment in (step.adjustment for step in steps):
        if exact and adjustment < 0:
            faults.append(f"an adjustment of ExactCapacity is a capacity of at least 0, got {adjustment}")
        elif not exact and direction == "out" and adjustment <= 0:
            faults.append(f"an adjustment out adds capacity and must be above 0, got {adjustment}")
        elif not exact and direction == "in" and adjustment >= 0:
            faults.append(f"an adjustment in removes capacity and must be below 0, got {adjustment}")
    if min_adjustment_magnitude is not None:
        faults += below("min_adjustment_magnitude", min_adjustment_magnitude, 1)
        if adjustment_type != "PercentChangeInCapacity":
            faults.append(
                f"min_adjustment_magnitude goes with PercentChangeInCapacity alone, got {min_adjustment_magnitude} "
                f"with {adjustment_type}: leave it out"
            )
    return faults


def _unknown(name: str, value: str, known: Sequence[str]) -> list[str]:
    return [] if value in known else [f"{name} must be one of {', '.join(known)}, got {value!r}"]
