"""The numbers that reach a template, each in the one form in which a plan holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ._errors import require

_MAX_STEPS = 20  # Application Auto Scaling's quota of step adjustments a policy.


@dataclass(frozen=True)
class InvocationsTarget:
    """Target tracking on SageMakerVariantInvocationsPerInstance."""

    target_per_instance_per_minute: float
    scale_in_cooldown_seconds: int
    scale_out_cooldown_seconds: int

    def __post_init__(self) -> None:
        require(
            self.target_per_instance_per_minute > 0,
            f"target_per_instance_per_minute must be above 0, got {self.target_per_instance_per_minute}",
        )
        _require_cooldowns(self.scale_in_cooldown_seconds, self.scale_out_cooldown_seconds)


@dataclass(frozen=True)
class CpuPerCoreTarget:
    """Target tracking on CPUUtilization divided by the number of vCPUs: 100 is every core full."""

    target_percent_per_core: float
    vcpus: int
    scale_in_cooldown_seconds: int
    scale_out_cooldown_seconds: int

    def __post_init__(self) -> None:
        require(
            0 < self.target_percent_per_core <= 100,  # noqa: PLR2004
            "target_percent_per_core is a percentage of one core and must be above 0 and at most 100, "
            f"got {self.target_percent_per_core}",
        )
        require(self.vcpus >= 1, f"vcpus must be at least 1, got {self.vcpus}")
        _require_cooldowns(self.scale_in_cooldown_seconds, self.scale_out_cooldown_seconds)


@dataclass(frozen=True)
class ScalingStep:
    """What to add while the metric lies from `lower_bound` up to `upper_bound` above the threshold.

    Bounds are offsets from the alarm's threshold, in the metric's unit; no upper bound means open.
    """

    lower_bound: float
    upper_bound: float | None
    change_percent: int

    def __post_init__(self) -> None:
        require(
            self.upper_bound is None or self.upper_bound > self.lower_bound,
            f"upper_bound must be above lower_bound, got {self.lower_bound} to {self.upper_bound}",
        )
        require(self.change_percent > 0, f"change_percent must be above 0, got {self.change_percent}")


@dataclass(frozen=True)
class StepScalingOut:
    """Step scaling out on InvocationsPerInstance, with the alarm that sets it off."""

    threshold_per_instance_per_minute: float
    evaluation_minutes: int
    cooldown_seconds: int
    steps: tuple[ScalingStep, ...]

    def __post_init__(self) -> None:
        require(
            self.threshold_per_instance_per_minute > 0,
            f"threshold_per_instance_per_minute must be above 0, got {self.threshold_per_instance_per_minute}",
        )
        require(
            self.evaluation_minutes >= 1,
            f"evaluation_minutes must be at least 1, got {self.evaluation_minutes}",
        )
        _require_cooldowns(self.cooldown_seconds)
        faults = step_faults(self.steps)
        require(not faults, "; ".join(faults))


@dataclass(frozen=True)
class ScheduledCapacity:
    """From this time on, at least so many instances (AWS: a scheduled action).

    `schedule` is AWS's own ``cron(...)``, ``rate(...)`` or ``at(...)``, read in `timezone`.
    """

    name: str
    schedule: str
    timezone: str
    min_capacity: int

    def __post_init__(self) -> None:
        require(self.name, "a scheduled action needs a name")
        require(
            self.schedule.startswith(("cron(", "rate(", "at(")) and self.schedule.endswith(")"),
            f"schedule of {self.name!r} must be cron(...), rate(...) or at(...), got {self.schedule!r}",
        )
        require(self.timezone, f"scheduled action {self.name!r} needs a time zone, such as Etc/UTC")
        require(self.min_capacity >= 1, f"min_capacity of {self.name!r} must be at least 1")


@dataclass(frozen=True)
class Scaling:
    """All that scales one variant. `None` where the evidence supports no such policy."""

    min_capacity: int
    max_capacity: int
    invocations: InvocationsTarget
    cpu_per_core: CpuPerCoreTarget | None
    step_out: StepScalingOut | None
    scheduled: tuple[ScheduledCapacity, ...]

    def __post_init__(self) -> None:
        require(
            1 <= self.min_capacity <= self.max_capacity,
            "capacity must hold 1 <= min_capacity <= max_capacity, "
            f"got min_capacity {self.min_capacity} and max_capacity {self.max_capacity}",
        )
        for action in self.scheduled:
            require(
                action.min_capacity <= self.max_capacity,
                f"scheduled action {action.name!r} asks for at least {action.min_capacity} instances, "
                f"above max_capacity {self.max_capacity}: raise max_capacity or lower the action",
            )
        names = [action.name for action in self.scheduled]
        require(len(set(names)) == len(names), f"scheduled actions share a name: {names}")


def _require_cooldowns(*cooldowns_seconds: int) -> None:
    for seconds in cooldowns_seconds:
        require(seconds >= 0, f"a cooldown cannot be negative, got {seconds} seconds")


def step_faults(steps: Sequence[ScalingStep]) -> list[str]:
    """Why a step policy would be refused: its steps join from 0 on, without gap or overlap, and end open."""
    if not 1 <= len(steps) <= _MAX_STEPS:
        return [f"a step policy has 1 to {_MAX_STEPS} steps, got {len(steps)}"]
    faults = []
    if steps[0].lower_bound != 0:
        faults.append(f"the first step starts at 0, got {steps[0].lower_bound}")
    if steps[-1].upper_bound is not None:
        faults.append(f"the last step is open above, got {steps[-1].upper_bound}")
    faults += [
        f"steps must join without gap or overlap, got {below.upper_bound} then {above.lower_bound}"
        for below, above in pairwise(steps)
        if below.upper_bound != above.lower_bound
    ]
    return faults
