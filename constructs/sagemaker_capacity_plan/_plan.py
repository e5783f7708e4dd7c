from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property

from ._errors import PlanError, require
from ._json import canonical_json, decode
from ._override import Override, overridden
from ._scaling import Scaling

SCHEMA = 1


@dataclass(frozen=True)
class Evidence:
    """The file that a plan was computed from; `source` is relative to the plan's own folder."""

    source: str
    sha256: str
    rows: int
    start_utc: str
    end_utc: str


@dataclass(frozen=True)
class Instance:
    """The instance type that the benchmark ran on, with its vCPUs and who says so."""

    type: str
    vcpus: int
    vcpus_source: str

    def __post_init__(self) -> None:
        require(
            self.type.startswith("ml.") and self.type.count(".") == 2,  # noqa: PLR2004
            f"a SageMaker instance type looks like ml.c5.large, got {self.type!r}",
        )
        require(
            not (self.type.startswith("ml.t") and self.type[4].isdigit()),  # ml.trn1 is Trainium
            f"{self.type} is burstable, and SageMaker scales no burstable type: "
            "benchmark another, such as ml.c5.large",
        )
        require(self.vcpus >= 1, f"vcpus must be at least 1, got {self.vcpus}")


@dataclass(frozen=True)
class Objective:
    """Which part of the measured maximum one instance is to carry, and the band drawn about it."""

    name: str
    target_percent: float
    upper_percent: float
    lower_percent: float

    def __post_init__(self) -> None:
        require(
            0 < self.lower_percent < self.upper_percent <= 100,  # noqa: PLR2004
            "limits must hold 0 < lower < upper <= 100 percent of the measured maximum, "
            f"got lower {self.lower_percent} and upper {self.upper_percent}",
        )
        require(
            self.lower_percent <= self.target_percent <= self.upper_percent,
            f"the target must lie within the limits, got {self.target_percent} percent",
        )


@dataclass(frozen=True)
class ScheduledDemand:
    """From this time on, at least so many transactions per second must be carried at once."""

    name: str
    schedule: str
    timezone: str
    tps: float

    def __post_init__(self) -> None:
        require(self.tps > 0, f"the TPS of {self.name!r} must be above 0, got {self.tps}")


@dataclass(frozen=True)
class Demand:
    """What the whole variant must carry, in transactions per second."""

    peak_tps: float
    min_tps: float
    growth: float
    scheduled: tuple[ScheduledDemand, ...]

    def __post_init__(self) -> None:
        require(
            0 <= self.min_tps <= self.peak_tps < float("inf") and self.peak_tps > 0,
            "demand must hold 0 <= minimum <= peak TPS and a finite peak above 0, "
            f"got minimum {self.min_tps} and peak {self.peak_tps}",
        )
        require(
            1 <= self.growth < float("inf"),
            f"growth is a factor of at least 1 (1.2 for 20 % more), got {self.growth}: "
            "for a demand that shrinks, give the smaller peak",
        )
        for scheduled in self.scheduled:
            require(
                scheduled.tps <= self.peak_tps,
                f"{scheduled.name!r} asks for {scheduled.tps} TPS, above the peak of {self.peak_tps}: "
                "raise the peak",
            )


@dataclass(frozen=True)
class Limits:
    """What one instance did at most, and the band of the objective, in invocations per minute."""

    max_invocations_per_minute: float
    upper_invocations_per_minute: int
    lower_invocations_per_minute: int


@dataclass(frozen=True)
class Saturation:
    """What one instance carries within the service level objective, and the capacity that follows from it.

    `None` where the benchmark cannot tell: no latency was measured, or no minute was within the objective.
    `is_lower_bound` says that the benchmark never left the objective, so the true figure may lie higher.
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


@dataclass(frozen=True)
class CapacityPlan:
    """How one variant is to scale, and why.

    `computed` is what analysis worked out; `scaling` is what holds: the computed numbers under a person's
    overrides. Constructs read `scaling` and carry its numbers untouched.
    """

    evidence: Evidence
    instance: Instance
    objective: Objective
    demand: Demand
    limits: Limits
    saturation: Saturation
    computed: Scaling
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    overrides: tuple[Override, ...] = field(default=())

    def __post_init__(self) -> None:
        _ = self.scaling

    @cached_property
    def scaling(self) -> Scaling:
        """The numbers in force: computed, then overridden."""
        return overridden(self.computed, self.overrides) if self.overrides else self.computed

    def to_json(self) -> str:
        """Canonical JSON: the same plan is always the same bytes."""
        return canonical_json({"schema": SCHEMA, **{name: getattr(self, name) for name in _FIELDS}})

    @classmethod
    def from_json(cls, text: str, *, source: str = "the plan") -> CapacityPlan:
        """Read a plan.

        Raises:
            PlanError: not JSON, another schema, or fields missing, unknown or out of range: all at once.
        """
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise PlanError(f"{source} is not JSON: {error}. Renew it with `sagemaker-capacity plan`.") from error
        schema = document.pop("schema", None) if isinstance(document, dict) else None
        if type(schema) is int and schema > SCHEMA:
            raise PlanError(
                f"{source} has schema {schema}, newer than the {SCHEMA} that this version reads: "
                "upgrade cdk-sagemaker-scaling, or renew the plan with this version."
            )
        if type(schema) is not int or schema != SCHEMA:
            raise PlanError(
                f"{source} is no capacity plan of schema {SCHEMA} (its schema is {schema!r}): "
                "make one with `sagemaker-capacity plan`."
            )
        faults: list[str] = []
        plan = decode(cls, document, "", faults)
        if plan is None:
            listed = "".join(f"\n  - {fault}" for fault in faults)
            raise PlanError(
                f"{source} cannot be used:{listed}\nMend these, or renew it with `sagemaker-capacity plan`."
            )
        return plan

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> CapacityPlan:
        """Read a plan's file.

        Raises:
            PlanError: there is no such file, or it holds no valid plan.
        """
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(
                f"cannot read the plan {os.fspath(path)}: {error}. Make one with `sagemaker-capacity plan`."
            ) from error
        return cls.from_json(text, source=os.fspath(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the plan's file whole or not at all."""
        write_whole(path, self.to_json())


_FIELDS = (
    "evidence",
    "instance",
    "objective",
    "demand",
    "limits",
    "saturation",
    "computed",
    "reasons",
    "warnings",
    "overrides",
)


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write beside, then replace, so that a reader sees the old file or the new one and never a part."""
    folder, name = os.path.split(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(beside, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
