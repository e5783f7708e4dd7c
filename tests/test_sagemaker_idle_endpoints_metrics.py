"""GetMetricData's answers, in the ways that the embedded AWS never gives them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from sagemaker_idle_endpoints import Window
from sagemaker_idle_endpoints.reading._metrics import LONGEST_IN_ONE_PAGE_DAYS, Reading, read_calls
from sagemaker_idle_endpoints.reading._series import calls_of_variant

WINDOW = Window.ending(datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC), timedelta(days=14))


@pytest.fixture
def cloudwatch() -> Iterator[Stubber]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with Stubber(boto3.client("cloudwatch", region_name="eu-west-1", **keys)) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def answers(cloudwatch: Stubber, *results: dict[str, Any], page: str = "", next_page: str = "") -> None:
    answer = {"MetricDataResults": list(results)} | ({"NextToken": next_page} if next_page else {})
    asked = {"MetricDataQueries": ANY, "StartTime": WINDOW.start, "EndTime": WINDOW.end}
    cloudwatch.add_response("get_metric_data", answer, asked | ({"NextToken": page} if page else {}))


def result(*values: float, status: str = "Complete", first_day: int = 0, **more: object) -> dict[str, Any]:
    times = [WINDOW.start + timedelta(days=first_day + day) for day in range(len(values))]
    return {"Id": "q0", "Values": list(values), "Timestamps": times, "StatusCode": status} | more


def reading(cloudwatch: Stubber) -> Reading:
    (only,) = read_calls(cloudwatch.client, [calls_of_variant("e", "v")], WINDOW)
    return only


def test_the_question_is_exact_and_a_day_a_point(cloudwatch: Stubber) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "v"}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "Dimensions": dimensions}
    query = {"Id": "q0", "MetricStat": {"Metric": metric, "Period": 86_400, "Stat": "Sum"}}
    asked = {"MetricDataQueries": [query], "StartTime": WINDOW.start, "EndTime": WINDOW.end}
    cloudwatch.add_response("get_metric_data", {"MetricDataResults": [result(1.0)]}, asked)
    assert reading(cloudwatch).calls == 1


def test_the_days_of_a_series_are_kept_over_the_pages_in_any_order(cloudwatch: Stubber) -> None:
    answers(cloudwatch, result(5.0, status="PartialData", first_day=3), next_page="more")
    answers(cloudwatch, result(1.0, 2.0), page="more")
    found = reading(cloudwatch)
    assert list(found.days) == [1, 2, 0, 5]
    assert (found.calls, found.last_day(0), found.last_day(4), found.last_day(5)) == (8, 3, 3, None)
    assert not found.fault


@pytest.mark.parametrize(("status", "ending"), [("PartialData", "PartialData"), ("", "no status")])
def test_an_answer_that_ends_too_early_is_a_fault_and_keeps_what_it_had(
    cloudwatch: Stubber, status: str, ending: str
) -> None:
    answers(cloudwatch, result(3.0, status=status))
    found = reading(cloudwatch)
    assert found.fault == f"GetMetricData: the answer ends with {ending}"
    assert found.is_busy(0)


def test_a_series_without_an_answer_is_a_fault(cloudwatch: Stubber) -> None:
    answers(cloudwatch)
    assert reading(cloudwatch).fault == "GetMetricData: the answer ends with no status"


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_a_failed_query_is_a_fault_even_if_a_later_page_is_complete(cloudwatch: Stubber, status: str) -> None:
    told = [{"Code": status, "Value": "no luck"}]
    answers(cloudwatch, result(status=status, Messages=told), next_page="more")
    answers(cloudwatch, result(0.0), page="more")
    assert reading(cloudwatch).fault == f"GetMetricData: {status}: no luck"


def test_a_token_that_comes_twice_ends_the_reading_instead_of_going_round(cloudwatch: Stubber) -> None:
    answers(cloudwatch, result(), next_page="same")
    answers(cloudwatch, result(), page="same", next_page="same")
    assert "same next token" in reading(cloudwatch).fault


def test_the_memory_of_500_series_fits_one_page() -> None:
    points = (LONGEST_IN_ONE_PAGE_DAYS + 1) * 500
    assert points <= 100_800 < points + 500
