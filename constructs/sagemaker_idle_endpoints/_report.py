from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._activity import Activity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sagemaker_idle_endpoints._window import Window

_BY_CONCERN = (
    Activity.IDLE_ZEROS,
    Activity.IDLE_NO_DATA,
    Activity.UNKNOWN,
    Activity.TOO_YOUNG,
    Activity.BUSY,
)


@dataclass(frozen=True)
class SeriesReport:
    """One production variant or inference component; `invocations` is None without a data point."""

    name: str
    activity: Activity
    invocations: float | None = None
    instance_count: int | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values, keys sorted."""
        return {
            "activity": self.activity.value,
            "instance_count": self.instance_count,
            "invocations": self.invocations,
            "name": self.name,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class EndpointReport:
    """One endpoint, its verdict in `activity` and in words in `reason`; `created` is aware UTC."""

    name: str
    arn: str
    status: str
    created: datetime
    activity: Activity
    reason: str
    variants: tuple[SeriesReport, ...] = ()
    components: tuple[SeriesReport, ...] = ()

    @property
    def instance_count(self) -> int | None:
        """The instances of all its variants; None where nobody counts them (serverless, not described)."""
        counts = [variant.instance_count for variant in self.variants if variant.instance_count is not None]
        return sum(counts) if counts else None

    def to_json(self) -> dict[str, Any]:
        """Return plain values, keys sorted, times in ISO 8601."""
        return {
            "activity": self.activity.value,
            "arn": self.arn,
            "components": [component.to_json() for component in self.components],
            "created": self.created.isoformat(timespec="seconds"),
            "name": self.name,
            "reason": self.reason,
            "status": self.status,
            "variants": [variant.to_json() for variant in self.variants],
        }


@dataclass(frozen=True)
class FleetReport:
    """Every endpoint of one account and region over one window, sorted by name.

    `api_calls` counts what finding out took, by operation; retries are not counted.
    """

    region: str
    window: Window
    endpoints: tuple[EndpointReport, ...]
    api_calls: Mapping[str, int] = field(default_factory=dict)

    def having(self, *activities: Activity) -> tuple[EndpointReport, ...]:
        """Return the endpoints of these verdicts."""
        return tuple(endpoint for endpoint in self.endpoints if endpoint.activity in activities)

    @property
    def idle(self) -> tuple[EndpointReport, ...]:
        """The endpoints that nobody called, by zeros or by the lack of data."""
        return self.having(Activity.IDLE_ZEROS, Activity.IDLE_NO_DATA)

    @property
    def unknown(self) -> tuple[EndpointReport, ...]:
        """The endpoints that could not be judged."""
        return self.having(Activity.UNKNOWN)

    @property
    def by_concern(self) -> tuple[EndpointReport, ...]:
        """All endpoints, those to act on first: idle, unknown, too young, busy."""
        return tuple(endpoint for activity in _BY_CONCERN for endpoint in self.having(activity))

    @property
    def counts(self) -> dict[str, int]:
        """How many endpoints have each verdict, every verdict named; their sum is the fleet."""
        return {activity.value: len(self.having(activity)) for activity in sorted(Activity)}

    def summary(self) -> dict[str, Any]:
        """Return what `to_json` gives, less the endpoints: it does not grow with the fleet."""
        return {
            "api_calls": dict(sorted(self.api_calls.items())),
            "counts": self.counts,
            "region": self.region,
            "window": {
                "end": self.window.end.isoformat(timespec="seconds"),
                "start": self.window.start.isoformat(timespec="seconds"),
            },
        }

    def to_json(self, *, most_endpoints: int | None = None) -> dict[str, Any]:
        """Return plain values, keys sorted, times in ISO 8601.

        Args:
            most_endpoints: Keep only so many, the first `by_concern`; "omitted" counts the others.
        """
        kept = sorted(self.by_concern[:most_endpoints], key=lambda endpoint: endpoint.name)
        report = self.summary() | {
            "endpoints": [endpoint.to_json() for endpoint in kept],
            "omitted": len(self.endpoints) - len(kept),
        }
        return dict(sorted(report.items()))
