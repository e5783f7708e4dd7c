"""Large fleets: what the search asks for, in how many calls, and that pages never change the answer."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_idle_endpoints import Activity, counting_calls, find_idle_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botocore.model import OperationModel

    from sagemaker_idle_endpoints import FleetReport

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
OLD = datetime(2025, 1, 1, tzinfo=UTC)


@functools.cache
def client(service: str) -> Any:  # noqa: ANN401 - sagemaker or cloudwatch
    return boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )


class Region:
    """A region that answers in place of the network; botocore still checks what it is asked.

    Every endpoint has one variant, and the components, if any, are the first endpoint's.
    """

    def __init__(self, calls: dict[str, list[float]], component_calls: dict[str, list[float]]) -> None:
        self.calls, self.component_calls = calls, component_calls
        self.most_endpoints_a_page = 100
        self.most_values_a_page = 100
        self.refused_metric_calls: set[int] = set()
        self.metric_calls = 0

    def answer(self, model: OperationModel, context: dict[str, Any], **_: object) -> tuple[AWSResponse, Any]:
        status, answered = getattr(self, model.name)(context["asked"])
        return AWSResponse("https://aws.test", status, {}, None), answered | {"ResponseMetadata": {}}

    def ListEndpoints(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802 - the operation's name
        assert asked["MaxResults"] == 100
        first = int(asked.get("NextToken", "0"))
        page = list(self.calls)[first:][: self.most_endpoints_a_page]
        after = first + len(page)
        more = {"NextToken": str(after)} if after < len(self.calls) else {}
        return 200, {"Endpoints": [self._facts(name) for name in page]} | more

    def DescribeEndpoint(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802
        variant = {"VariantName": "v", "CurrentInstanceCount": 1}
        return 200, self._facts(asked["EndpointName"]) | {"ProductionVariants": [variant]}

    def ListInferenceComponents(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802
        assert asked["MaxResults"] == 100
        host = next(iter(self.calls))
        named = [{"InferenceComponentName": name, "EndpointName": host} for name in self.component_calls]
        return 200, {"InferenceComponents": [each | {"CreationTime": OLD} for each in named]}

    def GetMetricData(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802
        """Give every series its values in portions, PartialData until its last."""
        assert len(asked["MetricDataQueries"]) <= 500
        self.metric_calls += 1
        if self.metric_calls in self.refused_metric_calls:
            return 500, {"Error": {"Code": "InternalServiceFault", "Message": "try later"}}
        first = int(asked.get("NextToken", "0"))
        after = first + self.most_values_a_page
        results, is_last = [], True
        for query in asked["MetricDataQueries"]:
            values = self._values(query["MetricStat"]["Metric"]["Dimensions"])
            is_complete = after >= len(values)
            is_last = is_last and is_complete
            if first == 0 or first < len(values):
                status = "Complete" if is_complete else "PartialData"
                results.append({"Id": query["Id"], "Values": values[first:after], "StatusCode": status})
        return 200, {"MetricDataResults": results} | ({} if is_last else {"NextToken": str(after)})

    def _values(self, dimensions: Sequence[dict[str, str]]) -> list[float]:
        named = {dimension["Name"]: dimension["Value"] for dimension in dimensions}
        if "InferenceComponentName" in named:
            return self.component_calls[named["InferenceComponentName"]]
        return self.calls[named["EndpointName"]]

    def _facts(self, name: str) -> dict[str, Any]:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{name}"
        facts = {"EndpointName": name, "EndpointArn": arn, "EndpointStatus": "InService"}
        return facts | {"CreationTime": OLD, "LastModifiedTime": OLD}


def _keep_what_is_asked(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    context["asked"] = params


@contextmanager
def answering(region: Region) -> Iterator[None]:
    events = [client(service).meta.events for service in ("sagemaker", "cloudwatch")]
    for each in events:
        each.register("before-parameter-build", _keep_what_is_asked)
        each.register("before-call", region.answer)
    try:
        yield
    finally:
        for each in events:
            each.unregister("before-parameter-build", _keep_what_is_asked)
            each.unregister("before-call", region.answer)


def search(region: Region) -> FleetReport:
    with answering(region):
        return find_idle_endpoints(client("sagemaker"), client("cloudwatch"), now=NOW, lookback=timedelta(days=14))


def fleet_of(size: int) -> dict[str, list[float]]:
    return {f"e{number:04}": [1.0] for number in range(size)}


@given(
    days=st.lists(st.lists(st.integers(0, 3).map(float), max_size=5), min_size=1, max_size=12),
    endpoints_a_page=st.integers(1, 5),
    values_a_page=st.integers(1, 5),
)
@settings(deadline=None)
def test_the_size_of_the_pages_changes_no_verdict(
    days: list[list[float]], endpoints_a_page: int, values_a_page: int
) -> None:
    region = Region({f"e{number:02}": values for number, values in enumerate(days)}, {})
    in_large_pages = search(region)
    region.most_endpoints_a_page, region.most_values_a_page = endpoints_a_page, values_a_page
    assert search(region).endpoints == in_large_pages.endpoints
    sums = [endpoint.variants[0].invocations for endpoint in in_large_pages.endpoints]
    assert sums == [sum(values) if values else None for values in days]


@pytest.mark.parametrize(("series", "calls"), [(1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3)])
def test_500_series_go_into_one_call(series: int, calls: int) -> None:
    components = {f"c{number}": [float(number)] for number in range(series - 1)}
    report = search(Region(fleet_of(1), components))
    assert report.api_calls["GetMetricData"] == calls
    assert {each.name: [each.invocations] for each in report.endpoints[0].components} == components


def test_a_fleet_of_501_takes_6_listings_a_description_each_and_2_readings() -> None:
    assert search(Region(fleet_of(501), {})).api_calls == {
        "DescribeEndpoint": 501,
        "GetMetricData": 2,
        "ListEndpoints": 6,
        "ListInferenceComponents": 1,
    }


def test_calls_are_counted_for_one_search_only() -> None:
    region = Region(fleet_of(1), {})
    with counting_calls(client("sagemaker")) as counted:
        first = search(region)
    second = search(region)
    assert first.api_calls == second.api_calls
    assert counted == {"DescribeEndpoint": 1, "ListEndpoints": 1, "ListInferenceComponents": 1}


@pytest.mark.parametrize("refused", [1, 2])
def test_a_refused_call_costs_its_own_500_series_and_no_other(refused: int) -> None:
    region = Region(fleet_of(700), {})
    region.refused_metric_calls = {refused}
    report = search(region)
    lost = 500 if refused == 1 else 200
    assert report.counts == dict.fromkeys(report.counts, 0) | {"busy": 700 - lost, "unknown": lost}
    is_lost = [endpoint.activity is Activity.UNKNOWN for endpoint in report.endpoints]
    assert is_lost == [(number < 500) == (refused == 1) for number in range(700)]
    assert {each.reason for each in report.unknown} == {"GetMetricData: InternalServiceFault: try later"}
