from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, Aws, Names, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_sagemaker_scaling.endpoints._endpoint import Endpoint
from cdk_sagemaker_scaling.endpoints._inference_component import InferenceComponentCopies
from cdk_sagemaker_scaling.endpoints._measured import Scalable

from ._layout import Widget

_DELIVERERS = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
_AT_MAXIMUM = "Application Auto Scaling Scaling Activity State Change"
_OF_ENDPOINT = ["SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"]
_SHOWN = 50


class ScalingActivityLog(Construct):
    """A log of what scaling did: each change of a fleet's size, and each time that capacity is at its maximum.

    Two services tell of it over EventBridge, both as best they can. Application Auto Scaling sends an event when it
    has scaled a target to its maximum, and none of its other activities ("Monitor Application Auto Scaling events
    using Amazon EventBridge"). SageMaker sends one whenever an endpoint's state changes, with the current and the
    desired number of instances of its variants ("Events that Amazon SageMaker AI sends to Amazon EventBridge"); of
    the copies of inference components it sends none.

    An account has at most ten policies a region that let services write to log groups, and this takes one: have
    one log for many endpoints.

    Attributes:
        log_group: where the events are, as JSON.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        endpoints: Sequence[Endpoint[Any]] = (),
        components: Sequence[InferenceComponentCopies] = (),
        log_group_name: str | None = None,
        retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
    ) -> None:
        """Define the log group, the rules that write to it, and their permission to do so.

        Args:
            scope: the construct's parent.
            id: the construct's id.
            endpoints: whose scaling to log.
            components: whose scaling to log; with neither, that of everything in the account and region.
            log_group_name: by default CloudFormation makes one. EventBridge's console offers log groups under
                ``/aws/events/`` alone; rules write to any.
            retention: how long events are kept.
            encryption_key: encrypts the log; its policy gets to permit that. By default CloudWatch's own key does.
            removal_policy: what becomes of the log when it leaves the stack.
        """
        super().__init__(scope, id)
        if encryption_key is not None:
            encryption_key.add_to_resource_policy(_permit_logs())
        self.log_group = logs.LogGroup(
            self,
            "Resource",
            log_group_name=log_group_name,
            retention=retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
        )
        everything = not (endpoints or components)
        rules = []
        scaled = _resource_ids(endpoints, components)
        if everything or scaled:
            of_target = {"serviceNamespace": ["sagemaker"], **({"resourceId": scaled} if scaled else {})}
            rules.append(self._rule("AtMaximum", "aws.application-autoscaling", [_AT_MAXIMUM], of_target))
        if everything or endpoints:
            names = [endpoint.endpoint_name for endpoint in endpoints]
            rules.append(
                self._rule("Changes", "aws.sagemaker", _OF_ENDPOINT, {"EndpointName": names} if names else None)
            )
        self._permit([rule.attr_arn for rule in rules])

    def widget(self, endpoint: Endpoint[Any], components: Sequence[InferenceComponentCopies] = ()) -> Widget:
        """A dashboard's table of the latest events of an endpoint and its components, without its place."""
        fields = ["@timestamp", "detail.EndpointStatus as endpoint_status"]
        for number in range(len(endpoint.variants)):
            of_variant = f"detail.ProductionVariants.{number}"
            fields += [
                f"{of_variant}.VariantName as variant_{number}",
                f"{of_variant}.CurrentInstanceCount as current_{number}",
                f"{of_variant}.DesiredInstanceCount as desired_{number}",
                f"{of_variant}.VariantStatus.0.StatusMessage as message_{number}",
            ]
        fields += ["detail.resourceId as at_maximum", "detail.maxCapacity as maximum"]
        its_own = [f'detail.EndpointName = "{endpoint.endpoint_name}"']
        if scaled := _resource_ids([endpoint], components):
            its_own.append(f"detail.resourceId in {json.dumps(scaled)}")
        query = [
            f"fields {', '.join(fields)}",
            f"filter {' or '.join(its_own)}",
            "sort @timestamp desc",
            f"limit {_SHOWN}",
        ]
        return {
            "type": "log",
            "properties": {
                "title": "What scaling did",
                "view": "table",
                "region": Aws.REGION,
                "query": " | ".join([f"SOURCE '{self.log_group.log_group_name}'", *query]),
            },
        }

    def _rule(self, id: str, source: str, types: list[str], detail: dict[str, Any] | None) -> events.CfnRule:  # noqa: A002
        pattern = {"source": [source], "detail-type": types, **({"detail": detail} if detail else {})}
        # A target takes the ARN without the ":*" with which a log group's own ends.
        arn = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self.log_group.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        target = events.CfnRule.TargetProperty(arn=arn, id="Log")
        return events.CfnRule(self, id, event_pattern=pattern, targets=[target])

    def _permit(self, rule_arns: list[str]) -> None:
        """As the EventBridge user guide has it; a log group's target takes no role."""
        to_log = {
            "Effect": "Allow",
            "Principal": {"Service": _DELIVERERS},
            "Resource": self.log_group.log_group_arn,
        }
        statements = [
            {**to_log, "Action": "logs:CreateLogStream"},  # asked for without a rule
            {
                **to_log,
                "Action": "logs:PutLogEvents",
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arns}},
            },
        ]
        logs.CfnResourcePolicy(
            self,
            "Policy",
            policy_name=Names.unique_resource_name(self),
            policy_document=Stack.of(self).to_json_string({"Version": "2012-10-17", "Statement": statements}),
        )


def _resource_ids(endpoints: Sequence[Endpoint[Any]], components: Sequence[InferenceComponentCopies]) -> list[str]:
    """How Application Auto Scaling names what is there to scale."""
    variants = [variant for endpoint in endpoints for variant in endpoint.variants.values()]
    return [each.resource_id for each in [*variants, *components] if isinstance(each, Scalable)]


def _permit_logs() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        principals=[iam.ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")],
        resources=["*"],
        conditions={
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:*"
            }
        },
    )
