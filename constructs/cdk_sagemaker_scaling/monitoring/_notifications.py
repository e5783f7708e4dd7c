from __future__ import annotations

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

_ALARMS = "cloudwatch.amazonaws.com"


class NotificationTopic(Construct):
    """An encrypted topic that CloudWatch's alarms of this account may publish to, over TLS alone.

    Alarms cannot publish to a topic under the key that AWS manages for SNS, so it has a key of its own.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002
        """Define the key and the topic."""
        super().__init__(scope, id)
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the notifications of SageMaker endpoints.",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,  # nothing that is kept is encrypted with it
        )
        key.add_to_resource_policy(_permit_alarms("kms:Decrypt", "kms:GenerateDataKey*", resource="*"))
        self.topic = sns.Topic(self, "Resource", master_key=key, enforce_ssl=True)
        # A policy of its own takes away the default one, and with it what lets alarms in.
        self.topic.add_to_resource_policy(_permit_alarms("sns:Publish", resource=self.topic.topic_arn))


def _permit_alarms(*actions: str, resource: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions),
        principals=[iam.ServicePrincipal(_ALARMS)],
        resources=[resource],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )
