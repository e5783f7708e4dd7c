"""A deployed stack: its template, with each function worked out by what AWS's own APIs say of the resources."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Clients = Callable[[str], Any]  # boto3's clients, by the service's name


class DeployedStack:
    """A stack by its name, beside the template that it was deployed from."""

    def __init__(self, clients: Clients, name: str, template: Path) -> None:
        self.clients = clients
        self._template: dict[str, Any] = json.loads(template.read_text(encoding="utf-8"))
        (described,) = clients("cloudformation").describe_stacks(StackName=name)["Stacks"]
        _, partition, _, region, account, _ = described["StackId"].split(":", 5)
        self._pseudo_parameters = {
            "AWS::AccountId": account,
            "AWS::Partition": partition,
            "AWS::Region": region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
        self.physical_ids: dict[str, str] = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
        }

    def of_services(self, *services: str) -> dict[str, tuple[str, dict[str, Any]]]:
        """Type and properties of the template's resources of these services, by logical id."""
        return {
            logical_id: (resource["Type"], self._resolved(resource.get("Properties", {})))
            for logical_id, resource in self._template["Resources"].items()
            if resource["Type"].split("::")[1] in services
        }

    def _resolved(self, value: Any) -> Any:  # noqa: ANN401, PLR0911 - JSON, and a return a function
        match value:
            case {"Ref": str(name)}:
                return self._pseudo_parameters.get(name) or self.physical_ids[name]
            case {"Fn::GetAtt": [str(logical_id), str(attribute)]}:
                type_ = self._template["Resources"][logical_id]["Type"]
                return _ATTRIBUTES[type_, attribute](self.clients, self.physical_ids[logical_id])
            case {"Fn::Join": [str(between), list(parts)]}:
                return between.join(self._resolved(parts))
            case {"Fn::Select": [index, parts]}:
                return self._resolved(parts)[int(index)]
            case {"Fn::Split": [str(at), text]}:
                return self._resolved(text).split(at)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda name: self._resolved({"Ref": name[1]}), text)
            case {"Fn::FindInMap": [str(mapping), outer, inner]}:
                return self._template["Mappings"][mapping][self._resolved(outer)][self._resolved(inner)]
            case dict():
                assert not any(key.startswith("Fn::") for key in value), f"nobody works out {value}"
                return {key: self._resolved(part) for key, part in value.items()}
            case list():
                return [self._resolved(part) for part in value]
        return value


def last_part(clients: Clients, arn: str) -> str:
    """The name at the end of an ARN."""
    del clients
    return arn.rpartition("/")[2]


def _queue(clients: Clients, url: str) -> str:
    named = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(named["Attributes"]["QueueArn"])


def _log_group(clients: Clients, name: str) -> str:
    (group,) = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return str(group["arn"])


def _alarm(clients: Clients, name: str) -> str:
    (alarm,) = clients("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["AlarmArn"])


_ATTRIBUTES: dict[tuple[str, str], Callable[[Clients, str], str]] = {
    ("AWS::CloudWatch::Alarm", "Arn"): _alarm,
    ("AWS::EC2::SecurityGroup", "GroupId"): lambda _, id_: id_,
    ("AWS::Events::Rule", "Arn"): lambda clients, name: clients("events").describe_rule(Name=name)["Arn"],
    ("AWS::IAM::Role", "Arn"): lambda clients, name: clients("iam").get_role(RoleName=name)["Role"]["Arn"],
    ("AWS::KMS::Key", "Arn"): lambda clients, id_: clients("kms").describe_key(KeyId=id_)["KeyMetadata"]["Arn"],
    ("AWS::Lambda::Function", "Arn"): lambda clients, name: clients("lambda").get_function_configuration(
        FunctionName=name
    )["FunctionArn"],
    ("AWS::Logs::LogGroup", "Arn"): _log_group,
    ("AWS::S3::Bucket", "Arn"): lambda _, name: f"arn:aws:s3:::{name}",
    ("AWS::SQS::Queue", "Arn"): _queue,
    ("AWS::SageMaker::Endpoint", "EndpointName"): last_part,
    ("AWS::SageMaker::EndpointConfig", "EndpointConfigName"): last_part,
    ("AWS::SageMaker::Model", "ModelName"): last_part,
}
