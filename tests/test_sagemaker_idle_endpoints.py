from __future__ import annotations

import functools
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_idle_endpoints import Activity, find_idle_endpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sagemaker_idle_endpoints import EndpointReport, FleetReport

NOW = datetime(2026, 3, 20, 9, 41, 7, tzinfo=UTC)
START = datetime(2026, 3, 6, tzinfo=UTC)
OLD = datetime(2025, 1, 1, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)


@functools.cache
def client(service: str) -> Any:  # noqa: ANN401 - sagemaker or cloudwatch
    return boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )


class Account:
    """An account whose API answers are told in order; botocore checks them against the service's model."""

    def __init__(self, sagemaker: Stubber, cloudwatch: Stubber) -> None:
        self.sagemaker, self.cloudwatch = sagemaker, cloudwatch

    def has(self, name: str = "e", *, variants: tuple[str, ...] = ("v",), **described: object) -> None:
        """One endpoint in service since long ago, with its variants, and no inference component."""
        self.lists(summary(name))
        self.describes(name, variants, **described)
        self.has_components()

    def lists(self, *summaries: dict[str, Any], page: str = "", next_page: str = "") -> None:
        self.sagemaker.add_response(
            "list_endpoints",
            {"Endpoints": list(summaries)} | ({"NextToken": next_page} if next_page else {}),
            {"MaxResults": 100} | ({"NextToken": page} if page else {}),
        )

    def describes(self, name: str, variants: tuple[str, ...] = ("v",), **described: object) -> None:
        answer = {
            "EndpointName": name,
            "EndpointArn": arn(name),
            "EndpointStatus": "InService",
            "CreationTime": OLD,
            "LastModifiedTime": OLD,
            "ProductionVariants": [{"VariantName": each, "CurrentInstanceCount": 2} for each in variants],
        }
        self.sagemaker.add_response("describe_endpoint", answer | described, {"EndpointName": name})

    def has_components(self, *components: dict[str, Any]) -> None:
        answer = {"InferenceComponents": list(components)}
        self.sagemaker.add_response("list_inference_components", answer, {"MaxResults": 100})

    def refuses(self, operation: str, code: str, message: str) -> None:
        stubber = self.cloudwatch if operation == "get_metric_data" else self.sagemaker
        stubber.add_client_error(operation, code, message)

    def measures(self, *results: dict[str, Any], next_page: str = "", expect: dict[str, Any] | None = None) -> None:
        answer = {"MetricDataResults": list(results)} | ({"NextToken": next_page} if next_page else {})
        self.cloudwatch.add_response("get_metric_data", answer, expect)

    def search(self) -> FleetReport:
        report = find_idle_endpoints(client("sagemaker"), client("cloudwatch"), now=NOW, lookback=FORTNIGHT)
        self.sagemaker.assert_no_pending_responses()
        self.cloudwatch.assert_no_pending_responses()
        return report

    def only_endpoint(self) -> EndpointReport:
        (endpoint,) = self.search().endpoints
        return endpoint


@contextmanager
def an_account() -> Iterator[Account]:
    with Stubber(client("sagemaker")) as sagemaker, Stubber(client("cloudwatch")) as cloudwatch:
        yield Account(sagemaker, cloudwatch)


@pytest.fixture
def account() -> Iterator[Account]:
    with an_account() as stubbed:
        yield stubbed


def arn(name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/{name}"


def summary(name: str, *, status: str = "InService", created: datetime = OLD) -> dict[str, Any]:
    return {
        "EndpointName": name,
        "EndpointArn": arn(name),
        "CreationTime": created,
        "LastModifiedTime": created,
        "EndpointStatus": status,
    }


def component(name: str, endpoint: str = "e", *, created: datetime = OLD) -> dict[str, Any]:
    return {
        "InferenceComponentName": name,
        "InferenceComponentArn": f"arn:aws:sagemaker:eu-west-1:123456789012:inference-component/{name}",
        "EndpointName": endpoint,
        "EndpointArn": arn(endpoint),
        "VariantName": "v",
        "CreationTime": created,
        "LastModifiedTime": created,
    }


def result(number: int, *values: float, status: str = "Complete", **more: object) -> dict[str, Any]:
    times = [START + timedelta(days=day) for day in range(len(values))]
    return {"Id": f"q{number}", "Values": list(values), "Timestamps": times, "StatusCode": status} | more


def query(number: int, **dimensions: str) -> dict[str, Any]:
    return {
        "Id": f"q{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocations",
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": 86_400,
            "Stat": "Sum",
        },
    }


# --- the verdict ---------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 9), max_size=14), min_size=1, max_size=4))
def test_an_endpoint_is_busy_exactly_if_some_day_of_some_variant_had_a_call(days: list[list[int]]) -> None:
    names = tuple(f"v{number}" for number in range(len(days)))
    with an_account() as account:
        account.has(variants=names)
        account.measures(*(result(number, *values) for number, values in enumerate(days)))
        endpoint = account.only_endpoint()
    assert (endpoint.activity is Activity.BUSY) == any(any(values) for values in days)
    assert [variant.invocations for variant in endpoint.variants] == [
        sum(values) if values else None for values in days
    ]


def test_a_busy_variant_makes_its_endpoint_busy_and_the_idle_one_stays_visible(account: Account) -> None:
    account.has(variants=("quiet", "loud"))
    account.measures(result(0, 0.0), result(1, 3.0, 4.0))
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.BUSY
    assert [(each.name, each.activity, each.invocations) for each in endpoint.variants] == [
        ("quiet", Activity.IDLE_ZEROS, 0.0),
        ("loud", Activity.BUSY, 7.0),
    ]
    assert endpoint.reason == "called: loud"
    assert endpoint.instance_count == 4


def test_zeros_and_no_data_are_two_kinds_of_idle(account: Account) -> None:
    account.lists(summary("silent"), summary("zero"))
    account.describes("silent")
    account.describes("zero")
    account.has_components()
    account.measures(result(0), result(1, 0.0, 0.0))
    report = account.search()
    assert [endpoint.activity for endpoint in report.endpoints] == [
        Activity.IDLE_NO_DATA,
        Activity.IDLE_ZEROS,
    ]
    assert report.idle == report.endpoints


def test_an_endpoint_created_in_the_window_is_too_young_and_costs_no_further_call(account: Account) -> None:
    account.lists(summary("new", created=START + timedelta(seconds=1)))
    report = account.search()
    assert report.endpoints[0].activity is Activity.TOO_YOUNG
    assert report.api_calls == {"ListEndpoints": 1}


def test_an_endpoint_as_old_as_the_window_is_judged(account: Account) -> None:
    account.lists(summary("e", created=START))
    account.describes("e")
    account.has_components()
    account.measures(result(0))
    assert account.only_endpoint().activity is Activity.IDLE_NO_DATA


@pytest.mark.parametrize("status", ["Creating", "Deleting", "Failed", "OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_is_unknown_by_its_status(account: Account, status: str) -> None:
    account.lists(summary("e", status=status))
    endpoint = account.only_endpoint()
    assert (endpoint.activity, endpoint.reason) == (Activity.UNKNOWN, f"endpoint is {status}")


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "RollingBack"])
def test_an_endpoint_that_serves_while_it_changes_is_judged(account: Account, status: str) -> None:
    account.lists(summary("e", status=status))
    account.describes("e")
    account.has_components()
    account.measures(result(0, 1.0))
    assert account.only_endpoint().activity is Activity.BUSY


def test_an_asynchronous_endpoint_is_unknown_since_it_publishes_no_invocations(account: Account) -> None:
    account.has(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}})
    report = account.search()
    assert report.unknown[0].reason == "asynchronous endpoints publish no Invocations metric"
    assert report.unknown[0].instance_count == 2
    assert "GetMetricData" not in report.api_calls


def test_shadow_traffic_does_not_keep_an_endpoint_busy(account: Account) -> None:
    account.has(ShadowProductionVariants=[{"VariantName": "shadow"}])
    expected = [query(0, EndpointName="e", VariantName="v")]
    account.measures(result(0, 0.0), expect={"MetricDataQueries": expected, "StartTime": START, "EndTime": NOW})
    assert account.only_endpoint().activity is Activity.IDLE_ZEROS


def test_an_idle_serverless_endpoint_is_told_apart(account: Account) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    account.has(ProductionVariants=[{"VariantName": "v", "CurrentServerlessConfig": serverless}])
    account.measures(result(0))
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.IDLE_NO_DATA
    assert endpoint.instance_count is None
    assert "serverless" in endpoint.reason


# --- inference components ------------------------------------------------------------------------


def test_a_called_component_makes_its_endpoint_busy(account: Account) -> None:
    account.lists(summary("e"))
    account.describes("e")
    account.has_components(component("quiet"), component("loud"), component("stranger", "elsewhere"))
    expected = [
        query(0, EndpointName="e", VariantName="v"),
        query(1, InferenceComponentName="quiet"),
        query(2, InferenceComponentName="loud"),
    ]
    account.measures(
        *(result(0), result(1, 0.0), result(2, 5.0)),
        expect={"MetricDataQueries": expected, "StartTime": START, "EndTime": NOW},
    )
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.BUSY
    assert [each.activity for each in endpoint.components] == [Activity.IDLE_ZEROS, Activity.BUSY]


def test_a_component_created_in_the_window_keeps_its_endpoint_from_being_idle(account: Account) -> None:
    account.lists(summary("e"))
    account.describes("e")
    account.has_components(component("old"), component("new", created=NOW - timedelta(days=1)))
    account.measures(result(0), result(1, 0.0), result(2))
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.TOO_YOUNG
    assert endpoint.reason == "inference component created in the window: new"


def test_without_the_components_nothing_is_idle_but_the_busy_stay_busy(account: Account) -> None:
    account.lists(summary("busy"), summary("quiet"))
    account.describes("busy")
    account.describes("quiet")
    account.refuses("list_inference_components", "AccessDeniedException", "not authorized")
    account.measures(result(0, 1.0), result(1))
    busy, quiet = account.search().endpoints
    assert busy.activity is Activity.BUSY
    assert quiet.activity is Activity.UNKNOWN
    assert "ListInferenceComponents: AccessDeniedException: not authorized" in quiet.reason


# --- what AWS refuses ----------------------------------------------------------------------------


def test_an_endpoint_deleted_while_we_look_is_unknown_and_the_others_are_judged(account: Account) -> None:
    account.lists(summary("gone"), summary("here"))
    account.refuses("describe_endpoint", "ValidationException", f'Could not find endpoint "{arn("gone")}".')
    account.describes("here")
    account.has_components()
    account.measures(result(0, 1.0))
    gone, here = account.search().endpoints
    assert (gone.activity, gone.reason) == (Activity.UNKNOWN, "deleted while we looked")
    assert here.activity is Activity.BUSY


def test_an_endpoint_that_cannot_be_described_is_unknown_with_awss_words(account: Account) -> None:
    account.lists(summary("e"))
    account.refuses("describe_endpoint", "ThrottlingException", "Rate exceeded")
    account.has_components()
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.UNKNOWN
    assert endpoint.reason == "DescribeEndpoint: ThrottlingException: Rate exceeded"


def test_without_the_list_of_endpoints_the_error_is_the_answer(account: Account) -> None:
    account.refuses("list_endpoints", "AccessDeniedException", "not authorized")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        account.search()


# --- the calls that it takes ---------------------------------------------------------------------


def test_every_page_of_endpoints_is_read_and_the_report_is_sorted_by_name(account: Account) -> None:
    young = {"created": NOW}
    account.lists(summary("c", **young), next_page="2")
    account.lists(summary("a", **young), page="2", next_page="3")
    account.lists(summary("b", **young), page="3")
    report = account.search()
    assert [endpoint.name for endpoint in report.endpoints] == ["a", "b", "c"]
    assert report.api_calls == {"ListEndpoints": 3}
    assert report.region == "eu-west-1"


def test_the_values_of_a_series_are_merged_over_the_pages(account: Account) -> None:
    account.has()
    account.measures(result(0, 1.0, 2.0, status="PartialData"), next_page="more")
    asked = {"MetricDataQueries": ANY, "StartTime": START, "EndTime": NOW, "NextToken": "more"}
    account.measures(result(0, 4.0), expect=asked)
    assert account.only_endpoint().variants[0].invocations == 7.0


def test_partial_data_without_a_complete_answer_is_unknown(account: Account) -> None:
    account.has()
    account.measures(result(0, 0.0, status="PartialData"))
    assert account.only_endpoint().reason == "GetMetricData: the answer ends with PartialData"


def test_a_series_that_cloudwatch_does_not_answer_is_unknown(account: Account) -> None:
    account.has()
    account.measures()
    assert account.only_endpoint().activity is Activity.UNKNOWN


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_a_failed_query_is_unknown_with_its_message_even_if_a_later_page_is_complete(
    account: Account, status: str
) -> None:
    account.has()
    told = [{"Code": status, "Value": "no luck"}]
    account.measures(result(0, status=status, Messages=told), next_page="more")
    account.measures(result(0, 0.0))
    endpoint = account.only_endpoint()
    assert endpoint.activity is Activity.UNKNOWN
    assert endpoint.reason == f"GetMetricData: {status}: no luck"


def test_a_token_that_comes_twice_ends_the_reading_instead_of_going_round(account: Account) -> None:
    account.has()
    account.measures(result(0), next_page="same")
    account.measures(result(0), next_page="same")
    assert "same next token" in account.only_endpoint().reason
