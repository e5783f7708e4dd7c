"""Endpoints of every kind on an embedded AWS, as old as a test wants them, called as often as it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from emptied import forget_endpoints_and_metrics

from embedded_aws import EmbeddedAws
from sagemaker_idle_endpoints import Criteria, EndpointReport, FleetReport, find_idle_endpoints, shipped_prices

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"
TWO_WEEKS = Criteria(lookback=timedelta(days=14), prices=shipped_prices())
OLD_DAYS = 300


class IdleBench:
    """One region of an account, empty at first; `now` is the time of the real clock."""

    def __init__(self, aws: EmbeddedAws) -> None:
        forget_endpoints_and_metrics()
        self.aws = aws
        self.sagemaker: Api = aws.client("sagemaker", REGION)
        self.cloudwatch: Api = aws.client("cloudwatch", REGION)
        self.tagging: Api = aws.client("resourcegroupstaggingapi", REGION)
        self.now = datetime.now(UTC)
        self.sagemaker.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})

    def real_time(
        self, name: str, *variants: str, count: int = 1, instance_type: str = "ml.c5.large", **more: Api
    ) -> str:
        """An endpoint with a variant of each name, `main` if none is named."""
        return self.make(
            name,
            [
                _variant(each, InstanceType=instance_type, InitialInstanceCount=count)
                for each in variants or ("main",)
            ],
            **more,
        )

    def serverless(self, name: str, *, provisioned: int = 0, **more: Api) -> str:
        """An endpoint of one serverless variant of 2048 MB."""
        config = {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
        config |= {"ProvisionedConcurrency": provisioned} if provisioned else {}
        return self.make(name, [_variant(ServerlessConfig=config)], **more)

    def asynchronous(self, name: str, *, count: int = 1, **more: Api) -> str:
        """An endpoint with a queue."""
        output = {"OutputConfig": {"S3OutputPath": "s3://bucket/answers"}}
        variant = _variant(InstanceType="ml.c5.large", InitialInstanceCount=count)
        return self.make(name, [variant], config={"AsyncInferenceConfig": output}, **more)

    def of_components(self, name: str, *components: str, **more: Api) -> str:
        """An endpoint that hosts inference components."""
        variant = _variant(InstanceType="ml.c5.xlarge", InitialInstanceCount=1)
        del variant["ModelName"]
        self.make(name, [variant], config={"ExecutionRoleArn": ROLE}, **more)
        for component in components:
            self.component(component, on=name)
        return name

    def component(self, name: str, *, on: str) -> None:
        """A component made now, unless `age_component` makes it older."""
        needs = {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 512}
        self.sagemaker.create_inference_component(
            InferenceComponentName=name,
            EndpointName=on,
            VariantName="main",
            Specification={"ModelName": "model", "ComputeResourceRequirements": needs},
            RuntimeConfig={"CopyCount": 1},
        )

    def make(
        self,
        name: str,
        variants: list[dict[str, Api]],
        *,
        config: dict[str, Api] | None = None,
        tags: dict[str, str] | None = None,
        days_old: float = OLD_DAYS,
    ) -> str:
        """An endpoint of its own configuration, so old."""
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=f"{name}-config", ProductionVariants=variants, **(config or {})
        )
        self.sagemaker.create_endpoint(
            EndpointName=name,
            EndpointConfigName=f"{name}-config",
            Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        )
        self.aws.backdate_endpoint(name, days=days_old, region=REGION)
        return name

    def called(
        self, name: str, calls: float = 1, *, variant: str = "main", days_ago: float = 1, at: datetime | None = None
    ) -> None:
        """Requests to a variant, in one minute."""
        self.measured("Invocations", calls, days_ago, at, EndpointName=name, VariantName=variant)

    def measured(
        self, metric: str, value: float, days_ago: float = 1, at: datetime | None = None, **dimensions: str
    ) -> None:
        """A point of a metric of SageMaker's."""
        datum = {
            "MetricName": metric,
            "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
            "Timestamp": (at or self.now) - timedelta(days=days_ago),
            "Value": value,
        }
        self.cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])

    def look(self, criteria: Criteria = TWO_WEEKS, now: datetime | None = None) -> FleetReport:
        """What is found."""
        eyes = self.sagemaker, self.cloudwatch, self.tagging
        return find_idle_endpoints(*eyes, now=now or self.now, criteria=criteria)

    def only(self, criteria: Criteria = TWO_WEEKS) -> EndpointReport:
        """What is found of the only endpoint."""
        (endpoint,) = self.look(criteria).endpoints
        return endpoint


def _variant(name: str = "main", **more: Api) -> dict[str, Api]:
    return {"VariantName": name, "ModelName": "model", **more}


Fault = Callable[[int], AWSResponse | BaseException | None]
"""What happens to the nth call of an operation, from 1: an answer in AWS's place, an error, or nothing."""


@contextmanager
def injected(client: Api, operation: str, fault: Fault) -> Iterator[list[int]]:
    """Let something happen to the calls of an operation, on the wire: behind it botocore parses and retries."""
    times: list[int] = []

    def on_wire(**_: object) -> AWSResponse | None:
        times.append(len(times) + 1)
        happens = fault(times[-1])
        if isinstance(happens, BaseException):
            raise happens
        return happens

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, on_wire)
    try:
        yield times
    finally:
        client.meta.events.unregister(event, on_wire)


def refusal(code: str, message: str = "no luck", status: int = 400) -> AWSResponse:
    """An error in the JSON protocol."""
    return answer(f'{{"__type": "{code}", "message": "{message}"}}', status)


def answer(body: str, status: int = 200) -> AWSResponse:
    """Any answer."""
    return _Answer("https://aws.test", status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode())


class _Answer(AWSResponse):
    @property
    def content(self) -> bytes:
        """The body; there is no connection to read it from."""
        return self.raw  # type: ignore[return-value] # bytes here
