"""Target tracking: a metric is kept at a target by changing the capacity in proportion."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from ._errors import below, cooldown_faults, not_above_zero, refuse
from ._metrics import STATISTICS, Metric, Query, query_faults

_ENDPOINT_METRICS = "AWS/SageMaker"
_INSTANCE_METRICS = "/aws/sagemaker/Endpoints"


@dataclass(frozen=True, kw_only=True)
class TargetTracking:
    """What is common to all target tracking: how soon it acts again, and whether it removes capacity."""

    METRIC: ClassVar[tuple[str, str]]

    scale_in_cooldown_seconds: int
    scale_out_cooldown_seconds: int
    disable_scale_in: bool = False

    def __post_init__(self) -> None:
        refuse(self._faults())

    @property
    def tracked(self) -> Hashable:
        """What is kept at the target; Application Auto Scaling takes one policy for each."""
        return (*self.METRIC, None)

    def _faults(self) -> list[str]:
        return cooldown_faults(
            scale_in_cooldown_seconds=self.scale_in_cooldown_seconds,
            scale_out_cooldown_seconds=self.scale_out_cooldown_seconds,
        )


@dataclass(frozen=True)
class InvocationsTarget(TargetTracking):
    """Target tracking on SageMakerVariantInvocationsPerInstance."""

    METRIC = (_ENDPOINT_METRICS, "InvocationsPerInstance")

    target_per_instance_per_minute: float

    def _faults(self) -> list[str]:
        return (
            not_above_zero("target_per_instance_per_minute", self.target_per_instance_per_minute)
            + super()._faults()
        )


@dataclass(frozen=True)
class ConcurrencyTarget(TargetTracking):
    """Target tracking on SageMakerVariantConcurrentRequestsPerModelHighResolution."""

    METRIC = (_ENDPOINT_METRICS, "ConcurrentRequestsPerModel")

    target_per_model: float

    def _faults(self) -> list[str]:
        return not_above_zero("target_per_model", self.target_per_model) + super()._faults()


@dataclass(frozen=True)
class InvocationsPerCopyTarget(TargetTracking):
    """Target tracking on SageMakerInferenceComponentInvocationsPerCopy."""

    METRIC = (_ENDPOINT_METRICS, "InvocationsPerCopy")

    target_per_copy_per_minute: float

    def _faults(self) -> list[str]:
        return not_above_zero("target_per_copy_per_minute", self.target_per_copy_per_minute) + super()._faults()


@dataclass(frozen=True)
class ConcurrencyPerCopyTarget(TargetTracking):
    """Target tracking on SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution."""

    METRIC = (_ENDPOINT_METRICS, "ConcurrentRequestsPerCopy")

    target_per_copy: float

    def _faults(self) -> list[str]:
        return not_above_zero("target_per_copy", self.target_per_copy) + super()._faults()


@dataclass(frozen=True)
class ProvisionedConcurrencyTarget(TargetTracking):
    """Target tracking on SageMakerVariantProvisionedConcurrencyUtilization: 0.7 is 70 % of it in use."""

    METRIC = (_ENDPOINT_METRICS, "ServerlessProvisionedConcurrencyUtilization")

    target_utilization: float

    def _faults(self) -> list[str]:
        faults = super()._faults()
        if not 0 < self.target_utilization <= 1:
            faults.append(
                f"target_utilization is a fraction above 0 and at most 1 (0.7 for 70 %), "
                f"got {self.target_utilization}"
            )
        return faults


@dataclass(frozen=True)
class CpuPerCoreTarget(TargetTracking):
    """Target tracking on CPUUtilization divided by the number of vCPUs: 100 is every core full."""

    METRIC = (_INSTANCE_METRICS, "CPUUtilization")

    target_percent_per_core: float
    vcpus: int

    def _faults(self) -> list[str]:
        faults = below("vcpus", self.vcpus, 1) + super()._faults()
        if not 0 < self.target_percent_per_core <= 100:  # noqa: PLR2004
            faults.append(
                "target_percent_per_core is a percentage of one core and must be above 0 and at most 100, "
                f"got {self.target_percent_per_core}"
            )
        return faults


@dataclass(frozen=True)
class BacklogTarget(TargetTracking):
    """Target tracking on ApproximateBacklogSizePerInstance: the requests that wait in the queue."""

    METRIC = (_ENDPOINT_METRICS, "ApproximateBacklogSizePerInstance")

    target_per_instance: float

    def _faults(self) -> list[str]:
        return not_above_zero("target_per_instance", self.target_per_instance) + super()._faults()


@dataclass(frozen=True)
class MetricTarget(TargetTracking):
    """Target tracking on any metric, or on an expression over several: the last query is what is tracked.

    The metric must fall as capacity grows, so a total such as ``Invocations`` will not do.
    """

    name: str
    queries: tuple[Query, ...]
    target_value: float

    @property
    def tracked(self) -> Hashable:
        """The metric, whatever its id and statistic; or the queries, where an expression is tracked."""
        last = self.queries[-1]
        if not isinstance(last, Metric):
            return self.queries
        return last.namespace, last.name, None if last.dimensions is None else frozenset(last.dimensions)

    def _faults(self) -> list[str]:
        faults = not_above_zero("target_value", self.target_value) + query_faults(self.queries)
        faults += super()._faults()
        faults += [
            f"target tracking takes a statistic of {', '.join(STATISTICS)}, got {query.statistic!r} of "
            f"{query.id!r}: step scaling takes percentiles"
            for query in self.queries
            if isinstance(query, Metric) and query.statistic not in STATISTICS
        ]
        return faults
