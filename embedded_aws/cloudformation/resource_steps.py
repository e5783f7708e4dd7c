"""A step of a deployment: one resource made, changed or taken away, and told as events."""

import copy
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from embedded_aws.cloudformation.changes import attribute_of, changed_names
from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.kind import Context, Kind, Physical
from embedded_aws.cloudformation.resource_types import ResourceTypes
from embedded_aws.cloudformation.stacks import Deployed, Stack

CUSTOM_NAME = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
    "Rename {} and update the stack again."
)


class ResourceError(Exception):
    """A resource that could not be made, changed or taken away; its event is told already.

    Args:
        logical_id: the resource.
        status: what its event says, "CREATE_FAILED".
    """

    def __init__(self, logical_id: str, status: str) -> None:
        verb = status.partition("_")[0].lower()
        super().__init__(f"The following resource(s) failed to {verb}: [{logical_id}].")


def reason_of(fault: Exception) -> str:
    """Why a service refused, in the words of a resource handler."""
    if isinstance(fault, ClientError):
        error = fault.response["Error"]
        return f'Resource handler returned message: "{error["Message"]}" (HandlerErrorCode: {error["Code"]})'
    if isinstance(fault, TemplateError):
        return str(fault)
    told = str(fault) if isinstance(fault, ValueError) else f"{type(fault).__name__}: {fault}"
    return f'Resource handler returned message: "{told}" (HandlerErrorCode: InternalFailure)'


@dataclass(frozen=True)
class Live:
    """What the resources that are there answer to each other."""

    records: dict[str, Deployed]

    def ref(self, logical_id: str) -> Json:
        """What Ref gives."""
        physical = self._record(logical_id).physical
        return physical.id if physical.ref is None else physical.ref

    def attribute(self, logical_id: str, name: str) -> Json:
        """What Fn::GetAtt gives."""
        return attribute_of(self._record(logical_id), name)

    def _record(self, logical_id: str) -> Deployed:
        if logical_id not in self.records:
            raise TemplateError(f"Template format error: Unresolved resource dependencies [{logical_id}]")
        return self.records[logical_id]


@dataclass(frozen=True)
class ResourceSteps:
    """Makes, changes and takes away the resources of a stack.

    Args:
        stack: the stack, which is told each step.
        types: the types of resource.
        context: what kinds are told.
    """

    stack: Stack
    types: ResourceTypes
    context: Context

    def create(self, wanted: Deployed, verb: str = "CREATE") -> Deployed:
        """Makes a resource; the physical resource of the record that is handed in is not looked at.

        Raises:
            ResourceError: if its kind refuses.
        """
        self._tell(wanted, f"{verb}_IN_PROGRESS", physical_id="")
        try:
            physical = self._kind(wanted).create(self.context, wanted.logical_id, copy.deepcopy(wanted.properties))
        except Exception as fault:  # whatever a kind raises fails its resource, and the stack
            raise self._failed(wanted, f"{verb}_FAILED", fault, physical_id="") from fault
        made = replace(wanted, physical=physical)
        self._tell(made, f"{verb}_COMPLETE")
        return made

    def update(self, old: Deployed, wanted: Deployed) -> Deployed:
        """Changes a resource in place.

        Raises:
            ResourceError: if its kind refuses.
        """
        self._tell(wanted, "UPDATE_IN_PROGRESS")
        try:
            physical = self._kind(wanted).update(
                self.context,
                wanted.logical_id,
                wanted.physical,
                copy.deepcopy(old.properties),
                copy.deepcopy(wanted.properties),
            )
        except Exception as fault:  # whatever a kind raises fails its resource, and the stack
            raise self._failed(wanted, "UPDATE_FAILED", fault) from fault
        changed = replace(wanted, physical=physical)
        self._tell(changed, "UPDATE_COMPLETE")
        return changed

    def substitute(self, old: Deployed, wanted: Deployed, overwritten: list[Deployed]) -> Deployed:
        """Makes a resource in place of one that is there, which stays until the clean-up.

        Args:
            old: what is there.
            wanted: what is to be.
            overwritten: gets the new one if its service put it over the old one instead of refusing it.

        Raises:
            ResourceError: if its kind refuses, or the new one has the physical id of the old one.
        """
        self._tell(old, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource")
        made = self.create(wanted, "UPDATE")
        if made.physical.id == old.physical.id:
            overwritten.append(made)
            fault = TemplateError(CUSTOM_NAME.format(made.physical.id))
            raise self._failed(made, "UPDATE_FAILED", fault)
        return made

    def delete(self, record: Deployed, policy: str) -> None:
        """Takes a resource away, unless its policy keeps it.

        Raises:
            ResourceError: if its kind refuses.
        """
        if policy != "Delete":
            self._tell(record, "DELETE_SKIPPED")
            return
        self._tell(record, "DELETE_IN_PROGRESS")
        try:
            self._kind(record).delete(
                self.context, record.logical_id, record.physical, copy.deepcopy(record.properties)
            )
        except Exception as fault:  # whatever a kind raises fails its resource, and the stack
            raise self._failed(record, "DELETE_FAILED", fault) from fault
        self._tell(record, "DELETE_COMPLETE")

    def delete_all(self, records: list[tuple[Deployed, str]]) -> list[str]:
        """Takes resources away, each with its policy; what a resource that could not be deleted needs stays.

        Args:
            records: each before those that it depends on.

        Returns:
            The logical ids of those that are still there.
        """
        left: list[str] = []
        needed: set[str] = set()
        for record, policy in records:
            try:
                if record.logical_id not in needed:
                    self.delete(record, policy)
                    continue
            except ResourceError:
                pass  # its event is told, and it is left
            left.append(record.logical_id)
            needed |= record.depends
        return left

    def replaces(self, old: Deployed, wanted: Deployed) -> bool:
        """Whether a resource must be replaced to have the properties that are wanted."""
        return any(self.types.replaces(old.type, name) for name in changed_names(old.properties, wanted.properties))

    def with_tags(self, tags: Mapping[str, str]) -> "ResourceSteps":
        """The same steps, for a stack with these tags."""
        return replace(self, context=replace(self.context, tags=dict(tags)))

    def _kind(self, record: Deployed) -> Kind:
        return self.types.kinds[record.type]

    def _failed(
        self, record: Deployed, status: str, fault: Exception, physical_id: str | None = None
    ) -> ResourceError:
        logging.getLogger(__name__).info("%s of %s", status, record.logical_id, exc_info=fault)
        self._tell(record, status, reason_of(fault), physical_id)
        return ResourceError(record.logical_id, status)

    def _tell(
        self, record: Deployed, status: str, reason: str | None = None, physical_id: str | None = None
    ) -> None:
        shown = record.physical.id if physical_id is None else physical_id
        self.stack.tell(record.logical_id, shown, record.type, status, reason, properties=record.properties)


NOT_MADE = Physical("", {})
"""What stands in a record until its kind has made the resource."""
