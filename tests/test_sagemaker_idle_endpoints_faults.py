"""What AWS refuses, loses or cuts off costs its own part of the report, which says what could not be read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from idle_bench import Fault, IdleBench, answer, injected, refusal

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Activity, FleetReport

pytest_plugins = ["embedded_aws.fixture"]
FLEET = 4


@pytest.fixture
def bench(embedded_aws: EmbeddedAws) -> IdleBench:
    """Of each two endpoints one idles and one is busy."""
    bench = IdleBench(embedded_aws)
    for number in range(FLEET):
        name = bench.real_time(f"e{number}")
        if number % 2:
            bench.called(name, 5)
    return bench


def verdicts(report: FleetReport) -> dict[str, Activity]:
    return {each.name: each.activity for each in report.endpoints}


def first(fault: Fault) -> Fault:
    """It happens to the first call alone."""
    return lambda n: fault(n) if n == 1 else None


FAULTS: dict[str, Fault] = {
    "ThrottlingException: Rate exceeded": lambda _: refusal("ThrottlingException", "Rate exceeded"),
    "AccessDeniedException: no luck": lambda _: refusal("AccessDeniedException"),
    "InternalFailure: no luck": lambda _: refusal("InternalFailure", status=500),
    "503": lambda _: answer("<html>down</html>", 503),
    "the answer is cut off": lambda _: answer('{"EndpointName": "e0", "Endpo'),
    "Connect timeout": lambda _: ConnectTimeoutError(endpoint_url="https://aws.test"),
    "Read timeout": lambda _: ReadTimeoutError(endpoint_url="https://aws.test"),
}


@pytest.mark.parametrize("told", FAULTS)
def test_an_endpoint_that_cannot_be_described_is_unknown_and_no_other_is(bench: IdleBench, told: str) -> None:
    with injected(bench.sagemaker, "DescribeEndpoint", first(FAULTS[told])):
        report = bench.look()
    (lost,) = report.unknown
    assert told in lost.reason
    assert report.counts["idle_no_data"] == FLEET // 2 - 1
    assert report.counts["busy"] == FLEET // 2


@pytest.mark.parametrize("told", FAULTS)
def test_metrics_that_cannot_be_read_make_no_endpoint_idle(bench: IdleBench, told: str) -> None:
    with injected(bench.cloudwatch, "GetMetricData", FAULTS[told]):
        report = bench.look()
    assert report.counts["unknown"] == FLEET
    assert all(told in each.reason for each in report.unknown)


def test_an_answer_with_more_times_than_values_is_cut_off(bench: IdleBench) -> None:
    result = {"Id": "q0", "Timestamps": [1_700_000_000], "Values": [], "StatusCode": "Complete"}
    body = json.dumps({"MetricDataResults": [result]})
    with injected(bench.cloudwatch, "GetMetricData", lambda _: answer(body)):
        report = bench.look()
    assert report.counts["unknown"] == FLEET
    assert "the answer is cut off: 1 times, 0 values" in report.unknown[0].reason


@pytest.mark.parametrize("told", FAULTS)
def test_a_reading_that_fails_once_is_read_again(bench: IdleBench, told: str) -> None:
    with injected(bench.cloudwatch, "GetMetricData", first(FAULTS[told])):
        report = bench.look()
    assert verdicts(report) == {
        f"e{number}": Activity.BUSY if number % 2 else Activity.IDLE_NO_DATA for number in range(FLEET)
    }


@pytest.mark.parametrize("told", FAULTS)
@pytest.mark.parametrize("operation", ["ListTags", "DescribeEndpointConfig"])
def test_of_an_idle_endpoint_what_is_not_known_is_told_and_the_rest_stays(
    bench: IdleBench, operation: str, told: str
) -> None:
    bench.tagging = None
    with injected(bench.sagemaker, operation, FAULTS[told]):
        report = bench.look()
    assert len(report.idle) == FLEET // 2
    for each in report.idle:
        assert each.idleness is not None
        unknown = each.idleness.tags_fault if operation == "ListTags" else each.idleness.cost.unknown[0]
        assert told in unknown


@pytest.mark.parametrize("told", FAULTS)
def test_tags_that_are_not_told_together_are_asked_for_one_by_one(bench: IdleBench, told: str) -> None:
    bench.real_time("kept", tags={"idle-endpoints": "keep"})
    together = bench.look()
    assert "ListTags" not in together.api_calls
    with injected(bench.tagging, "GetResources", FAULTS[told]):
        report = bench.look()
    assert verdicts(report) == verdicts(together)
    assert report.counts["exempt"] == 1
    assert report.api_calls["ListTags"] == FLEET // 2 + 1


@pytest.mark.parametrize("told", FAULTS)
def test_without_the_components_nothing_is_idle_but_the_busy_stay_busy(bench: IdleBench, told: str) -> None:
    with injected(bench.sagemaker, "ListInferenceComponents", FAULTS[told]):
        report = bench.look()
    assert report.counts["busy"] == report.counts["unknown"] == FLEET // 2
    assert all(each.reason.startswith("its inference components are not known: ") for each in report.unknown)
    assert all(told in each.reason for each in report.unknown)


@pytest.mark.parametrize("told", FAULTS)
def test_without_the_list_of_metrics_all_is_found_all_the_same(bench: IdleBench, told: str) -> None:
    before = bench.look()
    with injected(bench.cloudwatch, "ListMetrics", FAULTS[told]):
        report = bench.look()
    assert verdicts(report) == verdicts(before)
    assert report.api_calls["DescribeEndpoint"] == FLEET > before.api_calls["DescribeEndpoint"]


@pytest.mark.parametrize("told", ["503", "the answer is cut off"])
def test_a_page_of_endpoints_that_fails_keeps_those_before_it(bench: IdleBench, told: str) -> None:
    for number in range(FLEET, 101):
        bench.sagemaker.create_endpoint(EndpointName=f"e{number}", EndpointConfigName="e0-config")
    fault = FAULTS[told]
    with injected(bench.sagemaker, "ListEndpoints", lambda n: fault(n) if n == 2 else None):
        report = bench.look()
    assert len(report.endpoints) == 100
    (unread,) = report.unread
    assert unread.startswith("endpoints of us-east-1: ")
    assert told in unread
    assert not report.is_blind


def test_without_any_page_of_endpoints_the_report_is_blind(bench: IdleBench) -> None:
    with injected(bench.sagemaker, "ListEndpoints", lambda _: refusal("AccessDeniedException")):
        report = bench.look()
    assert report.is_blind
    assert report.endpoints == ()


@pytest.mark.parametrize("operation", ["DescribeEndpoint", "ListTags"])
def test_an_endpoint_deleted_while_we_look_is_told_as_that(bench: IdleBench, operation: str) -> None:
    deleted = []

    def delete_first(n: int) -> None:
        if n == 1:
            deleted.append("e0")
            bench.sagemaker.delete_endpoint(EndpointName="e0")

    bench.tagging = None
    bench.sagemaker.delete_endpoint(EndpointName="e2")
    with injected(bench.sagemaker, operation, delete_first):
        report = bench.look()
    assert deleted
    (gone,) = report.unknown
    assert (gone.name, gone.reason) == ("e0", "deleted while we looked")
    assert report.counts["busy"] == FLEET // 2


@pytest.mark.parametrize("days", [-400, -2, 0.5, 1, 2, 400])
def test_a_clock_that_jumped_is_told_instead_of_calling_everything_idle(bench: IdleBench, days: int) -> None:
    with pytest.raises(ValueError, match=r"AWS's clock shows .*: nothing can be said .* set this machine's clock"):
        bench.look(now=bench.now + timedelta(days=days))


def test_an_hour_of_delay_is_no_jump(bench: IdleBench) -> None:
    assert bench.look(now=bench.now - timedelta(hours=6)).counts["busy"] == FLEET // 2
