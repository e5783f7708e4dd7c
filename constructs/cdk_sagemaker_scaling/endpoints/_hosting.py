"""What all endpoints on instances have in common: network, role, models, configuration, updates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IDependable

from cdk_sagemaker_scaling._checks import of_part, refuse

from ._data_capture import DataCapture
from ._deployment import AllAtOnceDeployment, Deployment
from ._endpoint import Endpoint, WeightsOwner, endpoint_name_faults, live_endpoint, named
from ._measured import Measured
from ._metrics_config import MetricsConfig
from ._model import BoundContainer, Models
from ._network import Network
from ._permissions import Permission
from ._variant import Fleet

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2

V = TypeVar("V", bound=Measured)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The props that endpoints on instances share, as their constructors document them."""

    endpoint_name: str | None
    role: iam.IRole | None
    deployment: Deployment | None
    data_capture: DataCapture | None
    encryption_key: kms.IKey | None
    vpc: ec2.IVpc | None
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup]
    network_isolation: bool
    metrics_config: MetricsConfig | None
    weights_owner: WeightsOwner = field(default=WeightsOwner.TEMPLATE)

    def faults(self, fleets: Iterable[tuple[str, Fleet]]) -> list[str]:
        """What SageMaker would refuse, of these props and of the named fleets with them."""
        faults = endpoint_name_faults(self.endpoint_name)
        if self.vpc is None and (self.vpc_subnets is not None or self.security_groups):
            faults.append("vpc_subnets and security_groups choose within a VPC, and none is given: add vpc")
        faults += self.deployment.faults(self.endpoint_name) if self.deployment else []
        faults += self.data_capture.faults() if self.data_capture else []
        faults += self.metrics_config.faults() if self.metrics_config else []
        for name, fleet in fleets if self.encryption_key is not None else ():
            faults += of_part(f"variant {name!r}", fleet.encryption_faults())
        return faults

    def network(self, scope: Construct) -> Network:
        """The network, made under a construct."""
        return Network(
            scope,
            vpc=self.vpc,
            vpc_subnets=self.vpc_subnets,
            security_groups=self.security_groups,
            isolated=self.network_isolation,
        )

    def permissions(self) -> list[Permission]:
        """What these props add to the execution role."""
        return self.data_capture.permissions() if self.data_capture else []

    @property
    def metrics(self) -> MetricsConfig:
        """How often and in what detail metrics are published."""
        return self.metrics_config or MetricsConfig()


class HostedEndpoint(Endpoint[V]):
    """An endpoint on instances of its own.

    Attributes:
        role: what its containers may do.
        network: where they run.
        endpoint_config_name: the name of its configuration, by which metrics tell its fleet from the one before.
    """

    role: iam.IRole
    network: Network
    endpoint_config_name: str

    _settings: Settings
    _live: sagemaker.CfnEndpoint
    _watching: iam.Policy | None = None

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc | None) -> None:  # noqa: A002
        """Be there; in a VPC, as an ``ec2.IConnectable``."""
        if vpc is not None:
            _make_connectable()
        super().__init__(scope, id)

    @property
    def connections(self) -> ec2.Connections:
        """Which traffic is let in and out.

        Raises:
            ValueError: the endpoint is in no VPC.
        """
        return self.network.connections

    def roll_back_on(self, *alarms: cloudwatch.IAlarm) -> None:
        """Have alarms roll an update back; they may watch the endpoint itself, by its `endpoint_name`.

        Raises:
            ValueError: the endpoint's name is not known beforehand, or there are more than ten alarms.
        """
        deployment = self._settings.deployment or AllAtOnceDeployment()
        deployment = replace(deployment, rollback_alarms=(*deployment.rollback_alarms, *alarms))
        refuse(deployment.faults(self._settings.endpoint_name), self.node.path)
        self._settings = replace(self._settings, deployment=deployment)
        self._live.deployment_config = deployment.render()
        self._permit_to_see(alarms)

    def _host(
        self, settings: Settings, containers: Sequence[BoundContainer], permissions: Sequence[Permission] = ()
    ) -> Models:
        """Make the network and the role; the models come of what is returned."""
        self.network = settings.network(self)
        models = Models(
            self,
            containers,
            role=settings.role,
            network=self.network,
            permissions=[*permissions, *settings.permissions()],
        )
        self.role = models.role
        return models

    def _go_live(self, settings: Settings, **config: Any) -> tuple[str, IDependable | None]:  # noqa: ANN401
        """The configuration, with the props of its kind, and the endpoint.

        Returns:
            The name to use in the template, and what to wait for where the name alone does not say so. A name that
            is known beforehand stands as such, so that an alarm on it can roll back the endpoint's update.
        """
        made = sagemaker.CfnEndpointConfig(
            self,
            "Config",
            data_capture_config=settings.data_capture.render() if settings.data_capture else None,
            kms_key_id=settings.encryption_key.key_arn if settings.encryption_key else None,
            metrics_config=settings.metrics.render(),
            **config,
        )
        self.endpoint_config_name = made.attr_endpoint_config_name
        self._live = live_endpoint(
            self,
            made,
            endpoint_name=settings.endpoint_name,
            weights_owner=settings.weights_owner,
            deployment=settings.deployment,
        )
        self._settings = settings
        if settings.deployment:
            self._permit_to_see(settings.deployment.rollback_alarms)
        return named(self._live, settings.endpoint_name)

    def _permit_to_see(self, alarms: Sequence[cloudwatch.IAlarm]) -> None:
        """Let the role look at alarms, in a policy of its own: in the role they would name what waits for it."""
        if not alarms or self._settings.role is not None:
            return
        seen = iam.PolicyStatement(
            actions=["cloudwatch:DescribeAlarms"], resources=[alarm.alarm_arn for alarm in alarms]
        )
        if self._watching is None:
            self._watching = iam.Policy(self, "RollBack", roles=[self.role])
            self._live.node.add_dependency(self._watching)
        self._watching.add_statements(seen)


@cache
def _make_connectable() -> None:
    """Tell jsii of the connections, which takes aws_ec2: far too large to be loaded for an endpoint in no VPC."""
    from aws_cdk import aws_ec2 as ec2  # noqa: PLC0415

    jsii.implements(ec2.IConnectable)(HostedEndpoint)
