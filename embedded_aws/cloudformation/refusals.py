"""Parameters of the API that would be passed over, and so are refused."""

from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.cloudformation.engine import RefusedError

NOT_EMULATED: Mapping[str, Callable[[Any], bool]] = {
    "DeletionMode": lambda value: value != "STANDARD",
    "DeploymentConfig": lambda value: (
        value.get("Mode", "STANDARD") != "STANDARD" or value.get("DisableRollback", False)
    ),
    "DeploymentMode": bool,
    "DisableRollback": bool,
    "NotificationARNs": bool,
    "OnFailure": lambda value: value != "ROLLBACK",
    "OnStackFailure": lambda value: value != "ROLLBACK",
    "ResourceTypes": bool,
    "ResourcesToImport": bool,
    "RetainExceptOnCreate": bool,
    "RollbackConfiguration": lambda value: bool(
        value.get("RollbackTriggers") or value.get("MonitoringTimeInMinutes")
    ),
    "StackPolicyBody": bool,
    "StackPolicyDuringUpdateBody": bool,
    "StackPolicyDuringUpdateURL": bool,
    "StackPolicyURL": bool,
}
"""By parameter, the values that ask for what is not emulated; others say what is done anyway.

Accepted and without effect, as nothing here depends on them: Capabilities, ClientToken, ClientRequestToken,
IncludeNestedStacks (there are none), TimeoutInMinutes (nothing takes minutes), DisableValidation. And
ImportExistingResources, which `cdk bootstrap` asks for, imports nothing: a resource that is there already fails.
"""


def refuse_what_is_not_emulated(operation: str, parameters: Mapping[str, Any]) -> None:
    """Refuses a request for what is not emulated.

    Raises:
        RefusedError: naming the parameter and its value.
    """
    for name, asks in NOT_EMULATED.items():
        if name in parameters and asks(parameters[name]):
            raise RefusedError(
                "NotEmulated", f"cloudformation:{operation}: {name}={parameters[name]!r} is not emulated"
            )
    if parameters.get("ChangeSetType") == "IMPORT":
        raise RefusedError("NotEmulated", f"cloudformation:{operation}: ChangeSetType=IMPORT is not emulated")
