"""A traffic shift that is deployed on the embedded AWS, and its executions, told in the calls that they made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from unittest.mock import patch

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from botocore.exceptions import ClientError
from least import variant
from moto.sagemaker.models import sagemaker_backends
from stack_bench import StackBench

from cdk_sagemaker_scaling import (
    CanarySteps,
    LinearSteps,
    RealTimeEndpoint,
    TrafficShift,
    VariantScaling,
    WeightsOwner,
)
from cdk_sagemaker_scaling.traffic._states import LOOK_SECONDS
from embedded_aws import EmbeddedAws, states_interpreter
from embedded_aws.state_machines import Waiting
from sagemaker_capacity_plan import CapacityPlan, RealTimeScaling

ACCOUNT, REGION = "123456789012", "us-east-1"
NAME = "shop"
SOURCE, DESTINATION, OTHER = "Current", "Next", "Other"
WEIGHTS = {SOURCE: 0.6, DESTINATION: 0.1, OTHER: 0.3}
INSTANCES = {SOURCE: 5, DESTINATION: 2, OTHER: 1}
MINIMUM, MAXIMA = 2, {SOURCE: 7, DESTINATION: 13}
ALARMS = ("Errors", "Slow")
UPDATE, REGISTER = "updateEndpointWeightsAndCapacities", "registerScalableTarget"
# Each step is looked at once its instances serve, once its weights are live, and a wait interval later.
PERCENTS = {"Canary": (10, 100), "Linear": (40, 80, 100)}
LOOKS = {shift: 3 * len(percents) for shift, percents in PERCENTS.items()}
MINIMA = dict.fromkeys(MAXIMA, MINIMUM)
_OF_AN_ALARM = {
    *("AlarmName", "MetricName", "Namespace", "Statistic", "Dimensions"),
    *("Period", "EvaluationPeriods", "Threshold", "ComparisonOperator"),
}

Event = dict[str, Any]
Happens = Callable[[int, str], object]


def moved(percent: float, weights: dict[str, float] = WEIGHTS) -> dict[str, float]:
    """The weights after so much of the source's traffic has moved."""
    part = weights[SOURCE] * percent / 100
    return weights | {SOURCE: weights[SOURCE] - part, DESTINATION: weights[DESTINATION] + part}


def with_capacity(plan: CapacityPlan, **numbers: Any) -> CapacityPlan:  # noqa: ANN401 - any field
    """A plan with other numbers, and nothing scheduled."""
    assert isinstance(plan.computed, RealTimeScaling)
    return replace(plan, computed=replace(plan.computed, scheduled=(), **numbers))


def plans_of(plan: CapacityPlan) -> dict[str, CapacityPlan]:
    """The destination's carries what two of its kind do."""
    return {SOURCE: with_capacity(plan), DESTINATION: with_capacity(plan, max_capacity=13)}


def live_endpoint(stack: Stack, weights: Mapping[str, float] = WEIGHTS, **given: Any) -> RealTimeEndpoint:  # noqa: ANN401
    variants = [variant(name=name, weight=weight) for name, weight in weights.items()]
    owner = {"weights_owner": WeightsOwner.LIVE_ENDPOINT}
    return RealTimeEndpoint(stack, "Endpoint", **({"variants": variants, "endpoint_name": NAME} | owner | given))


def alarms_on(endpoint: RealTimeEndpoint, name: str = DESTINATION) -> list[cloudwatch.Alarm]:
    metric = endpoint.variants[name].metric_errors_5xx()
    return [
        cloudwatch.Alarm(Stack.of(endpoint), id_, alarm_name=id_, metric=metric, threshold=1, evaluation_periods=1)
        for id_ in ALARMS
    ]


def fill(stack: Stack, plan: CapacityPlan) -> None:
    """Two shifts of one endpoint, in the two kinds of steps."""
    endpoint = live_endpoint(stack)
    plans = plans_of(plan)
    for name, its_plan in plans.items():
        VariantScaling.from_plan(stack, f"{name}Scaling", variant=endpoint.variants[name], plan=its_plan)
    alarms = alarms_on(endpoint)
    for id_, steps, scale_in_source in (
        ("Canary", CanarySteps(percent=10, wait_interval_seconds=60), False),
        ("Linear", LinearSteps(percent=40, wait_interval_seconds=60), True),
    ):
        TrafficShift(
            stack,
            id_,
            endpoint=endpoint,
            source=SOURCE,
            destination=DESTINATION,
            plans=plans,
            steps=steps,
            alarms=alarms,
            settling_timeout_seconds=300,
            scale_in_source=scale_in_source,
        )


@dataclass(frozen=True)
class Look:
    """What was live at a moment: weights, instances, and the least capacity of what is scaled, by variant."""

    weights: dict[str, float]
    instances: dict[str, int]
    minima: dict[str, int]


@dataclass(frozen=True)
class Execution:
    """What an execution did, by its history and by what was live while it waited."""

    status: str
    error: str | None
    cause: str | None
    events: list[Event] = field(repr=False)
    looks: list[Look] = field(repr=False)
    left: Look

    @property
    def states(self) -> list[str]:
        """The states that it entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if "stateEnteredEventDetails" in event
        ]

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """What it said in each call of an operation, in order."""
        return [
            json.loads(event["taskScheduledEventDetails"]["parameters"])
            for event in self.events
            if event.get("taskScheduledEventDetails", {}).get("resource") == operation
        ]


class ShiftBench:
    """The deployed shifts, and the endpoint that they move."""

    def __init__(self, aws: EmbeddedAws, stack: StackBench, resources: dict[str, Any]) -> None:
        self.aws = aws
        self.stack = stack
        self.resources = resources
        self.alarms = self.client("cloudwatch").describe_alarms(AlarmNames=ALARMS)["MetricAlarms"]
        self._machines = {
            resource["Metadata"]["aws:cdk:path"].split("/")[1]: stack.physical_ids[logical_id]
            for logical_id, resource in resources.items()
            if resource["Type"] == "AWS::StepFunctions::StateMachine"
        }
        self._numbers = count()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes them at run time
        return self.aws.client(service)

    def put_back(self, weights: Mapping[str, float] = WEIGHTS) -> None:
        """Weights, instances, bounds and alarms as after the deploy, with some load."""
        for alarm in self.alarms:
            settable = {name: value for name, value in alarm.items() if name in _OF_AN_ALARM}
            self.client("cloudwatch").put_metric_alarm(**settable)
            self.set_alarm(alarm["AlarmName"], "OK")
        for name, most in MAXIMA.items():
            self.client("application-autoscaling").register_scalable_target(
                **target_of(name), MinCapacity=MINIMUM, MaxCapacity=most
            )
        self.move(
            {name: {"DesiredWeight": weights[name], "DesiredInstanceCount": INSTANCES[name]} for name in weights}
        )

    def move(self, changes: Mapping[str, Mapping[str, float]]) -> None:
        """What a person does by hand."""
        desired = [{"VariantName": name, **change} for name, change in changes.items()]
        self.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=NAME, DesiredWeightsAndCapacities=desired
        )

    def set_alarm(self, name: str, state: str) -> None:
        self.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def set_status(self, status: str) -> None:
        """What SageMaker says of the endpoint, which here is always in service."""
        sagemaker_backends[ACCOUNT][REGION].endpoints[NAME].endpoint_status = status

    @property
    def live(self) -> Look:
        """What there is at this moment."""
        endpoint = self.client("sagemaker").describe_endpoint(EndpointName=NAME)
        variants = {variant["VariantName"]: variant for variant in endpoint["ProductionVariants"]}
        targets = self.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
        return Look(
            weights={name: variant["CurrentWeight"] for name, variant in variants.items()},
            instances={name: variant["CurrentInstanceCount"] for name, variant in variants.items()},
            minima={t["ResourceId"].rpartition("/")[2]: t["MinCapacity"] for t in targets["ScalableTargets"]},
        )

    def run(self, shift: str, happens: Happens = lambda _number, _state: None) -> Execution:
        """An execution from its start to its end; something happens at each wait, by its number and its state."""
        looks: list[Look] = []

        def wait(waiting: Waiting) -> None:
            assert waiting.seconds == LOOK_SECONDS
            looks.append(self.live)
            happens(len(looks) - 1, waiting.state)

        self.aws.on_wait(wait)
        try:
            return self.ended(self.start(shift), looks)
        finally:
            self.aws.on_wait(lambda _: None)

    def definition(self, shift: str) -> dict[str, Any]:
        """The deployed state machine."""
        told = self.client("stepfunctions").describe_state_machine(stateMachineArn=self._machines[shift])
        definition: dict[str, Any] = json.loads(told["definition"])
        return definition

    def start(self, shift: str) -> str:
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self._machines[shift], name=f"e{next(self._numbers)}"
        )
        return str(started["executionArn"])

    def ended(self, arn: str, looks: list[Look] | None = None) -> Execution:
        """An execution that has been started, at its end."""
        machines = self.client("stepfunctions")
        while (told := machines.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.05)
        pages = machines.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        return Execution(told["status"], told.get("error"), told.get("cause"), events, looks or [], self.live)


def target_of(name: str) -> dict[str, str]:
    """How Application Auto Scaling names a variant."""
    return {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": f"endpoint/{NAME}/variant/{name}",
    }


@contextmanager
def refusing(operation: str, *, times: int = 10_000, after: int = 0, of: str = "") -> Iterator[None]:
    """Let a service refuse executions' calls of an operation, so many times, after some that it answers.

    `of` leaves calls alone that do not say this.
    """
    asked = count()

    def call(client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        refused = action == operation and of in json.dumps(parameters)
        if refused and after <= next(asked) < after + times:
            error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            error["ResponseMetadata"] = {"HTTPStatusCode": 400, "RequestId": "r"}
            raise ClientError(error, operation)
        return answered(client, action, parameters)

    answered = states_interpreter.call
    with patch.object(states_interpreter, "call", call):
        yield


@contextmanager
def without(field_: str, *, of: str) -> Iterator[None]:
    """Let the answers to executions' calls of an operation lack a field."""

    def call(client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - boto3's
        answer = answered(client, action, parameters)
        return {name: value for name, value in answer.items() if (action, name) != (of, field_)}

    answered = states_interpreter.call
    with patch.object(states_interpreter, "call", call):
        yield
