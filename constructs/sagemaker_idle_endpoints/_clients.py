"""The clients of an account: its own, or those of another one that lets a role be assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from sagemaker_idle_endpoints._parallel import WORKERS

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient

Client = Any  # boto3 makes them at run time, and of these there are no stubs here

# Calls that go out once an endpoint meet SageMaker's rate limit in a large fleet: adaptive mode slows down
# instead of failing.
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8}, max_pool_connections=WORKERS)


@dataclass(frozen=True)
class Hands:
    """What acts on one region of an account."""

    sagemaker: SageMakerClient
    scaling: Client
    stacks: Client
    cloudwatch: CloudWatchClient


@dataclass(frozen=True)
class Channels:
    """Where findings go, in the account and region that look: bucket, topic, event bus, metrics."""

    s3: Client
    sns: Client
    events: Client
    cloudwatch: CloudWatchClient

    @classmethod
    def of(cls, session: boto3.Session) -> Channels:
        """Open them."""
        open_one: Client = session.client
        names = ("s3", "sns", "events", "cloudwatch")
        return cls(*(open_one(name, config=CONFIG) for name in names))


@dataclass(frozen=True)
class Account:
    """One account, and what opens clients of it."""

    session: boto3.Session

    def eyes(self, region: str | None = None) -> tuple[SageMakerClient, CloudWatchClient, Client]:
        """The clients of a region that a search needs: SageMaker's, CloudWatch's and the tagging API's."""
        open_one: Client = self.session.client
        names = ("sagemaker", "cloudwatch", "resourcegroupstaggingapi")
        sagemaker, cloudwatch, tagging = (open_one(name, region, config=CONFIG) for name in names)
        return sagemaker, cloudwatch, tagging

    def hands(self, region: str | None = None) -> Hands:
        """The clients that act on a region."""
        open_one: Client = self.session.client
        names = ("sagemaker", "application-autoscaling", "cloudformation", "cloudwatch")
        return Hands(*(open_one(name, region, config=CONFIG) for name in names))

    def regions(self) -> tuple[str, ...]:
        """Every region that is enabled for the account, sorted.

        Raises:
            botocore.exceptions.ClientError: DescribeRegions was refused.
        """
        open_one: Client = self.session.client
        return tuple(
            sorted(each["RegionName"] for each in open_one("ec2", config=CONFIG).describe_regions()["Regions"])
        )

    def assuming(self, role_arn: str) -> Account:
        """The account of a role, with the role's permissions, for an hour.

        Raises:
            botocore.exceptions.ClientError: AssumeRole was refused.
        """
        import boto3  # noqa: PLC0415 - slow to import, and whoever imports the package may not need it

        open_one: Client = self.session.client
        given = open_one("sts", config=CONFIG).assume_role(RoleArn=role_arn, RoleSessionName="idle-endpoints")
        keys = given["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.session.region_name,
        )
        return Account(session)
