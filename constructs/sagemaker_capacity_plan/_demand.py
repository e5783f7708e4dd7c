"""What was asked for: which part of the maximum to use, and how much is to be carried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._errors import below, not_above_zero, refuse

SHARES_OF = ("maximum", "saturation")
SERVERLESS_OBJECTIVES = ("cost", "latency", "weighted", "slo")


@dataclass(frozen=True)
class Objective:
    """Which part of what one instance can do it is to carry, and the band drawn about it.

    `share_of` is what the percents are of: the measured ``maximum``, or the ``saturation``, which is the least that
    is sustained within the service level objective.
    """

    KIND: ClassVar[str] = "instance"

    name: str
    target_percent: float
    upper_percent: float
    lower_percent: float
    share_of: str = "maximum"

    def __post_init__(self) -> None:
        faults = []
        if self.share_of not in SHARES_OF:
            faults.append(f"share_of must be one of {', '.join(SHARES_OF)}, got {self.share_of!r}")
        if not 0 < self.lower_percent < self.upper_percent <= 100:  # noqa: PLR2004
            faults.append(
                "limits must hold 0 < lower < upper <= 100 percent of the measured maximum, "
                f"got lower {self.lower_percent} and upper {self.upper_percent}"
            )
        elif not self.lower_percent <= self.target_percent <= self.upper_percent:
            faults.append(f"the target must lie within the limits, got {self.target_percent} percent")
        refuse(faults)


@dataclass(frozen=True)
class ComparedInstance:
    """An instance type that serverless was compared with, and what one carries, in TPS, where that is known."""

    type: str
    tps: float | None

    def __post_init__(self) -> None:
        if self.tps is not None:
            refuse(not_above_zero(f"what one {self.type} carries", self.tps))


@dataclass(frozen=True, kw_only=True)
class ServerlessObjective:
    """What the memory size of a serverless variant was chosen by.

    `statistic` is the latency that counts; `cost_weight_percent` is of the objective ``weighted``; the bytes are
    the mean lengths of the bodies, where they were given, and `prices` the file of prices that was, relative to
    the plan's own folder.
    """

    KIND: ClassVar[str] = "serverless"

    name: str
    statistic: str
    cost_weight_percent: float
    request_bytes: float | None
    response_bytes: float | None
    compared_with: tuple[ComparedInstance, ...]
    prices: str | None

    def __post_init__(self) -> None:
        faults = []
        if self.name not in SERVERLESS_OBJECTIVES:
            listed = ", ".join(SERVERLESS_OBJECTIVES)
            faults.append(f"a serverless objective must be one of {listed}, got {self.name!r}")
        if not 0 <= self.cost_weight_percent <= 100:  # noqa: PLR2004
            faults.append(f"the weight of the cost must be 0 to 100 percent, got {self.cost_weight_percent}")
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
    """What the endpoint must carry, in transactions per second, and which share of it falls to this variant.

    A variant that may one day take all the traffic is planned for all of it. `min_instances` is the floor of the
    capacity, for redundancy; `ramp_tps_per_minute` is how fast the traffic grows at its steepest, where known.
    """

    peak_tps: float
    min_tps: float
    growth: float
    scheduled: tuple[ScheduledDemand, ...]
    traffic_share: float = 1
    may_take_all_traffic: bool = False
    min_instances: int = 1
    ramp_tps_per_minute: float | None = None

    @property
    def planned_share(self) -> float:
        """The share of the endpoint's traffic that this variant is planned for."""
        return 1 if self.may_take_all_traffic else self.traffic_share

    def __post_init__(self) -> None:
        faults = below("min_instances", self.min_instances, 1)
        if not 0 < self.traffic_share <= 1:
            faults.append(
                f"a traffic share is a fraction above 0 and at most 1 (0.1 for 10 %), got {self.traffic_share}"
            )
        if self.ramp_tps_per_minute is not None:
            faults += not_above_zero("ramp_tps_per_minute", self.ramp_tps_per_minute)
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
