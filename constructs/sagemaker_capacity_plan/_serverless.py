"""What a serverless variant is given, and what scales the part of it that is kept warm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ._errors import below, refuse
from ._names import name_faults
from ._scheduled import ScheduledCapacity, Suspended, schedule_faults
from ._targets import ProvisionedConcurrencyTarget

_GIGABYTE_MB = 1024
_MAX_MEMORY_MB = 6 * _GIGABYTE_MB  # SageMaker API, ProductionVariantServerlessConfig, as is the next.
_MAX_CONCURRENCY = 200


@dataclass(frozen=True, kw_only=True)
class ProvisionedConcurrency:
    """How many invocations at once find a warm model; others still run, after a cold start."""

    initial_concurrency: int
    min_capacity: int
    max_capacity: int
    utilization: ProvisionedConcurrencyTarget | None = None
    scheduled: tuple[ScheduledCapacity, ...] = ()
    suspended: Suspended | None = None

    def __post_init__(self) -> None:
        faults = below("initial_concurrency", self.initial_concurrency, 1)
        if not 0 <= self.min_capacity <= self.max_capacity:
            faults.append(
                "provisioned concurrency must hold 0 <= min_capacity <= max_capacity, "
                f"got min_capacity {self.min_capacity} and max_capacity {self.max_capacity}"
            )
        faults += below("max_capacity", self.max_capacity, 1)
        faults += schedule_faults(self.scheduled, min_capacity=self.min_capacity, max_capacity=self.max_capacity)
        faults += name_faults([action.name for action in self.scheduled])
        refuse(faults)


@dataclass(frozen=True, kw_only=True)
class ServerlessScaling:
    """A serverless variant's memory and its most invocations at once; SageMaker itself scales up to them."""

    KIND: ClassVar[str] = "serverless"

    memory_mb: int
    max_concurrency: int
    provisioned: ProvisionedConcurrency | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.memory_mb not in range(_GIGABYTE_MB, _MAX_MEMORY_MB + 1, _GIGABYTE_MB):
            faults.append(
                f"memory_mb must be {_GIGABYTE_MB} to {_MAX_MEMORY_MB} in steps of {_GIGABYTE_MB}, "
                f"got {self.memory_mb}"
            )
        if not 1 <= self.max_concurrency <= _MAX_CONCURRENCY:
            faults.append(f"max_concurrency must be 1 to {_MAX_CONCURRENCY}, got {self.max_concurrency}")
        faults += [
            f"{name} must not be above max_concurrency {self.max_concurrency}, got {concurrency}: "
            "SageMaker provisions no more than may run"
            for name, concurrency in self._provisioned()
            if concurrency > self.max_concurrency
        ]
        refuse(faults)

    def _provisioned(self) -> list[tuple[str, int]]:
        if self.provisioned is None:
            return []
        return [
            ("provisioned.initial_concurrency", self.provisioned.initial_concurrency),
            ("provisioned.max_capacity", self.provisioned.max_capacity),
            *(
                (f"provisioned.scheduled.{action.name}.max_capacity", action.max_capacity)
                for action in self.provisioned.scheduled
                if action.max_capacity is not None
            ),
        ]
