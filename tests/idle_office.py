"""A day's run on an embedded AWS: a bench with a bucket, a topic that a queue listens to, and a bus."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from idle_bench import REGION, TWO_WEEKS, Api, IdleBench

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Action, Switch
from sagemaker_idle_endpoints._clients import Account, Channels
from sagemaker_idle_endpoints._daily import DailyRun
from sagemaker_idle_endpoints._settings import Settings

ACCOUNT = "123456789012"
ACTING = Switch(frozenset(Action), dry_run=False, grace=timedelta(days=3))
_NUMBERS = count()


@dataclass(frozen=True)
class Session:
    """As much of boto3's session as an account asks for, on the embedded AWS."""

    aws: EmbeddedAws
    region_name: str = REGION

    def client(self, service: str, region: str | None = None, **_: object) -> Api:
        return self.aws.client(service, region or self.region_name)


class Office:
    """A bench with a bucket, a topic with a queue on it, and a bus; each run is for a day from now on."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.bench = IdleBench(aws)
        self.s3: Api = aws.client("s3", REGION)
        self.sqs: Api = aws.client("sqs", REGION)
        self.events: Api = aws.client("events", REGION)
        self.sns: Api = aws.client("sns", REGION)
        self.bucket = f"reports-{next(_NUMBERS)}"
        self.s3.create_bucket(Bucket=self.bucket)
        topic = self.sns.create_topic(Name=self.bucket)["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        session: Api = Session(aws)
        self.account, self.channels = Account(session), Channels.of(session)
        self.settings = Settings(TWO_WEEKS, Switch(), topic, self.bucket)

    def run(self, *, day: float = 0, switch: Switch | None = None, again: bool = False) -> dict[str, Any]:
        """One run, on AWS's own day plus `day`; AWS's clock is set along."""
        settings = replace(self.settings, switch=switch or Switch())
        now = self.bench.now + timedelta(days=day)
        with aws_at(self.bench.sagemaker, now):
            return DailyRun(self.account, ACCOUNT, self.channels, settings, now, again).do()

    def messages(self) -> list[dict[str, Any]]:
        """What was sent to the topic and not read yet."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in found:
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(json.loads(each["Body"])["Message"]) for each in found]

    def steps(self, *, day: float = 0) -> dict[str, tuple[str, str]]:
        """What the report of a day says is done to each endpoint."""
        endpoints = self.report(day)["endpoints"]
        told = {each["name"]: each["decision"] for each in endpoints if each["decision"]}
        return {name: (decision["action"], decision["step"]) for name, decision in told.items()}

    def report(self, day: float = 0, form: str = "json") -> Any:  # noqa: ANN401
        date = (self.bench.now + timedelta(days=day)).date()
        body = (
            self.s3.get_object(Bucket=self.bucket, Key=f"reports/{date}/{ACCOUNT}.{form}")["Body"].read().decode()
        )
        return json.loads(body) if form == "json" else list(csv.DictReader(body.splitlines()))

    def names(self) -> set[str]:
        return {each["EndpointName"] for each in self.bench.sagemaker.list_endpoints(MaxResults=100)["Endpoints"]}


@contextmanager
def aws_at(sagemaker: Api, now: datetime) -> Iterator[None]:
    """Let ListEndpoints answer with another date."""

    def dated(parsed: dict[str, Any], **_: object) -> None:
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = now.strftime("%a, %d %b %Y %H:%M:%S GMT")

    sagemaker.meta.events.register("after-call.sagemaker.ListEndpoints", dated)
    try:
        yield
    finally:
        sagemaker.meta.events.unregister("after-call.sagemaker.ListEndpoints", dated)
