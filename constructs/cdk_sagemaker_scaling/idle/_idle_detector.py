from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

from aws_cdk import Acknowledgment, Aws, Duration, RemovalPolicy, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk_sagemaker_scaling._checks import at_least, in_words, ordered, refuse

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

_PACKAGE = "sagemaker_idle_endpoints"
_MOST_DAYS = 63  # CloudWatch keeps five-minute data so long.
_ENDPOINTS = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint/*"


class IdleEndpointDetector(Construct):
    """Looks at every endpoint of the account and region on a schedule, and tells a topic which ones idle.

    It reads and tells; it changes nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        topic: sns.ITopic,
        lookback_days: int = 7,
        schedule: events.Schedule | None = None,
    ) -> None:
        """Define the function, its schedule, its log group and its dead-letter queue.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            topic: who is told.
            lookback_days: how long an endpoint must have had no invocations, 1 to 63 days.
            schedule: when to look; by default once a day.

        Raises:
            ValueError: `lookback_days` out of range.
        """
        # Loading aws_lambda takes a while, and a stack without a detector has no need of it.
        from aws_cdk import aws_events_targets as targets  # noqa: PLC0415
        from aws_cdk import aws_lambda as lambda_  # noqa: PLC0415

        super().__init__(scope, id)
        faults = at_least("lookback_days", lookback_days, 1)
        refuse(faults + ordered("lookback_days", lookback_days, "the longest window", _MOST_DAYS), self.node.path)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
        )
        undelivered = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        Validations.of(undelivered).acknowledge(
            Acknowledgment(id="AwsSolutions-SQS3", reason="It is the dead-letter queue itself.")
        )
        self.role = self._role(topic, log_group, undelivered)
        with _code() as folder:
            self.function = lambda_.Function(
                self,
                "Resource",
                description="Finds SageMaker endpoints that idle.",
                runtime=lambda_.Runtime.PYTHON_3_14,
                architecture=lambda_.Architecture.ARM_64,
                handler=f"{_PACKAGE}.handler",
                code=lambda_.Code.from_asset(folder),
                environment={"LOOKBACK_DAYS": in_words(lookback_days), "TOPIC_ARN": topic.topic_arn},
                timeout=Duration.minutes(15),
                memory_size=512,
                role=self.role.without_policy_updates(),  # it holds all that the function needs
                log_group=log_group,
                dead_letter_queue=undelivered,
            )
        # The function names its role, and so already waits for it.
        cast("lambda_.CfnFunction", self.function.node.default_child).add_deletion_override("DependsOn")
        events.Rule(
            self,
            "Schedule",
            schedule=schedule or events.Schedule.rate(Duration.days(1)),
            targets=[targets.LambdaFunction(self.function, dead_letter_queue=undelivered)],
        )

    def _role(self, topic: sns.ITopic, log_group: logs.LogGroup, undelivered: sqs.Queue) -> iam.Role:
        """What the code calls, and nothing else."""
        statements = [
            _permit("sagemaker:ListEndpoints", "sagemaker:ListInferenceComponents", on="*"),
            _permit("sagemaker:DescribeEndpoint", on=_ENDPOINTS),
            _permit("cloudwatch:GetMetricData", on="*"),
            _permit("logs:CreateLogStream", "logs:PutLogEvents", on=log_group.log_group_arn),
            _permit("sns:Publish", on=topic.topic_arn),
            _permit("sqs:SendMessage", on=undelivered.queue_arn),
        ]
        if topic.master_key is not None:
            statements.append(_permit("kms:Decrypt", "kms:GenerateDataKey", on=topic.master_key.key_arn))
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"FindIdleEndpoints": iam.PolicyDocument(statements=statements)},
        )
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="ListEndpoints, ListInferenceComponents and GetMetricData know no resource.",
            ),
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:"
                "endpoint/*]",
                reason="It looks at every endpoint of the account.",
            ),
        )
        return role


def _permit(*actions: str, on: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=[on])


@contextmanager
def _code() -> Iterator[str]:
    """A folder with the package alone, without the rest of the folder that it is installed in."""
    with TemporaryDirectory() as folder:
        shutil.copytree(
            _folder_of(_PACKAGE),
            Path(folder) / _PACKAGE,
            ignore=shutil.ignore_patterns("__pycache__", "__main__.py", "py.typed"),
        )
        yield folder


def _folder_of(package: str) -> Path:
    """Where a package lies, found without running it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {package} is not installed: it comes with cdk-sagemaker-scaling")
    return Path(spec.origin).parent
