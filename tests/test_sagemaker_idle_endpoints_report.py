"""What is made of the findings: the report as text, Markdown, JSON, CSV and message."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_idle_endpoints import (
    SNS_MESSAGE_LIMIT_BYTES,
    Action,
    Activity,
    Advice,
    Cost,
    Decision,
    EndpointKind,
    EndpointReport,
    FleetReport,
    Idleness,
    SeriesReport,
    Step,
    Window,
    fit_message,
    parse_lookback_days,
    render_csv,
    render_markdown,
    render_text,
    subject_of,
)
from sagemaker_idle_endpoints._activity import judge_endpoint
from sagemaker_idle_endpoints.reports._message import write_message
from sagemaker_idle_endpoints.reports._tables import CSV_COLUMNS

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
WINDOW = Window.ending(NOW, timedelta(days=14))
ACTIVITIES = tuple(Activity)


def endpoint(name: str, activity: Activity, reason: str = "because", cost: str | None = "148.92") -> EndpointReport:
    delete = Advice("save its configuration and delete it", f"aws sagemaker delete-endpoint --endpoint-name {name}")
    unknown = () if cost else ("the price of ml.g5.xlarge in us-east-1",)
    idleness = Idleness(
        remembered_from=date(2025, 9, 1),
        cost=Cost(Decimal(cost) if cost else None, unknown),
        advice=(delete,),
    )
    return EndpointReport(
        name=name,
        arn=f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{name}",
        status="InService",
        created=datetime(2025, 1, 1, tzinfo=UTC),
        activity=activity,
        reason=reason,
        variants=(SeriesReport("AllTraffic", activity, 0.0, 2),),
        kind=EndpointKind.REAL_TIME if activity.is_idle else None,
        idleness=idleness if activity.is_idle else None,
    )


def fleet_of(*endpoints: EndpointReport) -> FleetReport:
    return FleetReport(("us-east-1",), WINDOW, endpoints, {"ListEndpoints": 2}, account="123456789012")


@st.composite
def fleets(draw: st.DrawFn, most: int = 12) -> FleetReport:
    size = draw(st.integers(0, most))
    activities = draw(st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=7))
    reason = draw(st.text(max_size=300))
    length = draw(st.integers(5, 63))
    cost = draw(st.sampled_from(["74.46", "99999.99", None]))
    return fleet_of(
        *(
            endpoint(f"{number:05}".ljust(length, "x"), activities[number % len(activities)], reason, cost)
            for number in range(size)
        )
    )


@given(st.lists(st.sampled_from(Activity)))
def test_an_endpoint_with_one_busy_variant_is_busy_whatever_the_others_say(others: list[Activity]) -> None:
    assert judge_endpoint([*others, Activity.BUSY]) is Activity.BUSY


@given(st.lists(st.sampled_from([each for each in Activity if each is not Activity.BUSY])))
def test_what_is_not_known_is_never_called_idle(others: list[Activity]) -> None:
    assert judge_endpoint([*others, Activity.UNKNOWN]) is Activity.UNKNOWN


@given(st.lists(st.sampled_from(Activity)))
def test_the_order_of_the_variants_does_not_matter(series: list[Activity]) -> None:
    assert judge_endpoint(series) is judge_endpoint(series[::-1])


@given(fleets())
def test_every_endpoint_is_counted_once(fleet: FleetReport) -> None:
    assert sum(fleet.counts.values()) == len(fleet.endpoints)
    assert set(fleet.counts) == {activity.value for activity in Activity}
    assert sorted(each.name for each in fleet.by_concern) == [each.name for each in fleet.endpoints]


@given(fleets())
def test_the_cost_is_the_sum_of_what_is_known_and_says_what_it_leaves_out(fleet: FleetReport) -> None:
    costs = [each.idleness.cost.usd_per_month for each in fleet.idle if each.idleness]
    assert fleet.idle_usd_per_month == sum(cost for cost in costs if cost is not None)
    assert fleet.idle_of_unknown_cost == costs.count(None)


@given(fleets())
def test_json_holds_the_whole_report_with_its_keys_sorted(fleet: FleetReport) -> None:
    report = fleet.to_json()
    assert json.dumps(report) == json.dumps(report, sort_keys=True)
    assert report["omitted"] == 0
    assert [each["name"] for each in report["endpoints"]] == [each.name for each in fleet.endpoints]
    assert report["window"] == {"start": "2026-03-06T00:00:00+00:00", "end": "2026-03-20T09:41:07+00:00"}


@given(fleets())
def test_csv_holds_a_row_an_endpoint(fleet: FleetReport) -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(fleet), newline="")))
    assert [row["endpoint"] for row in rows] == [each.name for each in fleet.endpoints]
    assert all(row.keys() == set(CSV_COLUMNS) for row in rows)
    assert [row["activity"] for row in rows] == [each.activity for each in fleet.endpoints]
    assert all(row["created"].startswith("2025-01-01T") for row in rows)


@given(fleets())
def test_the_text_fits_100_columns_but_for_commands_and_names_all_that_is_idle_or_unknown(
    fleet: FleetReport,
) -> None:
    text = render_text(fleet)
    lines = [line for line in text.split("\n") if not line.startswith("    $ ")]
    assert max(map(len, lines)) <= 100
    named = {each.name for each in fleet.endpoints if each.name in text}
    assert named == {each.name for each in (*fleet.idle, *fleet.unknown)}


FLEET = fleet_of(
    endpoint("churn", Activity.BUSY),
    replace(
        endpoint("fraud", Activity.IDLE_ZEROS, "no call: every data point is 0"),
        decision=Decision(Action.DELETE, Step.NOTICE, "due on 2026-03-27"),
    ),
    endpoint("gone", Activity.UNKNOWN, "deleted while we looked"),
    endpoint("ranking-v2", Activity.IDLE_NO_DATA, "no call: CloudWatch holds no data point", None),
)


def test_the_text_reads_well() -> None:
    assert render_text(replace(FLEET, unread=("endpoints of eu-west-1: ListEndpoints: denied",))) == (
        "SageMaker endpoints of us-east-1 in account 123456789012\n"
        "Calls from 2026-03-06 00:00 to 2026-03-20 09:41 UTC, 14 days\n"
        "4 endpoints: 2 idle (1 zeros, 1 no data), 1 busy, 1 unknown\n"
        "The idle ones hold 4 instances, 148.92 USD a month and 1 of unknown cost\n"
        "\n"
        "Could not be listed, so that endpoints may be missing here\n"
        "    endpoints of eu-west-1: ListEndpoints: denied\n"
        "\n"
        "What is done\n"
        "    fraud: delete (notice): due on 2026-03-27\n"
        "\n"
        "Idle: nobody called\n"
        "  endpoint    calls    instances   USD/month\n"
        "  fraud       zeros            2      148.92\n"
        "    no call: every data point is 0\n"
        "    to do: save its configuration and delete it\n"
        "    $ aws sagemaker delete-endpoint --endpoint-name fraud\n"
        "  ranking-v2  no data          2           ?\n"
        "    no call: CloudWatch holds no data point\n"
        "    not known: the price of ml.g5.xlarge in us-east-1\n"
        "    to do: save its configuration and delete it\n"
        "    $ aws sagemaker delete-endpoint --endpoint-name ranking-v2\n"
        "\n"
        "Unknown: could not be judged\n"
        "  endpoint    calls    instances   USD/month\n"
        "  gone        unknown          2           -\n"
        "    deleted while we looked\n"
    )


def test_csv_reads_well() -> None:
    row = list(csv.DictReader(io.StringIO(render_csv(FLEET))))[1]
    assert {name: value for name, value in row.items() if value} == {
        "account": "123456789012",
        "region": "us-east-1",
        "endpoint": "fraud",
        "kind": "real_time",
        "activity": "idle_zeros",
        "reason": "no call: every data point is 0",
        "created": "2025-01-01T00:00:00+00:00",
        "instances": "2",
        "usd_per_month": "148.92",
        "action": "delete",
        "step": "notice",
        "to_do": "save its configuration and delete it",
        "command": "aws sagemaker delete-endpoint --endpoint-name fraud",
    }


def test_markdown_has_tables_and_the_commands_below_them() -> None:
    page = render_markdown(replace(FLEET, unread=("endpoints of eu-west-1: a|b",)))
    assert page.startswith("# SageMaker endpoints of us-east-1 in account 123456789012\n")
    assert "| fraud | us-east-1 | real_time | 2 | 148.92 | no call since 2025-09-01 | save its" in page
    assert "| gone | us-east-1 | deleted while we looked |" in page
    assert "**Could not be listed:** endpoints of eu-west-1: a\\|b." in page
    assert page.endswith(
        "```sh\naws sagemaker delete-endpoint --endpoint-name fraud\n"
        "aws sagemaker delete-endpoint --endpoint-name ranking-v2\n```\n"
    )


def test_regions_become_one_report() -> None:
    other = FleetReport(("eu-west-1",), WINDOW, (), {"ListEndpoints": 1}, ("endpoints of eu-west-1: denied",))
    both = FleetReport.of_regions([FLEET, other])
    assert both.regions == ("us-east-1", "eu-west-1")
    assert both.api_calls == {"ListEndpoints": 3}
    assert both.unread == other.unread
    assert both.account == "123456789012"
    assert not both.is_blind
    assert other.is_blind


def parts_of(message: str) -> tuple[str, dict[str, Any]]:
    """The text and the report of a message, each in it once."""
    parts = json.loads(message)
    assert parts.keys() == {"default", "email", "sms"}
    return parts["email"], json.loads(parts["default"])


@given(fleets(most=4000))
@settings(deadline=None, max_examples=10)
def test_a_message_of_any_fleet_is_within_the_limit_of_sns_and_counts_what_it_leaves_out(
    fleet: FleetReport,
) -> None:
    message, in_message = fit_message(fleet)
    assert len(message.encode()) <= SNS_MESSAGE_LIMIT_BYTES
    text, report = parts_of(message)
    assert report["counts"] == fleet.counts
    assert report["omitted"] + in_message == len(fleet.endpoints)
    kept = {each["name"] for each in report["endpoints"]}
    assert kept == {each.name for each in fleet.by_concern[:in_message]}
    listed = len(fleet.idle) + len(fleet.unknown)
    assert (f"and {listed - in_message} more" in text) == (in_message < listed)


@given(fleets(most=40), st.integers(4_000, 60_000))
@settings(deadline=None, max_examples=30)
def test_a_message_leaves_out_no_endpoint_that_would_have_fitted(fleet: FleetReport, limit: int) -> None:
    _, in_message = fit_message(fleet, limit_bytes=limit)
    if in_message < len(fleet.endpoints):
        assert len(write_message(fleet, most_endpoints=in_message + 1)) > limit


def test_what_earlier_runs_did_is_told_and_cut_like_endpoints() -> None:
    told = tuple(f"e{number}: delete (begun by an earlier run of this day)" for number in range(2_000))
    message, in_message = fit_message(replace(FLEET, earlier=told[:9]))
    text, report = parts_of(message)
    assert in_message == len(FLEET.endpoints)
    assert report["earlier"] == list(told[:9])
    assert "What is done\n    e0: delete (begun by an earlier run of this day)\n    e1: delete" in text
    message, _ = fit_message(replace(FLEET, earlier=told))
    assert len(message) <= SNS_MESSAGE_LIMIT_BYTES
    assert len(parts_of(message)[1]["earlier"]) > 100


def test_of_10_000_idle_endpoints_those_that_something_is_done_to_are_told_first() -> None:
    """Else an owner whose endpoint is far down the alphabet would never get a notice."""
    (idle,) = [each for each in FLEET.idle if each.activity is Activity.IDLE_ZEROS]
    fleet = [
        replace(idle, name=f"e{number:05}", arn=f"{idle.arn}{number:05}", decision=None) for number in range(10_000)
    ]
    fleet[-1] = replace(fleet[-1], decision=Decision(Action.DELETE, Step.NOTICE, "due on 2026-03-27"))
    report = replace(FLEET, endpoints=tuple(fleet))
    message, in_message = fit_message(report)
    text, data = parts_of(message)
    assert 200 < in_message < len(fleet)
    assert "e09999: delete (notice): due on 2026-03-27" in text
    assert data["endpoints"][-1]["name"] == "e09999"
    # Subject and attributes count too.
    beside = subject_of(report) + "account" + "String" + "123456789012" + "idle" + "Number" + "10000"
    assert len(message.encode() + beside.encode()) <= SNS_MESSAGE_LIMIT_BYTES


def test_the_summary_does_not_grow_with_what_was_done() -> None:
    """It is the detail of an event, which takes 256 KB, and a line of the log."""
    told = tuple(f"e{number}: delete" for number in range(10_000))
    assert replace(FLEET, earlier=told).summary() == FLEET.summary()


def test_a_limit_below_the_summary_is_refused() -> None:
    with pytest.raises(ValueError, match="the summary alone is over the limit of 100 bytes"):
        fit_message(FLEET, limit_bytes=100)


def test_a_message_says_where_the_full_report_is() -> None:
    message, _ = fit_message(FLEET, where="s3://reports/today.json")
    text, report = parts_of(message)
    assert text.endswith("\nThe full report: s3://reports/today.json\n")
    assert report["report"] == "s3://reports/today.json"


def test_a_subject_is_short_and_ascii_and_says_what_matters() -> None:
    assert subject_of(FLEET) == "SageMaker: 2 idle of 4 endpoints in us-east-1 of 123456789012"
    assert (
        subject_of(replace(FLEET, regions=("a", "b"), account=""))
        == "SageMaker: 2 idle of 4 endpoints in 2 regions"
    )
    assert len(subject_of(replace(FLEET, regions=("é" * 200,)))) == 100


@pytest.mark.parametrize("text", ["", "0", "64", "7.5", "-1", "a week", " 7"])
def test_days_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="DAYS must be a whole number of days, 1 to 63, got"):
        parse_lookback_days(text, source="DAYS")


@given(
    # Hypothesis takes its bounds naive.
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),  # noqa: DTZ001
    st.integers(1, 63),
)
def test_a_window_starts_at_midnight_and_is_never_shorter_than_the_lookback(now: datetime, days: int) -> None:
    window = Window.ending(now, timedelta(days=days))
    assert window.end.timestamp() == now.timestamp()
    assert window.days == days
    assert timedelta(0) <= window.end - timedelta(days=days) - window.start < timedelta(days=1)
    assert window.start.time() == time(0)
    assert window.day(window.day_number(window.end)) == window.end.date()
