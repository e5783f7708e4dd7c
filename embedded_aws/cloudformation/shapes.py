"""Records in the shapes of the CloudFormation API."""

import json
from collections.abc import Mapping
from typing import Any

from embedded_aws.cloudformation.change_set import Change, ChangeSet, Detail
from embedded_aws.cloudformation.functions import Json
from embedded_aws.cloudformation.stacks import STACK, Deployed, Event, Stack
from embedded_aws.cloudformation.target import Target

Shape = dict[str, Any]


def tag_list(tags: Mapping[str, str]) -> list[Shape]:
    """Tags, as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def parameter_list(target: Target) -> list[Shape]:
    """Parameters, as the API lists them."""
    return [parameter.described(name) for name, parameter in target.parameters.items()]


def stack_shape(stack: Stack) -> Shape:
    """A stack of DescribeStacks."""
    shape: Shape = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": False,
        "RollbackConfiguration": {},
        "NotificationARNs": [],
        "EnableTerminationProtection": stack.is_protected,
        "RoleARN": stack.role,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "Tags": [],
    }
    if stack.target is not None:
        shape |= {
            "Description": stack.target.template.description,
            "Parameters": parameter_list(stack.target),
            "Tags": tag_list(stack.target.tags),
            "Outputs": [
                {
                    "OutputKey": output.key,
                    "OutputValue": output.value,
                    "Description": output.description,
                    "ExportName": output.export,
                }
                for output in stack.outputs
            ],
        }
    return shape


def stack_summary(stack: Stack) -> Shape:
    """A stack of ListStacks."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.target.template.description if stack.target else None,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
    }


def event_shape(stack: Stack, event: Event) -> Shape:
    """An event of DescribeStackEvents."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "EventId": event.id,
        "OperationId": event.operation_id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": None if event.properties is None else json.dumps(event.properties),
    }


def resource_shapes(stack: Stack, *, when: str) -> list[Shape]:
    """What is there of a stack, in what DescribeStackResources and ListStackResources share.

    Args:
        stack: the stack.
        when: what the API calls the time of the last event.
    """
    last = {event.logical_id: event for event in stack.events if event.type != STACK}
    return [_resource_shape(record, last[name], when) for name, record in stack.resources.items()]


def _resource_shape(record: Deployed, last: Event, when: str) -> Shape:
    return {
        "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical.id,
        "ResourceType": record.type,
        when: last.at,
        "ResourceStatus": last.status,
        "ResourceStatusReason": last.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def change_set_shape(stack: Stack, change_set: ChangeSet, *, with_values: bool) -> Shape:
    """A change set of DescribeChangeSet.

    Args:
        stack: the stack.
        change_set: the change set.
        with_values: whether old and new values are told too.
    """
    return {
        **change_set_summary(stack, change_set),
        "Parameters": parameter_list(change_set.target),
        "Tags": tag_list(change_set.target.tags),
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Capabilities": [],
        "Changes": [
            {"Type": "Resource", "ResourceChange": change_shape(change, with_values=with_values)}
            for change in change_set.changes
        ],
    }


def change_set_summary(stack: Stack, change_set: ChangeSet) -> Shape:
    """A change set of ListChangeSets."""
    return {
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "CreationTime": change_set.created,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "ExecutionStatus": change_set.execution_status,
        "IncludeNestedStacks": False,
    }


def change_shape(change: Change, *, with_values: bool) -> Shape:
    """A resource's change."""
    shape: Shape = {
        "Action": change.action,
        "PolicyAction": change.policy_action,
        "LogicalResourceId": change.logical_id,
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.type,
        "Replacement": change.replacement,
        "Scope": sorted({detail.attribute for detail in change.details}),
        "Details": [_detail_shape(detail, with_values=with_values) for detail in change.details],
    }
    if with_values:
        shape["BeforeContext"] = _context(change.before)
        shape["AfterContext"] = _context(change.after)
    return shape


def _context(properties: Mapping[str, Json] | None) -> str | None:
    return None if properties is None else json.dumps({"Properties": properties})


def _detail_shape(detail: Detail, *, with_values: bool) -> Shape:
    target: Shape = {
        "Attribute": detail.attribute,
        "Name": detail.name,
        "RequiresRecreation": detail.recreation,
    }
    if with_values and detail.name is not None:
        kinds = {(True, False): "Add", (False, True): "Remove"}
        target |= {
            "Path": f"/Properties/{detail.name}",
            "BeforeValue": _value(detail.before),
            "AfterValue": _value(detail.after),
            "AttributeChangeType": kinds.get((detail.before is None, detail.after is None), "Modify"),
        }
    return {
        "Target": target,
        "Evaluation": detail.evaluation,
        "ChangeSource": detail.source,
        "CausingEntity": detail.cause,
    }


def _value(value: Json) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
