"""What owners were told, kept between the runs; in tags it could be forged by whoever tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sagemaker_idle_endpoints._activity import Activity
from sagemaker_idle_endpoints._bucket import STATE, Bucket
from sagemaker_idle_endpoints.actions._decision import Action, Notice, Step
from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport

_KEEPING = frozenset({Step.WAIT, Step.REHEARSE, Step.FAILED})


@dataclass(frozen=True)
class Notices:
    """The notices of an account, by the ARN of the endpoint."""

    by_arn: Mapping[str, Notice]

    @classmethod
    def load(cls, bucket: Bucket, account: str) -> Notices:
        """Read what the last run left."""
        kept: dict[str, Any] = bucket.read_or_begin(_key(account), {})
        return cls({arn: _notice(told) for arn, told in kept.items()})

    def save(self, bucket: Bucket, account: str) -> None:
        """Leave them for the next run."""
        kept = {arn: _json(notice) for arn, notice in sorted(self.by_arn.items())}
        bucket.put(_key(account), json.dumps(kept))

    def after(self, report: FleetReport, told: frozenset[str], now: datetime) -> Notices:
        """Those that hold from now on.

        A notice lapses with anything but continued idleness: a call, another tag, another stack, another endpoint.
        Only an endpoint that could not be judged, or may be among those that could not be listed, keeps its own,
        since that says nothing; whether it was called meanwhile is asked before anything is done to it.

        Args:
            report: The findings, with what was decided.
            told: The ARNs of the endpoints of which a message was sent.
            now: When this run began.
        """
        listed = {endpoint.arn for endpoint in report.endpoints}
        unlisted = {arn: notice for arn, notice in self.by_arn.items() if report.unread and arn not in listed}
        kept = {
            endpoint.arn: notice
            for endpoint in report.endpoints
            if (notice := self.by_arn.get(endpoint.arn)) and _still_holds(endpoint)
        }
        new = {
            endpoint.arn: Notice(endpoint.decision.action, now, endpoint.created)
            for endpoint in report.endpoints
            if endpoint.decision and endpoint.decision.step is Step.NOTICE and endpoint.arn in told
        }
        return Notices(unlisted | kept | new)


def _still_holds(endpoint: EndpointReport) -> bool:
    if endpoint.decision is None:
        return endpoint.activity is Activity.UNKNOWN
    return endpoint.decision.step in _KEEPING


def _key(account: str) -> str:
    return f"{STATE}/notices/{account}.json"


def _json(notice: Notice) -> dict[str, str]:
    return {
        "action": notice.action.value,
        "endpoint_created": notice.endpoint_created.isoformat(),
        "told": notice.told.isoformat(),
    }


def _notice(kept: Mapping[str, str]) -> Notice:
    created, told = (datetime.fromisoformat(kept[name]) for name in ("endpoint_created", "told"))
    return Notice(Action(kept["action"]), told, created)
