"""Models and endpoint configurations: nothing given is dropped, nothing that exists is made again."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemaker.utils import arn_formatter

_moto_create_model = SageMakerResponse.create_model
_moto_create_endpoint_config = SageMakerResponse.create_endpoint_config
_moto_delete_endpoint_config = SageMakerModelBackend.delete_endpoint_config

_KEPT_BY_MOTO = {
    "EndpointConfigName",
    "ProductionVariants",
    "AsyncInferenceConfig",
    "KmsKeyId",
    "Tags",
}
_KEPT_BY_US = {
    "DataCaptureConfig": "data_capture_config",
    "ExecutionRoleArn": "execution_role_arn",
    "VpcConfig": "vpc_config",
    "EnableNetworkIsolation": "enable_network_isolation",
    "MetricsConfig": "metrics_config",
}


def install() -> None:
    """Put these functions in place of moto's."""
    for response in (create_model, create_endpoint_config):
        setattr(SageMakerResponse, response.__name__, response)
    for change in (delete_endpoint_config, validate_production_variants):
        setattr(SageMakerModelBackend, change.__name__, change)
    setattr(FakeEndpointConfig, "validate_instance_type", validate_instance_type)  # noqa: B010 - mypy refuses it


def create_model(self: SageMakerResponse) -> ActionResult:
    """CreateModel: moto replaces a model of the same name, and forgets the two parameters here."""
    name, backend = self.params["ModelName"], self.sagemaker_backend
    if "InferenceExecutionConfig" in self.params:
        raise ValidationError("CreateModel's InferenceExecutionConfig is not emulated")
    if name in backend._models:  # noqa: SLF001 - moto has no way to ask
        arn = arn_formatter("model", name, backend.account_id, backend.region_name)
        raise ValidationError(f'Cannot create already existing model "{arn}".')
    created = _moto_create_model(self)
    backend.describe_model(name).enable_network_isolation = self.params.get("EnableNetworkIsolation", False)
    return created


def create_endpoint_config(self: SageMakerResponse) -> ActionResult:
    """CreateEndpointConfig: moto replaces one of the same name, and drops seven parameters without a word."""
    asked, backend = self.params, self.sagemaker_backend
    name = asked["EndpointConfigName"]
    others = sorted(set(asked) - _KEPT_BY_MOTO - set(_KEPT_BY_US))
    if others:
        raise ValidationError(f"CreateEndpointConfig's {', '.join(others)} is not emulated")
    if name in backend.endpoint_configs:
        arn = FakeEndpointConfig.arn_formatter(name, backend.account_id, backend.region_name)
        raise ValidationError(f'Cannot create already existing endpoint configuration "{arn}".')
    _check_variants(asked)
    for variant in asked["ProductionVariants"]:
        variant.setdefault("InitialVariantWeight", 1.0)
    created = _moto_create_endpoint_config(self)
    for parameter, attribute in _KEPT_BY_US.items():
        setattr(backend.endpoint_configs[name], attribute, asked.get(parameter))
    return created


def _check_variants(asked: dict[str, Any]) -> None:
    variants = asked["ProductionVariants"]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise ValidationError(f"The variants of a configuration have unique names, got {', '.join(names)}.")
    for variant in variants:
        if "ModelName" not in variant and "ExecutionRoleArn" not in asked:
            raise ValidationError(
                f"The variant {variant['VariantName']} has no ModelName: "
                "without one (for inference components) the configuration needs an ExecutionRoleArn."
            )
        counted = {"InitialInstanceCount", "ServerlessConfig", "ManagedInstanceScaling"}
        if not counted & set(variant):
            raise ValidationError(
                f"The variant {variant['VariantName']} needs one of {', '.join(sorted(counted))}."
            )


def validate_production_variants(self: SageMakerModelBackend, production_variants: list[dict[str, Any]]) -> None:
    """See that the models exist; moto fails on a variant without one, which takes inference components."""
    for variant in production_variants:
        if "ModelName" in variant:
            self.describe_model(variant["ModelName"])


def validate_instance_type(_: FakeEndpointConfig, instance_type: str) -> None:
    """Take every ml. type; moto has a list of some years ago, without ml.g5."""
    if not instance_type.startswith("ml."):
        raise ValidationError(
            f"Value '{instance_type}' at 'instanceType' is no SageMaker type: they begin with ml."
        )


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
