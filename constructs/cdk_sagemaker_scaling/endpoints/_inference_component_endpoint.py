from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from cdk_sagemaker_scaling._checks import of_part, refuse, unresolved

from ._data_capture import DataCapture
from ._deployment import Deployment
from ._endpoint import NAME, Endpoint
from ._existing import ExistingEndpoint
from ._hosting import HostedEndpoint, Settings
from ._metrics_config import MetricsConfig
from ._variant import Fleet
from ._variants import ComponentHost

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2


class InferenceComponentEndpoint(HostedEndpoint[ComponentHost]):
    """A real-time endpoint whose fleet carries inference components, each with copies of its own model.

    Give the fleet `managed_instance_scaling`, and SageMaker sets its size by the copies that the components want,
    down to none; scale the components themselves with `InferenceComponentScaling`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        fleet: Fleet,
        variant_name: str = "AllTraffic",
        endpoint_name: str | None = None,
        role: iam.IRole | None = None,
        deployment: Deployment | None = None,
        data_capture: DataCapture | None = None,
        encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        network_isolation: bool = False,
        metrics_config: MetricsConfig | None = None,
    ) -> None:
        """Define the configuration and the endpoint; components are constructs of their own beside it.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            fleet: the instances.
            variant_name: the name of its one variant.
            endpoint_name: a fixed name; by default CloudFormation makes one.
            role: what the containers may do; by default logs and metrics, and what each component adds.
            deployment: how an update reaches the endpoint; by default SageMaker's, all at once.
            data_capture: keeps requests and answers in a bucket; by default nothing is kept.
            encryption_key: encrypts the instances' volumes; by default a key that AWS manages.
            vpc: where the containers run; by default in SageMaker's own network.
            vpc_subnets: which subnets; by default the private ones.
            security_groups: what they let in and out; by default a group that lets nothing in.
            network_isolation: whether the containers are cut off from every network.
            metrics_config: how often and in what detail metrics are published.

        Raises:
            ValueError: what is given breaks a rule of SageMaker's; all faults at once.
        """
        super().__init__(scope, id, vpc=vpc)
        settings = Settings(
            endpoint_name=endpoint_name,
            role=role,
            deployment=deployment,
            data_capture=data_capture,
            encryption_key=encryption_key,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            network_isolation=network_isolation,
            metrics_config=metrics_config,
        )
        faults = of_part("fleet", fleet.faults()) + settings.faults([(variant_name, fleet)])
        if not (unresolved(variant_name) or NAME.fullmatch(variant_name)):
            faults.append(f"variant_name has 1 to 63 letters, digits and inner hyphens, got {variant_name!r}")
        refuse(faults, "InferenceComponentEndpoint")
        self._host(settings, [])
        self.given_role = role
        name, after = self._go_live(
            settings,
            production_variants=[fleet.render(variant_name, initial_variant_weight=1)],
            execution_role_arn=self.role.role_arn,
            vpc_config=self.network.of_config(),
            enable_network_isolation=self.network.isolated,
        )
        published = settings.metrics.publish_frequency_seconds
        self.variant = ComponentHost(name, variant_name, fleet.instance_type, published, after)
        self._take(name, self._live.ref, [self.variant])

    @staticmethod
    def from_endpoint_name(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint_name: str,
        *,
        variant_name: str = "AllTraffic",
        instance_type: str,
    ) -> Endpoint[ComponentHost]:
        """An endpoint that exists already, to be watched and measured; its components scale by their own names."""
        host = ComponentHost(endpoint_name, variant_name, instance_type)
        return ExistingEndpoint(scope, id, endpoint=endpoint_name, variants=[host])

    @staticmethod
    def from_endpoint(
        scope: Construct,
        id: str,  # noqa: A002
        endpoint: sagemaker.IEndpoint,
        *,
        variant_name: str = "AllTraffic",
        instance_type: str,
    ) -> Endpoint[ComponentHost]:
        """The same of an endpoint that another construct defines or imports."""
        host = ComponentHost(endpoint.endpoint_name, variant_name, instance_type)
        return ExistingEndpoint(scope, id, endpoint=endpoint, variants=[host])
