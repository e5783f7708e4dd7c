"""The state machine that lets a function look at many accounts: a map over them, inline or distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws

# "Map state": an inline map runs at most 40 iterations at once, all in one history of 25,000 events.
MOST_INLINE = 40
_SECONDS = 900
_LOOKED_AT, _MISSED = 0, 1  # what an account adds to the number of those missed
# A run of Lambda that is throttled, or a part that AWS refused; the function does what is not done yet.
_RETRY = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "BackoffRate": 2, "MaxAttempts": 3}


def definition(
    *, function_arn: str, topic_arn: str, accounts: Sequence[str], accounts_at_once: int
) -> dict[str, Any]:
    """The machine in Amazon States Language with JSONata.

    An account that could not be looked at is told to the topic, and keeps no other from being looked at; the
    execution then fails at its end, naming how many there were.
    """
    return {
        "Comment": "Looks for idle endpoints in many accounts.",
        "QueryLanguage": "JSONata",
        "StartAt": "EachAccount",
        "States": {
            "EachAccount": {
                "Type": "Map",
                "Items": list(accounts),
                "MaxConcurrency": accounts_at_once,
                "ItemSelector": {
                    "account": "{% $states.context.Map.Item.Value %}",
                    "time": "{% $states.context.Execution.StartTime %}",
                },
                "ItemProcessor": {
                    "ProcessorConfig": _mode(accounts),
                    "StartAt": "Look",
                    "States": _of_one_account(function_arn, topic_arn),
                },
                # An inline map has no tolerance to set: nothing in it fails, since what could is caught.
                **({} if is_inline(accounts) else {"Label": "Account", "ToleratedFailurePercentage": 100}),
                "Assign": {"missed": "{% $sum($states.result) %}"},
                "Next": "WereAllLookedAt",
            },
            "WereAllLookedAt": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $missed = 0 %}", "Next": "AllWere"}],
                "Default": "SomeWereNot",
            },
            "AllWere": {"Type": "Succeed"},
            "SomeWereNot": {
                "Type": "Fail",
                "Error": "AccountsMissed",
                "Cause": "{% 'accounts that could not be looked at: ' & $string($missed) & "
                "'; the topic was told which' %}",
            },
        },
    }


def is_inline(accounts: Sequence[str]) -> bool:
    """Whether an inline map takes them all at once."""
    return len(accounts) <= MOST_INLINE


def _mode(accounts: Sequence[str]) -> dict[str, str]:
    return {"Mode": "INLINE"} if is_inline(accounts) else {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


def _of_one_account(function_arn: str, topic_arn: str) -> dict[str, Any]:
    invoke, publish = (f"arn:{Aws.PARTITION}:states:::{call}" for call in ("lambda:invoke", "sns:publish"))
    return {
        "Look": {
            "Type": "Task",
            "Resource": invoke,
            "Arguments": {"FunctionName": function_arn, "Payload": "{% $states.input %}"},
            "TimeoutSeconds": _SECONDS,
            "Retry": [_RETRY],
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Output": {
                        "account": "{% $states.input.account %}",
                        "cause": "{% $states.errorOutput.Cause %}",
                    },
                    "Next": "TellOfFailure",
                }
            ],
            "Output": _LOOKED_AT,
            "End": True,
        },
        "TellOfFailure": {
            "Type": "Task",
            "Resource": publish,
            "Arguments": {
                "TopicArn": topic_arn,
                "Subject": "{% 'SageMaker: no look at idle endpoints of ' & $states.input.account %}",
                "Message": "{% 'Account ' & $states.input.account & ' could not be looked at: ' & "
                "$states.input.cause %}",
            },
            "Retry": [_RETRY],
            "Output": _MISSED,
            "End": True,
        },
    }
