"""The deployed Lambda looks at a fleet of two: one endpoint that is old and silent, and one that is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedded_aws import EmbeddedAws

_SILENT_DAYS = 30


@dataclass(frozen=True)
class Look:
    """What the Lambda told of each endpoint, and the text that its topic's readers were sent."""

    activities: dict[str, str]
    text: str


class IdleScene:
    """Sets the scene around a deployed endpoint, and lets the deployed function look at it."""

    def __init__(self, aws: EmbeddedAws, region: str, endpoint_name: str) -> None:
        self._clients: Callable[[str], Any] = lambda service: aws.client(service, region)
        self._aws, self._region = aws, region
        self.endpoint_name = endpoint_name
        self.fresh_name = f"{endpoint_name[:50]}-fresh"
        (self.function,) = (
            function
            for function in self._clients("lambda").list_functions()["Functions"]
            if function["Handler"].startswith("sagemaker_idle_endpoints.")
        )

    def set_up(self) -> None:
        """Let the deployed endpoint be a month old, and put a new one beside it."""
        sagemaker = self._clients("sagemaker")
        config = sagemaker.describe_endpoint(EndpointName=self.endpoint_name)["EndpointConfigName"]
        sagemaker.create_endpoint(EndpointName=self.fresh_name, EndpointConfigName=config)
        self._aws.backdate_endpoint(self.endpoint_name, days=_SILENT_DAYS, region=self._region)
        queue_url = self._clients("sqs").create_queue(QueueName="idle-endpoints-reader")["QueueUrl"]
        attributes = self._clients("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        self._queue_url = queue_url
        self._subscription = self._clients("sns").subscribe(
            TopicArn=self.function["Environment"]["Variables"]["TOPIC_ARN"],
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]

    def look(self) -> Look:
        """Invoke the function, and read what it sent to its topic."""
        # Asked by a person, it looks and tells once more on a day that is done.
        asked = {"FunctionName": self.function["FunctionName"], "Payload": b'{"again": true}'}
        answer = self._clients("lambda").invoke(**asked)
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"the deployed function failed: {payload}")
        (message,) = self._clients("sqs").receive_message(QueueUrl=self._queue_url)["Messages"]
        self._clients("sqs").delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        report = json.loads(json.loads(message["Body"])["Message"])
        return Look({endpoint["name"]: endpoint["activity"] for endpoint in report["endpoints"]}, _told(report))

    def call_the_endpoint(self) -> None:
        """Put the metric that calls to the endpoint would have left."""
        variants = self._clients("sagemaker").describe_endpoint(EndpointName=self.endpoint_name)
        self._clients("cloudwatch").put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[
                {
                    "MetricName": "Invocations",
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": self.endpoint_name},
                        {"Name": "VariantName", "Value": variant["VariantName"]},
                    ],
                    "Timestamp": datetime.now(UTC) - timedelta(hours=1),
                    "Value": 120.0,
                    "Unit": "Count",
                }
                for variant in variants["ProductionVariants"]
            ],
        )

    def tear_down(self) -> None:
        """Take away what was put beside the stack."""
        self._clients("sns").unsubscribe(SubscriptionArn=self._subscription)
        self._clients("sqs").delete_queue(QueueUrl=self._queue_url)
        self._clients("sagemaker").delete_endpoint(EndpointName=self.fresh_name)


def _told(report: dict[str, Any]) -> str:
    return "\n".join(
        f"  {endpoint['name']}  {endpoint['activity']}: {endpoint['reason']}" for endpoint in report["endpoints"]
    )
