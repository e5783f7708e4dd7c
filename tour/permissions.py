"""What a function's role allows, beside what the function was seen to call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# Actions that the role needs without the function's code calling them.
NOT_CALLED_BY_THE_CODE = {
    "kms:Decrypt": "SNS asks it of the publisher: the topic is encrypted",
    "kms:GenerateDataKey": "SNS asks it of the publisher: the topic is encrypted",
    "logs:CreateLogStream": "Lambda does it, with the function's output",
    "logs:PutLogEvents": "Lambda does it, with the function's output",
    "sagemaker:ListTags": "of one endpoint, where an account denies tag:GetResources",
    "sqs:SendMessage": "Lambda does it, with an event that failed",
}
_IAM_PREFIX = {"monitoring": "cloudwatch", "resourcegroupstaggingapi": "tag"}


@dataclass(frozen=True)
class Permissions:
    """Actions in IAM's words ("sagemaker:ListEndpoints")."""

    allowed: frozenset[str]
    called: frozenset[str]

    @property
    def missing(self) -> frozenset[str]:
        """Called, and denied on a real account."""
        return self.called - self.allowed

    @property
    def unused(self) -> frozenset[str]:
        """Allowed, never called, and without a reason."""
        return self.allowed - self.called - NOT_CALLED_BY_THE_CODE.keys()

    @property
    def reasoned(self) -> dict[str, str]:
        """Allowed though the code never calls it, each with its reason."""
        uncalled = sorted(self.allowed - self.called - self.unused)
        return {action: NOT_CALLED_BY_THE_CODE[action] for action in uncalled}


def permissions_of(clients: Callable[[str], Any], role_arn: str, calls: Iterable[tuple[str, str]]) -> Permissions:
    """Compare a role's inline policies with (service, operation) pairs as botocore names them."""
    iam, role = clients("iam"), role_arn.rpartition("/")[2]
    statements = [
        statement
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    ]
    return Permissions(
        allowed=frozenset(action for statement in statements for action in _listed(statement["Action"])),
        called=frozenset(f"{_IAM_PREFIX.get(service, service)}:{operation}" for service, operation in calls),
    )


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions
