"""The numbers that reach a template, each in the one form in which a plan holds it; a record for each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from ._errors import below, refuse
from ._names import name_faults
from ._scheduled import ScheduledCapacity, Suspended, schedule_faults
from ._serverless import ServerlessScaling
from ._steps import StepScaling, WakeFromZero
from ._targets import (
    BacklogTarget,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CpuPerCoreTarget,
    InvocationsPerCopyTarget,
    InvocationsTarget,
    MetricTarget,
    TargetTracking,
)

_MAX_POLICIES = 50  # Application Auto Scaling's quota of scaling policies a target.


@dataclass(frozen=True, kw_only=True)
class CapacityScaling:
    """What is the same for whatever is counted in instances or copies. `None` where there is no such policy."""

    KIND: ClassVar[str]
    LOWEST_CAPACITY: ClassVar[int] = 0

    min_capacity: int
    max_capacity: int
    metric_tracking: tuple[MetricTarget, ...] = ()
    step_scaling: tuple[StepScaling, ...] = ()
    scheduled: tuple[ScheduledCapacity, ...] = ()
    suspended: Suspended | None = None

    def __post_init__(self) -> None:
        refuse(self._faults())

    def _faults(self) -> Iterator[str]:
        lowest = self.LOWEST_CAPACITY
        if not lowest <= self.min_capacity <= self.max_capacity:
            yield (
                f"capacity must hold {lowest} <= min_capacity <= max_capacity, "
                f"got min_capacity {self.min_capacity} and max_capacity {self.max_capacity}"
            )
        yield from below("max_capacity", self.max_capacity, 1)
        yield from schedule_faults(
            self.scheduled, min_capacity=self.min_capacity, max_capacity=self.max_capacity, lowest=lowest
        )
        named: tuple[MetricTarget | StepScaling | ScheduledCapacity, ...] = (
            *self.metric_tracking,
            *self.step_scaling,
            *self.scheduled,
        )
        yield from name_faults([record.name for record in named])
        fixed = [value for value in vars(self).values() if isinstance(value, TargetTracking | WakeFromZero)]
        policies = len(fixed) + len(self.metric_tracking) + len(self.step_scaling)
        if policies > _MAX_POLICIES:
            yield f"a target takes at most {_MAX_POLICIES} policies, got {policies}: leave some out"
        yield from self._faults_of_tracking_twice()

    def _faults_of_tracking_twice(self) -> Iterator[str]:
        policies: dict[Hashable, list[str]] = defaultdict(list)
        for field, value in vars(self).items():
            if isinstance(value, TargetTracking):
                policies[value.tracked].append(field)
        for target in self.metric_tracking:
            policies[target.tracked].append(f"metric_tracking.{target.name}")
        for places in policies.values():
            if len(places) > 1:
                yield f"{' and '.join(places)} track the same metric, and a target takes one such policy: keep one"


@dataclass(frozen=True, kw_only=True)
class RealTimeScaling(CapacityScaling):
    """All that scales one variant of a real-time endpoint, in instances."""

    KIND = "real-time"
    LOWEST_CAPACITY = 1  # A variant with instances of its own keeps one; inference components go to zero.

    invocations: InvocationsTarget | None = None
    concurrency: ConcurrencyTarget | None = None
    cpu_per_core: CpuPerCoreTarget | None = None


@dataclass(frozen=True, kw_only=True)
class ScalingFromZero(CapacityScaling):
    """What may scale in to zero, and so needs what wakes it."""

    wake_from_zero: WakeFromZero | None = None

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        zeros = ["min_capacity"] if self.min_capacity == 0 else []
        zeros += [f"min_capacity of {action.name!r}" for action in self.scheduled if action.min_capacity == 0]
        if zeros and self.wake_from_zero is None:
            yield (
                f"target tracking cannot leave zero, got 0 for {' and '.join(zeros)}: "
                "give wake_from_zero, or a minimum of 1"
            )


@dataclass(frozen=True, kw_only=True)
class AsynchronousScaling(ScalingFromZero):
    """All that scales the variant of an asynchronous endpoint, in instances."""

    KIND = "asynchronous"

    backlog: BacklogTarget | None = None
    cpu_per_core: CpuPerCoreTarget | None = None


@dataclass(frozen=True, kw_only=True)
class CopyRequirements:
    """What one copy of an inference component takes of an instance; `None` for none in particular."""

    min_memory_mb: int
    cpu_cores: float | None = None
    accelerators: float | None = None

    def __post_init__(self) -> None:
        # The least of each: SageMaker API, InferenceComponentComputeResourceRequirements.
        faults = below("min_memory_mb", self.min_memory_mb, 128)
        faults += below("cpu_cores", self.cpu_cores, 0.25) if self.cpu_cores is not None else []
        faults += below("accelerators", self.accelerators, 1) if self.accelerators is not None else []
        refuse(faults)


@dataclass(frozen=True, kw_only=True)
class ComponentScaling(ScalingFromZero):
    """All that scales an inference component, in copies."""

    KIND = "inference-component"

    copy: CopyRequirements
    invocations: InvocationsPerCopyTarget | None = None
    concurrency: ConcurrencyPerCopyTarget | None = None


Scaling: TypeAlias = RealTimeScaling | AsynchronousScaling | ComponentScaling | ServerlessScaling
