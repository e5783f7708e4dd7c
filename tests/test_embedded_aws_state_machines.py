"""State machines run on the embedded AWS: they call what is emulated there, and no time passes."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from embedded_aws.state_machines import ACCESS_KEY_ID, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
ROLE = "arn:aws:iam::123456789012:role/Any"


@pytest.fixture
def aws(embedded_aws: EmbeddedAws) -> Iterator[EmbeddedAws]:
    yield embedded_aws
    embedded_aws.on_wait(lambda _: None)


def run(aws: EmbeddedAws, *states: dict[str, Any], of: str = "{}") -> Api:
    """An execution of states, one after the other."""
    named = {f"S{number}": state for number, state in enumerate(states)}
    for name, following in zip(named, list(named)[1:], strict=False):
        named[name] = named[name] | {"Next": following}
    named[list(named)[-1]] |= {} if states[-1]["Type"] in {"Succeed", "Fail"} else {"End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "S0", "States": named}
    machines: Api = aws.client("stepfunctions")
    name = f"machine-{len(machines.list_state_machines()['stateMachines'])}"
    made = machines.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    started = machines.start_execution(stateMachineArn=made["stateMachineArn"], name="one", input=of)
    while (told := machines.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        time.sleep(0.02)
    return told


def task(call: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:{call}", **more}


def test_expressions_are_jsonata(aws: EmbeddedAws) -> None:
    total = "{% $sum($states.input.variants.weight) * $count($states.input.variants[weight > 1]) %}"
    given = {"variants": [{"weight": weight} for weight in (0.5, 2, 4)]}
    told = run(aws, {"Type": "Pass", "Output": {"total": total}}, of=json.dumps(given))
    assert json.loads(told["output"]) == {"total": 13}


def test_an_expression_that_is_none_fails_its_state(aws: EmbeddedAws) -> None:
    told = run(aws, {"Type": "Pass", "Output": "{% $nothing.of( %}"})
    assert told["status"] == "FAILED"


def test_an_expression_that_comes_to_nothing_fails_its_state(aws: EmbeddedAws) -> None:
    told = run(aws, {"Type": "Pass", "Output": {"of": "{% $lookup({'a': 1}, 'b') %}"}})
    assert (told["status"], told["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_service_is_called_and_its_names_begin_with_capitals(aws: EmbeddedAws) -> None:
    """Of an API that has small letters, and of one that has not; the calls are recorded."""
    aws.client("sns").create_topic(Name="news")
    aws.forget_calls()
    listing = task(
        "sfn:listExecutions",
        Arguments={"StateMachineArn": "{% $states.context.StateMachine.Id %}", "StatusFilter": "RUNNING"},
        Assign={"names": "{% $states.result.Executions.Name %}"},
    )
    topics = task("sns:listTopics", Arguments={}, Output=["{% $names %}", "{% $states.result.Topics.TopicArn %}"])
    told = run(aws, listing, topics)
    assert json.loads(told["output"]) == ["one", "arn:aws:sns:us-east-1:123456789012:news"]
    called = [(call.service, call.operation) for call in aws.calls(ACCESS_KEY_ID)]
    assert called == [("stepfunctions", "ListExecutions"), ("sns", "ListTopics")]


def test_a_service_by_another_name_than_boto3s_is_found(aws: EmbeddedAws) -> None:
    listed = task(
        "applicationautoscaling:describeScalableTargets",
        Arguments={"ServiceNamespace": "sagemaker"},
        Output="{% $count($states.result.ScalableTargets) %}",
    )
    assert run(aws, listed)["output"] == "0"


def test_a_wait_is_told_and_over_at_once(aws: EmbeddedAws) -> None:
    waits: list[Waiting] = []
    aws.on_wait(waits.append)
    began = time.monotonic()
    assert run(aws, {"Type": "Wait", "Seconds": 86_400})["status"] == "SUCCEEDED"
    assert time.monotonic() - began < 60
    assert waits == [Waiting("one", "S0", 86_400)]


def test_what_fails_is_tried_again_without_delay_and_then_caught(aws: EmbeddedAws) -> None:
    failing = task(
        "sagemaker:describeEndpoint",
        Arguments={"EndpointName": "absent"},
        Retry=[{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 3600, "MaxAttempts": 2}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S1", "Output": "{% $states.errorOutput.Cause %}"}],
    )
    told = run(aws, failing, {"Type": "Succeed"})
    assert "Could not find endpoint" in told["output"]
    history = aws.client("stepfunctions").get_execution_history(executionArn=told["executionArn"])["events"]
    assert [event["type"] for event in history].count("TaskFailed") == 3


def test_executions_without_a_name_get_one_each(aws: EmbeddedAws) -> None:
    machines: Api = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
    machine = machines.create_state_machine(name="unnamed", definition=definition, roleArn=ROLE)["stateMachineArn"]
    started = [machines.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2)]
    assert len({*started}) == 2
    assert not any(execution.endswith("None") for execution in started)


def test_a_state_that_fails_writes_nothing_on_the_terminal(aws: EmbeddedAws) -> None:
    """As a record does that has no handler at all; pytest's own hides that here."""
    assert run(aws, {"Type": "Fail", "Error": "E", "Cause": "because"})["status"] == "FAILED"
    handlers = logging.getLogger("moto.stepfunctions").handlers
    assert [type(handler) for handler in handlers] == [logging.NullHandler]


def test_a_definition_that_is_none_is_refused_when_it_is_made(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="ASLParserException"):
        run(aws, {"Type": "Nothing"})
