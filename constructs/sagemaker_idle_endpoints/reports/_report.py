from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._activity import Activity
from sagemaker_idle_endpoints.prices._cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from sagemaker_idle_endpoints._activity import EndpointKind
    from sagemaker_idle_endpoints._advice import Advice
    from sagemaker_idle_endpoints._window import Window
    from sagemaker_idle_endpoints.actions._decision import Decision

_BY_CONCERN = (
    Activity.IDLE_ZEROS,
    Activity.IDLE_NO_DATA,
    Activity.UNKNOWN,
    Activity.FAILED,
    Activity.UPDATING,
    Activity.EXEMPT,
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
class Idleness:
    """What is asked of an idle endpoint alone.

    `last_called` is the last day with more calls than are ignored; None if there was none since `remembered_from`.
    With an empty `stack_name` no stack owns the endpoint as far as its tags tell; with a `tags_fault` nobody knows.
    """

    remembered_from: date
    last_called: date | None = None
    cost: Cost = field(default_factory=Cost)
    stack_name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    tags_fault: str = ""
    advice: tuple[Advice, ...] = ()

    @property
    def since(self) -> str:
        """Since when nobody called, in words."""
        if self.last_called:
            return f"last called {self.last_called}"
        return f"no call since {self.remembered_from}"

    def to_json(self) -> dict[str, Any]:
        """Return plain values, keys sorted."""
        cost = self.cost.usd_per_month
        return {
            "advice": [advice.to_json() for advice in self.advice],
            "last_called": self.last_called and self.last_called.isoformat(),
            "remembered_from": self.remembered_from.isoformat(),
            "stack_name": self.stack_name or None,
            "unknown_of_cost": list(self.cost.unknown),
            "usd_per_month": None if cost is None else f"{cost:f}",
        }


@dataclass(frozen=True)
class EndpointReport:
    """One endpoint, its verdict in `activity` and in words in `reason`; `created` is aware UTC.

    `kind` is None where the calls settled it before anybody asked.
    """

    name: str
    arn: str
    status: str
    created: datetime
    activity: Activity
    reason: str
    variants: tuple[SeriesReport, ...] = ()
    components: tuple[SeriesReport, ...] = ()
    kind: EndpointKind | None = None
    idleness: Idleness | None = None
    decision: Decision | None = None

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]

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
            "decision": self.decision and self.decision.to_json(),
            "idleness": self.idleness and self.idleness.to_json(),
            "kind": self.kind and self.kind.value,
            "name": self.name,
            "reason": self.reason,
            "region": self.region,
            "status": self.status,
            "variants": [variant.to_json() for variant in self.variants],
        }


@dataclass(frozen=True)
class FleetReport:
    """Every endpoint of an account, in one region or several, over one window, sorted by region and name.

    `unread` says which parts of the fleet could not be listed, so that endpoints may be missing from the report.
    `earlier` says what runs of the same day set out to do before this one, which finds those endpoints changed.
    `api_calls` counts what finding out took, by operation; retries are not counted.
    """

    regions: tuple[str, ...]
    window: Window
    endpoints: tuple[EndpointReport, ...]
    api_calls: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    account: str = ""
    earlier: tuple[str, ...] = ()

    @classmethod
    def of_regions(cls, reports: Sequence[FleetReport]) -> FleetReport:
        """The reports of several regions of an account, over the same window, as one."""
        calls: Counter[str] = Counter()
        for report in reports:
            calls.update(report.api_calls)
        return cls(
            regions=tuple(region for report in reports for region in report.regions),
            window=reports[0].window,
            endpoints=tuple(endpoint for report in reports for endpoint in report.endpoints),
            api_calls=dict(sorted(calls.items())),
            unread=tuple(fault for report in reports for fault in report.unread),
            account=next((report.account for report in reports if report.account), ""),
        )

    @property
    def is_blind(self) -> bool:
        """Whether nothing at all could be read: a region that was read and has no endpoint was read."""
        return len(self.unread) == len(self.regions) and not self.endpoints

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
        """All endpoints, those to act on first: idle, unknown, failed, updating, exempt, too young, busy.

        Those that something is done to come before all others: a message that is cut still tells their owners.
        """
        found = [endpoint for activity in _BY_CONCERN for endpoint in self.having(activity)]
        return tuple(sorted(found, key=lambda endpoint: endpoint.decision is None))

    @property
    def counts(self) -> dict[str, int]:
        """How many endpoints have each verdict, every verdict named; their sum is the fleet."""
        return {activity.value: len(self.having(activity)) for activity in sorted(Activity)}

    @property
    def idle_usd_per_month(self) -> Decimal | int:
        """What the idle endpoints of known cost cost together."""
        return sum(
            each.idleness.cost.usd_per_month
            for each in self.idle
            if each.idleness and each.idleness.cost.usd_per_month is not None
        )

    @property
    def idle_of_unknown_cost(self) -> int:
        """How many idle endpoints that sum leaves out."""
        return sum(1 for each in self.idle if not each.idleness or each.idleness.cost.usd_per_month is None)

    def summary(self) -> dict[str, Any]:
        """Return what `to_json` gives, less the endpoints: it does not grow with the fleet."""
        return {
            "account": self.account,
            "api_calls": dict(sorted(self.api_calls.items())),
            "counts": self.counts,
            "idle_of_unknown_cost": self.idle_of_unknown_cost,
            "idle_usd_per_month": f"{self.idle_usd_per_month:.2f}",
            "regions": list(self.regions),
            "unread": list(self.unread),
            "window": {
                "end": self.window.end.isoformat(timespec="seconds"),
                "start": self.window.start.isoformat(timespec="seconds"),
            },
        }

    def to_json(self, *, most_endpoints: int | None = None) -> dict[str, Any]:
        """Return plain values, keys sorted, times in ISO 8601.

        Args:
            most_endpoints: Keep only so many, the first `by_concern`; "omitted" counts the others. So in `earlier`.
        """
        kept = sorted(self.by_concern[:most_endpoints], key=lambda endpoint: (endpoint.region, endpoint.name))
        report = self.summary() | {
            "earlier": list(self.earlier[:most_endpoints]),
            "endpoints": [endpoint.to_json() for endpoint in kept],
            "omitted": len(self.endpoints) - len(kept),
        }
        return dict(sorted(report.items()))
