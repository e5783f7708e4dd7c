"""Records of change sets: what an update would change, property by property."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from embedded_aws.cloudformation.functions import Json
from embedded_aws.cloudformation.target import Target

NOTHING_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


@dataclass(frozen=True)
class Detail:
    """A property (or another attribute) of a resource that changes.

    Attributes:
        attribute: "Properties", "Metadata", "DeletionPolicy" or "UpdateReplacePolicy".
        name: the property's name.
        recreation: "Always" if changing it replaces the resource, else "Never".
        evaluation: "Dynamic" if the new value is known only later, else "Static".
        source: where the change comes from, in the API's words.
        cause: the resource, attribute or parameter that it comes from.
        before: the old value, None if there was none.
        after: the new value, None if there is none.
    """

    attribute: str
    name: str | None = None
    recreation: str = "Never"
    evaluation: str = "Static"
    source: str = "DirectModification"
    cause: str | None = None
    before: Json = None
    after: Json = None


@dataclass(frozen=True)
class Change:
    """A resource that is added, modified or removed.

    Attributes:
        action: "Add", "Modify" or "Remove".
        logical_id: its name within the template.
        type: its type.
        physical_id: of what is there.
        details: what changes of it.
        before: its resolved properties, None if it is added.
        after: likewise, None if it is removed.
        removal: the policy for what is removed or replaced.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    details: tuple[Detail, ...] = ()
    before: Mapping[str, Json] | None = None
    after: Mapping[str, Json] | None = None
    removal: str = "Delete"

    @property
    def replacement(self) -> str | None:
        """Whether it is replaced: "True", "False", or "Conditional" if that depends on values known later."""
        if self.action != "Modify":
            return None
        evaluations = {detail.evaluation for detail in self.details if detail.recreation == "Always"}
        if "Static" in evaluations:
            return "True"
        return "Conditional" if evaluations else "False"

    @property
    def policy_action(self) -> str | None:
        """What becomes of the resource that is there."""
        kept = "Delete" if self.removal == "Delete" else "Retain"
        if self.action == "Remove":
            return kept
        return f"ReplaceAnd{kept}" if self.replacement in {"True", "Conditional"} else None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a resource's properties."""

    logical_id: str
    type: str
    message: str


@dataclass(frozen=True)
class ChangeSet:
    """A change set.

    Attributes:
        name: its name.
        id: its ARN.
        type: "CREATE" or "UPDATE".
        created: when.
        target: what the stack would become.
        changes: how.
        reason: why it cannot be executed; None if it can be.
        faults: what is wrong with single resources.
        description: what the caller said of it.
        role: the role that the caller named.
    """

    name: str
    id: str
    type: str
    created: datetime
    target: Target
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    faults: tuple[Fault, ...] = ()
    description: str | None = None
    role: str | None = None

    @property
    def status(self) -> str:
        """CloudFormation's word for where it stands."""
        return "CREATE_COMPLETE" if self.reason is None else "FAILED"

    @property
    def execution_status(self) -> str:
        """Whether it can be executed."""
        return "AVAILABLE" if self.reason is None else "UNAVAILABLE"
