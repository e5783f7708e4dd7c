"""The operations of the CloudFormation API on change sets."""

from collections.abc import Callable, Mapping

from embedded_aws.cloudformation.call import Call
from embedded_aws.cloudformation.engine import EARLY_VALIDATION, RefusedError
from embedded_aws.cloudformation.shapes import Shape, change_set_shape, change_set_summary


def _create_change_set(call: Call) -> Shape:
    stack, change_set = call.engine.create_change_set(
        call.given["StackName"],
        call.given["ChangeSetName"],
        call.given.get("ChangeSetType", "UPDATE"),
        call.request(),
        call.given.get("Description"),
    )
    return {"Id": change_set.id, "StackId": stack.id}


def _describe_change_set(call: Call) -> Shape:
    stack, change_set = call.engine.change_set(call.given["ChangeSetName"], call.given.get("StackName"))
    return change_set_shape(stack, change_set, with_values=bool(call.given.get("IncludePropertyValues")))


def _list_change_sets(call: Call) -> Shape:
    stack = call.stack
    return call.page("Summaries", [change_set_summary(stack, item) for item in stack.change_sets.values()])


def _execute_change_set(call: Call) -> Shape:
    stack, change_set = call.engine.change_set(call.given["ChangeSetName"], call.given.get("StackName"))
    call.engine.execute(stack, change_set)
    call.wait_for(stack)
    return {}


def _delete_change_set(call: Call) -> Shape:
    try:
        stack, change_set = call.engine.change_set(call.given["ChangeSetName"], call.given.get("StackName"))
    except RefusedError as refusal:
        if refusal.code == "ChangeSetNotFound":
            return {}  # gone already is fine
        raise
    stack.change_sets.pop(change_set.name, None)
    return {}


def _describe_events(call: Call) -> Shape:
    """What CDK asks when a change set failed: the faults of single resources."""
    stack, change_set = call.engine.change_set(call.given["ChangeSetName"], call.given.get("StackName"))
    return {
        "OperationEvents": [
            {
                "EventId": f"{change_set.id}/{number}",
                "StackId": stack.id,
                "OperationId": change_set.id,
                "OperationType": "CREATE_CHANGESET",
                "EventType": "VALIDATION_ERROR",
                "LogicalResourceId": fault.logical_id,
                "ResourceType": fault.type,
                "Timestamp": change_set.created,
                "ValidationFailureMode": "FAIL",
                "ValidationName": EARLY_VALIDATION.rpartition("::")[2],
                "ValidationStatus": "FAILED",
                "ValidationStatusReason": fault.message,
                "ValidationPath": f"/Resources/{fault.logical_id}/Properties",
            }
            for number, fault in enumerate(change_set.faults)
        ]
    }


def _list_hook_results(call: Call) -> Shape:
    """There are no hooks here, so they found nothing."""
    return {"TargetType": call.given.get("TargetType"), "TargetId": call.given.get("TargetId"), "HookResults": []}


OPERATIONS: Mapping[str, Callable[[Call], Shape]] = {
    "CreateChangeSet": _create_change_set,
    "DeleteChangeSet": _delete_change_set,
    "DescribeChangeSet": _describe_change_set,
    "DescribeEvents": _describe_events,
    "ExecuteChangeSet": _execute_change_set,
    "ListChangeSets": _list_change_sets,
    "ListHookResults": _list_hook_results,
}
