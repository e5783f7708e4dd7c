"""Capacity by the clock, and what is held still."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ._errors import below, refuse

_MAX_SCHEDULED = 200  # Application Auto Scaling's quota of scheduled actions a target.
_SCHEDULE = re.compile(
    r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)"
    r"|rate\([1-9]\d* (minute|hour|day)s?\)"
    r"|cron\(\S+( +\S+){5}\)"
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@dataclass(frozen=True)
class ScheduledCapacity:
    """From this time on, other bounds of the capacity (AWS: a scheduled action).

    `schedule` is AWS's own ``at(...)``, ``rate(...)`` or ``cron(...)`` of six fields, read in `timezone`.
    `start_utc` and `end_utc` are when a schedule that repeats begins and ends, as ``2026-01-31T09:00:00Z``.
    """

    name: str
    schedule: str
    timezone: str
    min_capacity: int | None = None
    max_capacity: int | None = None
    start_utc: str | None = None
    end_utc: str | None = None

    def __post_init__(self) -> None:
        refuse([*self._schedule_faults(), *self._capacity_faults()])

    def _schedule_faults(self) -> list[str]:
        faults = []
        if not _SCHEDULE.fullmatch(self.schedule):
            faults.append(
                f"schedule of {self.name!r} must be at(2026-01-31T09:00:00), rate(12 hours) or a cron "
                f"of six fields such as cron(30 8 ? * MON-FRI *), got {self.schedule!r}"
            )
        if not self.timezone:
            faults.append(f"scheduled action {self.name!r} needs a time zone, such as Etc/UTC")
        times = {"start_utc": self.start_utc, "end_utc": self.end_utc}
        wrong = [
            f"{field} of {self.name!r} must be a time such as 2026-01-31T09:00:00Z, got {time!r}"
            for field, time in times.items()
            if time is not None and not _is_time(time)
        ]
        if not wrong and self.start_utc and self.end_utc and not self.start_utc < self.end_utc:
            wrong.append(
                f"start_utc of {self.name!r} must be before its end_utc, got {self.start_utc} and {self.end_utc}"
            )
        return faults + wrong

    def _capacity_faults(self) -> list[str]:
        low, high = self.min_capacity, self.max_capacity
        if low is None and high is None:
            return [f"scheduled action {self.name!r} changes nothing: give min_capacity, max_capacity or both"]
        faults = [] if low is None else below(f"min_capacity of {self.name!r}", low, 0)
        faults += [] if high is None else below(f"max_capacity of {self.name!r}", high, 0)
        if low is not None and high is not None and low > high:
            faults.append(f"min_capacity of {self.name!r} must not be above its max_capacity, got {low} and {high}")
        return faults


@dataclass(frozen=True, kw_only=True)
class Suspended:
    """What is held still until someone lifts it: scaling in, scaling out, scheduled actions."""

    scale_in: bool = False
    scale_out: bool = False
    scheduled: bool = False

    def __post_init__(self) -> None:
        if not (self.scale_in or self.scale_out or self.scheduled):
            raise ValueError("nothing is suspended, got false three times: leave suspended out (null), or set one")


def schedule_faults(
    scheduled: Sequence[ScheduledCapacity],
    *,
    min_capacity: int | None,
    max_capacity: int | None,
    lowest: int = 0,
) -> list[str]:
    """Why a target would refuse its scheduled actions: bounds out of order once an action has set its own.

    Args:
        scheduled: the actions; their names are held to `name_faults`.
        min_capacity: the target's own, None where it is known only at deploy.
        max_capacity: the target's own, likewise.
        lowest: the lowest minimum that what is scaled can have.
    """
    faults = []
    if len(scheduled) > _MAX_SCHEDULED:
        faults.append(f"a target takes at most {_MAX_SCHEDULED} scheduled actions, got {len(scheduled)}")
    for action in scheduled:
        low, high = action.min_capacity, action.max_capacity
        if low is not None:
            faults += below(f"min_capacity of {action.name!r}", low, lowest)
            if high is None and max_capacity is not None and low > max_capacity:
                faults.append(
                    f"scheduled action {action.name!r} asks for at least {low}, above max_capacity {max_capacity}: "
                    "raise max_capacity, give the action its own, or lower the action"
                )
        elif high is not None and min_capacity is not None and high < min_capacity:
            faults.append(
                f"scheduled action {action.name!r} allows at most {high}, below min_capacity {min_capacity}: "
                "lower min_capacity, give the action its own, or raise the action"
            )
    return faults


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _TIME.fullmatch(text) is not None
