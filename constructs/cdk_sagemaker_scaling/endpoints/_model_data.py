from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from cdk_sagemaker_scaling._checks import unresolved

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

# In a permission * and ? stand for other objects too, and ${ begins a variable.
_KEY = re.compile(r"[^*?$]+")
_URL = re.compile(rf"s3://[a-z0-9.-]+/{_KEY.pattern}")
_PARTITION = Aws.PARTITION  # each reading asks Node


@dataclass(frozen=True)
class BoundModelData:
    """An archive as a model names it; what may be read, none where that is unknown; the key that opens it."""

    url: str
    object_arn: str | None
    key_arn: str | None = None


class ModelData(ABC):
    """Where a model's archive (``model.tar.gz``) comes from; the execution role may read that object alone."""

    @staticmethod
    def from_url(url: str) -> ModelData:
        """An archive in S3 by its address, ``s3://BUCKET/KEY``."""
        return _ModelDataOfUrl(url)

    @staticmethod
    def from_bucket(bucket: s3.IBucket, key: str) -> ModelData:
        """An archive in a bucket; where the bucket has a KMS key, the role may decrypt with it."""
        return _ModelDataOfBucket(bucket, key)

    @staticmethod
    def from_asset(path: str | os.PathLike[str]) -> ModelData:
        """An archive on this machine, which ``cdk deploy`` uploads."""
        return _ModelDataOfAsset(os.fspath(path))

    def faults(self) -> list[str]:
        """What is wrong with the archive, before anything is made."""
        return []

    @abstractmethod
    def bind(self, scope: Construct) -> BoundModelData:
        """The archive's address in the stack of a construct, under which what it needs is made."""


@dataclass(frozen=True)
class _ModelDataOfUrl(ModelData):
    url: str

    def faults(self) -> list[str]:
        if unresolved(self.url) or _URL.fullmatch(self.url):
            return []
        return [f"the model data's address must be s3://BUCKET/KEY, the key without *, ? and $, got {self.url!r}"]

    def bind(self, scope: Construct) -> BoundModelData:
        del scope
        arn = None if unresolved(self.url) else f"arn:{_PARTITION}:s3:::{self.url.removeprefix('s3://')}"
        return BoundModelData(self.url, arn)


@dataclass(frozen=True)
class _ModelDataOfBucket(ModelData):
    bucket: s3.IBucket
    key: str

    def faults(self) -> list[str]:
        if unresolved(self.key) or _KEY.fullmatch(self.key):
            return []
        return [f"the model data's key must be there and be without *, ? and $, got {self.key!r}"]

    def bind(self, scope: Construct) -> BoundModelData:
        del scope
        encryption_key = self.bucket.encryption_key
        return BoundModelData(
            self.bucket.s3_url_for_object(self.key),
            self.bucket.arn_for_objects(self.key),
            encryption_key.key_arn if encryption_key else None,
        )


@dataclass(frozen=True)
class _ModelDataOfAsset(ModelData):
    path: str

    def faults(self) -> list[str]:
        if not Path(self.path).is_file():
            return [f"there is no model archive {self.path!r}: give the path of a model.tar.gz"]
        if not self.path.endswith((".tar.gz", ".tgz")):
            return [f"SageMaker unpacks a gzipped tar archive (model.tar.gz), got {self.path!r}"]
        return []

    def bind(self, scope: Construct) -> BoundModelData:
        asset = s3_assets.Asset(scope, "ModelData", path=self.path)
        return BoundModelData(asset.s3_object_url, asset.bucket.arn_for_objects(asset.s3_object_key))
