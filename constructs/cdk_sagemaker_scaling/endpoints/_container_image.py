from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, CfnMapping, Stack
from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from cdk_sagemaker_scaling._aws_images import AwsImage, aws_image
from cdk_sagemaker_scaling._checks import unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_ecr as ecr

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.(?P<suffix>[a-z0-9.-]+)/(?P<repository>[a-z0-9._/-]+)[:@].+"
)
_PARTITION = Aws.PARTITION  # each reading asks Node


@dataclass(frozen=True)
class BoundImage:
    """An image as a model names it, and the repository that may be pulled from; none where that is unknown."""

    uri: str
    repository_arn: str | None


class ContainerImage(ABC):
    """Where a container's image comes from; the execution role is permitted to pull from that repository alone."""

    @staticmethod
    def from_uri(uri: str) -> ContainerImage:
        """An image in ECR by its address, ``ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG``."""
        return _ImageOfUri(uri)

    @staticmethod
    def from_ecr_repository(repository: ecr.IRepository, tag_or_digest: str = "latest") -> ContainerImage:
        """An image of a repository, by its tag or by its digest (``sha256:…``)."""
        return _ImageOfRepository(repository, tag_or_digest)

    @staticmethod
    def from_asset(directory: str | os.PathLike[str], **options: Any) -> ContainerImage:  # noqa: ANN401
        """An image that ``cdk deploy`` builds from a folder with a Dockerfile.

        Args:
            directory: the folder.
            options: those of ``aws_ecr_assets.DockerImageAsset``, such as ``platform``.
        """
        return _ImageOfAsset(os.fspath(directory), options)

    @staticmethod
    def from_aws(
        framework: str,
        version: str,
        *,
        region: str | None = None,
        processor: str = "cpu",
        python_version: str | None = None,
    ) -> ContainerImage:
        """An image that AWS provides: a Deep Learning Container, or a built-in algorithm such as ``xgboost``.

        Args:
            framework: its name in the SageMaker SDK.
            version: its version.
            region: where to pull from; by default the stack's region, even if only the deploy knows it.
            processor: ``cpu``, ``gpu``, or another for which there is an image.
            python_version: such as ``py312``; by default the newest there is.

        Raises:
            ValueError: there is no such image; the message names those that there are.
        """
        return _ImageOfAws(
            aws_image(framework, version, processor=processor, python_version=python_version), region
        )

    def faults(self) -> list[str]:
        """What is wrong with the image, before anything is made."""
        return []

    @abstractmethod
    def bind(self, scope: Construct) -> BoundImage:
        """The image's address in the stack of a construct, under which what it needs is made."""


@dataclass(frozen=True)
class _ImageOfUri(ContainerImage):
    uri: str

    def faults(self) -> list[str]:
        if unresolved(self.uri) or _URI.fullmatch(self.uri):
            return []
        form = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG (or @DIGEST)"
        return [f"the image's address must be {form}, got {self.uri!r}"]

    def bind(self, scope: Construct) -> BoundImage:
        del scope
        image = _URI.fullmatch(self.uri)
        if image is None:
            return BoundImage(self.uri, None)
        return BoundImage(self.uri, _repository_arn(image["region"], image["account"], image["repository"]))


@dataclass(frozen=True)
class _ImageOfRepository(ContainerImage):
    repository: ecr.IRepository
    tag_or_digest: str

    def bind(self, scope: Construct) -> BoundImage:
        del scope
        uri = self.repository.repository_uri_for_tag_or_digest(self.tag_or_digest)
        return BoundImage(uri, self.repository.repository_arn)


@dataclass(frozen=True)
class _ImageOfAsset(ContainerImage):
    directory: str
    options: dict[str, Any]

    def faults(self) -> list[str]:
        if (Path(self.directory) / self.options.get("file", "Dockerfile")).is_file():
            return []
        return [f"there is no Dockerfile in {self.directory!r} to build an image from"]

    def bind(self, scope: Construct) -> BoundImage:
        asset = ecr_assets.DockerImageAsset(scope, "Image", directory=self.directory, **self.options)
        return BoundImage(asset.image_uri, asset.repository.repository_arn)


@dataclass(frozen=True)
class _ImageOfAws(ContainerImage):
    image: AwsImage
    region: str | None

    def faults(self) -> list[str]:
        try:
            if self.region is not None and not unresolved(self.region):
                self.image.uri(self.region)
        except ValueError as error:
            return [str(error)]
        return []

    def bind(self, scope: Construct) -> BoundImage:
        region = self.region or Stack.of(scope).region
        if not unresolved(region):
            return _ImageOfUri(self.image.uri(region)).bind(scope)
        accounts = CfnMapping(
            scope,
            "AccountOfImage",
            mapping={where: {"account": account} for where, account in sorted(self.image.accounts.items())},
        )
        account = accounts.find_in_map(region, "account")
        uri = f"{account}.dkr.ecr.{region}.{Aws.URL_SUFFIX}/{self.image.repository}:{self.image.tag}"
        return BoundImage(uri, _repository_arn(region, account, self.image.repository))


def _repository_arn(region: str, account: str, repository: str) -> str:
    return f"arn:{_PARTITION}:ecr:{region}:{account}:repository/{repository}"
