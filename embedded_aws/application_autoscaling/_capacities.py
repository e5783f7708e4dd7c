"""What is scaled: one class a scalable dimension, each knowing where its capacity stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

from embedded_aws.application_autoscaling._registry import TargetKey, invalid
from embedded_aws.inference_components import find_component, set_copies
from embedded_aws.wire import Caller

_VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
_COMPONENT = re.compile(r"inference-component/([^/]+)")
_BURSTABLE = re.compile(r"ml\.t\d")  # and not ml.trn1, which is Trainium


class Capacity(Protocol):
    """A number that scaling moves."""

    @property
    def dimensions(self) -> dict[str, str]:
        """What names it in CloudWatch."""
        ...

    def now(self) -> int:
        """The present number."""
        ...

    def set(self, number: int) -> None:
        """Move it."""
        ...


@dataclass(frozen=True)
class _Variant:
    backend: SageMakerModelBackend
    endpoint_name: str
    name: str

    @property
    def dimensions(self) -> dict[str, str]:
        return {"EndpointName": self.endpoint_name, "VariantName": self.name}

    @property
    def summary(self) -> dict[str, Any]:
        """The variant as DescribeEndpoint tells it."""
        endpoint = self.backend.endpoints.get(self.endpoint_name)
        if endpoint is None:
            raise invalid(f"Could not find endpoint {self.endpoint_name}: a scalable target needs one")
        found = {each["VariantName"]: each for each in endpoint.production_variants}
        if self.name not in found:
            raise invalid(
                f"The endpoint {self.endpoint_name} has no variant {self.name}; it has {', '.join(found)}"
            )
        return found[self.name]

    @property
    def instance_type(self) -> str:
        config = self.backend.endpoint_configs.get(self.backend.endpoints[self.endpoint_name].endpoint_config_name)
        variants = {each["VariantName"]: each for each in config.production_variants} if config else {}
        return str(variants.get(self.name, {}).get("InstanceType", ""))

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - parts of the API's shape
        self.backend.update_endpoint_weights_and_capacities(
            self.endpoint_name, [{"VariantName": self.name, **changes}]
        )


class InstanceCount(_Variant):
    """A variant's number of instances."""

    def now(self) -> int:
        """The number of instances that SageMaker aims at."""
        if "DesiredInstanceCount" not in self.summary:
            raise invalid(f"The variant {self.name} of {self.endpoint_name} has no instances to scale")
        if _BURSTABLE.match(self.instance_type):
            raise invalid(f"{self.instance_type} is burstable and cannot be scaled: take another type")
        return int(self.summary["DesiredInstanceCount"])

    def set(self, number: int) -> None:
        """Run so many instances."""
        self.change(DesiredInstanceCount=number)


class ProvisionedConcurrency(_Variant):
    """A serverless variant's provisioned concurrency."""

    def now(self) -> int:
        """The provisioned concurrency."""
        serverless = self.summary.get("DesiredServerlessConfig", {})
        if "ProvisionedConcurrency" not in serverless:
            raise invalid(
                f"The variant {self.name} of {self.endpoint_name} has no provisioned concurrency to scale"
            )
        return int(serverless["ProvisionedConcurrency"])

    def set(self, number: int) -> None:
        """Provision so much."""
        self.change(ServerlessUpdateConfig={"ProvisionedConcurrency": number})


@dataclass(frozen=True)
class CopyCount:
    """An inference component's number of copies."""

    backend: SageMakerModelBackend
    name: str

    @property
    def dimensions(self) -> dict[str, str]:
        """What names the component in CloudWatch."""
        return {"InferenceComponentName": self.name}

    def now(self) -> int:
        """The number of copies."""
        try:
            return find_component(self.backend, self.name).copies
        except ValidationError as error:
            raise invalid(f"{error}: a scalable target needs one") from error

    def set(self, number: int) -> None:
        """Run so many copies."""
        set_copies(self.backend, self.name, number)


def capacity_of(caller: Caller, key: TargetKey) -> Capacity:
    """What a target's names stand for.

    Raises:
        ServiceError: a dimension that is not SageMaker's, or a resource id of another form.
    """
    backend = sagemaker_backends[caller.account][caller.region]
    match key.dimension:
        case "sagemaker:variant:DesiredInstanceCount":
            return InstanceCount(backend, *_parts(_VARIANT, key, "endpoint/NAME/variant/NAME"))
        case "sagemaker:variant:DesiredProvisionedConcurrency":
            return ProvisionedConcurrency(backend, *_parts(_VARIANT, key, "endpoint/NAME/variant/NAME"))
        case "sagemaker:inference-component:DesiredCopyCount":
            return CopyCount(backend, *_parts(_COMPONENT, key, "inference-component/NAME"))
    raise invalid("Unsupported service namespace, resource type or scalable dimension")


def _parts(form: re.Pattern[str], key: TargetKey, told: str) -> tuple[str, ...]:
    found = form.fullmatch(key.resource_id)
    if not found:
        raise invalid(f"The resource id of {key.dimension} has the form {told}, got {key.resource_id!r}")
    return found.groups()
