from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_scaling._checks import at_least, ordered, unresolved, within

from ._endpoint import NAME
from ._model import Container

_Config = sagemaker.CfnEndpointConfig
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
# Types with local NVMe storage, which their hardware encrypts: SageMaker refuses a KMS key for them.
_LOCAL_STORAGE = re.compile(r"ml\.([a-z]+\d+[a-z]*d[a-z]*|g[5-9][a-z]*|p[5-9][a-z0-9-]*|trn\d[a-z]*|i\d[a-z]*)\.")


class RoutingStrategy(StrEnum):
    """How SageMaker chooses the instance for a request."""

    LEAST_OUTSTANDING_REQUESTS = "LEAST_OUTSTANDING_REQUESTS"
    RANDOM = "RANDOM"

    def render(self) -> sagemaker.CfnEndpointConfig.RoutingConfigProperty:
        """The property of the variant."""
        return _Config.RoutingConfigProperty(routing_strategy=self.value)


class ScaleInStrategy(StrEnum):
    """How managed instance scaling gives instances back."""

    IDLE_RELEASE = "IDLE_RELEASE"
    """Instances that have no copies left."""
    CONSOLIDATION = "CONSOLIDATION"
    """Copies are moved together, so that instances become free."""


@dataclass(frozen=True, kw_only=True)
class ManagedInstanceScaling:
    """SageMaker adds and removes instances by the copies that inference components want."""

    min_instance_count: int
    max_instance_count: int
    scale_in_strategy: ScaleInStrategy | None = None
    scale_in_maximum_step_size: int | None = None
    scale_in_cooldown_minutes: int | None = None

    def faults(self) -> list[str]:
        """What SageMaker would refuse."""
        low, high = "min_instance_count", "max_instance_count"
        faults = at_least(low, self.min_instance_count, 0) + at_least(high, self.max_instance_count, 1)
        faults += ordered(low, self.min_instance_count, high, self.max_instance_count)
        faults += within("scale_in_maximum_step_size", self.scale_in_maximum_step_size, 1, 100)
        faults += within("scale_in_cooldown_minutes", self.scale_in_cooldown_minutes, 5, 1440)
        given = self.scale_in_maximum_step_size is not None or self.scale_in_cooldown_minutes is not None
        if given and self.scale_in_strategy is None:
            faults.append("scale_in_maximum_step_size and scale_in_cooldown_minutes need a scale_in_strategy")
        return [f"managed_instance_scaling: {fault}" for fault in faults]

    def render(self) -> sagemaker.CfnEndpointConfig.ManagedInstanceScalingProperty:
        """The property of the variant."""
        return _Config.ManagedInstanceScalingProperty(
            status="ENABLED",
            min_instance_count=self.min_instance_count,
            max_instance_count=self.max_instance_count,
            scale_in_policy=_Config.ScaleInPolicyProperty(
                strategy=self.scale_in_strategy.value,
                maximum_step_size=self.scale_in_maximum_step_size,
                cooldown_in_minutes=self.scale_in_cooldown_minutes,
            )
            if self.scale_in_strategy
            else None,
        )


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Instances of one type, as real-time, asynchronous and inference-component endpoints have them.

    Attributes:
        instance_type: such as ``ml.c5.large``.
        initial_instance_count: for the first deploy alone: from then on the count belongs to scaling.
        volume_size_gb: the size of each instance's volume, 1 to 512.
        inference_ami_version: the AMI of the instances, for another driver or CUDA version.
        container_startup_timeout_seconds: how long a container may take to answer its health check, 60 to 3600.
        model_data_download_timeout_seconds: how long the model archive may take to arrive, 60 to 3600.
        routing_strategy: how requests are shared between instances.
        managed_instance_scaling: lets SageMaker set the number of instances by inference components' copies.
    """

    instance_type: str
    initial_instance_count: int = 1
    volume_size_gb: int | None = None
    inference_ami_version: str | None = None
    container_startup_timeout_seconds: int | None = None
    model_data_download_timeout_seconds: int | None = None
    routing_strategy: RoutingStrategy | None = None
    managed_instance_scaling: ManagedInstanceScaling | None = None

    def faults(self) -> list[str]:
        """What SageMaker would refuse."""
        faults = at_least("initial_instance_count", self.initial_instance_count, 1)
        faults += within("volume_size_gb", self.volume_size_gb, 1, 512)
        for name in ("container_startup_timeout_seconds", "model_data_download_timeout_seconds"):
            faults += within(name, getattr(self, name), 60, 3600)
        if not (unresolved(self.instance_type) or _INSTANCE_TYPE.fullmatch(self.instance_type)):
            faults.append(f"instance_type looks like ml.c5.large, got {self.instance_type!r}")
        return faults + (self.managed_instance_scaling.faults() if self.managed_instance_scaling else [])

    def encryption_faults(self) -> list[str]:
        """Why the volume cannot have a key of one's own, if it cannot."""
        if unresolved(self.instance_type) or not _LOCAL_STORAGE.match(self.instance_type):
            return []
        return [
            (
                f"{self.instance_type} has local storage, which its hardware encrypts, and SageMaker refuses a key "
                "for it: leave encryption_key out, or take a type without local storage"
            )
        ]

    def render(self, name: str, **more: object) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
        """The property of the endpoint configuration."""
        scaling, routing = self.managed_instance_scaling, self.routing_strategy
        return _Config.ProductionVariantProperty(
            variant_name=name,
            instance_type=self.instance_type,
            initial_instance_count=self.initial_instance_count,
            volume_size_in_gb=self.volume_size_gb,
            inference_ami_version=self.inference_ami_version,
            container_startup_health_check_timeout_in_seconds=self.container_startup_timeout_seconds,
            model_data_download_timeout_in_seconds=self.model_data_download_timeout_seconds,
            routing_config=routing.render() if routing else None,
            managed_instance_scaling=scaling.render() if scaling else None,
            **more,  # type: ignore[arg-type]  # the variant's own properties
        )


@dataclass(frozen=True, kw_only=True)
class Variant(Fleet, Container):
    """One variant of a real-time endpoint: a container on a fleet, with its weight in the traffic.

    Attributes:
        name: 1 to 63 letters, digits and inner hyphens. An update keeps what scaling has reached by this name.
        image: the container's image.
        model_data: the model's archive, where the image does not hold the model.
        environment: the container's environment variables.
        weight: a share: a variant gets weight / (sum of all weights); of a shadow variant, the share of the
            production variant's requests that is copied to it, as their ratio.
    """

    name: str
    weight: float = 1.0

    def faults(self) -> list[str]:
        """What SageMaker would refuse."""
        faults = Container.faults(self) + Fleet.faults(self) + at_least("weight", self.weight, 0)
        if not NAME.fullmatch(self.name):
            faults.append("a variant's name has 1 to 63 letters, digits and hyphens, no hyphen at either end")
        return faults
