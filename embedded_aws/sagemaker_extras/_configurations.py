"""Models and endpoint configurations: nothing given is dropped, nothing that exists is made again."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

from embedded_aws.model_constraints import within_limits
from embedded_aws.sagemaker_extras import _variants

_moto_create_model = SageMakerResponse.create_model
_moto_create_endpoint_config = SageMakerResponse.create_endpoint_config
_moto_delete_endpoint_config = SageMakerModelBackend.delete_endpoint_config

# moto's description tells all attributes by their names, and these it does not have.
_KEPT_BY_US = {
    "CrossRegionTrafficConfig": "cross_region_traffic_config",
    "DataCaptureConfig": "data_capture_config",
    "EnableNetworkIsolation": "enable_network_isolation",
    "ExecutionRoleArn": "execution_role_arn",
    "ExplainerConfig": "explainer_config",
    "MetricsConfig": "metrics_config",
    "ShadowProductionVariants": "shadow_production_variants",
    "VpcConfig": "vpc_config",
}


def install() -> None:
    """Put these functions in place of moto's."""
    for response in (create_model, create_endpoint_config):
        setattr(SageMakerResponse, response.__name__, within_limits(response))
    for change in (delete_endpoint_config, validate_production_variants):
        setattr(SageMakerModelBackend, change.__name__, change)
    setattr(FakeEndpointConfig, "validate_production_variants", validate_production_variants)  # noqa: B010 - mypy


def create_model(self: SageMakerResponse) -> ActionResult:
    """CreateModel: moto replaces a model of the same name, forgets two parameters and tells a third not given."""
    name, backend = self.params["ModelName"], self.sagemaker_backend
    if name in backend._models:  # noqa: SLF001 - moto has no way to ask
        arn = arn_formatter("model", name, backend.account_id, backend.region_name)
        raise ValidationError(f'Cannot create already existing model "{arn}".')
    created = _moto_create_model(self)
    model = backend.describe_model(name)
    model.primary_container = self.params.get("PrimaryContainer")
    model.enable_network_isolation = self.params.get("EnableNetworkIsolation", False)
    setattr(model, "inference_execution_config", self.params.get("InferenceExecutionConfig"))  # noqa: B010 - moto lacks it
    return created


def create_endpoint_config(self: SageMakerResponse) -> ActionResult:
    """CreateEndpointConfig: moto replaces one of the same name, checks little and drops most parameters."""
    asked, backend = self.params, self.sagemaker_backend
    name = asked["EndpointConfigName"]
    if name in backend.endpoint_configs:
        arn = FakeEndpointConfig.arn_formatter(name, backend.account_id, backend.region_name)
        raise ValidationError(f'Cannot create already existing endpoint configuration "{arn}".')
    _variants.check(asked)
    for variant in _variants.all_variants(asked):
        _see_models(backend, variant)
        variant.setdefault("InitialVariantWeight", 1.0)
    created = _moto_create_endpoint_config(self)
    for parameter, attribute in _KEPT_BY_US.items():
        setattr(backend.endpoint_configs[name], attribute, asked.get(parameter))
    return created


def _see_models(backend: SageMakerModelBackend, variant: dict[str, Any]) -> None:
    """See that the models of a variant exist; one for inference components has none."""
    models = [
        variant.get("ModelName"),
        *(pool.get("ModelNameOverride") for pool in variant.get("InstancePools", [])),
    ]
    for model in filter(None, models):
        backend.describe_model(model)


def validate_production_variants(_: object, production_variants: list[dict[str, Any]]) -> None:
    """Nothing is left to check: moto knows instance types of some years ago, and wants a model in each variant."""
    del production_variants


def delete_endpoint_config(self: SageMakerModelBackend, endpoint_config_name: str) -> None:
    """Refuse to delete a configuration in use (stricter than AWS, see the package)."""
    users = [
        name
        for name, endpoint in self.endpoints.items()
        if endpoint.endpoint_config_name == endpoint_config_name and endpoint_config_name in self.endpoint_configs
    ]
    if users:
        arn = FakeEndpointConfig.arn_formatter(endpoint_config_name, self.account_id, self.region_name)
        raise ValidationError(f'Cannot delete endpoint configuration "{arn}": used by {", ".join(users)}.')
    _moto_delete_endpoint_config(self, endpoint_config_name)
