"""A stack's operations: created, updated, rolled back, deleted."""

from dataclasses import dataclass, field, replace

from embedded_aws.cloudformation.functions import Json, Scope, TemplateError, resolve
from embedded_aws.cloudformation.resource_steps import NOT_MADE, Live, ResourceError, ResourceSteps, reason_of
from embedded_aws.cloudformation.stacks import Deployed, Stack, Stacks
from embedded_aws.cloudformation.target import Output, Target
from embedded_aws.cloudformation.template import Declaration


class _FailedError(Exception):
    """What fails an operation, in words."""


@dataclass
class Deployment:
    """One operation on a stack.

    Args:
        stack: the stack.
        stacks: its neighbours, for exports.
        steps: makes, changes and takes away its resources.
    """

    stack: Stack
    stacks: Stacks
    steps: ResourceSteps
    _imports: set[str] = field(default_factory=set)

    def create(self, target: Target) -> None:
        """Makes all resources; if one cannot be made, those that were are deleted again."""
        stack = self.stack
        try:
            scope = target.scope(Live(stack.resources), self._imported)
            for declaration in target.declarations:
                wanted = _wanted(declaration, target, self._properties(declaration, scope))
                stack.resources[declaration.logical_id] = self.steps.create(wanted)
            stack.outputs = self._outputs(target, scope)
        except (ResourceError, _FailedError) as fault:
            self._roll_creation_back(str(fault))
            return
        stack.imports = frozenset(self._imports)
        stack.enter("CREATE_COMPLETE")

    def _roll_creation_back(self, reason: str) -> None:
        stack = self.stack
        stack.begin()
        stack.enter("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
        failed = self.steps.delete_all(
            [(record, _policy_of_new(record)) for record in reversed(stack.resources.values())]
        )
        stack.resources = {name: record for name, record in stack.resources.items() if name in failed}
        stack.enter("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", _not_deleted(failed))

    def update(self, target: Target) -> None:
        """Changes what differs; if that fails, all is put back as it was."""
        stack = self.stack
        tags = stack.target.tags if stack.target else {}
        journal = Journal(dict(stack.resources), tags != target.tags)
        try:
            scope = target.scope(Live(stack.resources), self._imported)
            for declaration in target.declarations:
                self._bring(declaration, target, scope, journal)
            outputs = self._outputs(target, scope)
        except (ResourceError, _FailedError) as fault:
            self._roll_update_back(journal, str(fault))
            return
        stack.target, stack.outputs, stack.imports = target, outputs, frozenset(self._imports)
        stack.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        wanted = {declaration.logical_id: declaration for declaration in target.declarations}
        removed = [
            (old, wanted[name].update_replace_policy if name in wanted else old.deletion_policy)
            for name, old in reversed(journal.before.items())
            if name not in wanted or name in journal.superseded
        ]
        # What cannot be cleaned up is left behind, and the update is complete all the same: so does CloudFormation.
        self.steps.delete_all(removed)
        stack.resources = {name: stack.resources[name] for name in wanted}
        stack.enter("UPDATE_COMPLETE")

    def _bring(self, declaration: Declaration, target: Target, scope: Scope, journal: "Journal") -> None:
        live, name = self.stack.resources, declaration.logical_id
        wanted = _wanted(declaration, target, self._properties(declaration, scope))
        old = live.get(name)
        if old is None:
            live[name] = self.steps.create(wanted)
            journal.made.append(live[name])
        elif old.properties == wanted.properties and not (journal.retags and self.steps.types.has_tags(old.type)):
            live[name] = replace(wanted, physical=old.physical)
        elif self.steps.replaces(old, wanted):
            live[name] = self.steps.substitute(old, wanted, journal.overwritten)
            journal.made.append(live[name])
            journal.superseded.add(name)
        else:
            journal.touched.append((old, replace(wanted, physical=old.physical)))
            live[name] = self.steps.update(old, journal.touched[-1][1])
            journal.touched[-1] = (old, live[name])

    def _roll_update_back(self, journal: "Journal", reason: str) -> None:
        stack = self.stack
        stack.begin()
        stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        steps = self.steps.with_tags(stack.target.tags if stack.target else {})
        restored = dict(journal.before)
        try:
            for record in journal.overwritten:
                steps.delete(record, "Delete")
                restored[record.logical_id] = steps.create(journal.before[record.logical_id], "UPDATE")
            for old, touched in reversed(journal.touched):
                restored[old.logical_id] = steps.update(touched, replace(old, physical=touched.physical))
        except ResourceError as fault:
            stack.resources = {**stack.resources, **restored}
            stack.enter("UPDATE_ROLLBACK_FAILED", str(fault))
            return
        stack.resources = restored
        stack.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self.steps.delete_all([(record, _policy_of_new(record)) for record in reversed(journal.made)])
        stack.enter("UPDATE_ROLLBACK_COMPLETE")

    def delete(self, retained: frozenset[str], status_before: str) -> None:
        """Takes all resources away, unless another stack uses what this one exports.

        Args:
            retained: logical ids of resources to keep.
            status_before: the status that a stack in use goes back to.
        """
        stack = self.stack
        try:
            self._check_exports(())
        except _FailedError as fault:
            stack.enter(status_before, str(fault))
            return
        failed = self.steps.delete_all(
            [
                (record, "Retain" if name in retained else record.deletion_policy)
                for name, record in reversed(stack.resources.items())
            ]
        )
        if failed:
            stack.resources = {name: record for name, record in stack.resources.items() if name in failed}
            stack.enter("DELETE_FAILED", _not_deleted(failed))
            return
        stack.resources, stack.outputs, stack.imports = {}, (), frozenset()
        stack.deleted = stack.clock.now()
        stack.enter("DELETE_COMPLETE")

    def _properties(self, declaration: Declaration, scope: Scope) -> dict[str, Json]:
        try:
            properties: dict[str, Json] = resolve(dict(declaration.properties), scope)
        except TemplateError as fault:
            verb = "UPDATE" if declaration.logical_id in self.stack.resources else "CREATE"
            status = f"{verb}_FAILED"
            self.stack.tell(declaration.logical_id, "", declaration.type, status, reason_of(fault))
            raise ResourceError(declaration.logical_id, status) from fault
        return properties

    def _imported(self, export: str) -> Json:
        self._imports.add(export)
        return self.stacks.imported(export)

    def _outputs(self, target: Target, scope: Scope) -> tuple[Output, ...]:
        try:
            outputs = target.outputs(scope)
        except TemplateError as fault:
            raise _FailedError(str(fault)) from fault
        self._check_exports(outputs)
        return outputs

    def _check_exports(self, outputs: tuple[Output, ...]) -> None:
        wanted = {output.export: output.value for output in outputs if output.export is not None}
        for name in wanted:
            owner = self.stacks.exporter(name)
            if owner is not None and owner is not self.stack:
                raise _FailedError(f"Export with name {name} is already exported by stack {owner.name}.")
        for name, value in self.stack.exports.items():
            users = " and ".join(user.name for user in self.stacks.importers(name) if user is not self.stack)
            if users and wanted.get(name) != value:
                verb = "updated" if name in wanted else "deleted"
                raise _FailedError(f"Export {name} cannot be {verb} as it is in use by {users}")


@dataclass
class Journal:
    """What an update did so far, for putting it back.

    Attributes:
        before: what was there.
        retags: whether the stack's tags change, which its resources inherit.
        made: new resources, oldest first.
        superseded: the logical ids of those that were replaced.
        touched: what was changed in place, or may have been: as it was, and as it is now.
        overwritten: what was put over the one that it should have replaced.
    """

    before: dict[str, Deployed]
    retags: bool
    made: list[Deployed] = field(default_factory=list)
    superseded: set[str] = field(default_factory=set)
    touched: list[tuple[Deployed, Deployed]] = field(default_factory=list)
    overwritten: list[Deployed] = field(default_factory=list)


def _wanted(declaration: Declaration, target: Target, properties: dict[str, Json]) -> Deployed:
    return Deployed(
        declaration.logical_id,
        declaration.type,
        NOT_MADE,
        properties,
        target.depends[declaration.logical_id],
        declaration.deletion_policy,
        declaration.update_replace_policy,
        declaration.metadata,
    )


def _policy_of_new(record: Deployed) -> str:
    return "Retain" if record.deletion_policy == "Retain" else "Delete"


def _not_deleted(failed: list[str]) -> str | None:
    return f"The following resource(s) failed to delete: [{', '.join(failed)}]. " if failed else None
