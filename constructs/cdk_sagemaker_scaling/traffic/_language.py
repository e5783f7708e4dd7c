"""Amazon States Language with JSONata, as far as a shift speaks it."""

from __future__ import annotations

from typing import Any

from aws_cdk import Aws

State = dict[str, Any]

# While instances start, an endpoint takes no other update: as long as that, and the back-off of a throttle.
RETRY = {
    "ErrorEquals": ["States.TaskFailed", "States.Timeout"],
    "IntervalSeconds": 10,
    "BackoffRate": 1.5,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 15,
}
_TASK_SECONDS = 60


def of(expression: str) -> str:
    """A JSONata expression as the value of a field."""
    return f"{{% {expression} %}}"


def task(call: str, asked: State, *, then: str, assign: State | None = None) -> State:
    """A call of a service through the AWS SDK integration, tried again with back-off."""
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::aws-sdk:{call}",
        "Arguments": asked,
        "TimeoutSeconds": _TASK_SECONDS,
        "Retry": [RETRY],
        **({"Assign": assign} if assign else {}),
        "Output": {},
        "Next": then,
    }


def choice(*rules: tuple[str, str], otherwise: str) -> State:
    """The first rule that holds, or otherwise."""
    return {"Type": "Choice", "Choices": [when(*rule) for rule in rules], "Default": otherwise}


def when(condition: str, then: str) -> State:
    """A rule of a choice."""
    return {"Condition": of(condition), "Next": then}


def because(condition: str, why: str, then: str) -> State:
    """A rule of a choice that notes why."""
    return {**when(condition, then), "Assign": {"why": of(why)}}


def fail(error: str, cause: str) -> State:
    """The end of an execution that did not do what it was for; the cause is JSONata."""
    return {"Type": "Fail", "Error": error, "Cause": of(cause)}
