"""What alarms take from a capacity plan, under the names of their props."""

from __future__ import annotations

from typing import Any

from sagemaker_capacity_plan import AsynchronousScaling, ComponentScaling, RealTimeScaling, Saturation


def objective_of(saturation: Saturation | None) -> dict[str, Any]:
    """The service level objective; where the plan knows none, the props' own defaults."""
    if saturation is None:
        return {}
    return {
        "error_percent": saturation.slo_error_percent,
        "latency_ms": saturation.slo_latency_ms,
        "latency_statistic": saturation.slo_statistic or "p99",
    }


def maximum_of(scaling: RealTimeScaling | AsynchronousScaling | ComponentScaling) -> int | None:
    """The most capacity; none where it is fixed, since that would always be at its maximum."""
    return scaling.max_capacity if scaling.min_capacity < scaling.max_capacity else None
