from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2


class Network:
    """Where the containers of an endpoint run: in SageMaker's own network or in a VPC, isolated or not."""

    def __init__(
        self,
        scope: Construct,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] = (),
        isolated: bool = False,
    ) -> None:
        """Choose subnets and security groups; without a given group, one is made that lets nothing in."""
        self.isolated = isolated or None
        self._connections: ec2.Connections | None = None
        if vpc is None:
            return
        from aws_cdk import aws_ec2 as ec2  # noqa: PLC0415

        groups = list(security_groups) or [
            ec2.SecurityGroup(
                scope, "SecurityGroup", vpc=vpc, description="The containers of a SageMaker endpoint."
            )
        ]
        self._connections = ec2.Connections(security_groups=groups)
        self._group_ids = [group.security_group_id for group in groups]
        chosen = vpc_subnets or ec2.SubnetSelection()
        self._subnet_ids = vpc.select_subnets(
            availability_zones=chosen.availability_zones,
            one_per_az=chosen.one_per_az,
            subnet_filters=chosen.subnet_filters,
            subnet_group_name=chosen.subnet_group_name,
            subnets=chosen.subnets,
            subnet_type=chosen.subnet_type,
        ).subnet_ids

    @property
    def connections(self) -> ec2.Connections:
        """Which traffic is let in and out.

        Raises:
            ValueError: there is no VPC.
        """
        if self._connections is None:
            raise ValueError("an endpoint has connections only in a VPC: give it vpc")
        return self._connections

    @property
    def in_vpc(self) -> bool:
        """Whether the containers run in a VPC."""
        return self._connections is not None

    def of_model(self) -> sagemaker.CfnModel.VpcConfigProperty | None:
        """The VpcConfig of a model."""
        if not self.in_vpc:
            return None
        return sagemaker.CfnModel.VpcConfigProperty(security_group_ids=self._group_ids, subnets=self._subnet_ids)

    def of_config(self) -> sagemaker.CfnEndpointConfig.VpcConfigProperty | None:
        """The VpcConfig of an endpoint configuration, for inference components."""
        if not self.in_vpc:
            return None
        return sagemaker.CfnEndpointConfig.VpcConfigProperty(
            security_group_ids=self._group_ids, subnets=self._subnet_ids
        )
