"""What the engine is told about resource types: their kinds and their schemas, handed in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from embedded_aws.cloudformation.change_set import Fault
from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.kind import Kind
from embedded_aws.cloudformation.template import Declaration


class Schema(Protocol):
    """What is known of a type's properties."""

    @property
    def properties(self) -> frozenset[str]:
        """All of them."""
        ...

    @property
    def create_only(self) -> frozenset[str]:
        """Those whose change replaces the resource."""
        ...

    @property
    def read_only(self) -> frozenset[str]:
        """Those that only Fn::GetAtt reads."""
        ...


@dataclass(frozen=True)
class ResourceTypes:
    """The types of resource that can be deployed.

    Args:
        kinds: by type, how one is made.
        schema_of: what is known of a type's properties; None for a type that is not known.
        faults_of: what is wrong with a resource's properties.
    """

    kinds: Mapping[str, Kind]
    schema_of: Callable[[str], Schema | None]
    faults_of: Callable[[str, dict[str, Json]], list[str]]

    def check(self, declarations: Iterable[Declaration]) -> None:
        """Refuses types that cannot be deployed.

        Raises:
            TemplateError: naming each of them, and the resources that are of it.
        """
        unknown: dict[str, list[str]] = {}
        for declaration in declarations:
            if declaration.type not in self.kinds:
                unknown.setdefault(declaration.type, []).append(declaration.logical_id)
        if unknown:
            told = ", ".join(f"{type_} (of {', '.join(names)})" for type_, names in sorted(unknown.items()))
            raise TemplateError(f"Template format error: Unrecognized resource types: [{told}]: not emulated")

    def replaces(self, type_: str, name: str) -> bool:
        """Whether changing a property replaces the resource."""
        schema = self.schema_of(type_)
        return schema is not None and name in schema.create_only

    def has_tags(self, type_: str) -> bool:
        """Whether a resource of the type inherits the stack's tags."""
        schema = self.schema_of(type_)
        return schema is not None and "Tags" in schema.properties

    def faults(self, declaration: Declaration, properties: dict[str, Json]) -> list[Fault]:
        """What is wrong with a resource's resolved properties."""
        return [
            Fault(declaration.logical_id, declaration.type, message)
            for message in self.faults_of(declaration.type, properties)
        ]

    def check_attribute(self, declaration: Declaration, attribute: str) -> None:
        """Refuses an attribute that the type does not have.

        Raises:
            TemplateError: naming it.
        """
        schema = self.schema_of(declaration.type)
        if schema is None:
            return
        known = {*schema.read_only, *schema.properties}
        known |= {name.replace("/", ".") for name in known}
        if attribute not in known and attribute.partition(".")[0] not in known:
            raise TemplateError(
                f"Template error: resource {declaration.logical_id} does not support attribute type {attribute} "
                "in Fn::GetAtt"
            )
