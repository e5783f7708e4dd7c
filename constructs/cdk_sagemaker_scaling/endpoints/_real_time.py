from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_scaling._checks import of_part, refuse, repeated

from ._data_capture import DataCapture
from ._deployment import Deployment
from ._endpoint import Endpoint, WeightsOwner
from ._existing import ExistingEndpoint, name_of
from ._hosting import HostedEndpoint, Settings
from ._metrics_config import MetricsConfig
from ._model import BoundContainer
from ._variant import Variant
from ._variants import EndpointVariant

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

_MAX_VARIANTS = 10  # CreateEndpointConfig's limit of production variants.
_OWN_IDS = ("Config", "ExecutionRole", "Resource", "SecurityGroup")


class RealTimeEndpoint(HostedEndpoint[EndpointVariant]):
    """A SageMaker real-time endpoint of one to ten variants, or of one and its shadow.

    An update keeps the number of instances that scaling has reached (SageMaker's default is to fall back to
    the initial count).

    Attributes:
        weights_owner: who says how the traffic is shared once the endpoint is live.
        production_variants: the names of those that share it, in their order.
    """

    weights_owner: WeightsOwner
    production_variants: Sequence[str]

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        variants: Sequence[Variant],
        shadow_variant: Variant | None = None,
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
        weights_owner: WeightsOwner = WeightsOwner.TEMPLATE,
        deployment: Deployment | None = None,
        data_capture: DataCapture | None = None,
        encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        network_isolation: bool = False,
        metrics_config: MetricsConfig | None = None,
    ) -> None:
        """Define the models, the configuration and the endpoint.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            variants: one to ten, their names unique; exactly one beside a shadow variant.
            shadow_variant: gets copies of the production variant's requests, and its answers reach nobody.
            endpoint_name: a fixed name; by default CloudFormation makes one.
            role: what the containers may do; by default a role that reads exactly the given images and model
                archives, and writes its logs and metrics.
            weights_owner: whether a deploy sets the weights of the template, or leaves them as they are live.
            deployment: how an update reaches the endpoint; by default SageMaker's, all at once.
            data_capture: keeps requests and answers in a bucket; by default nothing is kept.
            encryption_key: encrypts the instances' volumes; by default a key that AWS manages.
            vpc: where the containers run; by default in SageMaker's own network.
            vpc_subnets: which subnets; by default the private ones.
            security_groups: what they let in and out; by default a group that lets nothing in.
            network_isolation: whether the containers are cut off from every network.
            metrics_config: how often and in what detail metrics are published; by default once a minute,
                without detailed observability.

        Raises:
            ValueError: what is given breaks a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id, vpc=vpc)
        every = [*variants, *([shadow_variant] if shadow_variant else [])]
        settings = Settings(
            endpoint_name=endpoint_name,
            role=role,
            weights_owner=weights_owner,
            deployment=deployment,
            data_capture=data_capture,
            encryption_key=encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            network_isolation=network_isolation,
            metrics_config=metrics_config,
        )
        refuse(_faults(variants, every) + settings.faults((v.name, v) for v in every), "RealTimeEndpoint")
        bound = {v.name: BoundContainer.of(Construct(self, v.name), v) for v in every}
        models = self._host(settings, list(bound.values()))

        def rendered(variant: Variant) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
            model = models.make(bound[variant.name])
            return variant.render(
                variant.name, model_name=model.attr_model_name, initial_variant_weight=variant.weight
            )

        name, after = self._go_live(
            settings,
            production_variants=[rendered(variant) for variant in variants],
            shadow_production_variants=[rendered(shadow_variant)] if shadow_variant else None,
        )
        published = settings.metrics.publish_frequency_seconds
        self._take(
            name,
            self._live.ref,
            (EndpointVariant(name, v.name, v.instance_type, published, after) for v in every),
        )
        self.weights_owner = weights_owner
        self.production_variants = [variant.name for variant in variants]

    @staticmethod
    def from_endpoint_name(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint_name: str,
        *,
        instance_types: Mapping[str, str],
        publish_frequency_seconds: int = 60,
    ) -> Endpoint[EndpointVariant]:
        """An endpoint of this account and region that exists already, to be scaled, watched and measured.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoint_name: its name.
            instance_types: the instance type of each of its variants, by the variant's name.
            publish_frequency_seconds: how often its utilisation is published.
        """
        return _existing(scope, id, endpoint_name, instance_types, publish_frequency_seconds)

    @staticmethod
    def from_endpoint(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint: sagemaker.IEndpoint,
        *,
        instance_types: Mapping[str, str],
        publish_frequency_seconds: int = 60,
    ) -> Endpoint[EndpointVariant]:
        """The same of an endpoint that another construct defines or imports; see `from_endpoint_name`."""
        return _existing(scope, id, endpoint, instance_types, publish_frequency_seconds)


def _existing(
    scope: Construct,
    id: str,  # noqa: A002
    endpoint: str | sagemaker.IEndpoint,
    instance_types: Mapping[str, str],
    publish_frequency_seconds: int,
) -> Endpoint[EndpointVariant]:
    if not instance_types:
        raise ValueError("instance_types names the type of each variant, {'AllTraffic': 'ml.c5.large'}, got none")
    name = name_of(endpoint)
    variants = [EndpointVariant(name, v, type_, publish_frequency_seconds) for v, type_ in instance_types.items()]
    return ExistingEndpoint(scope, id, endpoint=endpoint, variants=variants)


def _faults(variants: Sequence[Variant], every: Sequence[Variant]) -> list[str]:
    faults: list[str] = []
    if not 1 <= len(variants) <= _MAX_VARIANTS:
        faults.append(f"an endpoint has 1 to {_MAX_VARIANTS} variants, got {len(variants)}")
    elif len(every) > len(variants) > 1:
        faults.append(f"beside a shadow variant there is exactly one production variant, got {len(variants)}")
    faults += repeated("variants", [variant.name for variant in every])
    for variant in every:
        found = variant.faults()
        if variant.name in _OWN_IDS:
            found.append("the endpoint's own parts are called so: choose another name")
        if variant.managed_instance_scaling and variant.managed_instance_scaling.min_instance_count == 0:
            found.append("a variant of its own model keeps an instance: zero takes inference components")
        faults += of_part(f"variant {variant.name!r}", found)
    return faults
