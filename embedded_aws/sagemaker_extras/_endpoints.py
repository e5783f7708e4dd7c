"""Endpoints: made once, updated to another configuration, scaled; and what scaling says to it."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpoint, FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from embedded_aws import deployment_guardrails
from embedded_aws.application_autoscaling import deregister_endpoint, scaled_variants
from embedded_aws.model_constraints import within_limits
from embedded_aws.sagemaker_extras._variants import provisioned_above_maximum

_moto_delete_endpoint = SageMakerResponse.delete_endpoint
_moto_update_weights = SageMakerResponse.update_endpoint_weights_and_capacities
_RETAINED = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}
# What an endpoint has from its configuration. moto's description tells all attributes by their names.
_FROM_CONFIGURATION = (
    "async_inference_config",
    "cross_region_traffic_config",
    "data_capture_config",
    "explainer_config",
    "metrics_config",
)
_TOLD_OF_A_VARIANT = (
    "AcceleratorPartitionLayouts",
    "CapacityReservationConfig",
    "ManagedInstanceScaling",
    "RoutingConfig",
)


def install() -> None:
    """Put these functions in place of moto's, and add UpdateEndpoint, which it lacks."""
    for operation in (create_endpoint, update_endpoint, delete_endpoint, _moto_update_weights):
        setattr(SageMakerResponse, operation.__name__, within_limits(operation))
    setattr(  # noqa: B010 - mypy refuses the assignment
        SageMakerModelBackend, "update_endpoint_weights_and_capacities", update_endpoint_weights_and_capacities
    )


def create_endpoint(self: SageMakerResponse) -> ActionResult:
    """CreateEndpoint: moto replaces one of the same name, and loses weights of 0, images and async settings."""
    asked, backend = self.params, self.sagemaker_backend
    name = asked["EndpointName"]
    if name in backend.endpoints:
        raise ValidationError(f'Cannot create already existing endpoint "{backend.endpoints[name].arn}".')
    config = _configuration(backend, asked["EndpointConfigName"])
    deployment_guardrails.check(backend, asked.get("DeploymentConfig", {}), fleets={})
    endpoint = FakeEndpoint(  # type: ignore[abstract] # moto makes them so too
        account_id=backend.account_id,
        region_name=backend.region_name,
        endpoint_name=name,
        endpoint_config_name=config.endpoint_config_name,
        production_variants=config.production_variants,
        data_capture_config=config.data_capture_config,
        tags=asked.get("Tags", []),
    )
    _deploy(backend, endpoint, config, retained={})
    setattr(endpoint, "last_deployment_config", asked.get("DeploymentConfig"))  # noqa: B010 - moto lacks it
    backend.endpoints[name] = endpoint
    return ActionResult({"EndpointArn": endpoint.arn})


def update_endpoint(self: SageMakerResponse) -> ActionResult:
    """UpdateEndpoint, which moto lacks: the same endpoint on another configuration, in service at once.

    With RetainAllVariantProperties a variant of the same name keeps its number of instances and its weight, and
    the endpoint its data capture, but for those that ExcludeRetainedVariantProperties names. With
    RetainDeploymentConfig, and none given, the last DeploymentConfig holds again.
    """
    asked, backend = self.params, self.sagemaker_backend
    endpoint = _endpoint(backend, asked["EndpointName"])
    config = _configuration(backend, asked["EndpointConfigName"])
    _refuse_if_scaled(backend, endpoint, config)
    last = getattr(endpoint, "last_deployment_config", None) if asked.get("RetainDeploymentConfig") else None
    deployment = asked.get("DeploymentConfig", last)
    deployment_guardrails.check(backend, deployment or {}, _fleets(endpoint))
    excluded = {each["VariantPropertyType"] for each in asked.get("ExcludeRetainedVariantProperties", [])}
    retained: dict[str, dict[str, Any]] = {}
    capture = endpoint.data_capture_config
    if asked.get("RetainAllVariantProperties"):
        kept = [key for name, keys in _RETAINED.items() if name not in excluded for key in keys]
        for variant in variants_of(endpoint):
            retained[variant["VariantName"]] = {key: variant[key] for key in kept if key in variant}
    _deploy(backend, endpoint, config, retained)
    if asked.get("RetainAllVariantProperties") and "DataCaptureConfig" not in excluded:
        endpoint.data_capture_config = capture
    setattr(endpoint, "last_deployment_config", deployment)  # noqa: B010 - moto lacks it
    return ActionResult({"EndpointArn": endpoint.arn})


def delete_endpoint(self: SageMakerResponse) -> EmptyResult:
    """DeleteEndpoint: AWS deregisters its variants from scaling; its inference components stay, to be deleted.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    """
    backend = self.sagemaker_backend
    endpoint = _endpoint(backend, self.params["EndpointName"])
    _moto_delete_endpoint(self)
    deregister_endpoint(backend.account_id, backend.region_name, endpoint.endpoint_name)
    return EmptyResult()


def variants_of(endpoint: FakeEndpoint) -> list[dict[str, Any]]:
    """An endpoint's variants, shadows and all, as DescribeEndpoint tells them."""
    return [*endpoint.production_variants, *(getattr(endpoint, "shadow_production_variants", None) or [])]


def update_endpoint_weights_and_capacities(
    self: SageMakerModelBackend, endpoint_name: str, desired_weights_and_capacities: list[dict[str, Any]]
) -> str:
    """UpdateEndpointWeightsAndCapacities: moto sets to nothing what is not given, and ignores serverless."""
    endpoint = _endpoint(self, endpoint_name)
    variants = {variant["VariantName"]: variant for variant in variants_of(endpoint)}
    names = [change["VariantName"] for change in desired_weights_and_capacities]
    for name in names:
        if names.count(name) > 1:
            raise ValidationError(f'The variant name "{name}" was non-unique within the request.')
        if name not in variants:
            raise ValidationError(
                f'The variant name(s) "{name}" is/are not present within endpoint configuration '
                f'"{endpoint.endpoint_config_name}".'
            )
    for change in desired_weights_and_capacities:
        _scale(variants[change["VariantName"]], change)
    endpoint.last_modified_time = utcnow()
    return endpoint.arn


def _fleets(endpoint: FakeEndpoint) -> dict[str, int]:
    """The instances of each variant; a serverless one has none."""
    counts = {each["VariantName"]: each.get("CurrentInstanceCount", 0) for each in variants_of(endpoint)}
    return {name: count for name, count in counts.items() if count}


def _scale(variant: dict[str, Any], change: dict[str, Any]) -> None:
    name = variant["VariantName"]
    if "DesiredInstanceCount" in change:
        if "CurrentServerlessConfig" in variant:
            raise ValidationError(f"The variant {name} is serverless: it has no instances.")
        variant["CurrentInstanceCount"] = variant["DesiredInstanceCount"] = change["DesiredInstanceCount"]
    if "DesiredWeight" in change:
        variant["CurrentWeight"] = variant["DesiredWeight"] = change["DesiredWeight"]
    if "ServerlessUpdateConfig" in change:
        if "CurrentServerlessConfig" not in variant:
            raise ValidationError(f"The variant {name} is not serverless.")
        updated = {**variant["CurrentServerlessConfig"], **change["ServerlessUpdateConfig"]}
        for fault in provisioned_above_maximum(name, updated):
            raise ValidationError(fault)
        variant["CurrentServerlessConfig"] = variant["DesiredServerlessConfig"] = updated


def _deploy(
    backend: SageMakerModelBackend,
    endpoint: FakeEndpoint,
    config: FakeEndpointConfig,
    retained: dict[str, dict[str, Any]],
) -> None:
    def deployed(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**_summary(backend, each), **retained.get(each["VariantName"], {})} for each in variants]

    endpoint.endpoint_config_name = config.endpoint_config_name
    endpoint.production_variants = deployed(config.production_variants)
    shadows = getattr(config, "shadow_production_variants", None)
    setattr(endpoint, "shadow_production_variants", deployed(shadows) if shadows else None)  # noqa: B010 - moto lacks it
    for attribute in _FROM_CONFIGURATION:
        setattr(endpoint, attribute, getattr(config, attribute, None))
    endpoint.last_modified_time = utcnow()


def _summary(backend: SageMakerModelBackend, variant: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"VariantName": variant["VariantName"]}
    told |= {name: variant[name] for name in _TOLD_OF_A_VARIANT if name in variant}
    if "ModelName" in variant:
        model = backend.describe_model(variant["ModelName"])
        containers = model.containers or [model.primary_container or {}]
        told["DeployedImages"] = [
            {"SpecifiedImage": each["Image"], "ResolvedImage": each["Image"], "ResolutionTime": utcnow()}
            for each in containers
            if "Image" in each
        ]
    managed = variant.get("ManagedInstanceScaling", {})
    quantities = {
        "InstanceCount": variant.get("InitialInstanceCount", managed.get("MinInstanceCount")),
        "ServerlessConfig": variant.get("ServerlessConfig"),
        "Weight": variant["InitialVariantWeight"],
    }
    for name, quantity in quantities.items():
        if quantity is not None:
            told[f"Current{name}"] = told[f"Desired{name}"] = quantity
    if pools := variant.get("InstancePools"):
        told["InstancePools"] = _filled(pools, told.get("CurrentInstanceCount", 0))
    return told


def _filled(pools: list[dict[str, Any]], instances: int) -> list[dict[str, Any]]:
    """The instances of each pool: all are of the first choice, since there is always enough of it here."""
    first, *others = sorted(pools, key=lambda pool: pool["Priority"])
    counts = [(first, instances), *((pool, 0) for pool in others)]
    return [{"InstanceType": pool["InstanceType"], "CurrentInstanceCount": count} for pool, count in counts]


def _refuse_if_scaled(backend: SageMakerModelBackend, endpoint: FakeEndpoint, config: FakeEndpointConfig) -> None:
    """AWS's rule: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html."""
    before = backend.endpoint_configs.get(endpoint.endpoint_config_name)
    old = {each["VariantName"]: each.get("InstanceType") for each in (before.production_variants if before else [])}
    new = {each["VariantName"]: each.get("InstanceType") for each in config.production_variants}
    scaled = scaled_variants(backend.account_id, backend.region_name, endpoint.endpoint_name)
    faults = sorted(name for name in scaled if name not in new or new[name] != old.get(name, new[name]))
    if faults:
        raise ValidationError(
            f"The variant(s) {', '.join(faults)} must be deregistered as scalable targets with Auto Scaling "
            "before they can be removed or have their instance type updated."
        )


def _endpoint(backend: SageMakerModelBackend, name: str) -> FakeEndpoint:
    if name not in backend.endpoints:
        arn = FakeEndpoint.arn_formatter(name, backend.account_id, backend.region_name)
        raise ValidationError(f'Could not find endpoint "{arn}".')
    return backend.endpoints[name]


def _configuration(backend: SageMakerModelBackend, name: str) -> FakeEndpointConfig:
    backend.describe_endpoint_config(name)  # refuses one that is not there
    return backend.endpoint_configs[name]
