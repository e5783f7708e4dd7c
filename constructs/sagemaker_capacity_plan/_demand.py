"""What was asked for: which part of the maximum to use, and how much is to be carried."""

from __future__ import annotations

from dataclasses import dataclass

from ._errors import not_above_zero, refuse


@dataclass(frozen=True)
class Objective:
    """Which part of the measured maximum one instance is to carry, and the band drawn about it."""

    name: str
    target_percent: float
    upper_percent: float
    lower_percent: float

    def __post_init__(self) -> None:
        faults = []
        if not 0 < self.lower_percent < self.upper_percent <= 100:  # noqa: PLR2004
            faults.append(
                "limits must hold 0 < lower < upper <= 100 percent of the measured maximum, "
                f"got lower {self.lower_percent} and upper {self.upper_percent}"
            )
        elif not self.lower_percent <= self.target_percent <= self.upper_percent:
            faults.append(f"the target must lie within the limits, got {self.target_percent} percent")
        refuse(faults)


@dataclass(frozen=True)
class ScheduledDemand:
    """From this time on, at least so many transactions per second must be carried at once."""

    name: str
    schedule: str
    timezone: str
    tps: float

    def __post_init__(self) -> None:
        refuse(not_above_zero(f"the TPS of {self.name!r}", self.tps))


@dataclass(frozen=True)
class Demand:
    """What the whole variant must carry, in transactions per second."""

    peak_tps: float
    min_tps: float
    growth: float
    scheduled: tuple[ScheduledDemand, ...]

    def __post_init__(self) -> None:
        faults = []
        if not (0 <= self.min_tps <= self.peak_tps < float("inf") and self.peak_tps > 0):
            faults.append(
                "demand must hold 0 <= minimum <= peak TPS and a finite peak above 0, "
                f"got minimum {self.min_tps} and peak {self.peak_tps}"
            )
        if not 1 <= self.growth < float("inf"):
            faults.append(
                f"growth is a factor of at least 1 (1.2 for 20 % more), got {self.growth}: "
                "for a demand that shrinks, give the smaller peak"
            )
        faults += [
            f"{scheduled.name!r} asks for {scheduled.tps} TPS, above the peak of {self.peak_tps}: raise the peak"
            for scheduled in self.scheduled
            if scheduled.tps > self.peak_tps
        ]
        refuse(faults)
