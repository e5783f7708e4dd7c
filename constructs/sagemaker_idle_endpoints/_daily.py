"""A day's run for one account: look, do what is due, report, tell; each at most once a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from sagemaker_idle_endpoints._bucket import REPORTS, Bucket, Day
from sagemaker_idle_endpoints._clients import Account, Channels
from sagemaker_idle_endpoints._parallel import in_parallel
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._settings import EVERY_REGION, Settings
from sagemaker_idle_endpoints.actions._acting import act, way_back
from sagemaker_idle_endpoints.actions._decision import Decision, Step, decide
from sagemaker_idle_endpoints.actions._grace import Notices
from sagemaker_idle_endpoints.reading._fleet import answered_at
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, explain
from sagemaker_idle_endpoints.reports._message import fit_message, subject_of
from sagemaker_idle_endpoints.reports._metrics import metric_data
from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport
from sagemaker_idle_endpoints.reports._tables import render_csv

METRICS_NAMESPACE = "SageMakerIdleEndpoints"
EVENT_SOURCE = "sagemaker-idle-endpoints"
_LONGEST_RUN = timedelta(minutes=15)  # Lambda's limit
EVENT_TYPE = "Idle Endpoints Reported"


class NotAllDoneError(RuntimeError):
    """A part of a day's run was refused; the next run of the day does that part."""


@dataclass(frozen=True)
class DailyRun:
    """One run for one account.

    Attributes:
        account: whose endpoints.
        account_id: its number.
        channels: where findings go.
        settings: what the run goes by.
        now: when it was scheduled for: the end of the window, and its UTC date the day.
        again: whether a person asks for it once more on a day that is done.
    """

    account: Account
    account_id: str
    channels: Channels
    settings: Settings
    now: datetime
    again: bool = False

    def do(self) -> dict[str, Any]:
        """Do what is not done yet today, and return the summary.

        Raises:
            NotAllDoneError: nothing could be read, or a part was refused; all other parts are done.
            ValueError: the clock is wrong.
        """
        finished = self._day.finished()
        if finished is not None:
            summary: dict[str, Any] = finished
            return summary
        found = FleetReport.of_regions([self._look(region) for region in self._regions()])
        if found.is_blind:
            raise NotAllDoneError(f"nothing could be read: {'; '.join(found.unread)}")
        report = replace(found, account=self.account_id)
        notices = Notices.load(self._bucket, self.account_id) if self._acts else Notices({})
        decided = self._decided(report, notices)
        earlier = self._begun_before(decided) if self._acts else ()
        report = replace(report, endpoints=self._done(decided), earlier=earlier)
        summary = self._tell(report, notices)
        self._day.finish(summary)
        return summary

    @property
    def _bucket(self) -> Bucket:
        return Bucket(self.channels.s3, self.settings.bucket)

    @property
    def _day(self) -> Day:
        return Day(self._bucket, self.account_id, self.now.astimezone(UTC).date(), self.again)

    @property
    def _acts(self) -> bool:
        return bool(self.settings.switch.permitted)

    def _regions(self) -> tuple[str | None, ...]:
        if EVERY_REGION in self.settings.regions:
            return self.account.regions()
        return self.settings.regions or (None,)

    def _look(self, region: str | None) -> FleetReport:
        return find_idle_endpoints(*self.account.eyes(region), now=self.now, criteria=self.settings.criteria)

    def _decided(self, report: FleetReport, notices: Notices) -> list[EndpointReport]:
        def decision_of(endpoint: EndpointReport) -> EndpointReport:
            decision = decide(
                endpoint,
                tag=self.settings.criteria.tag,
                switch=self.settings.switch,
                notice=notices.by_arn.get(endpoint.arn),
                now=self.now,
            )
            return replace(endpoint, decision=decision)

        return [decision_of(endpoint) for endpoint in report.endpoints]

    def _begun_before(self, endpoints: list[EndpointReport]) -> tuple[str, ...]:
        """What earlier runs of the day set out to do, where this one does not; what it does is kept first."""
        due = {
            each.arn: f"{each.name}: {decision.action} (begun by an earlier run of this day): "
            f"{way_back(each, self._bucket)}"
            for each in endpoints
            if (decision := _due(each))
        }
        return tuple(told for arn, told in self._day.begin(due).items() if arn not in due)

    def _done(self, endpoints: list[EndpointReport]) -> tuple[EndpointReport, ...]:
        """The endpoints after what is due was done to them."""
        due = {each.region for each in endpoints if _due(each)}
        hands = {region: self.account.hands(region) for region in sorted(due)}  # no session opens two at once

        def act_if_due(endpoint: EndpointReport) -> EndpointReport:
            decision = _due(endpoint)
            if decision is None:
                return endpoint
            return act(
                endpoint,
                decision,
                tag=self.settings.criteria.tag,
                hands=hands[endpoint.region],
                bucket=self._bucket,
                day=self._day.date,
            )

        return tuple(in_parallel(act_if_due, endpoints))

    def _tell(self, report: FleetReport, notices: Notices) -> dict[str, Any]:
        """Report in every way; one that is refused keeps none of the others from it."""
        day, bucket = self._day, self._bucket
        key = f"{REPORTS}/{day.date}/{self.account_id}"
        where = bucket.put(f"{key}.json", json.dumps(report.to_json(), indent=1))
        bucket.put(f"{key}.csv", render_csv(report), "text/csv")
        summary = {**report.summary(), "date": day.date.isoformat(), "report": where}
        message, in_message = fit_message(report, where=where)
        faults: list[str] = []

        def tried(do: Callable[[], object]) -> None:
            try:
                do()
            except REFUSALS as error:
                faults.append(explain(error))

        sent_at: list[datetime] = []
        tried(lambda: day.once("message", lambda: sent_at.append(self._publish(report, message))))
        if self._acts:
            told = frozenset(each.arn for each in report.by_concern[:in_message]) if sent_at else frozenset()
            # A late run's grace period begins when it ran, and not when it was scheduled for.
            began = max([self.now, *(sent - _LONGEST_RUN for sent in sent_at)])
            tried(lambda: notices.after(report, told, began).save(bucket, self.account_id))
        tried(lambda: day.once("event", lambda: self._put_event(summary)))
        tried(lambda: day.once("metrics", lambda: self._put_metrics(report)))
        if faults:
            raise NotAllDoneError(f"the report is {where}, and could not be told: {'; '.join(faults)}")
        return summary

    def _publish(self, report: FleetReport, message: str) -> datetime:
        """Send it, and say when it was sent, by AWS's clock if that is told."""
        answer = self.channels.sns.publish(
            TopicArn=self.settings.topic_arn,
            Subject=subject_of(report),
            Message=message,
            MessageStructure="json",
            MessageAttributes={
                "account": {"DataType": "String", "StringValue": self.account_id},
                "idle": {"DataType": "Number", "StringValue": str(len(report.idle))},
            },
        )
        return answered_at(answer) or self.now

    def _put_event(self, summary: dict[str, Any]) -> None:
        entry = {"Source": EVENT_SOURCE, "DetailType": EVENT_TYPE, "Detail": json.dumps(summary), "Time": self.now}
        answer = self.channels.events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            (failed,) = answer["Entries"]
            code, message = failed.get("ErrorCode", "Unknown"), failed.get("ErrorMessage", "")
            raise ClientError({"Error": {"Code": code, "Message": message}}, "PutEvents")

    def _put_metrics(self, report: FleetReport) -> None:
        for data in metric_data(report, self.now):
            self.channels.cloudwatch.put_metric_data(Namespace=METRICS_NAMESPACE, MetricData=data)


def _due(endpoint: EndpointReport) -> Decision | None:
    """What is to be done to an endpoint now."""
    decision = endpoint.decision
    return decision if decision and decision.step is Step.ACT else None
