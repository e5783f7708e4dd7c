"""The operations of the CloudFormation API on stacks, their events, resources and exports."""

import json
from collections.abc import Callable, Mapping

from embedded_aws.cloudformation.call import PAGE, Call
from embedded_aws.cloudformation.engine import RefusedError
from embedded_aws.cloudformation.shapes import Shape, event_shape, resource_shapes, stack_shape, stack_summary


def _create_stack(call: Call) -> Shape:
    is_protected = bool(call.given.get("EnableTerminationProtection"))
    stack = call.engine.create(call.given["StackName"], call.request(), is_protected=is_protected)
    call.wait_for(stack)
    return {"StackId": stack.id}


def _update_stack(call: Call) -> Shape:
    stack = call.engine.update(call.given["StackName"], call.request())
    call.wait_for(stack)
    return {"StackId": stack.id}


def _delete_stack(call: Call) -> Shape:
    stack = call.engine.stacks.find(call.given["StackName"])
    if stack is not None:  # gone already is fine
        call.engine.delete(stack, frozenset(call.given.get("RetainResources", ())))
        call.wait_for(stack)
    return {}


def _update_termination_protection(call: Call) -> Shape:
    call.stack.is_protected = call.given["EnableTerminationProtection"]
    return {"StackId": call.stack.id}


def _describe_stacks(call: Call) -> Shape:
    stacks = [call.stack] if "StackName" in call.given else [*call.engine.stacks]
    return call.page("Stacks", [stack_shape(stack) for stack in stacks])


def _list_stacks(call: Call) -> Shape:
    wanted = call.given.get("StackStatusFilter")
    stacks = [stack for stack in call.engine.stacks.all.values() if not wanted or stack.status in wanted]
    return call.page("StackSummaries", [stack_summary(stack) for stack in stacks])


def _describe_stack_events(call: Call) -> Shape:
    stack = call.stack_or("Stack [{}] does not exist")
    # Newest first, and new ones come all the time: a token counts from the oldest.
    end = int(call.given.get("NextToken") or len(stack.events))
    start = max(0, end - PAGE)
    events = [event_shape(stack, event) for event in reversed(stack.events[start:end])]
    return {"StackEvents": events, "NextToken": str(start) if start else None}


def _list_stack_resources(call: Call) -> Shape:
    stack = call.stack_or("Stack with id {} does not exist")
    return call.page("StackResourceSummaries", resource_shapes(stack, when="LastUpdatedTimestamp"))


def _describe_stack_resources(call: Call) -> Shape:
    physical_id, logical_id = call.given.get("PhysicalResourceId"), call.given.get("LogicalResourceId")
    if "StackName" in call.given:
        stacks = [call.stack_or("Stack with id {} does not exist")]
    else:
        stacks = [
            stack
            for stack in call.engine.stacks
            if physical_id in {record.physical.id for record in stack.resources.values()}
        ]
        if not stacks:
            raise RefusedError("ValidationError", f"Stack for {physical_id} does not exist")
    resources = [
        {**shape, "StackName": stack.name, "StackId": stack.id}
        for stack in stacks
        for shape in resource_shapes(stack, when="Timestamp")
        if logical_id in {None, shape["LogicalResourceId"]}
    ]
    return {"StackResources": resources}


def _describe_stack_resource(call: Call) -> Shape:
    stack, name = call.stack_or("Stack '{}' does not exist"), call.given["LogicalResourceId"]
    for shape in resource_shapes(stack, when="LastUpdatedTimestamp"):
        if shape["LogicalResourceId"] == name:
            metadata = json.dumps(stack.resources[name].metadata or {})
            return {
                "StackResourceDetail": {**shape, "StackName": stack.name, "StackId": stack.id, "Metadata": metadata}
            }
    raise RefusedError("ValidationError", f"Resource {name} does not exist for stack {stack.name}")


def _list_exports(call: Call) -> Shape:
    return call.page(
        "Exports",
        [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in call.engine.stacks
            for name, value in stack.exports.items()
        ],
    )


def _list_imports(call: Call) -> Shape:
    name = call.given["ExportName"]
    names = [stack.name for stack in call.engine.stacks.importers(name)]
    if not names:
        raise RefusedError("ValidationError", f"Export '{name}' is not imported by any stack.")
    return {"Imports": names}


OPERATIONS: Mapping[str, Callable[[Call], Shape]] = {
    "CreateStack": _create_stack,
    "DeleteStack": _delete_stack,
    "DescribeStackEvents": _describe_stack_events,
    "DescribeStackResource": _describe_stack_resource,
    "DescribeStackResources": _describe_stack_resources,
    "DescribeStacks": _describe_stacks,
    "ListExports": _list_exports,
    "ListImports": _list_imports,
    "ListStackResources": _list_stack_resources,
    "ListStacks": _list_stacks,
    "UpdateStack": _update_stack,
    "UpdateTerminationProtection": _update_termination_protection,
}
