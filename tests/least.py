"""Each construct with the least that it takes, and whatever else a test gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_s3 as s3

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    AsynchronousOutput,
    ContainerImage,
    Fleet,
    InferenceComponent,
    InferenceComponentEndpoint,
    InferenceComponentScaling,
    ProvisionedConcurrencyScaling,
    RealTimeEndpoint,
    ServerlessEndpoint,
    Variant,
    VariantScaling,
)

if TYPE_CHECKING:
    from constructs import Construct

URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1"
IMAGE = ContainerImage.from_uri(URI)


def variant(**given: Any) -> Variant:  # noqa: ANN401 - any props
    return Variant(**({"name": "V", "image": IMAGE, "instance_type": "ml.c5.large"} | given))


def fleet(**given: Any) -> Fleet:  # noqa: ANN401
    return Fleet(**({"instance_type": "ml.g5.xlarge"} | given))


def bucket(scope: Construct) -> s3.IBucket:
    """A bucket without a key that somebody else has made."""
    there = scope.node.try_find_child("Bucket")
    return there or s3.Bucket.from_bucket_name(scope, "Bucket", "amzn-s3-demo-bucket")


@dataclass(frozen=True)
class Elsewhere:
    """An endpoint as another library knows it: it has a name and an ARN."""

    endpoint_name: str = "Elsewhere"
    endpoint_arn: str = "arn:aws:sagemaker:eu-west-1:210987654321:endpoint/elsewhere"


def real_time(scope: Construct, id_: str = "RealTime", **given: Any) -> RealTimeEndpoint:  # noqa: ANN401
    return RealTimeEndpoint(scope, id_, **({"variants": [variant()]} | given))


def asynchronous(scope: Construct, id_: str = "Asynchronous", **given: Any) -> AsynchronousEndpoint:  # noqa: ANN401
    output = {} if "output" in given else {"output": AsynchronousOutput(bucket=bucket(scope))}
    return AsynchronousEndpoint(scope, id_, **({"variant": variant()} | output | given))


def serverless(scope: Construct, id_: str = "Serverless", **given: Any) -> ServerlessEndpoint:  # noqa: ANN401
    return ServerlessEndpoint(scope, id_, **({"image": IMAGE, "memory_mb": 2048, "max_concurrency": 20} | given))


def host(scope: Construct, id_: str = "Host", **given: Any) -> InferenceComponentEndpoint:  # noqa: ANN401
    return InferenceComponentEndpoint(scope, id_, **({"fleet": fleet()} | given))


def component(scope: Construct, id_: str = "Component", **given: Any) -> InferenceComponent:  # noqa: ANN401
    on = {} if "endpoint" in given else {"endpoint": host(scope, f"{id_}Host")}
    return InferenceComponent(scope, id_, **({"image": IMAGE, "min_memory_mb": 1024} | on | given))


BOUNDS = {"min_capacity": 1, "max_capacity": 3}


def scaled(scope: Construct, id_: str = "Scaling", **given: Any) -> VariantScaling:  # noqa: ANN401
    """The scaling of a real-time variant, of an endpoint of its own unless a variant is given."""
    of = {} if "variant" in given else {"variant": real_time(scope, f"{id_}Endpoint").variants["V"]}
    return VariantScaling(scope, id_, **(of | BOUNDS | given))


def scaled_queue(scope: Construct, id_: str = "QueueScaling", **given: Any) -> VariantScaling:  # noqa: ANN401
    of = {} if "variant" in given else {"variant": asynchronous(scope, f"{id_}Endpoint").variant}
    return scaled(scope, id_, **(of | given))


def scaled_copies(
    scope: Construct,
    id_: str = "CopiesScaling",
    **given: Any,  # noqa: ANN401
) -> InferenceComponentScaling:
    of = {} if "component" in given else {"component": component(scope, f"{id_}Component").copies}
    return InferenceComponentScaling(scope, id_, **(of | BOUNDS | given))


def scaled_warmth(
    scope: Construct,
    id_: str = "WarmthScaling",
    **given: Any,  # noqa: ANN401
) -> ProvisionedConcurrencyScaling:
    of = {} if "variant" in given else {"variant": serverless(scope, f"{id_}Endpoint").variant}
    return ProvisionedConcurrencyScaling(scope, id_, **(of | BOUNDS | given))
