from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from ._container_image import BoundImage, ContainerImage
from ._model_data import BoundModelData, ModelData
from ._network import Network
from ._permissions import JOIN_NETWORK, Permission, Permissions, execution_role


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a model runs: an image, what it loads, and its environment."""

    image: ContainerImage
    model_data: ModelData | None = None
    environment: Mapping[str, str] | None = None

    def faults(self) -> list[str]:
        """What is wrong with the image or the archive."""
        return self.image.faults() + (self.model_data.faults() if self.model_data else [])


@dataclass(frozen=True)
class BoundContainer:
    """A container in a stack, its addresses known there."""

    scope: Construct
    image: BoundImage
    model_data: BoundModelData | None
    environment: Mapping[str, str] | None

    @classmethod
    def of(cls, scope: Construct, container: Container) -> BoundContainer:
        """Bind a container under a construct."""
        data = container.model_data.bind(scope) if container.model_data else None
        return cls(scope, container.image.bind(scope), data, container.environment)


class Models:
    """The models of one endpoint, with the role that they share and the network that they run in."""

    def __init__(
        self,
        scope: Construct,
        containers: Sequence[BoundContainer],
        *,
        role: iam.IRole | None,
        network: Network,
        permissions: Sequence[Permission] = (),
    ) -> None:
        """Take the given role, or make one that holds exactly what the containers need.

        Raises:
            ValueError: an address is known only at deploy, so that no exact permission can be written.
        """
        self._network = network
        self._given_role = role
        needed = Permissions(others=[*permissions, *([JOIN_NETWORK] if network.in_vpc else [])])
        for container in containers:
            grant(needed, container, given_role=role)
        self.role: iam.IRole = role or execution_role(scope, needed)
        self._role_arn = self.role.role_arn

    def make(self, container: BoundContainer) -> sagemaker.CfnModel:
        """The model of a container, under the container's own construct."""
        return model(container, role_arn=self._role_arn, network=self._network, after=self._given_role)


def grant(permissions: Permissions, container: BoundContainer, *, given_role: iam.IRole | None) -> None:
    """Add what a container needs.

    Raises:
        ValueError: an address is known only at deploy, and no role of the user's own is given.
    """
    image, data = container.image, container.model_data
    unknown = image.repository_arn is None or (data is not None and data.object_arn is None)
    if unknown and given_role is None:
        raise ValueError(
            "an image or model archive whose address is known only at deploy cannot be granted exactly: "
            "give the endpoint a role of your own with role="
        )
    if image.repository_arn:
        permissions.repository_arns.add(image.repository_arn)
    if data and data.object_arn:
        permissions.object_arns.add(data.object_arn)
    if data and data.key_arn:
        permissions.key_arns.add(data.key_arn)


def model(
    container: BoundContainer, *, role_arn: str, network: Network, after: Construct | iam.IRole | None
) -> sagemaker.CfnModel:
    """A container's model; `after` holds permissions that must be there before SageMaker pulls and reads."""
    made = sagemaker.CfnModel(
        container.scope,
        "Model",
        execution_role_arn=role_arn,
        primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
            image=container.image.uri,
            model_data_url=container.model_data.url if container.model_data else None,
            environment=dict(container.environment) if container.environment else None,
        ),
        vpc_config=network.of_model(),
        enable_network_isolation=network.isolated,
    )
    if after is not None:
        made.node.add_dependency(after)
    return made
