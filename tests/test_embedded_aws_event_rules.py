"""PutEvents: who gets an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time


def queue(aws: EmbeddedAws, name: str) -> tuple[str, str]:
    """A queue's address and its ARN."""
    sqs: Api = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.mark.parametrize(
    ("rule", "is_sent"),
    [
        ({"EventPattern": json.dumps({"source": ["idle"]})}, True),
        ({"EventPattern": json.dumps({"source": ["busy"]})}, False),
        ({"ScheduleExpression": "rate(1 day)"}, False),
    ],
    ids=["matching", "another", "scheduled"],
)
def test_an_event_goes_to_the_rules_that_match_it(
    embedded_aws: EmbeddedAws, rule: dict[str, str], *, is_sent: bool, request: pytest.FixtureRequest
) -> None:
    events: Api = embedded_aws.client("events")
    name = request.node.callspec.id
    url, arn = queue(embedded_aws, name)
    events.put_rule(Name=name, **rule)
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    answer = events.put_events(Entries=[{"Source": "idle", "DetailType": "told", "Detail": "{}"}])
    assert answer["FailedEntryCount"] == 0
    assert ("Messages" in embedded_aws.client("sqs").receive_message(QueueUrl=url)) is is_sent


def test_a_scheduled_function_does_not_keep_events_from_being_put(embedded_aws: EmbeddedAws) -> None:
    events: Api = embedded_aws.client("events")
    events.put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    target = {"Id": "function", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:any"}
    events.put_targets(Rule="daily", Targets=[target])
    answer = events.put_events(Entries=[{"Source": "x", "DetailType": "told", "Detail": "{}"}])
    assert answer["FailedEntryCount"] == 0
