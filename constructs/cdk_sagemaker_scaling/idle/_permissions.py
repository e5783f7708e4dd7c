"""What looking takes, and what acting takes beside; the same in the detector's own account and in others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam

from ._actions import IdleActions

_DIMENSION = "sagemaker:variant:DesiredInstanceCount"
_NO_STACK = {"Null": {"aws:ResourceTag/aws:cloudformation:stack-name": "true"}}


def permit(*actions: str, on: str | Sequence[str], **conditions: dict[str, str]) -> iam.PolicyStatement:
    """Allow actions on resources."""
    resources = [on] if isinstance(on, str) else list(on)
    return iam.PolicyStatement(actions=list(actions), resources=resources, conditions=conditions or None)


def to_look(*, region: str, all_regions: bool = False) -> list[iam.PolicyStatement]:
    """What reading the endpoints of an account takes; in ARNs, `region` may be ``*``."""
    endpoints, configurations = _arns(region)
    no_resource = ["sagemaker:ListEndpoints", "sagemaker:ListInferenceComponents"]
    no_resource += ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"]
    return [
        permit(*no_resource, *(["ec2:DescribeRegions"] if all_regions else []), on="*"),
        permit("sagemaker:DescribeEndpoint", "sagemaker:ListTags", on=endpoints),
        permit("sagemaker:DescribeEndpointConfig", on=configurations),
    ]


def to_act(actions: IdleActions | None, *, tag_key: str, region: str) -> list[iam.PolicyStatement]:
    """What acting takes: on endpoints that are tagged for it and that no stack owns, and nothing in a dry run."""
    taken = actions.taken if actions else []
    if not taken:
        return []
    endpoints, configurations = _arns(region)
    calls = {"scale-in": "sagemaker:UpdateEndpointWeightsAndCapacities", "delete": "sagemaker:DeleteEndpoint"}
    statements = [
        permit(calls[action], on=endpoints, StringEquals={f"aws:ResourceTag/{tag_key}": action}, **_NO_STACK)
        for action in taken
    ]
    statements += [
        permit(
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "application-autoscaling:DescribeScheduledActions",
            "cloudformation:DescribeStackResources",
            on="*",
        ),
        permit("sagemaker:ListTags", on=configurations),
    ]
    if "delete" in taken:
        # DeleteEndpoint deregisters the endpoint's variants from scaling, by the caller's permission.
        statements.append(
            permit(
                "application-autoscaling:DeregisterScalableTarget",
                on=f"arn:{Aws.PARTITION}:application-autoscaling:{region}:{Aws.ACCOUNT_ID}:scalable-target/*",
                StringEquals={
                    "application-autoscaling:service-namespace": "sagemaker",
                    "application-autoscaling:scalable-dimension": _DIMENSION,
                },
            )
        )
    return statements


def acknowledge(role: Any, resources: dict[str, str]) -> None:  # noqa: ANN401 - a construct
    """Say why the permissions of a role or policy are on more than one resource; each has its reason."""
    Validations.of(role).acknowledge(
        *(Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{on}]", reason=why) for on, why in resources.items())
    )


def reasons(actions: IdleActions | None, *, region: str) -> dict[str, str]:
    """Why `to_look` and `to_act` are on so many resources, as cdk-nag names these."""
    place = f"{region if region == '*' else '<AWS::Region>'}:<AWS::AccountId>"
    told = {
        "*": "Listings, metrics, scaling and the owners of resources know no resource.",
        f"arn:<AWS::Partition>:sagemaker:{place}:endpoint/*": "It reads all, and acts on tagged ones alone.",
        f"arn:<AWS::Partition>:sagemaker:{place}:endpoint-config/*": "Any endpoint has any configuration.",
    }
    if actions and "delete" in actions.taken:
        targets = f"arn:<AWS::Partition>:application-autoscaling:{place}:scalable-target/*"
        told[targets] = "The id in a scalable target's ARN is Application Auto Scaling's own."
    return told


def _arns(region: str) -> tuple[str, str]:
    prefix = f"arn:{Aws.PARTITION}:sagemaker:{region}:{Aws.ACCOUNT_ID}"
    return f"{prefix}:endpoint/*", f"{prefix}:endpoint-config/*"
