"""Large fleets: in how many calls, that pages never change the answer, and that points are not kept."""

from __future__ import annotations

import functools
import gc
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from threading import Lock
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_idle_endpoints import Criteria, FleetReport, Window, counting_calls, find_idle_endpoints
from sagemaker_idle_endpoints._parallel import WORKERS, in_parallel
from sagemaker_idle_endpoints.reading._metrics import read_calls
from sagemaker_idle_endpoints.reading._series import calls_of_variant

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
OLD = datetime(2025, 1, 1, tzinfo=UTC)
START = datetime(2026, 3, 6, tzinfo=UTC)
FORTNIGHT = Criteria(lookback=timedelta(days=14))
WINDOW = Window.ending(NOW, FORTNIGHT.lookback)
LISTED, MEASURED, METRICS_LISTED = 100, 500, 500  # what one call holds


SERVICES = ("sagemaker", "cloudwatch", "resourcegroupstaggingapi")


@functools.cache
def client(service: str) -> Any:  # noqa: ANN401 - as many classes as there are
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name="eu-west-1", **keys)


class Region:
    """A region that answers in place of the network; botocore still checks what it is asked.

    Every endpoint has one variant, and the components, if any, are the first endpoint's. ListMetrics names those
    that have data.
    """

    def __init__(
        self, calls: dict[str, list[float]], component_calls: dict[str, list[float]] | None = None
    ) -> None:
        self.calls, self.component_calls = calls, component_calls or {}
        self.configs_of_their_own = True
        self.most_endpoints_a_page = LISTED
        self.most_values_a_page = 100
        self._lock = Lock()

    def answer(self, model: OperationModel, context: dict[str, Any], **_: object) -> tuple[AWSResponse, Any]:
        answered = getattr(self, model.name)(context["asked"])
        return AWSResponse("https://aws.test", 200, {}, None), answered | {"ResponseMetadata": {}}

    def ListEndpoints(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401 - the operation's name
        assert asked["MaxResults"] == LISTED
        page, more = _page(list(self.calls), asked, self.most_endpoints_a_page)
        return {"Endpoints": [self._facts(name) for name in page]} | more

    def DescribeEndpoint(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        variant = {"VariantName": "v", "CurrentInstanceCount": 1, "DeployedImages": [{}]}
        config = f"{asked['EndpointName']}-config" if self.configs_of_their_own else "config"
        named = {"EndpointConfigName": config, "ProductionVariants": [variant]}
        return self._facts(asked["EndpointName"]) | named

    def DescribeEndpointConfig(self, _: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        return {"ProductionVariants": [{"VariantName": "v", "InstanceType": "ml.m5.large"}]}

    def GetResources(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        """Every other endpoint has a tag; AWS does not answer for those without."""
        assert len(asked["ResourceARNList"]) <= LISTED
        tagged = [arn for arn in asked["ResourceARNList"] if int(arn[-1]) % 2]
        tags = [{"Key": "team", "Value": "fraud"}]
        return {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": tags} for arn in tagged]}

    def ListInferenceComponents(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        assert asked["MaxResults"] == LISTED
        host = next(iter(self.calls))
        page, more = _page(list(self.component_calls), asked, LISTED)
        named = [{"InferenceComponentName": name, "EndpointName": host, "CreationTime": OLD} for name in page]
        return {"InferenceComponents": named} | more

    def ListMetrics(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        page, more = _page([name for name, values in self.calls.items() if values], asked, METRICS_LISTED)
        named = [{"EndpointName": name, "VariantName": "v"} for name in page]
        return {
            "Metrics": [{"Dimensions": [{"Name": k, "Value": v} for k, v in each.items()]} for each in named]
        } | more

    def GetMetricData(self, asked: dict[str, Any]) -> Any:  # noqa: N802, ANN401
        """Give every series its values in portions, PartialData until its last."""
        assert len(asked["MetricDataQueries"]) <= MEASURED
        first = int(asked.get("NextToken", "0"))
        after = first + self.most_values_a_page
        results, is_last = [], True
        for query in asked["MetricDataQueries"]:
            values = self._values(query["MetricStat"]["Metric"]["Dimensions"])
            is_complete = after >= len(values)
            is_last = is_last and is_complete
            if first == 0 or first < len(values):
                part = values[first:after]
                told = {"Values": part, "Timestamps": _days(first, len(part))}
                status = "Complete" if is_complete else "PartialData"
                results.append({"Id": query["Id"], **told, "StatusCode": status})
        return {"MetricDataResults": results} | ({} if is_last else {"NextToken": str(after)})

    def _values(self, dimensions: Sequence[dict[str, str]]) -> list[float]:
        named = {dimension["Name"]: dimension["Value"] for dimension in dimensions}
        if "InferenceComponentName" in named:
            return self.component_calls[named["InferenceComponentName"]]
        return self.calls[named["EndpointName"]]

    def _facts(self, name: str) -> dict[str, Any]:
        arn = f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{name}"
        facts = {"EndpointName": name, "EndpointArn": arn, "EndpointStatus": "InService"}
        return facts | {"CreationTime": OLD, "LastModifiedTime": OLD}


def _page(every: list[str], asked: dict[str, Any], size: int) -> tuple[list[str], dict[str, str]]:
    first = int(asked.get("NextToken", "0"))
    after = first + size
    return every[first:after], {"NextToken": str(after)} if after < len(every) else {}


def _days(first: int, count: int) -> list[datetime]:
    return [START + timedelta(days=first + day) for day in range(count)]


def _keep_what_is_asked(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    context["asked"] = params


@contextmanager
def answering(region: Region) -> Iterator[None]:
    events = [client(service).meta.events for service in SERVICES]
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
        return find_idle_endpoints(*map(client, SERVICES), now=NOW, criteria=FORTNIGHT)


def fleet_of(size: int, *, idle: int = 0, days: int = 1) -> dict[str, list[float]]:
    """Endpoints that were called on each of so many days, and after them those that never were."""
    return {f"e{number:05}": [1.0] * days if number < size - idle else [] for number in range(size)}


def test_10_000_endpoints_of_which_a_thousand_idle_in_calls_that_are_counted() -> None:
    size, idle, components = 10_000, 1_000, 250
    region = Region(fleet_of(size, idle=idle), {f"c{number}": [0.0] for number in range(components)})
    report = search(region)
    known, quiet = size - idle + components, idle
    assert report.api_calls == {
        "ListEndpoints": ceil(size / LISTED),
        "ListInferenceComponents": ceil(components / LISTED),
        "ListMetrics": ceil((size - idle) / METRICS_LISTED),
        "GetMetricData": sum(ceil(queries / MEASURED) for queries in (known, quiet)),
        "DescribeEndpoint": idle,
        "DescribeEndpointConfig": idle,
        "GetResources": ceil(idle / LISTED),
    }
    tags = [each.idleness.tags for each in report.idle if each.idleness]
    assert [dict(each) for each in tags] == [{}, {"team": "fraud"}] * (idle // 2)


@pytest.mark.parametrize("idle", [0, 10, 700, 2_000])
@pytest.mark.parametrize("zeros", [False, True])
def test_calls_are_at_most_those_of_the_formula(idle: int, *, zeros: bool) -> None:
    """A page of endpoints, a reading of 500 series, a description each, and for each idle one two calls more."""
    size, components = 2_000, 150
    fleet = fleet_of(size, idle=idle)
    fleet |= {name: [0.0] for name, values in fleet.items() if zeros and not values}
    calls = search(Region(fleet, {f"c{number}": [1.0] for number in range(components)})).api_calls
    pages = ceil(size / LISTED) + ceil((size + components) / MEASURED) + ceil(components / LISTED)
    assert sum(calls.values()) < pages + size + 2 * idle


def test_where_all_idle_each_is_described_once_and_a_configuration_that_they_share_too() -> None:
    region = Region(fleet_of(700, idle=700))
    counted = ("DescribeEndpoint", "DescribeEndpointConfig", "GetResources", "GetMetricData")
    assert [search(region).api_calls[name] for name in counted] == [700, 700, 7, 2]
    region.configs_of_their_own = False
    assert [search(region).api_calls[name] for name in counted] == [700, 1, 7, 2]


@given(
    days=st.lists(st.lists(st.integers(0, 3).map(float), max_size=5), min_size=1, max_size=12),
    endpoints_a_page=st.integers(1, 5),
    values_a_page=st.integers(1, 5),
)
@settings(deadline=None, max_examples=40)
def test_the_size_of_the_pages_changes_no_verdict(
    days: list[list[float]], endpoints_a_page: int, values_a_page: int
) -> None:
    region = Region({f"e{number:02}": values for number, values in enumerate(days)})
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


def test_calls_are_counted_for_one_search_only() -> None:
    region = Region(fleet_of(1))
    with counting_calls(client("sagemaker")) as counted:
        first = search(region)
    second = search(region)
    assert first.api_calls == second.api_calls
    assert counted == {"ListEndpoints": 1, "ListInferenceComponents": 1}


def test_of_each_point_a_number_is_kept_and_not_its_time() -> None:
    """Fourteen points a series instead of one, in half of what boto3 gives them as."""
    size = 1_000
    few, many = (kept_bytes(Region(fleet_of(size, days=days))) for days in (1, 14))
    as_boto3_gives_it = sys.getsizeof(NOW) + sys.getsizeof(1.0)
    assert 0 < (many - few) / (size * 13) < as_boto3_gives_it / 2


def kept_bytes(region: Region) -> int:
    """What is left in memory of the answers when all series are read."""
    series = [calls_of_variant(name, "v") for name in region.calls]
    with answering(region):
        list(read_calls(client("cloudwatch"), series, WINDOW))  # what botocore keeps for itself
        tracemalloc.start()
        try:
            readings = list(read_calls(client("cloudwatch"), series, WINDOW))
            gc.collect()
            kept = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert len(readings) == len(series)
    return kept


def test_no_more_answers_are_under_way_than_there_are_workers() -> None:
    taken = []

    def questions() -> Iterator[int]:
        for number in range(1_000):
            taken.append(number)
            yield number

    for given_back, answer in enumerate(in_parallel(lambda question: -question, questions())):
        assert answer == -given_back  # in their order
        assert len(taken) <= given_back + 1 + WORKERS
