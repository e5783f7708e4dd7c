"""Services of our own speak AWS's protocols, by botocore's models."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from embedded_aws import EmbeddedAws
from embedded_aws.environment import ACCESS_KEY_ID
from embedded_aws.wire import Caller, Operation, Service, ServiceError

# Whatever proxy the shell names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NOON = datetime(2026, 1, 2, 12, 0, 0, 500_000, tzinfo=UTC)


Serve = Callable[[str, Mapping[str, Operation]], Any]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Gives a boto3 client of a service that has the operations given."""
    with ExitStack() as stack:

        def serve(service: str, operations: Mapping[str, Operation]) -> Any:  # noqa: ANN401 - boto3's
            aws = stack.enter_context(EmbeddedAws(services={service: lambda: Service(service, operations)}))
            return aws.client(service, "eu-west-1")

        yield serve


def test_query_parameters_and_results_keep_their_types(serve: Serve) -> None:
    asked: list[tuple[Caller, dict[str, Any]]] = []

    def describe(caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append((caller, parameters))
        stack = {"StackName": "s", "CreationTime": NOON, "StackStatus": "CREATE_COMPLETE", "Description": None}
        return {"Stacks": [stack | {"DisableRollback": True, "Tags": [{"Key": "a", "Value": "<&>"}]}]}

    stack = serve("cloudformation", {"DescribeStacks": describe}).describe_stacks(StackName="s")["Stacks"][0]
    assert asked == [(Caller("123456789012", "eu-west-1", ACCESS_KEY_ID), {"StackName": "s"})]
    assert stack["CreationTime"] == NOON
    assert stack["DisableRollback"] is True
    assert stack["Tags"] == [{"Key": "a", "Value": "<&>"}]
    assert "Description" not in stack


def test_json_parameters_and_results_keep_their_types(serve: Serve) -> None:
    seen: dict[str, Any] = {}

    def put(_: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        seen.update(parameters)
        return {}

    serve("application-autoscaling", {"PutScheduledAction": put}).put_scheduled_action(
        ServiceNamespace="sagemaker",
        ScheduledActionName="evening",
        ResourceId="endpoint/e/variant/v",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        StartTime=NOON,
        ScalableTargetAction={"MinCapacity": 1},
    )
    assert abs(seen["StartTime"] - NOON) < timedelta(seconds=1)
    assert seen["StartTime"].tzinfo is UTC
    assert seen["ScalableTargetAction"] == {"MinCapacity": 1}


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "error", "status"),
    [
        ("cloudformation", "DescribeStacks", {}, ServiceError("ValidationError", "Stack <x> does not exist"), 400),
        ("cloudformation", "ListStacks", {}, ServiceError("ChangeSetNotFound", "gone", 404), 404),
        (
            "application-autoscaling",
            "DescribeScalableTargets",
            {"ServiceNamespace": "sagemaker"},
            ServiceError("ObjectNotFoundException", "no target"),
            400,
        ),
    ],
)
def test_errors_arrive_as_they_were_raised(
    serve: Serve, service: str, operation: str, arguments: dict[str, Any], error: ServiceError, status: int
) -> None:
    def refuse(_: Caller, __: dict[str, Any]) -> dict[str, Any]:
        raise error

    ask = getattr(serve(service, {operation: refuse}), xform_name(operation))
    with pytest.raises(ClientError) as raised:
        ask(**arguments)
    told = raised.value.response
    assert (told["Error"]["Code"], told["Error"]["Message"]) == (error.code, error.message)
    assert told["ResponseMetadata"]["HTTPStatusCode"] == status


def test_an_operation_that_is_not_there_is_refused_by_name(serve: Serve) -> None:
    with pytest.raises(ClientError, match=r"NotEmulated.*cloudformation:ListStacks is not emulated"):
        serve("cloudformation", {}).list_stacks()


def test_parameters_are_checked_for_clients_that_do_not_check_them(serve: Serve) -> None:
    url = serve("cloudformation", {"DeleteStack": lambda _, __: {}}).meta.endpoint_url
    scope = "Credential=SOMEONE/20260101/eu-west-1/cloudformation/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        DIRECT.open(urllib.request.Request(url, b"Action=DeleteStack", headers))  # noqa: S310
    with refusal.value as answer:
        told = answer.read()
    assert b"<Code>ValidationError</Code>" in told
    assert b"StackName" in told


def test_a_result_that_the_model_does_not_know_is_a_fault_in_words(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ClientError, match=r"EmbeddedAwsFault.*Stakcs") as raised:
        serve("cloudformation", {"DescribeStacks": lambda _, __: {"Stakcs": []}}).describe_stacks()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "cloudformation:DescribeStacks broke" in caplog.text


def test_a_misspelt_operation_is_refused_when_the_service_is_made() -> None:
    with pytest.raises(ValueError, match="no operation DescribeStakcs"):
        Service("cloudformation", {"DescribeStakcs": lambda _, __: {}})
