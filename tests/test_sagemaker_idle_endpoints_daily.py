"""A day's run: what it tells, once a day, whatever happens half-way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from idle_bench import REGION, Api, injected, refusal
from idle_office import ACCOUNT, ACTING, Office

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Action, Notice
from sagemaker_idle_endpoints._bucket import Bucket
from sagemaker_idle_endpoints._daily import NotAllDoneError
from sagemaker_idle_endpoints.actions._grace import Notices

pytest_plugins = ["embedded_aws.fixture"]


@pytest.fixture
def office(embedded_aws: EmbeddedAws) -> Office:
    return Office(embedded_aws)


def test_a_run_reports_in_every_way(office: Office) -> None:
    office.bench.real_time("idle")
    office.bench.real_time("busy")
    office.bench.called("busy", 5)
    summary = office.run()
    assert summary["counts"]["idle_no_data"] == summary["counts"]["busy"] == 1
    report = office.report()
    assert [each["name"] for each in report["endpoints"]] == ["busy", "idle"]
    assert [row["endpoint"] for row in office.report(form="csv")] == ["busy", "idle"]
    (message,) = office.messages()
    assert (
        message["report"] == summary["report"] == f"s3://{office.bucket}/reports/{summary['date']}/{ACCOUNT}.json"
    )
    values = {name: metric_value(office, name) for name in ("IdleEndpoints", "BusyEndpoints", "IdleUsdPerMonth")}
    assert values == {"IdleEndpoints": 1, "BusyEndpoints": 1, "IdleUsdPerMonth": 74.46}


def metric_value(office: Office, name: str) -> float:
    dimensions = [{"Name": "Account", "Value": ACCOUNT}, {"Name": "Region", "Value": REGION}]
    found = office.bench.cloudwatch.get_metric_statistics(
        Namespace="SageMakerIdleEndpoints",
        MetricName=name,
        Dimensions=dimensions,
        StartTime=office.bench.now - timedelta(hours=1),
        EndTime=office.bench.now + timedelta(hours=1),
        Period=3600,
        Statistics=["Maximum"],
    )
    value: float = max(point["Maximum"] for point in found["Datapoints"])
    return value


def test_an_event_carries_the_summary(office: Office) -> None:
    sent: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: object) -> None:
        sent.extend(params["Entries"])

    office.events.meta.events.register("provide-client-params.events.PutEvents", keep)
    summary = office.run()
    office.events.meta.events.unregister("provide-client-params.events.PutEvents", keep)
    (event,) = sent
    assert (event["Source"], event["DetailType"]) == ("sagemaker-idle-endpoints", "Idle Endpoints Reported")
    assert json.loads(event["Detail"]) == summary


def test_a_second_run_of_the_day_asks_and_tells_nothing(office: Office, embedded_aws: EmbeddedAws) -> None:
    office.bench.real_time("idle")
    first = office.run()
    assert len(office.messages()) == 1
    embedded_aws.forget_calls()
    assert office.run() == first
    assert {call.service for call in embedded_aws.calls()} == {"s3"}
    assert office.messages() == []
    assert office.run(again=True)["counts"] == first["counts"]
    assert len(office.messages()) == 1
    office.run(day=1)
    assert len(office.messages()) == 1


def test_regions_are_told_together_and_one_that_is_denied_keeps_no_other(office: Office) -> None:
    office.bench.real_time("here")
    office.settings = replace(office.settings, regions=(REGION, "eu-west-1", "eu-west-3"))
    denied = office.account.eyes("eu-west-3")[0]
    with injected(denied, "ListEndpoints", lambda _: refusal("AccessDeniedException")):
        summary = office.run()
    assert summary["regions"] == [REGION, "eu-west-1", "eu-west-3"]
    assert summary["unread"] == ["endpoints of eu-west-3: ListEndpoints: AccessDeniedException: no luck"]
    assert summary["counts"]["idle_no_data"] == 1
    (message,) = office.messages()
    assert message["unread"] == summary["unread"]


def test_a_run_that_can_read_nothing_fails_and_the_next_one_does_it_all(office: Office) -> None:
    office.bench.real_time("idle")
    with (
        injected(office.bench.sagemaker, "ListEndpoints", lambda _: refusal("AccessDeniedException")),
        pytest.raises(NotAllDoneError, match="AccessDeniedException"),
    ):
        office.run()
    assert office.messages() == []
    office.run()
    assert len(office.messages()) == 1


def test_an_account_without_endpoints_is_read_though_a_region_is_denied(office: Office) -> None:
    office.settings = replace(office.settings, regions=(REGION, "eu-west-3"))
    denied = office.account.eyes("eu-west-3")[0]
    with injected(denied, "ListEndpoints", lambda _: refusal("AccessDeniedException")):
        assert office.run()["unread"] == ["endpoints of eu-west-3: ListEndpoints: AccessDeniedException: no luck"]


@pytest.mark.parametrize(
    ("fault", "is_sent_by_the_next_run"),
    [
        (EndpointConnectionError(endpoint_url="https://sns.test"), True),
        (ReadTimeoutError(endpoint_url="https://sns.test"), False),  # perhaps it was sent
    ],
)
def test_a_topic_that_is_not_reached_keeps_nothing_else(
    office: Office, fault: Exception, *, is_sent_by_the_next_run: bool
) -> None:
    office.bench.real_time("idle")
    with injected(office.sns, "Publish", lambda _: fault), pytest.raises(NotAllDoneError, match="https://sns"):
        office.run()
    assert metric_value(office, "IdleEndpoints") == 1
    office.run()
    assert len(office.messages()) == is_sent_by_the_next_run


def test_a_refused_message_keeps_nothing_else_and_is_sent_by_the_next_run(office: Office) -> None:
    office.bench.real_time("idle")
    topic = office.settings.topic_arn
    office.settings = replace(office.settings, topic_arn=f"{topic}-not-there")
    with pytest.raises(NotAllDoneError, match="Publish: NotFound"):
        office.run()
    assert office.report()["counts"]["idle_no_data"] == 1
    assert metric_value(office, "IdleEndpoints") == 1
    office.settings = replace(office.settings, topic_arn=topic)
    office.run()
    assert len(office.messages()) == 1


class Killed(BaseException):
    """As Lambda ends a function: nothing of its own runs any more."""


TOLD = ("Publish", "PutEvents", "PutMetricData")
DONE = ("PutObject", "DeleteEndpoint", *TOLD)


def test_wherever_a_run_is_killed_the_next_one_finishes_and_nothing_is_done_twice(
    embedded_aws: EmbeddedAws,
) -> None:
    """After each of its calls that change anything, which is before the next of them."""
    position, was_killed = 0, True
    while was_killed:
        office = Office(embedded_aws)
        office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
        give_notice(office, "goes")
        with watched(office, killed_at=position) as answered:
            try:
                office.run(switch=ACTING)
                was_killed = False
            except Killed:
                office.run(switch=ACTING)
        assert all(answered[name] <= 1 for name in TOLD), position
        assert answered["DeleteEndpoint"] == 1, position
        assert office.names() == set(), position
        assert "restore goes --region us-east-1 --bucket" in tells_of(office, "goes"), position
        saved = office.s3.list_objects_v2(Bucket=office.bucket, Prefix="state/saved/")
        assert saved["KeyCount"] == 1, position
        position += 1
    assert position > len(DONE)


def test_whom_the_message_told_of_a_notice_is_kept_before_anything_else_is_told(office: Office) -> None:
    """A run that is killed later does not tell them once more, and so later still, what is due."""
    office.bench.real_time("goes", tags={"idle-endpoints": "delete"})
    with injected(office.events, "PutEvents", lambda _: Killed()), pytest.raises(Killed):
        office.run(switch=ACTING)
    office.run(day=1, switch=ACTING)
    assert office.steps(day=1) == {"goes": ("delete", "wait")}


def tells_of(office: Office, name: str) -> str:
    """What the day's report says is or was done to an endpoint, which may be gone from it."""
    report = office.report()
    done = [each["decision"]["reason"] for each in report["endpoints"] if each["name"] == name]
    (told,) = done + [each for each in report["earlier"] if each.startswith(f"{name}: ")]
    return str(told)


def give_notice(office: Office, name: str) -> None:
    """As the run of some days ago did."""
    endpoint = office.bench.sagemaker.describe_endpoint(EndpointName=name)
    told = office.bench.now - 2 * ACTING.grace
    notice = Notice(Action.DELETE, told, endpoint["CreationTime"])
    Notices({endpoint["EndpointArn"]: notice}).save(Bucket(office.s3, office.bucket), ACCOUNT)


@contextmanager
def watched(office: Office, *, killed_at: int) -> Iterator[Counter[str]]:
    """Count the calls that were answered, and kill the run once, after that one of them."""
    answered: Counter[str] = Counter()
    passed = 0

    def pass_by(event_name: str, **_: object) -> None:
        nonlocal passed
        answered[event_name.rpartition(".")[2]] += 1
        passed += 1
        if passed == killed_at + 1:
            raise Killed

    channels = office.channels
    clients: list[Api] = [channels.s3, channels.sns, channels.events, channels.cloudwatch, office.bench.sagemaker]
    hooks = [
        (client, f"after-call.{client.meta.service_model.service_id.hyphenize()}.{name}")
        for client in clients
        for name in DONE
    ]
    for client, hook in hooks:
        client.meta.events.register(hook, pass_by)
    try:
        yield answered
    finally:
        for client, hook in hooks:
            client.meta.events.unregister(hook, pass_by)
