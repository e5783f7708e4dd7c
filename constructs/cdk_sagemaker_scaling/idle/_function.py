"""The function that looks, with what it writes to and fails into: one for all detectors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Aws, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ._permissions import acknowledge, permit

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3

METRICS_NAMESPACE = "SageMakerIdleEndpoints"
_PACKAGE = "sagemaker_idle_endpoints"
_REPORTS, _STATE = "reports/", "state/"
_RUNS_KEPT_DAYS, _VERSIONS_KEPT_DAYS, _REPORTS_KEPT_DAYS = 30, 90, 400


class Looker:
    """A function, its role, its log, its dead letters and its bucket, all directly in one scope."""

    def __init__(
        self,
        scope: Construct,
        *,
        topic: sns.ITopic,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        reasons: Mapping[str, str],
        prices: Path | None,
    ) -> None:
        from aws_cdk import aws_lambda as lambda_  # noqa: PLC0415 - loading it takes a while

        log_group = logs.LogGroup(
            scope, "Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
        )
        self.undelivered = sqs.Queue(
            scope,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        Validations.of(self.undelivered).acknowledge(
            Acknowledgment(id="AwsSolutions-SQS3", reason="It is the dead-letter queue itself.")
        )
        self.bucket = _bucket(scope)
        own = [
            permit(
                "s3:GetObject",
                "s3:PutObject",
                on=[self.bucket.arn_for_objects(f"{folder}*") for folder in (_REPORTS, _STATE)],
            ),
            permit(
                "events:PutEvents", on=f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"
            ),
            permit("cloudwatch:PutMetricData", on="*", StringEquals={"cloudwatch:namespace": METRICS_NAMESPACE}),
            permit("logs:CreateLogStream", "logs:PutLogEvents", on=log_group.log_group_arn),
            permit("sns:Publish", on=topic.topic_arn),
            permit("sqs:SendMessage", on=self.undelivered.queue_arn),
        ]
        if topic.master_key is not None:
            own.append(permit("kms:Decrypt", "kms:GenerateDataKey", on=topic.master_key.key_arn))
        self.role = iam.Role(
            scope,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"FindIdleEndpoints": iam.PolicyDocument(statements=[*statements, *own])},
        )
        bucket_id = f"<{_logical_id(scope, self.bucket)}.Arn>"
        of_bucket = {
            f"{bucket_id}/{folder}*": "A report a day, and the state of each day and endpoint."
            for folder in (_REPORTS, _STATE)
        }
        acknowledge(self.role, {**reasons, **of_bucket})
        self._keep_state_to_itself()
        with _code(prices) as folder:
            self.function = lambda_.Function(
                scope,
                "Resource",
                description="Finds SageMaker endpoints that idle.",
                runtime=lambda_.Runtime.PYTHON_3_14,
                architecture=lambda_.Architecture.ARM_64,
                handler=f"{_PACKAGE}.handler",
                code=lambda_.Code.from_asset(folder),
                environment={"BUCKET_NAME": self.bucket.bucket_name, "TOPIC_ARN": topic.topic_arn, **environment},
                timeout=Duration.minutes(15),
                memory_size=512,
                role=self.role.without_policy_updates(),  # it holds all that the function needs
                log_group=log_group,
                dead_letter_queue=self.undelivered,
            )
        # The function names its role, and so already waits for it.
        cast("lambda_.CfnFunction", self.function.node.default_child).add_deletion_override("DependsOn")

    def _keep_state_to_itself(self) -> None:
        """A notice that anybody else wrote would be a permission that its writer gave himself."""
        denied = iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=[self.bucket.arn_for_objects(f"{_STATE}*")],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": self.role.role_arn}},
        )
        self.bucket.add_to_resource_policy(denied)


def _bucket(scope: Construct) -> s3.Bucket:
    from aws_cdk import aws_s3 as s3  # noqa: PLC0415 - loading it takes a while

    bucket = s3.Bucket(
        scope,
        "Reports",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        versioned=True,
        lifecycle_rules=[
            s3.LifecycleRule(prefix=_REPORTS, expiration=Duration.days(_REPORTS_KEPT_DAYS)),
            s3.LifecycleRule(prefix=f"{_STATE}runs/", expiration=Duration.days(_RUNS_KEPT_DAYS)),
            s3.LifecycleRule(noncurrent_version_expiration=Duration.days(_VERSIONS_KEPT_DAYS)),
        ],
        removal_policy=RemovalPolicy.RETAIN,  # it holds what brings deleted endpoints back
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(id="AwsSolutions-S1", reason="It holds reports; who reads them is in CloudTrail, if at all.")
    )
    return bucket


def _logical_id(scope: Construct, bucket: s3.Bucket) -> str:
    from aws_cdk import CfnElement, Stack  # noqa: PLC0415

    return Stack.of(scope).get_logical_id(cast("CfnElement", bucket.node.default_child))


@contextmanager
def _code(prices: Path | None) -> Iterator[str]:
    """A folder with the package alone, without the rest of the folder that it is installed in, and the prices."""
    with TemporaryDirectory() as folder:
        shutil.copytree(
            _folder_of(_PACKAGE),
            Path(folder) / _PACKAGE,
            ignore=shutil.ignore_patterns("__pycache__", "__main__.py", "command", "py.typed"),
        )
        if prices is not None:
            shutil.copyfile(prices, Path(folder) / "prices.csv")
        yield folder


def _folder_of(package: str) -> Path:
    """Where a package lies, found without running it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {package} is not installed: it comes with cdk-sagemaker-scaling")
    return Path(spec.origin).parent
