"""What is made of the findings: verdicts, the window, and the report as text, JSON and message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_idle_endpoints import (
    SNS_MESSAGE_LIMIT_BYTES,
    Activity,
    EndpointReport,
    FleetReport,
    SeriesReport,
    Window,
    fit_message,
    parse_lookback_days,
    render_text,
    subject_of,
)
from sagemaker_idle_endpoints._activity import judge_endpoint
from sagemaker_idle_endpoints._message import write_message

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
WINDOW = Window.ending(NOW, timedelta(days=14))
ACTIVITIES = tuple(Activity)


def endpoint(name: str, activity: Activity, reason: str = "because") -> EndpointReport:
    return EndpointReport(
        name=name,
        arn=f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{name}",
        status="InService",
        created=datetime(2025, 1, 1, tzinfo=UTC),
        activity=activity,
        reason=reason,
        variants=(SeriesReport("AllTraffic", activity, 0.0, 2),),
    )


def fleet_of(*endpoints: EndpointReport) -> FleetReport:
    return FleetReport("us-east-1", WINDOW, endpoints, {"ListEndpoints": 2})


@st.composite
def fleets(draw: st.DrawFn, most: int = 12) -> FleetReport:
    size = draw(st.integers(0, most))
    activities = draw(st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=7))
    reason = draw(st.text(max_size=300))
    length = draw(st.integers(5, 63))
    return fleet_of(
        *(
            endpoint(f"{number:05}".ljust(length, "x"), activities[number % len(activities)], reason)
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
def test_an_endpoint_is_idle_only_if_all_its_series_are(series: list[Activity]) -> None:
    assert judge_endpoint(series).is_idle == (bool(series) and all(each.is_idle for each in series))


@given(
    st.lists(st.sampled_from(Activity)).flatmap(lambda series: st.tuples(st.just(series), st.permutations(series)))
)
def test_the_order_of_the_variants_does_not_matter(both: tuple[list[Activity], list[Activity]]) -> None:
    assert judge_endpoint(both[0]) is judge_endpoint(both[1])


@given(fleets())
def test_every_endpoint_is_counted_once(fleet: FleetReport) -> None:
    assert sum(fleet.counts.values()) == len(fleet.endpoints)
    assert set(fleet.counts) == {activity.value for activity in Activity}
    assert sorted(each.name for each in fleet.by_concern) == [each.name for each in fleet.endpoints]


@given(fleets())
def test_json_holds_the_whole_report_with_its_keys_sorted(fleet: FleetReport) -> None:
    report = fleet.to_json()
    assert json.dumps(report) == json.dumps(report, sort_keys=True)
    assert report["omitted"] == 0
    assert [each["name"] for each in report["endpoints"]] == [each.name for each in fleet.endpoints]
    assert report["window"] == {"start": "2026-03-06T00:00:00+00:00", "end": "2026-03-20T09:41:07+00:00"}


@given(fleets())
def test_the_text_fits_100_columns_and_names_all_that_is_idle_or_unknown(fleet: FleetReport) -> None:
    text = render_text(fleet)
    assert max(map(len, text.split("\n"))) <= 100
    named = {each.name for each in fleet.endpoints if each.name in text}
    assert named == {each.name for each in (*fleet.idle, *fleet.unknown)}


def test_the_text_reads_well() -> None:
    fleet = fleet_of(
        endpoint("churn", Activity.BUSY),
        endpoint("fraud", Activity.IDLE_ZEROS, "no call: every data point is 0"),
        endpoint("gone", Activity.UNKNOWN, "deleted while we looked"),
        endpoint("ranking-v2", Activity.IDLE_NO_DATA, "no call: CloudWatch holds no data point"),
    )
    assert render_text(fleet) == (
        "SageMaker endpoints of us-east-1\n"
        "Calls from 2026-03-06 00:00 to 2026-03-20 09:41 UTC, 14 days\n"
        "4 endpoints: 2 idle (1 zeros, 1 no data), 1 busy, 0 too young, 1 unknown\n"
        "The idle ones hold 4 instances\n"
        "\n"
        "Idle: nobody called\n"
        "  endpoint    calls    instances  created\n"
        "  fraud       zeros            2  2025-01-01\n"
        "    no call: every data point is 0\n"
        "  ranking-v2  no data          2  2025-01-01\n"
        "    no call: CloudWatch holds no data point\n"
        "\n"
        "Unknown: could not be judged\n"
        "  endpoint    calls    instances  created\n"
        "  gone        unknown          2  2025-01-01\n"
        "    deleted while we looked\n"
    )


def parts_of(message: str) -> tuple[str, dict[str, Any]]:
    """The text and the report of a message, which give every protocol the same."""
    parts = json.loads(message)
    assert parts["email"] == parts["default"]
    assert len({parts[protocol] for protocol in ("sqs", "lambda", "http", "https")}) == 1
    return parts["default"], json.loads(parts["sqs"])


@given(fleets(most=6000))
@settings(deadline=None, max_examples=25)
def test_a_message_of_any_fleet_is_within_the_limit_of_sns_and_counts_what_it_leaves_out(
    fleet: FleetReport,
) -> None:
    message = fit_message(fleet)
    assert len(message.encode()) <= SNS_MESSAGE_LIMIT_BYTES
    text, report = parts_of(message)
    assert report["counts"] == fleet.counts
    assert report["omitted"] + len(report["endpoints"]) == len(fleet.endpoints)
    kept = {each["name"] for each in report["endpoints"]}
    assert kept == {each.name for each in fleet.by_concern[: len(kept)]}
    listed = len(fleet.idle) + len(fleet.unknown)
    assert (f"and {listed - len(kept)} more" in text) == (len(kept) < listed)


@given(fleets(most=40), st.integers(2_000, 60_000))
@settings(deadline=None)
def test_a_message_leaves_out_no_endpoint_that_would_have_fitted(fleet: FleetReport, limit: int) -> None:
    _, report = parts_of(fit_message(fleet, limit_bytes=limit))
    if report["omitted"]:
        assert len(write_message(fleet, most_endpoints=len(report["endpoints"]) + 1)) > limit


def test_thousands_of_idle_endpoints_still_fill_the_message_of_sns() -> None:
    fleet = fleet_of(*(endpoint(f"endpoint-{number:04}", Activity.IDLE_ZEROS) for number in range(5000)))
    message = fit_message(fleet)
    text, report = parts_of(message)
    assert SNS_MESSAGE_LIMIT_BYTES - 3000 < len(message) <= SNS_MESSAGE_LIMIT_BYTES
    assert len(report["endpoints"]) > 100
    assert f"and {report['omitted']} more" in text


def test_a_limit_below_the_summary_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of 100 bytes"):
        fit_message(fleet_of(endpoint("e", Activity.BUSY)), limit_bytes=100)


def test_the_subject_says_how_many_are_idle_and_where() -> None:
    fleet = fleet_of(endpoint("a", Activity.IDLE_ZEROS), endpoint("b", Activity.BUSY))
    assert subject_of(fleet) == "SageMaker: 1 idle of 2 endpoints in us-east-1"


@given(st.text(max_size=200))
def test_a_subject_is_ascii_and_at_most_100_characters(region: str) -> None:
    subject = subject_of(FleetReport(region, WINDOW, ()))
    assert subject.isascii()
    assert len(subject) <= 100


@given(st.integers(1, 63))
def test_1_to_63_whole_days_are_a_lookback(days: int) -> None:
    assert parse_lookback_days(str(days), source="LOOKBACK_DAYS") == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "0", "64", "-1", "1.5", "seven", "²", "007", "7 ", "1e1"])
def test_anything_else_is_refused_with_cause_value_and_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 63") as refused:
        parse_lookback_days(text, source="LOOKBACK_DAYS")
    assert str(refused.value).startswith("LOOKBACK_DAYS must be")
    assert repr(text) in str(refused.value)
    assert "set it to 14" in str(refused.value)


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


def test_a_naive_moment_and_a_lookback_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Window.ending(datetime(2026, 3, 20), timedelta(days=14))  # noqa: DTZ001
    for lookback in (timedelta(0), timedelta(days=64)):
        with pytest.raises(ValueError, match="1 to 63 days"):
            Window.ending(NOW, lookback)
