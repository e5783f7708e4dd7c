from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_scaling._checks import refuse, unresolved, within
from sagemaker_capacity_plan import CapacityPlan, ServerlessScaling

from ._container_image import ContainerImage
from ._endpoint import NAME, Endpoint, endpoint_name_faults, live_endpoint, named
from ._existing import ExistingEndpoint, name_of
from ._metrics_config import MetricsConfig
from ._model import BoundContainer, Container, Models
from ._model_data import ModelData
from ._network import Network
from ._variants import ServerlessVariant

_MEMORY_MB = range(1024, 6144 + 1, 1024)
_MOST_CONCURRENT = 200
ALL_TRAFFIC = "AllTraffic"
_Config = sagemaker.CfnEndpointConfig


class ServerlessEndpoint(Endpoint[ServerlessVariant]):
    """A SageMaker serverless endpoint: one variant that is billed while it runs, and scales by itself.

    SageMaker gives serverless endpoints no VPC, no network isolation, no data capture and no GPU.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        image: ContainerImage,
        memory_mb: int,
        max_concurrency: int,
        provisioned_concurrency: int | None = None,
        model_data: ModelData | None = None,
        environment: Mapping[str, str] | None = None,
        variant_name: str = ALL_TRAFFIC,
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """Define the model, the configuration and the endpoint.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            image: the container's image.
            memory_mb: 1024 to 6144 in steps of 1024; vCPUs come in proportion.
            max_concurrency: how many requests are served at once, 1 to 200.
            provisioned_concurrency: how many are kept warm from the first deploy on, at most `max_concurrency`;
                later updates keep what scaling has reached.
            model_data: the model's archive, where the image does not hold the model.
            environment: the container's environment variables.
            variant_name: the name of its one variant.
            endpoint_name: a fixed name; by default CloudFormation makes one.
            role: what the container may do; by default what it needs and nothing else.

        Raises:
            ValueError: what is given breaks a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id)
        container = Container(image=image, model_data=model_data, environment=environment)
        faults = container.faults() + endpoint_name_faults(endpoint_name)
        faults += _serverless_faults(memory_mb, max_concurrency, provisioned_concurrency)
        if not (unresolved(variant_name) or NAME.fullmatch(variant_name)):
            faults.append(f"variant_name has 1 to 63 letters, digits and inner hyphens, got {variant_name!r}")
        refuse(faults, "ServerlessEndpoint")
        bound = BoundContainer.of(Construct(self, "Variant"), container)
        models = Models(self, [bound], role=role, network=Network(self))
        self.role = models.role
        config = _Config(
            self,
            "Config",
            production_variants=[
                _Config.ProductionVariantProperty(
                    variant_name=variant_name,
                    model_name=models.make(bound).attr_model_name,
                    initial_variant_weight=1,
                    serverless_config=_Config.ServerlessConfigProperty(
                        memory_size_in_mb=memory_mb,
                        max_concurrency=max_concurrency,
                        provisioned_concurrency=provisioned_concurrency,
                    ),
                )
            ],
            metrics_config=MetricsConfig().render(),
        )
        endpoint = live_endpoint(self, config, endpoint_name=endpoint_name)
        name, after = named(endpoint, endpoint_name)
        variant = ServerlessVariant(name, variant_name, max_concurrency, provisioned_concurrency, after)
        self._take(name, endpoint.ref, [variant])
        self.variant = variant

    @classmethod
    def from_plan(
        cls,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        plan: CapacityPlan,
        image: ContainerImage,
        model_data: ModelData | None = None,
        environment: Mapping[str, str] | None = None,
        variant_name: str = ALL_TRAFFIC,
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
    ) -> ServerlessEndpoint:
        """The endpoint with a plan's memory and concurrency; see `ProvisionedConcurrencyScaling.from_plan`, too.

        Raises:
            ValueError: the plan is for another kind of endpoint.
        """
        numbers = plan.scaling
        if not isinstance(numbers, ServerlessScaling):
            raise ValueError(  # noqa: TRY004 - its type is right, its kind is not
                f"a serverless endpoint takes a plan of kind serverless, got one of kind {numbers.KIND}"
            )
        return cls(
            scope,
            id,
            image=image,
            memory_mb=numbers.memory_mb,
            max_concurrency=numbers.max_concurrency,
            provisioned_concurrency=numbers.provisioned.initial_concurrency if numbers.provisioned else None,
            model_data=model_data,
            environment=environment,
            variant_name=variant_name,
            endpoint_name=endpoint_name,
            role=role,
        )

    @staticmethod
    def from_endpoint_name(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint_name: str,
        *,
        variant_name: str = ALL_TRAFFIC,
        max_concurrency: int | None = None,
    ) -> Endpoint[ServerlessVariant]:
        """A serverless endpoint that exists already, to be scaled, watched and measured."""
        return _existing(scope, id, endpoint_name, variant_name, max_concurrency)

    @staticmethod
    def from_endpoint(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint: sagemaker.IEndpoint,
        *,
        variant_name: str = ALL_TRAFFIC,
        max_concurrency: int | None = None,
    ) -> Endpoint[ServerlessVariant]:
        """The same of an endpoint that another construct defines or imports."""
        return _existing(scope, id, endpoint, variant_name, max_concurrency)


def _existing(
    scope: Construct,
    id: str,  # noqa: A002
    endpoint: str | sagemaker.IEndpoint,
    variant_name: str,
    max_concurrency: int | None,
) -> Endpoint[ServerlessVariant]:
    variant = ServerlessVariant(name_of(endpoint), variant_name, max_concurrency)
    return ExistingEndpoint(scope, id, endpoint=endpoint, variants=[variant])


def _serverless_faults(memory_mb: int, max_concurrency: int, provisioned_concurrency: int | None) -> list[str]:
    faults = within("max_concurrency", max_concurrency, 1, _MOST_CONCURRENT)
    faults += within("provisioned_concurrency", provisioned_concurrency, 1, _MOST_CONCURRENT)
    if not unresolved(memory_mb) and memory_mb not in _MEMORY_MB:
        sizes = ", ".join(map(str, _MEMORY_MB))
        faults.append(f"memory_mb must be one of {sizes}, got {memory_mb}")
    known = not (unresolved(max_concurrency) or unresolved(provisioned_concurrency))
    if known and provisioned_concurrency is not None and provisioned_concurrency > max_concurrency:
        faults.append(
            f"provisioned_concurrency must not be above max_concurrency, got {provisioned_concurrency} "
            f"and {max_concurrency}: raise max_concurrency"
        )
    return faults
