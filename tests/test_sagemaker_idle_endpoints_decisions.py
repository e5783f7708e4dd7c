"""Nothing is done without both permissions, nor to what a stack owns: over fleets, tags and switches at random."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from idle_office import Office

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import (
    Action,
    Activity,
    Criteria,
    EndpointKind,
    EndpointReport,
    Idleness,
    Notice,
    SeriesReport,
    Step,
    Switch,
    decide,
)
from sagemaker_idle_endpoints._idleness import STACK_TAG

pytest_plugins = ["embedded_aws.fixture"]

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
CREATED = datetime(2025, 1, 1, tzinfo=UTC)
TAG = "idle-endpoints"
DUE = {Step.ACT, Step.REHEARSE}
VALUES = (None, "", "keep", "scale-in", "delete", "DELETE", "yes")


def endpoint(
    *,
    activity: Activity = Activity.IDLE_ZEROS,
    value: str | None = "delete",
    stack: str = "",
    fault: str = "",
    kind: EndpointKind | None = EndpointKind.REAL_TIME,
    instances: int = 3,
    created: datetime = CREATED,
    last_called: date | None = None,
    remembered_from: date = date(2025, 9, 1),
) -> EndpointReport:
    tags = {TAG: value} if value is not None else {}
    return EndpointReport(
        name="e",
        arn="arn:aws:sagemaker:us-east-1:123456789012:endpoint/e",
        status="InService",
        created=created,
        activity=activity,
        reason="because",
        variants=(SeriesReport("main", activity, 0.0, instances),),
        kind=kind,
        idleness=Idleness(remembered_from, last_called, stack_name=stack, tags=tags, tags_fault=fault),
    )


def told(action: Action = Action.DELETE, *, days_ago: float = 30, created: datetime = CREATED) -> Notice:
    return Notice(action, NOW - timedelta(days=days_ago), created)


ANYTHING = Switch(frozenset(Action), dry_run=False)


def test_what_both_permit_is_done_after_its_grace_period_over_10_000_fleets() -> None:
    """Each fleet is decided by the rules as they are written down, and by `decide`."""
    random = Random(20260320)  # noqa: S311 - not for secrets
    seen: Counter[Step | None] = Counter()
    for _ in range(10_000):
        grace = timedelta(days=random.randint(1, 30))
        permitted = frozenset(action for action in Action if random.random() < 0.6)
        switch = Switch(permitted, dry_run=random.random() < 0.3, grace=grace)
        for _ in range(random.randint(1, 4)):
            report, notice = any_endpoint(random), any_notice(random)
            decision = decide(report, tag=TAG, switch=switch, notice=notice, now=NOW)
            seen[decision.step if decision else None] += 1
            may = is_permitted(report, notice, switch)
            assert (decision is not None and decision.step in DUE) == may
            if decision is not None:
                assert decision.step is not Step.ACT or not switch.dry_run
                assert decision.action == tags_of(report)[TAG]
    assert seen.keys() == {None, Step.REFUSED, Step.NOTICE, Step.WAIT, Step.ACT, Step.REHEARSE}
    assert min(seen.values()) > 100, seen


@pytest.mark.parametrize("seed", range(12))
def test_what_is_decided_is_what_is_done(seed: int, embedded_aws: EmbeddedAws) -> None:
    """Whole runs, a notice and what follows its grace period: what is gone or smaller is what may be."""
    random, office = Random(seed), Office(embedded_aws)  # noqa: S311 - likewise
    permitted = frozenset(action for action in Action if random.random() < 0.7)
    switch = Switch(permitted, dry_run=random.random() < 0.3, grace=timedelta(days=3))
    expected = {}
    for number in range(10):
        name, count = f"e{number}", random.choice([1, 2, 5])
        value, stack = random.choice([*VALUES, "scale-in", "delete", "delete"]), random.choice(["", "", "models"])
        tags = {TAG: value} if value is not None else {}
        office.bench.real_time(name, count=count, tags=tags | ({STACK_TAG: stack} if stack else {}))
        called = random.random() < 0.3
        if called:
            office.bench.called(name, 9, days_ago=random.choice([1, 5]))
        may = not stack and not called and not switch.dry_run and value in permitted
        expected[name] = count if not may else 0 if value == "delete" else 1
    office.run(switch=switch)
    office.run(day=3, switch=switch)
    assert {name: instances(office, name) for name in expected} == expected


def instances(office: Office, name: str) -> int:
    """How many an endpoint of one variant has, none if it is gone."""
    if name not in office.names():
        return 0
    (variant,) = office.bench.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    return int(variant["CurrentInstanceCount"])


def any_endpoint(random: Random) -> EndpointReport:
    return endpoint(
        activity=random.choice([*Activity, *[Activity.IDLE_ZEROS, Activity.IDLE_NO_DATA] * 6]),
        value=random.choice([*VALUES, *["scale-in", "delete"] * 4]),
        stack=random.choice(["", "", "", "models"]),
        fault=random.choice(["", "", "", "", "ListTags: AccessDeniedException"]),
        kind=random.choice([*EndpointKind, EndpointKind.REAL_TIME, EndpointKind.REAL_TIME]),
        instances=random.choice([0, 1, 2, 5]),
        created=random.choice([CREATED, CREATED, CREATED, CREATED + timedelta(days=1)]),
        last_called=random.choice([None, None, None, (NOW - timedelta(days=random.randint(0, 60))).date()]),
        remembered_from=random.choice([*[date(2025, 9, 1)] * 5, date(2026, 3, 1)]),
    )


def any_notice(random: Random) -> Notice | None:
    if random.random() < 0.25:
        return None
    return told(random.choice(list(Action)), days_ago=random.uniform(-5, 60))


def tags_of(report: EndpointReport) -> dict[str, str]:
    assert report.idleness is not None
    return dict(report.idleness.tags)


def is_permitted(report: EndpointReport, notice: Notice | None, switch: Switch) -> bool:
    """The rules of the documentation, one a line, without an order."""
    assert report.idleness is not None
    asked = tags_of(report).get(TAG)
    return all(
        (
            report.activity in {Activity.IDLE_ZEROS, Activity.IDLE_NO_DATA},
            asked in {"scale-in", "delete"},
            asked in {action.value for action in switch.permitted},
            report.idleness.stack_name == "",
            report.idleness.tags_fault == "",
            report.kind is not EndpointKind.INFERENCE_COMPONENTS,
            asked == "delete" or (report.instance_count or 0) > 1,
            notice is not None
            and notice.action.value == asked
            and notice.endpoint_created == report.created
            and notice.told + switch.grace <= NOW
            and report.idleness.remembered_from <= notice.told.date()
            and (report.idleness.last_called or date.min) < notice.told.date(),
        )
    )


def test_by_default_nothing_is_permitted_and_everything_a_dry_run() -> None:
    assert Switch().permitted == frozenset()
    assert Switch().dry_run
    assert decide(endpoint(), tag=TAG, switch=Switch(), notice=told(), now=NOW) is None
    rehearsal = decide(endpoint(), tag=TAG, switch=Switch(frozenset(Action)), notice=told(), now=NOW)
    assert rehearsal is not None
    assert rehearsal.step is Step.REHEARSE


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (endpoint(stack="models"), "owned by the stack models: change that stack"),
        (endpoint(fault="ListTags: ThrottlingException: slow"), "its tags are not known: ListTags"),
        (endpoint(kind=EndpointKind.INFERENCE_COMPONENTS), "it hosts inference components"),
    ],
)
def test_what_is_refused_says_why(report: EndpointReport, reason: str) -> None:
    refused = decide(report, tag=TAG, switch=ANYTHING, notice=told(), now=NOW)
    assert refused is not None
    assert refused.step is Step.REFUSED
    assert refused.reason.startswith(reason)


def test_a_switch_that_permits_something_else_is_told_to_whoever_tagged() -> None:
    only = Switch(frozenset({Action.SCALE_IN}), dry_run=False)
    refused = decide(endpoint(), tag=TAG, switch=only, notice=told(), now=NOW)
    assert refused is not None
    assert refused.reason == "its tag asks for it, and the switch permits scale-in alone"


def test_a_clock_that_goes_back_only_makes_it_wait() -> None:
    early = NOW - timedelta(days=400)
    waits = decide(endpoint(), tag=TAG, switch=ANYTHING, notice=told(days_ago=3), now=early)
    assert waits is not None
    assert waits.step is Step.WAIT


def test_a_namesake_made_since_the_notice_gets_a_notice_of_its_own() -> None:
    young = endpoint(created=CREATED + timedelta(days=90))
    decision = decide(young, tag=TAG, switch=ANYTHING, notice=told(), now=NOW)
    assert decision is not None
    assert decision.step is Step.NOTICE


def test_a_notice_says_until_when_there_is_time() -> None:
    decision = decide(endpoint(), tag=TAG, switch=ANYTHING, notice=None, now=NOW)
    assert decision is not None
    assert decision.reason == "due on 2026-03-27 unless it is called or its tag changes"


def test_a_grace_period_shorter_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="grace must be at least a day, got 1:00:00"):
        Switch(grace=timedelta(hours=1))


def test_a_grace_period_longer_than_metrics_are_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="grace must be at most 180 days, got 181 days"):
        Switch(grace=timedelta(days=181))


@pytest.mark.parametrize("calls", [-1, math.nan, math.inf])
def test_calls_to_ignore_that_make_all_idle_are_refused(calls: float) -> None:
    with pytest.raises(ValueError, match="ignored_calls_per_day must be at least 0 and finite"):
        Criteria(ignored_calls_per_day=calls)
