"""moto's interpreter of Amazon States Language, made to work here. Imported when the first state machine is made.

Replaced are the port that it calls; the names in which it speaks to a service through an AWS SDK integration, which
begin with a capital whatever the service's API has; JSONata, for which it wants a Java that it does not bring; the
time that Wait and Retry take; the name of an execution that is given none; and its complaints of states that fail,
which stand in the history of their execution.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape
from jsonata import Jsonata  # type: ignore[import-untyped]  # it has no types
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from embedded_aws.state_machines import Clients, Waited, Waiting

# Services that the AWS SDK for Java, whose names Step Functions has, calls otherwise than boto3.
BOTO_NAMES = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sagemakerruntime": "sagemaker-runtime",
    "sfn": "stepfunctions",
}
_NO_LOG = logging.NullHandler()
_moto_start = StepFunctionsParserBackend.start_execution


def install(clients: Clients, port: int, waited: Waited) -> None:
    """Put these in the place of the interpreter's own; again and again does no harm."""

    def call_service(
        self: StateTaskServiceAwsSdk,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        del state_credentials
        service, action = self.resource.api_name, self.resource.api_action
        client = clients(BOTO_NAMES.get(service, service), resource_runtime_part.region)
        env.stack.append(call(client, action, normalised_parameters))

    def wait(self: WaitFunction, env: Environment, wait_seconds: float) -> None:
        del self
        told: Any = env.states.context_object.context_object_data
        waited(Waiting(told["Execution"]["Name"], told["State"]["Name"], wait_seconds))

    def start(self: StepFunctionsParserBackend, arn: str, name: str | None, *given: Any) -> Any:  # noqa: ANN401
        return _moto_start(self, arn, name or str(uuid.uuid4()), *given)

    logging.getLogger("moto.stepfunctions").addHandler(_NO_LOG)
    for owner, name, ours in (
        (StateTaskServiceAwsSdk, "_eval_service_task", call_service),
        (WaitFunction, "_wait_interval", wait),
        (boto_client, "moto_server_port", lambda: str(port)),
        (jsonata, "_eval_jsonata", evaluate),
        (retrier_decl, "time", _NoTime),
        (StepFunctionsParserBackend, "start_execution", start),
    ):
        setattr(owner, name, ours)


def call(client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - boto3's
    """An AWS SDK integration's call, with all names as a state has them."""
    model = client.meta.service_model.operation_model(action[0].upper() + action[1:])
    answer = getattr(client, xform_name(model.name))(**_named_by(model.input_shape, parameters))
    answer.pop("ResponseMetadata")
    capitalised: dict[str, Any] = _capitalised(answer, model.output_shape)
    return capitalised


def evaluate(expression: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSONata expression."""
    try:
        return Jsonata(expression).evaluate(None)
    except Exception as error:
        raise jsonata.JSONataException("UNKNOWN", str(error)) from error


def _named_by(shape: Shape | None, value: Any) -> Any:  # noqa: ANN401
    match shape, value:
        case StructureShape(), dict():
            names = {name.lower(): name for name in shape.members}
            given = {names.get(key.lower(), key): part for key, part in value.items()}
            return {key: _named_by(shape.members.get(str(key)), part) for key, part in given.items()}
        case ListShape(), list():
            return [_named_by(shape.member, part) for part in value]
    return value


def _capitalised(value: Any, shape: Shape | None) -> Any:  # noqa: ANN401
    match shape, value:
        case StructureShape(), dict():
            return {
                name[0].upper() + name[1:]: _capitalised(part, shape.members.get(name))
                for name, part in value.items()
            }
        case ListShape(), list():
            return [_capitalised(part, shape.member) for part in value]
    return value


class _NoTime:
    @staticmethod
    def sleep(seconds: float) -> None:
        """Do not."""
