"""SageMaker's inference components, which moto lacks: made, listed, resized and deleted, in service at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from embedded_aws import deployment_guardrails
from embedded_aws.inference_component_specification import specified, told
from embedded_aws.model_constraints import within_limits
from embedded_aws.paging import UnknownToken, page

_PAGE = 10
_STATUS = "InService"


@dataclass(frozen=True)
class InferenceComponent:
    """A model on a share of a variant's instances, in a number of copies."""

    name: str
    arn: str
    endpoint: FakeEndpoint
    variant_name: str
    specification: dict[str, Any]
    copies: int
    created: datetime
    modified: datetime
    tags: list[dict[str, str]] = field(default_factory=list)
    deployment: dict[str, Any] | None = None

    def summary(self) -> dict[str, Any]:
        """A row of ListInferenceComponents."""
        return {
            "InferenceComponentName": self.name,
            "InferenceComponentArn": self.arn,
            "EndpointName": self.endpoint.endpoint_name,
            "EndpointArn": self.endpoint.arn,
            "VariantName": self.variant_name,
            "InferenceComponentStatus": _STATUS,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }

    def description(self) -> dict[str, Any]:
        """What DescribeInferenceComponent tells."""
        copies = {"DesiredCopyCount": self.copies, "CurrentCopyCount": self.copies}
        last = {"LastDeploymentConfig": self.deployment} if self.deployment else {}
        return {**self.summary(), **told(self.specification), "RuntimeConfig": copies, **last}


def components_of(backend: SageMakerModelBackend) -> dict[str, InferenceComponent]:
    """The components by name. They hang on moto's backend, so that its reset forgets them too."""
    return cast("dict[str, InferenceComponent]", vars(backend).setdefault("inference_components", {}))


def find_component(backend: SageMakerModelBackend, name: str) -> InferenceComponent:
    """A component by name.

    Raises:
        ValidationError: there is none.
    """
    found = components_of(backend).get(name)
    if found is None:
        arn = arn_formatter("inference-component", name, backend.account_id, backend.region_name)
        raise ValidationError(f'Could not find inference component "{arn}".')
    return found


def set_copies(backend: SageMakerModelBackend, name: str, copies: int) -> InferenceComponent:
    """Run so many copies of a component."""
    component = replace(find_component(backend, name), copies=copies, modified=utcnow())
    components_of(backend)[name] = component
    return component


def install() -> None:
    """Give moto's SageMaker the operations; it finds an operation by its name among the methods."""
    for operation in (
        create_inference_component,
        describe_inference_component,
        list_inference_components,
        update_inference_component,
        update_inference_component_runtime_config,
        delete_inference_component,
    ):
        setattr(SageMakerResponse, operation.__name__, within_limits(operation))


def create_inference_component(self: SageMakerResponse) -> ActionResult:
    """CreateInferenceComponent."""
    asked, backend = self.params, self.sagemaker_backend
    name = asked["InferenceComponentName"]
    arn = arn_formatter("inference-component", name, backend.account_id, backend.region_name)
    if name in components_of(backend):
        raise ValidationError(f'Cannot create already existing inference component "{arn}".')
    if base := asked.get("Specification", {}).get("BaseInferenceComponentName"):
        find_component(backend, base)
    endpoint = backend.endpoints.get(asked["EndpointName"])
    if endpoint is None:
        missing = FakeEndpoint.arn_formatter(asked["EndpointName"], backend.account_id, backend.region_name)
        raise ValidationError(f'Could not find endpoint "{missing}".')
    variant_name = _variant(endpoint, asked)
    copies = asked.get("RuntimeConfig", {}).get("CopyCount", 1)
    if copies < 1:  # scaling alone goes to zero
        raise ValidationError(f"An inference component begins with a CopyCount of 1 at least, got {copies}.")
    now = utcnow()
    components_of(backend)[name] = InferenceComponent(
        name=name,
        arn=arn,
        endpoint=endpoint,
        variant_name=variant_name,
        specification=specified(backend, asked),
        copies=copies,
        created=now,
        modified=now,
        tags=asked.get("Tags", []),
    )
    return ActionResult({"InferenceComponentArn": arn})


def describe_inference_component(self: SageMakerResponse) -> ActionResult:
    """DescribeInferenceComponent."""
    component = find_component(self.sagemaker_backend, self.params["InferenceComponentName"])
    return ActionResult(component.description())


def list_inference_components(self: SageMakerResponse) -> ActionResult:
    """ListInferenceComponents, ten to a page unless asked otherwise, the newest first as SageMaker does."""
    asked = self.params
    found = [each.summary() for each in components_of(self.sagemaker_backend).values()]
    found = [row for row in found if _fits(row, asked)]
    key = {"Name": "InferenceComponentName", "Status": "InferenceComponentStatus"}.get(
        asked.get("SortBy", ""), "CreationTime"
    )
    found.sort(key=lambda row: row[key], reverse=asked.get("SortOrder", "Descending") == "Descending")
    question = {name: value for name, value in asked.items() if name != "NextToken"}
    try:
        rows, token = page(found, asked.get("MaxResults", _PAGE), asked.get("NextToken"), question)
    except UnknownToken as error:
        raise ValidationError(str(error)) from error
    return ActionResult({"InferenceComponents": rows, **({"NextToken": token} if token else {})})


def update_inference_component(self: SageMakerResponse) -> ActionResult:
    """UpdateInferenceComponent: what is given of it changes at once, however its DeploymentConfig would have it."""
    asked, backend = self.params, self.sagemaker_backend
    component = find_component(backend, asked["InferenceComponentName"])
    deployment = asked.get("DeploymentConfig", {})
    deployment_guardrails.check(backend, deployment, {component.name: component.copies} if component.copies else {})
    if base := asked.get("Specification", {}).get("BaseInferenceComponentName"):
        find_component(backend, base)
    changes: dict[str, Any] = {"modified": utcnow(), "deployment": deployment or None}
    if "Specification" in asked or "Specifications" in asked:
        changes["specification"] = specified(backend, asked)
    if "RuntimeConfig" in asked:
        changes["copies"] = asked["RuntimeConfig"]["CopyCount"]
    components_of(backend)[component.name] = replace(component, **changes)
    return ActionResult({"InferenceComponentArn": component.arn})


def update_inference_component_runtime_config(self: SageMakerResponse) -> ActionResult:
    """UpdateInferenceComponentRuntimeConfig: the number of copies."""
    name, copies = self.params["InferenceComponentName"], self.params["DesiredRuntimeConfig"]["CopyCount"]
    return ActionResult({"InferenceComponentArn": set_copies(self.sagemaker_backend, name, copies).arn})


def delete_inference_component(self: SageMakerResponse) -> EmptyResult:
    """DeleteInferenceComponent."""
    component = find_component(self.sagemaker_backend, self.params["InferenceComponentName"])
    del components_of(self.sagemaker_backend)[component.name]
    return EmptyResult()


def _variant(endpoint: FakeEndpoint, asked: dict[str, Any]) -> str:
    """The name of the variant that a component is to run on."""
    variants = {variant["VariantName"]: variant for variant in endpoint.production_variants}
    name: str = asked.get("VariantName", next(iter(variants)))
    if name not in variants:
        raise ValidationError(f"The endpoint {endpoint.endpoint_name} has no variant {name}.")
    if "DeployedImages" in variants[name]:
        raise ValidationError(
            f"Inference components are not supported in this endpoint: its variant {name} has a model of its own."
        )
    return name


def _fits(row: dict[str, Any], asked: dict[str, Any]) -> bool:
    name, created, modified = row["InferenceComponentName"], row["CreationTime"], row["LastModifiedTime"]
    return (
        asked.get("NameContains", "") in name
        and asked.get("StatusEquals", _STATUS) == _STATUS
        and asked.get("EndpointNameEquals", row["EndpointName"]) == row["EndpointName"]
        and asked.get("VariantNameEquals", row["VariantName"]) == row["VariantName"]
        and asked.get("CreationTimeAfter", datetime.min) < created < asked.get("CreationTimeBefore", datetime.max)  # noqa: DTZ901 - moto's are naive
        and asked.get("LastModifiedTimeAfter", datetime.min)  # noqa: DTZ901
        < modified
        < asked.get("LastModifiedTimeBefore", datetime.max)  # noqa: DTZ901
    )
