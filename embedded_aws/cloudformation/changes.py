"""What deploying a target would change, as far as it can be told beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from embedded_aws.cloudformation.change_set import Change, Detail, Fault
from embedded_aws.cloudformation.functions import Json, Later, Scope, TemplateError, resolve
from embedded_aws.cloudformation.references import pruned, references
from embedded_aws.cloudformation.resource_types import ResourceTypes
from embedded_aws.cloudformation.stacks import Deployed
from embedded_aws.cloudformation.target import Imported, Output, Target
from embedded_aws.cloudformation.template import Declaration


@dataclass(frozen=True)
class Plan:
    """What deploying a target would change.

    Attributes:
        changes: in the order of deployment, removals last.
        outputs: as they would be.
        faults: what is wrong with single resources.
    """

    changes: tuple[Change, ...]
    outputs: tuple[Output, ...]
    faults: tuple[Fault, ...]


def plan(
    deployed: Mapping[str, Deployed],
    previous: Target | None,
    target: Target,
    types: ResourceTypes,
    imported: Imported,
) -> Plan:
    """Compares what is deployed with a target, by resolved values.

    Args:
        deployed: what is there.
        previous: what was deployed; None if nothing was.
        target: what is wanted.
        types: the types of resource.
        imported: other stacks' exports.

    Raises:
        TemplateError: if the target cannot be deployed.
    """
    foreseen = Foreseen(deployed, target, types)
    scope = target.scope(foreseen, imported)
    before = previous.parameters if previous else {}
    moved = {name for name, now in target.parameters.items() if name in before and before[name] != now}
    retags = previous is not None and previous.tags != target.tags
    comparison = _Comparison(types, scope, moved, retags)
    changes: list[Change] = []
    faults: list[Fault] = []
    for declaration in target.declarations:
        after = resolve(dict(declaration.properties), scope)
        faults += types.faults(declaration, after)
        change = comparison.change(declaration, after, deployed.get(declaration.logical_id))
        if change is not None:
            foreseen.add(change)
            changes.append(change)
    wanted = {declaration.logical_id for declaration in target.declarations}
    changes += [
        Change(
            "Remove",
            name,
            old.type,
            old.physical.id,
            before=old.properties,
            removal=old.deletion_policy,
        )
        for name, old in reversed(list(deployed.items()))
        if name not in wanted
    ]
    return Plan(tuple(changes), target.outputs(scope), tuple(faults))


@dataclass
class Foreseen:
    """What resources will answer to each other, as far as that is known before they are deployed."""

    deployed: Mapping[str, Deployed]
    target: Target
    types: ResourceTypes
    changes: dict[str, Change] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Takes note that a resource changes."""
        self.changes[change.logical_id] = change

    def ref(self, logical_id: str) -> Json:
        """What Ref will give."""
        if self._is_new(logical_id):
            return Later([(logical_id, None)])
        physical = self._there(logical_id).physical
        return physical.id if physical.ref is None else physical.ref

    def attribute(self, logical_id: str, name: str) -> Json:
        """What Fn::GetAtt will give."""
        self.types.check_attribute(self.target.template.resources[logical_id], name)
        change = self.changes.get(logical_id)
        if self._is_new(logical_id) or (change and name.partition(".")[0] in {it.name for it in change.details}):
            return Later([(logical_id, name)])
        return attribute_of(self._there(logical_id), name)

    def _is_new(self, logical_id: str) -> bool:
        change = self.changes.get(logical_id)
        return change is not None and (change.action == "Add" or change.replacement != "False")

    def _there(self, logical_id: str) -> Deployed:
        if logical_id not in self.deployed:
            raise TemplateError(f"Template format error: Unresolved resource dependencies [{logical_id}]")
        return self.deployed[logical_id]


def attribute_of(record: Deployed, name: str) -> Json:
    """An attribute of what was made.

    Raises:
        TemplateError: if its kind does not give that attribute.
    """
    if name not in record.physical.attributes:
        raise TemplateError(
            f"Template error: the attribute {name} of {record.logical_id} ({record.type}) is not emulated"
        )
    return record.physical.attributes[name]


@dataclass(frozen=True)
class _Comparison:
    """Compares a resource that is wanted with the one that is there.

    Args:
        types: the types of resource.
        scope: what the wanted properties were resolved in.
        moved: the parameters whose value changed.
        retags: whether the stack's tags changed.
    """

    types: ResourceTypes
    scope: Scope
    moved: set[str]
    retags: bool

    def change(self, declaration: Declaration, after: dict[str, Json], old: Deployed | None) -> Change | None:
        name, type_ = declaration.logical_id, declaration.type
        if old is None:
            return Change("Add", name, type_, after=after)
        if old.type != type_:
            raise TemplateError(
                "Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{name}]"
            )
        details = (
            *self._property_details(declaration, old.properties, after),
            *_attribute_details(declaration, old),
            *([Detail("Tags")] if self.retags and self.types.has_tags(type_) else []),
        )
        if not details:
            return None
        removal = declaration.update_replace_policy
        return Change("Modify", name, type_, old.physical.id, details, old.properties, after, removal)

    def _property_details(
        self, declaration: Declaration, before: Mapping[str, Json], after: Mapping[str, Json]
    ) -> Iterator[Detail]:
        for name in changed_names(before, after):
            value = pruned(declaration.properties.get(name), self.scope.conditions)
            parameter = min({found.name for found in references(value)} & self.moved, default=None)
            source, cause = "DirectModification", None
            if parameter is not None:
                source, cause = "ParameterReference", parameter
            awaited = min(_causes(after.get(name)), default=None)
            if awaited is not None:
                logical_id, attribute = awaited
                source = "ResourceAttribute" if attribute else "ResourceReference"
                cause = f"{logical_id}.{attribute}" if attribute else logical_id
            yield Detail(
                "Properties",
                name,
                "Always" if self.types.replaces(declaration.type, name) else "Never",
                "Static" if awaited is None else "Dynamic",
                source,
                cause,
                before.get(name),
                after.get(name),
            )


def changed_names(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    """The properties that differ."""
    return [
        name
        for name in sorted({*before, *after})
        if name not in before or name not in after or before[name] != after[name]
    ]


def _causes(value: Json) -> Iterator[tuple[str, str]]:
    match value:
        case Later():
            for logical_id, attribute in value.causes:
                yield logical_id, attribute or ""
        case dict():
            for item in value.values():
                yield from _causes(item)
        case list():
            for item in value:
                yield from _causes(item)


def _attribute_details(declaration: Declaration, old: Deployed) -> Iterator[Detail]:
    if declaration.metadata != old.metadata:
        yield Detail("Metadata")
    if declaration.deletion_policy != old.deletion_policy:
        yield Detail("DeletionPolicy", before=old.deletion_policy, after=declaration.deletion_policy)
    if declaration.update_replace_policy != old.update_replace_policy:
        yield Detail(
            "UpdateReplacePolicy", before=old.update_replace_policy, after=declaration.update_replace_policy
        )
