from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

# DescribeEndpoint goes out once an endpoint, which in a large fleet meets SageMaker's rate limit: adaptive
# mode slows down instead of failing.
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8})


def open_clients(session: boto3.Session) -> tuple[SageMakerClient, CloudWatchClient]:
    """Open the two clients of a session's account and region that a search needs."""
    return session.client("sagemaker", config=CONFIG), session.client("cloudwatch", config=CONFIG)
