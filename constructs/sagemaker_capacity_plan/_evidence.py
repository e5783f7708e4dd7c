"""What was measured, on what, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from ._errors import below, not_above_zero, refuse


@dataclass(frozen=True)
class Evidence:
    """The file that a plan was computed from; `source` is relative to the plan's own folder.

    `format` is the tool's form that it was read as.
    """

    source: str
    sha256: str
    rows: int
    start_utc: str
    end_utc: str
    format: str = "minutes-csv"


@dataclass(frozen=True)
class Instance:
    """The instance type that the benchmark ran on, with its vCPUs and, if known, its price, and who says so."""

    type: str
    vcpus: int
    vcpus_source: str
    price_usd_per_hour: float | None = None
    price_source: str | None = None

    def __post_init__(self) -> None:
        faults = []
        if not self.type.startswith("ml.") or self.type.count(".") != 2:  # noqa: PLR2004
            faults.append(f"a SageMaker instance type looks like ml.c5.large, got {self.type!r}")
        if self.type.startswith("ml.t") and self.type[4:5].isdigit():  # ml.trn1 is Trainium
            faults.append(
                f"{self.type} is burstable, and SageMaker scales no burstable type: "
                "benchmark another, such as ml.c5.large"
            )
        faults += below("vcpus", self.vcpus, 1)
        if (self.price_usd_per_hour is None) != (self.price_source is None):
            faults.append(
                f"a price and its source go together, got {self.price_usd_per_hour} and {self.price_source!r}: "
                "give both or neither"
            )
        if self.price_usd_per_hour is not None:
            faults += not_above_zero("price_usd_per_hour", self.price_usd_per_hour)
        refuse(faults)


@dataclass(frozen=True)
class Limits:
    """What one instance did at most, and the band of the objective, in invocations per minute.

    The band is of what the objective takes a share of: this maximum, or what is sustained within the SLO.
    """

    max_invocations_per_minute: float
    upper_invocations_per_minute: int
    lower_invocations_per_minute: int


@dataclass(frozen=True)
class Saturation:
    """What one instance sustains within the service level objective, and the capacity that follows from it.

    `highest_invocations_per_minute` is the estimate, and it lies between the `least_` and the `most_` with a
    confidence of 95 %. `is_lower_bound` says that the benchmark never saturated: the highest is then the least,
    and there is no most. The capacities are counted from the least, which is never more than was measured. All
    are None where the benchmark cannot tell: neither latency nor errors were measured, or none was within the
    objective; no interval is known where `curve` is None, for then too few loads were measured to fit one.

    `limited_by` is what ends it (latency, errors, or a throughput that no longer grows); `busiest` is the
    resource that was used most when it did, at `busiest_percent`. `sustained_minutes` is how many minutes must
    have had as much load; `seed` is that of the bootstrap.
    """

    slo_latency_ms: float | None
    slo_statistic: str | None
    slo_given: bool
    slo_error_percent: float
    errors_measured: bool
    highest_invocations_per_minute: float | None
    is_lower_bound: bool
    min_capacity: int | None
    max_capacity: int | None
    least_invocations_per_minute: float | None = None
    most_invocations_per_minute: float | None = None
    limited_by: str | None = None
    busiest: str | None = None
    busiest_percent: float | None = None
    curve: str | None = None
    sustained_minutes: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        refuse(below("sustained_minutes", self.sustained_minutes, 1) + below("seed", self.seed, 0))
