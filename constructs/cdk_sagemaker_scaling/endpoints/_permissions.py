"""What an execution role is permitted, gathered while the parts of an endpoint are bound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Acknowledgment, Aws, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_sagemaker_scaling._checks import unresolved

_SERVICE = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class Permission:
    """Actions on resources; a wildcard among them stands with its reason."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    wildcard_reason: str = ""
    conditions: Mapping[str, Any] | None = None

    def statement(self) -> iam.PolicyStatement:
        """The permission in IAM's form."""
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=sorted(self.resources),
            conditions=dict(self.conditions) if self.conditions else None,
        )


def pull(repository_arns: Iterable[str]) -> Permission:
    """Pull images of these repositories."""
    actions = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    return Permission(actions, tuple(set(repository_arns)))


def read(object_arns: Iterable[str]) -> Permission:
    """Read these objects."""
    return Permission(("s3:GetObject",), tuple(set(object_arns)))


def prefix_faults(name: str, prefix: str | None) -> list[str]:
    """Why a prefix could not be permitted as it stands: in a permission * and ? stand for other objects, too."""
    if prefix is None or unresolved(prefix) or re.fullmatch(r"[^*?$]*[^*?$/]/?", prefix):
        return []
    return [f"{name} names a folder of its own, without *, ? and $, got {prefix!r}"]


def write(bucket_arn: str, prefix: str, reason: str) -> Permission:
    """Write objects under a prefix."""
    return Permission(("s3:PutObject",), (f"{bucket_arn}/{prefix.rstrip('/')}/*",), reason)


def use_key(key_arns: Iterable[str], *actions: str) -> Permission:
    """Use these keys."""
    return Permission(actions or ("kms:Decrypt",), tuple(set(key_arns)))


def log_to(folder: str) -> Permission:
    """Write logs to the groups ``/aws/sagemaker/FOLDER/NAME``."""
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/{folder}/*"
    return Permission(
        ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        (groups,),
        "SageMaker names the log group after what it runs, whose name is known only at deploy.",
    )


# Source: "How to use SageMaker AI execution roles", the permissions of CreateModel.
SERVE = (
    Permission(("ecr:GetAuthorizationToken",), ("*",), "ecr:GetAuthorizationToken knows no resource."),
    log_to("Endpoints"),
    Permission(
        ("cloudwatch:PutMetricData",),
        ("*",),
        "cloudwatch:PutMetricData knows no resource; a condition holds it to SageMaker's namespaces.",
        {"StringLike": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"]}},
    ),
)

JOIN_NETWORK = Permission(
    (
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ),
    ("*",),
    "SageMaker makes the network interfaces in the VPC, and EC2's Describe actions know no resource.",
)


@dataclass
class Permissions:
    """The permissions of one role, each once."""

    repository_arns: set[str] = field(default_factory=set)
    object_arns: set[str] = field(default_factory=set)
    key_arns: set[str] = field(default_factory=set)
    others: list[Permission] = field(default_factory=list)

    def all(self) -> list[Permission]:
        """Everything gathered, in the same order each time."""
        gathered = list(self.others)
        if self.key_arns:
            gathered.insert(0, use_key(self.key_arns))
        if self.object_arns:
            gathered.insert(0, read(self.object_arns))
        if self.repository_arns:
            gathered.insert(0, pull(self.repository_arns))
        return gathered


def execution_role(scope: Construct, permissions: Permissions) -> iam.Role:
    """A role that SageMaker serves with: what was gathered, logs and metrics, and nothing else."""
    granted = [*SERVE, *permissions.all()]
    role = iam.Role(
        scope,
        "ExecutionRole",
        assumed_by=iam.ServicePrincipal(_SERVICE),
        inline_policies={
            "Serve": iam.PolicyDocument(statements=[permission.statement() for permission in granted])
        },
    )
    acknowledge_wildcards(role, granted)
    return role


def acknowledge_wildcards(construct: Construct, permissions: Iterable[Permission]) -> None:
    """Tell cdk-nag the reason of each wildcard, under the id by which it finds it."""
    reasons: dict[str, list[str]] = {}
    for permission in permissions:
        for resource in permission.resources if permission.wildcard_reason else ():
            reasons.setdefault(resource, []).append(permission.wildcard_reason)
    if reasons:
        Validations.of(construct).acknowledge(
            *(
                Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::{_as_found(construct, resource)}]", reason=" ".join(why)
                )
                for resource, why in reasons.items()
            )
        )


def _as_found(construct: Construct, resource: str) -> str:
    """A resource as cdk-nag writes it: ``<LogicalId.Arn>/prefix/*``."""
    if "Token[" not in resource:
        return resource
    return _flat(Stack.of(construct).resolve(resource))


def _flat(part: Any) -> str:  # noqa: ANN401 - resolved JSON
    if isinstance(part, str):
        return part
    ((function, argument),) = part.items()
    if function == "Fn::Join":
        return "".join(map(_flat, argument[1]))
    return f"<{argument if function == 'Ref' else '.'.join(map(_flat, argument))}>"
