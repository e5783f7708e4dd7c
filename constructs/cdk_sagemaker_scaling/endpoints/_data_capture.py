from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_scaling._checks import within

from ._permissions import Permission, prefix_faults, use_key, write

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

_Config = sagemaker.CfnEndpointConfig


@dataclass(frozen=True, kw_only=True)
class DataCapture:
    """Keeps a share of the requests and answers in a bucket.

    Attributes:
        bucket: where to.
        prefix: under which prefix.
        sampling_percent: which share of the requests, 0 to 100.
        requests: whether requests are kept.
        responses: whether answers are kept.
        encryption_key: encrypts what is kept; by default the bucket's own key, if it has one.
    """

    bucket: s3.IBucket
    prefix: str = "data-capture"
    sampling_percent: int = 100
    requests: bool = True
    responses: bool = True
    encryption_key: kms.IKey | None = None

    def faults(self) -> list[str]:
        """What SageMaker would refuse."""
        faults = within("sampling_percent of data_capture", self.sampling_percent, 0, 100)
        faults += prefix_faults("prefix of data_capture", self.prefix)
        if not (self.requests or self.responses):
            faults.append("data_capture keeps neither requests nor responses: keep one, or leave it out")
        return faults

    def permissions(self) -> list[Permission]:
        """What the execution role needs for it."""
        key = self.encryption_key or self.bucket.encryption_key
        reason = "SageMaker chooses the names of the objects that it captures."
        granted = [write(self.bucket.bucket_arn, self.prefix, reason)]
        return [*granted, use_key([key.key_arn], "kms:Decrypt", "kms:GenerateDataKey")] if key else granted

    def render(self) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
        """The property of the endpoint configuration."""
        modes = [mode for mode, kept in (("Input", self.requests), ("Output", self.responses)) if kept]
        return _Config.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self.sampling_percent,
            destination_s3_uri=self.bucket.s3_url_for_object(self.prefix),
            capture_options=[_Config.CaptureOptionProperty(capture_mode=mode) for mode in modes],
            kms_key_id=self.encryption_key.key_arn if self.encryption_key else None,
        )
