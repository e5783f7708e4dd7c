"""What was deployed, asked of AWS's own APIs and told in CloudFormation's words: a function a type of resource."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from deployed_stack import Clients, DeployedStack, last_part

Properties = Any  # JSON objects, which boto3 gives at run time

SERVICES = ("ApplicationAutoScaling", "CloudWatch", "IAM", "Lambda", "SNS", "SageMaker")
# What no operation of AWS tells; docs/embedded-aws.md has the same list, with the reasons.
NOT_READ_BACK = {
    "AWS::SageMaker::Endpoint.ExcludeRetainedVariantProperties",
    "AWS::SageMaker::Endpoint.RetainAllVariantProperties",
}


def differences(stack: DeployedStack) -> list[str]:
    """Where what is deployed is not what the template says, of every property of the services' resources."""
    return [
        difference
        for logical_id, (type_, said) in stack.of_services(*SERVICES).items()
        for difference in _of_resource(stack, logical_id, type_, said)
    ]


def _of_resource(stack: DeployedStack, logical_id: str, type_: str, said: Properties) -> Iterator[str]:
    found = READERS[type_](stack.clients, stack.physical_ids[logical_id], said)
    for name, value in said.items():
        if f"{type_}.{name}" not in NOT_READ_BACK:
            yield from _between(value, found.get(name), f"{logical_id}.{name}")


def _between(said: Any, found: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Each place where `found` has not what was said; what it has beside is AWS's own."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key, value in said.items():
            yield from _between(value, found.get(key), f"{where}.{key}")
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for position, (one, other) in enumerate(zip(said, found, strict=True)):
            yield from _between(one, other, f"{where}[{position}]")
    elif said != found:
        yield f"{where}: {said!r} was said, {found!r} is deployed"


def _model(clients: Clients, arn: str, _: Properties) -> Properties:
    return clients("sagemaker").describe_model(ModelName=last_part(clients, arn))


def _endpoint_config(clients: Clients, arn: str, _: Properties) -> Properties:
    return clients("sagemaker").describe_endpoint_config(EndpointConfigName=last_part(clients, arn))


def _endpoint(clients: Clients, arn: str, _: Properties) -> Properties:
    found = clients("sagemaker").describe_endpoint(EndpointName=last_part(clients, arn))
    assert found["EndpointStatus"] == "InService"
    return {**found, "DeploymentConfig": found.get("LastDeploymentConfig")}


def _component(clients: Clients, arn: str, _: Properties) -> Properties:
    name = last_part(clients, arn)
    found = clients("sagemaker").describe_inference_component(InferenceComponentName=name)
    return {**found, "RuntimeConfig": {"CopyCount": found["RuntimeConfig"]["DesiredCopyCount"]}}


def _scalable_target(clients: Clients, id_: str, _: Properties) -> Properties:
    resource_id, dimension, namespace = id_.split("|")
    named = {"ServiceNamespace": namespace, "ScalableDimension": dimension}
    scaling = clients("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(**named, ResourceIds=[resource_id])["ScalableTargets"]
    actions = scaling.describe_scheduled_actions(**named, ResourceId=resource_id)["ScheduledActions"]
    in_order = sorted(actions, key=lambda action: action["CreationTime"])
    return {**target, "ScheduledActions": [_plain_times(action) for action in in_order]}


def _plain_times(action: Properties) -> Properties:
    return {
        name: value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
        for name, value in action.items()
    }


def _scaling_policy(clients: Clients, arn: str, _: Properties) -> Properties:
    pages = clients("application-autoscaling").get_paginator("describe_scaling_policies")
    (policy,) = (
        policy
        for page in pages.paginate(ServiceNamespace="sagemaker")
        for policy in page["ScalingPolicies"]
        if policy["PolicyARN"] == arn
    )
    target = "|".join(policy[part] for part in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    return {**policy, "ScalingTargetId": target}


def _alarm(clients: Clients, name: str, _: Properties) -> Properties:
    (found,) = clients("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def _dashboard(clients: Clients, name: str, _: Properties) -> Properties:
    return clients("cloudwatch").get_dashboard(DashboardName=name)


def _function(clients: Clients, name: str, said: Properties) -> Properties:
    found = clients("lambda").get_function_configuration(FunctionName=name)
    uploaded = clients("s3").get_object(Bucket=said["Code"]["S3Bucket"], Key=said["Code"]["S3Key"])["Body"].read()
    same = base64.b64encode(hashlib.sha256(uploaded).digest()).decode() == found["CodeSha256"]
    return {**found, "Code": said["Code"] if same else "other bytes"}


def _permission(clients: Clients, statement_id: str, said: Properties) -> Properties:
    policy = json.loads(clients("lambda").get_policy(FunctionName=said["FunctionName"])["Policy"])
    (statement,) = (each for each in policy["Statement"] if each["Sid"] == statement_id)
    return {
        "Action": statement["Action"],
        "FunctionName": statement["Resource"],
        "Principal": statement["Principal"]["Service"],
        "SourceArn": statement["Condition"]["ArnLike"]["AWS:SourceArn"],
    }


def _topic(clients: Clients, arn: str, _: Properties) -> Properties:
    return clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"]


def _topic_policy(clients: Clients, _: str, said: Properties) -> Properties:
    (arn,) = said["Topics"]
    return {"Topics": [arn], "PolicyDocument": json.loads(_topic(clients, arn, said)["Policy"])}


def _subscription(clients: Clients, arn: str, _: Properties) -> Properties:
    return clients("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def _role(clients: Clients, name: str, said: Properties) -> Properties:
    iam, named = clients("iam"), {"RoleName": name}
    own = [policy["PolicyName"] for policy in said.get("Policies", [])]
    attached = iam.list_attached_role_policies(**named)["AttachedPolicies"]
    return {
        **iam.get_role(**named)["Role"],
        "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
        "Policies": [iam.get_role_policy(**named, PolicyName=policy) for policy in own],
    }


def _policy(clients: Clients, _: str, said: Properties) -> Properties:
    (role,) = said["Roles"]
    found = clients("iam").get_role_policy(RoleName=role, PolicyName=said["PolicyName"])
    return {**found, "Roles": [found["RoleName"]]}


READERS: dict[str, Callable[[Clients, str, Properties], Properties]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _scaling_policy,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::IAM::Policy": _policy,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _permission,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SageMaker::Endpoint": _endpoint,
    "AWS::SageMaker::EndpointConfig": _endpoint_config,
    "AWS::SageMaker::InferenceComponent": _component,
    "AWS::SageMaker::Model": _model,
}
