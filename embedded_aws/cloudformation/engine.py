"""The engine: stacks and change sets of one account in one region, and the operations on them."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock, Thread

from embedded_aws.cloudformation.change_set import NOTHING_CHANGES, ChangeSet
from embedded_aws.cloudformation.changes import Plan, plan
from embedded_aws.cloudformation.deployment import Deployment
from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.kind import Clients, Context
from embedded_aws.cloudformation.parameters import ReadSsm, parameters_of
from embedded_aws.cloudformation.resource_steps import ResourceSteps
from embedded_aws.cloudformation.resource_types import ResourceTypes
from embedded_aws.cloudformation.stacks import Stack, Stacks
from embedded_aws.cloudformation.target import Target
from embedded_aws.cloudformation.template import Template

Start = Callable[[Callable[[], None], str], None]
"""Starts work in the background: the work, and a name for it."""

UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
EARLY_VALIDATION = "AWS::EarlyValidation::PropertyValidation"


class RefusedError(Exception):
    """A request that is refused.

    Attributes:
        code: AWS's code for it.
        message: why.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def start_thread(work: Callable[[], None], name: str) -> None:
    """Starts work in a thread that does not keep the process alive."""
    Thread(target=work, name=name, daemon=True).start()


@dataclass(frozen=True)
class Request:
    """What is wanted of a stack.

    Attributes:
        template: the template.
        parameters: as the API lists them.
        tags: the stack's tags; None to keep those that it has.
        role: the role that the caller named.
    """

    template: Template
    parameters: Sequence[Mapping[str, Json]] = ()
    tags: Mapping[str, str] | None = None
    role: str | None = None


@dataclass
class Engine:
    """CloudFormation, of one account in one region.

    Args:
        account: the account.
        region: the region.
        types: the resource types that can be deployed.
        clients: how kinds reach services.
        read_ssm: looks up parameters of Systems Manager.
        start: starts operations in the background.
    """

    account: str
    region: str
    types: ResourceTypes
    clients: Clients
    read_ssm: ReadSsm
    start: Start = start_thread
    stacks: Stacks = field(default_factory=Stacks)
    lock: RLock = field(default_factory=RLock)

    def stack(self, name_or_id: str) -> Stack:
        """The stack of a name or an ARN.

        Raises:
            RefusedError: if there is none.
        """
        stack = self.stacks.find(name_or_id)
        if stack is None:
            raise RefusedError("ValidationError", f"Stack with id {name_or_id} does not exist")
        return stack

    def create_change_set(
        self, stack_name: str, name: str, type_: str, request: Request, description: str | None = None
    ) -> tuple[Stack, ChangeSet]:
        """Works out what a request would change.

        A request that is no template is refused; one that cannot be deployed, or changes nothing, makes a failed
        change set.

        Raises:
            RefusedError: if the stack is not there, or is there already, or the template cannot be read.
        """
        with self.lock:
            stack = self._stack_for(stack_name, name, type_)
            if name in stack.change_sets:
                raise RefusedError(
                    "AlreadyExistsException", f"ChangeSet {name} cannot be created: it already exists"
                )
            target = self._target(stack, request)
            change_set = ChangeSet(
                name,
                f"arn:aws:cloudformation:{self.region}:{self.account}:changeSet/{name}/{uuid.uuid4()}",
                type_,
                self.stacks.clock.now(),
                target,
                description=description,
                role=request.role,
            )
            change_set = self._planned(stack, change_set)
            if stack.id not in self.stacks.all:
                self.stacks.all[stack.id] = stack
                stack.begin()
                stack.enter("REVIEW_IN_PROGRESS", "User Initiated")
            stack.change_sets[name] = change_set
            return stack, change_set

    def change_set(self, name_or_id: str, stack_name: str | None) -> tuple[Stack, ChangeSet]:
        """A change set by its ARN, or by its name and its stack.

        Raises:
            RefusedError: if there is none.
        """
        stacks = [*self.stacks] if stack_name is None or name_or_id.startswith("arn:") else [self.stack(stack_name)]
        for stack in stacks:
            for change_set in stack.change_sets.values():
                if name_or_id in {change_set.id, change_set.name}:
                    return stack, change_set
        raise RefusedError("ChangeSetNotFound", f"ChangeSet [{name_or_id}] does not exist")

    def execute(self, stack: Stack, change_set: ChangeSet) -> None:
        """Starts to do what a change set says; all change sets of the stack are gone with that.

        Raises:
            RefusedError: if it cannot be executed.
        """
        with self.lock:
            if change_set.execution_status != "AVAILABLE":
                raise RefusedError(
                    "InvalidChangeSetStatus",
                    f"ChangeSet [{change_set.id}] cannot be executed in its current status of "
                    f"[{change_set.status}]",
                )
            stack.role = change_set.role or stack.role
            if change_set.type == "CREATE":
                self._begin_creation(stack, change_set.target)
            else:
                self._begin_update(stack, change_set.target)

    def create(self, name: str, request: Request, *, is_protected: bool = False) -> Stack:
        """Starts to create a stack without a change set.

        Raises:
            RefusedError: if it is there already, or cannot be deployed.
        """
        with self.lock:
            if self.stacks.find(name) is not None:
                raise RefusedError("AlreadyExistsException", f"Stack [{name}] already exists")
            stack = self.stacks.make(self.account, self.region, name)
            target = self._target(stack, request)
            self._checked_plan(stack, target)
            self.stacks.all[stack.id] = stack
            stack.is_protected, stack.role = is_protected, request.role
            self._begin_creation(stack, target)
            return stack

    def update(self, name: str, request: Request) -> Stack:
        """Starts to update a stack without a change set.

        Raises:
            RefusedError: if it is not there, or nothing would change, or it cannot be deployed.
        """
        with self.lock:
            stack = self.stack(name)
            _check_updatable(stack)
            target = self._target(stack, request)
            if not _changes_something(stack, target, self._checked_plan(stack, target)):
                raise RefusedError("ValidationError", "No updates are to be performed.")
            stack.role = request.role or stack.role
            self._begin_update(stack, target)
            return stack

    def delete(self, stack: Stack, retained: frozenset[str] = frozenset()) -> None:
        """Starts to delete a stack.

        Raises:
            RefusedError: if it is protected, or busy.
        """
        with self.lock:
            if stack.is_protected:
                raise RefusedError(
                    "ValidationError",
                    f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
                )
            if stack.status in {"DELETE_IN_PROGRESS", "DELETE_COMPLETE"}:
                return
            if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
                raise RefusedError("ValidationError", _state_refusal(stack, "deleted"))
            before = stack.status
            stack.begin()
            stack.enter("DELETE_IN_PROGRESS", "User Initiated")
            stack.change_sets.clear()
            tags = stack.target.tags if stack.target else {}
            work = self._deployment(stack, tags)
            self._run(stack, lambda: work.delete(retained, before), "DELETE_FAILED")

    def _stack_for(self, name: str, change_set_name: str, type_: str) -> Stack:
        found = self.stacks.find(name)
        if type_ == "CREATE":
            if found is None:
                return self.stacks.make(self.account, self.region, name)
            if found.status != "REVIEW_IN_PROGRESS":
                raise RefusedError(
                    "AlreadyExistsException",
                    f"Stack [{name}] already exists and cannot be created again "
                    f"with the changeSet [{change_set_name}].",
                )
            return found
        if found is None:
            raise RefusedError("ValidationError", f"Stack [{name}] does not exist")
        _check_updatable(found)
        return found

    def _target(self, stack: Stack, request: Request) -> Target:
        previous = stack.target.parameters if stack.target else {}
        tags = request.tags
        if tags is None:
            tags = stack.target.tags if stack.target else {}
        try:
            self.types.check(request.template.resources.values())
            parameters = parameters_of(
                request.template.section("Parameters"), request.parameters, previous, self.read_ssm
            )
            return Target.make(request.template, parameters, tags, stack.identity)
        except TemplateError as fault:
            raise RefusedError("ValidationError", str(fault)) from fault

    def _plan(self, stack: Stack, target: Target) -> Plan:
        previous = stack.target if stack.resources else None
        return plan(stack.resources, previous, target, self.types, self.stacks.imported)

    def _checked_plan(self, stack: Stack, target: Target) -> Plan:
        try:
            planned = self._plan(stack, target)
        except TemplateError as fault:
            raise RefusedError("ValidationError", str(fault)) from fault
        if planned.faults:
            told = "; ".join(f"{fault.logical_id}: {fault.message}" for fault in planned.faults)
            raise RefusedError("ValidationError", f"Properties validation failed: {told}")
        return planned

    def _planned(self, stack: Stack, change_set: ChangeSet) -> ChangeSet:
        try:
            planned = self._plan(stack, change_set.target)
        except TemplateError as fault:
            return replace(change_set, reason=str(fault))
        if planned.faults:
            told = "; ".join(f"{fault.logical_id}: {fault.message}" for fault in planned.faults)
            reason = f"The following validation(s) failed: [{EARLY_VALIDATION}]. {told}"
            return replace(change_set, reason=reason, faults=planned.faults)
        if change_set.type == "UPDATE" and not _changes_something(stack, change_set.target, planned):
            return replace(change_set, reason=NOTHING_CHANGES)
        return replace(change_set, changes=planned.changes)

    def _begin_creation(self, stack: Stack, target: Target) -> None:
        stack.begin()
        stack.change_sets.clear()
        stack.target = target
        stack.enter("CREATE_IN_PROGRESS", "User Initiated")
        work = self._deployment(stack, target.tags)
        self._run(stack, lambda: work.create(target), "ROLLBACK_FAILED")

    def _begin_update(self, stack: Stack, target: Target) -> None:
        _check_updatable(stack)
        stack.begin()
        stack.change_sets.clear()
        stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
        stack.updated = self.stacks.clock.now()
        work = self._deployment(stack, target.tags)
        self._run(stack, lambda: work.update(target), "UPDATE_ROLLBACK_FAILED")

    def _deployment(self, stack: Stack, tags: Mapping[str, str]) -> Deployment:
        context = Context(stack.name, stack.id, self.account, self.region, self.clients, dict(tags))
        return Deployment(stack, self.stacks, ResourceSteps(stack, self.types, context))

    def _run(self, stack: Stack, work: Callable[[], None], status_if_broken: str) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception as fault:  # a stack must not stay in progress for ever, whatever went wrong here
                logging.getLogger(__name__).exception("the operation on %s broke", stack.name)
                stack.enter(status_if_broken, f"broke inside the embedded AWS: {type(fault).__name__}: {fault}")
            finally:
                stack.is_idle.set()

        stack.is_idle.clear()
        self.start(guarded, f"cloudformation-{stack.name}")


def _changes_something(stack: Stack, target: Target, planned: Plan) -> bool:
    tags = stack.target.tags if stack.target else {}
    return bool(planned.changes) or planned.outputs != stack.outputs or target.tags != tags


def _check_updatable(stack: Stack) -> None:
    if stack.status not in UPDATABLE:
        raise RefusedError("ValidationError", _state_refusal(stack, "updated"))


def _state_refusal(stack: Stack, verb: str) -> str:
    return f"Stack:{stack.id} is in {stack.status} state and can not be {verb}."
