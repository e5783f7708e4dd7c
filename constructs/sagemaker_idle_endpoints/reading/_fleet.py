"""What SageMaker itself knows of a region: endpoints, their variants and tags, their inference components."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._activity import EndpointKind
from sagemaker_idle_endpoints._parallel import in_parallel
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, explain, part_of, says_it_is_gone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PaginatorConfigTypeDef

_PAGING: PaginatorConfigTypeDef = {"PageSize": 100}  # the most that both listings allow; SageMaker gives 10 unasked
GONE = "deleted while we looked"


@dataclass(frozen=True)
class Endpoint:
    name: str
    arn: str
    status: str
    created: datetime


@dataclass(frozen=True)
class Listing:
    """Every endpoint by name; with a `fault`, those of the pages before it."""

    endpoints: tuple[Endpoint, ...]
    fault: str = ""
    asked_at: datetime | None = None
    """When AWS answered, by its own clock, to the second."""


@dataclass(frozen=True)
class Serverless:
    memory_mb: int
    provisioned_concurrency: int


@dataclass(frozen=True)
class Variant:
    name: str
    instance_count: int | None = None
    serverless: Serverless | None = None
    pools: tuple[tuple[str, int], ...] = ()
    """Instance types with how many there are of each, where a variant may have several."""
    has_model: bool = True


@dataclass(frozen=True)
class Description:
    """What DescribeEndpoint tells; with a `fault` nothing of it is known."""

    config_name: str = ""
    kind: EndpointKind | None = None
    variants: tuple[Variant, ...] = ()
    shadows: tuple[Variant, ...] = ()
    """They get a copy of the traffic, which counts for nothing, and cost as much as others."""
    fault: str = ""


Types = tuple[dict[str, str], str]
"""The instance type of each variant that has one, and what could not be read."""


@dataclass(frozen=True)
class Component:
    name: str
    created: datetime


@dataclass(frozen=True)
class Components:
    """Inference components by endpoint name; with a `fault` the listing is not complete."""

    by_endpoint: Mapping[str, tuple[Component, ...]] = field(default_factory=dict)
    fault: str = ""


def list_endpoints(sagemaker: SageMakerClient) -> Listing:
    """List every endpoint of the account and region by name; a refusal keeps the pages before it."""
    found: dict[str, Endpoint] = {}
    asked_at, fault = None, ""
    try:
        for page in sagemaker.get_paginator("list_endpoints").paginate(PaginationConfig=_PAGING):
            asked_at = asked_at or answered_at(page)
            for summary in part_of(page, "Endpoints", of="ListEndpoints"):
                found[summary["EndpointName"]] = Endpoint(
                    name=summary["EndpointName"],
                    arn=summary["EndpointArn"],
                    status=summary["EndpointStatus"],
                    created=summary["CreationTime"].astimezone(UTC),
                )
    except REFUSALS as error:
        fault = explain(error)
    return Listing(tuple(found[name] for name in sorted(found)), fault, asked_at)


def describe_endpoint(sagemaker: SageMakerClient, name: str, components: Components) -> Description:
    """Ask for an endpoint's variants and what kind it is."""
    try:
        answer: Mapping[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
        config_name = part_of(answer, "EndpointConfigName", of="DescribeEndpoint")
    except REFUSALS as error:
        return Description(fault=GONE if says_it_is_gone(error) else explain(error))
    variants = tuple(map(_variant, answer.get("ProductionVariants") or ()))
    if not variants:
        return Description(fault="DescribeEndpoint names no production variant")
    return Description(
        config_name=config_name,
        kind=_kind(answer, variants, has_components=name in components.by_endpoint),
        variants=variants,
        shadows=tuple(map(_variant, answer.get("ShadowProductionVariants") or ())),
    )


def _kind(answer: Mapping[str, Any], variants: tuple[Variant, ...], *, has_components: bool) -> EndpointKind:
    if answer.get("AsyncInferenceConfig"):
        return EndpointKind.ASYNCHRONOUS
    if all(variant.serverless for variant in variants):
        return EndpointKind.SERVERLESS
    if has_components or not any(variant.has_model for variant in variants):
        return EndpointKind.INFERENCE_COMPONENTS
    return EndpointKind.REAL_TIME


def _variant(told: Mapping[str, Any]) -> Variant:
    serverless = told.get("CurrentServerlessConfig")
    return Variant(
        name=told["VariantName"],
        instance_count=told.get("CurrentInstanceCount"),
        serverless=Serverless(serverless["MemorySizeInMB"], serverless.get("ProvisionedConcurrency", 0))
        if serverless
        else None,
        pools=tuple((pool["InstanceType"], pool["CurrentInstanceCount"]) for pool in told.get("InstancePools", ())),
        has_model=bool(told.get("DeployedImages")),
    )


def list_components(sagemaker: SageMakerClient) -> Components:
    """List every inference component of the account and region; a refusal keeps the pages before it."""
    found: defaultdict[str, list[Component]] = defaultdict(list)
    fault = ""
    try:
        for page in sagemaker.get_paginator("list_inference_components").paginate(PaginationConfig=_PAGING):
            for summary in part_of(page, "InferenceComponents", of="ListInferenceComponents"):
                component = Component(summary["InferenceComponentName"], summary["CreationTime"].astimezone(UTC))
                found[summary["EndpointName"]].append(component)
    except REFUSALS as error:
        fault = explain(error)
    return Components({endpoint: tuple(components) for endpoint, components in found.items()}, fault)


def read_types(sagemaker: SageMakerClient, descriptions: Iterable[Description]) -> dict[str, Types]:
    """The instance types of each configuration that has any, which may be that of many endpoints, by its name."""
    having_some = (each for each in descriptions if _has_types((*each.variants, *each.shadows)))
    names = list(dict.fromkeys(each.config_name for each in having_some))
    return dict(zip(names, in_parallel(lambda name: _types(sagemaker, name), names), strict=True))


def _has_types(variants: Iterable[Variant]) -> bool:
    """Whether some have instances whose type their configuration alone tells."""
    return any(not variant.serverless and not variant.pools for variant in variants)


def _types(sagemaker: SageMakerClient, config_name: str) -> Types:
    try:
        answer: Mapping[str, Any] = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)
        production = part_of(answer, "ProductionVariants", of="DescribeEndpointConfig")
    except REFUSALS as error:
        return {}, explain(error)
    variants = [*production, *answer.get("ShadowProductionVariants", ())]
    return {each["VariantName"]: each["InstanceType"] for each in variants if "InstanceType" in each}, ""


def answered_at(answer: Mapping[str, Any]) -> datetime | None:
    """When AWS answered, by its own clock, to the second; None where it does not say."""
    written = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(written) if written else None
