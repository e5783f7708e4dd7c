"""What SageMaker itself knows of the fleet: endpoints, their variants, their inference components."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._refusals import REFUSALS, explain, says_endpoint_is_gone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PaginatorConfigTypeDef

_PAGING: PaginatorConfigTypeDef = {"PageSize": 100}  # the most that both listings allow; SageMaker gives 10 unasked


@dataclass(frozen=True)
class Endpoint:
    name: str
    arn: str
    status: str
    created: datetime


@dataclass(frozen=True)
class Variant:
    name: str
    instance_count: int | None
    is_serverless: bool


@dataclass(frozen=True)
class Description:
    """What DescribeEndpoint tells; with a `fault` the metric cannot judge the endpoint."""

    variants: tuple[Variant, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Component:
    name: str
    created: datetime


@dataclass(frozen=True)
class Components:
    """Inference components by endpoint name; with a `fault` the listing is not complete."""

    by_endpoint: Mapping[str, tuple[Component, ...]]
    fault: str = ""


def list_endpoints(sagemaker: SageMakerClient) -> list[Endpoint]:
    """List every endpoint of the account and region by name; without this list nothing is known.

    Raises:
        botocore.exceptions.ClientError: ListEndpoints was refused.
    """
    found = {}
    for page in sagemaker.get_paginator("list_endpoints").paginate(PaginationConfig=_PAGING):
        for summary in page["Endpoints"]:
            found[summary["EndpointName"]] = Endpoint(
                name=summary["EndpointName"],
                arn=summary["EndpointArn"],
                status=summary["EndpointStatus"],
                created=summary["CreationTime"].astimezone(UTC),
            )
    return [found[name] for name in sorted(found)]


def describe_endpoint(sagemaker: SageMakerClient, name: str) -> Description:
    """Ask for an endpoint's variants. Shadow variants do not count: they get a copy of the traffic."""
    try:
        answer = sagemaker.describe_endpoint(EndpointName=name)
    except REFUSALS as error:
        return Description(fault="deleted while we looked" if says_endpoint_is_gone(error) else explain(error))
    variants = tuple(
        Variant(
            name=variant["VariantName"],
            instance_count=variant.get("CurrentInstanceCount"),
            is_serverless="CurrentServerlessConfig" in variant,
        )
        for variant in answer.get("ProductionVariants", [])
    )
    if answer.get("AsyncInferenceConfig"):
        # docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html lists what they do publish.
        return Description(variants, fault="asynchronous endpoints publish no Invocations metric")
    if not variants:
        return Description(fault="DescribeEndpoint names no production variant")
    return Description(variants)


def list_components(sagemaker: SageMakerClient) -> Components:
    """List every inference component of the account and region; a refusal keeps the pages before it."""
    found: defaultdict[str, list[Component]] = defaultdict(list)
    fault = ""
    try:
        for page in sagemaker.get_paginator("list_inference_components").paginate(PaginationConfig=_PAGING):
            for summary in page["InferenceComponents"]:
                component = Component(summary["InferenceComponentName"], summary["CreationTime"].astimezone(UTC))
                found[summary["EndpointName"]].append(component)
    except REFUSALS as error:
        fault = explain(error)
    return Components({endpoint: tuple(components) for endpoint, components in found.items()}, fault)
