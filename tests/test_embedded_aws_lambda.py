"""lambda:Invoke runs what was deployed, and nothing but what was deployed."""

import base64
import io
import json
import textwrap
import time
import zipfile
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

HANDLERS = """
    import logging, os, socket, sys, time
    import boto3

    def identity(event, context):
        print("asked with", event)
        logging.getLogger().warning("a warning")
        boto3.client("sns").create_topic(Name=event["topic"])
        return {
            "name": context.function_name,
            "arn": context.invoked_function_arn,
            "request": context.aws_request_id,
            "group": context.log_group_name,
            "left": context.get_remaining_time_in_millis(),
            "variables": dict(os.environ),
        }

    def broken(event, context):
        raise LookupError("no such endpoint")

    def leaving(event, context):
        sys.exit(3)

    def dying(event, context):
        os._exit(3)

    def slow(event, context):
        time.sleep(30)

    def unmarshalled(event, context):
        return {1, 2}

    def outside(event, context):
        socket.create_connection((event, 443), timeout=3)

    def other_package(event, context):
        import pandas
"""


@pytest.fixture(scope="module")
def deploy(embedded_aws: EmbeddedAws) -> Callable[..., str]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("detector/main.py", textwrap.dedent(HANDLERS))
    role = embedded_aws.client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    numbers = count()

    def deploy(handler: str, **properties: Any) -> str:  # noqa: ANN401 - boto3's
        name = f"function-{next(numbers)}"
        asked = {
            "FunctionName": name,
            "Role": role,
            "Runtime": "python3.13",
            "Handler": f"detector.main.{handler}",
            "Code": {"ZipFile": packed.getvalue()},
        }
        embedded_aws.client("lambda").create_function(**asked | properties)
        return name

    return deploy


def invoke(aws: EmbeddedAws, name: str, event: object = None) -> tuple[dict[str, Any], Any]:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    return answer, json.loads(answer["Payload"].read())


def test_a_handler_gets_its_event_its_context_and_its_own_variables(
    embedded_aws: EmbeddedAws, deploy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_SERVER", "must not be seen")
    name = deploy(
        "identity",
        Timeout=20,
        Environment={
            "Variables": {"IDLE_DAYS": "7", "AWS_ENDPOINT_URL_SNS": "https://sns.us-east-1.amazonaws.com"}
        },
        LoggingConfig={"LogGroup": "/detector"},
    )
    answer, told = invoke(embedded_aws, name, {"topic": "made-by-the-function"})
    assert "FunctionError" not in answer
    assert told["name"] == name
    assert told["arn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert told["group"] == "/detector"
    assert 10_000 < told["left"] <= 20_000
    variables = told["variables"]
    assert variables["IDLE_DAYS"] == "7"
    assert variables["AWS_ENDPOINT_URL"] == embedded_aws.url
    assert variables["AWS_REGION"] == "us-east-1"
    assert not {"OF_THE_SERVER", "AWS_ENDPOINT_URL_SNS", "PYTHONPATH", "CDK_HOME"} & variables.keys()

    own = embedded_aws.calls(embedded_aws.lambda_access_key(name))
    assert [(call.service, call.operation) for call in own] == [("sns", "CreateTopic")]

    logs = embedded_aws.client("logs")
    stream = logs.describe_log_streams(logGroupName="/detector")["logStreams"][0]["logStreamName"]
    lines = [
        event["message"] for event in logs.get_log_events(logGroupName="/detector", logStreamName=stream)["events"]
    ]
    assert lines[0].startswith("START RequestId: ")
    assert "asked with {'topic': 'made-by-the-function'}" in lines
    assert any(line.startswith("[WARNING]\t") and line.endswith("a warning") for line in lines)
    assert base64.b64decode(answer["LogResult"]).decode().splitlines() == lines


@pytest.mark.parametrize(
    ("handler", "event", "kind", "message"),
    [
        ("broken", None, "LookupError", "no such endpoint"),
        ("leaving", None, "Runtime.ExitError", "SystemExit(3)"),
        ("dying", None, "Runtime.ExitError", "exited without providing a reason"),
        ("unmarshalled", None, "Runtime.MarshalError", "not JSON serializable"),
        ("absent", None, "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'detector.main'"),
        ("outside", "192.0.2.1", "PermissionError", "does not leave the loopback interface"),
        ("outside", "example.com", "PermissionError", "refused to reach 'example.com'"),
        ("other_package", None, "ModuleNotFoundError", "No module named 'pandas'"),
    ],
)
def test_what_goes_wrong_is_told_in_lambdas_words(
    embedded_aws: EmbeddedAws, deploy: Callable[..., str], handler: str, event: object, kind: str, message: str
) -> None:
    answer, told = invoke(embedded_aws, deploy(handler), event)
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert told["errorType"] == kind
    assert message in told["errorMessage"]
    if handler == "broken":
        assert told["stackTrace"][0].startswith('  File "/var/task/detector/main.py", line ')


def test_a_module_that_is_not_deployed_cannot_be_imported(
    embedded_aws: EmbeddedAws, deploy: Callable[..., str]
) -> None:
    # The product's own package is installed beside boto3 here, and is not in this zip.
    name = deploy("undeployed", Handler="sagemaker_idle_endpoints._lambda.handler")
    _, told = invoke(embedded_aws, name)
    assert told["errorType"] == "Runtime.ImportModuleError"
    assert "sagemaker_idle_endpoints" in told["errorMessage"]


def test_the_timeout_is_the_functions_own(embedded_aws: EmbeddedAws, deploy: Callable[..., str]) -> None:
    name = deploy("slow", Timeout=1)
    began = time.monotonic()
    answer, told = invoke(embedded_aws, name)
    assert 1 <= time.monotonic() - began < 10
    assert answer["FunctionError"] == "Unhandled"
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_an_event_and_a_dry_run_answer_as_lambda_does(
    embedded_aws: EmbeddedAws, deploy: Callable[..., str]
) -> None:
    client, name = embedded_aws.client("lambda"), deploy("identity")
    embedded_aws.forget_calls()
    answer = client.invoke(FunctionName=name, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert embedded_aws.calls(embedded_aws.lambda_access_key(name)) == []
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"topic": "later"}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert len(embedded_aws.calls(embedded_aws.lambda_access_key(name))) == 1


def test_what_does_not_run_here_is_refused_by_name(embedded_aws: EmbeddedAws, deploy: Callable[..., str]) -> None:
    name = deploy("broken", Runtime="nodejs22.x")
    with pytest.raises(ClientError, match=r"NotEmulated.*lambda:Invoke of the runtime nodejs22.x is not emulated"):
        invoke(embedded_aws, name)
