"""Records of stacks: what is deployed, what happened, and what is exported to whom."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from embedded_aws.cloudformation.change_set import ChangeSet
from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.kind import Physical
from embedded_aws.cloudformation.target import Identity, Output, Target

STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Deployed:
    """A resource that was made.

    Attributes:
        logical_id: its name within the template.
        type: its type.
        physical: what was made.
        properties: the resolved properties that it has.
        depends: the logical ids that it depends on.
        deletion_policy: what becomes of it when it is removed.
        update_replace_policy: what becomes of it when it is replaced.
        metadata: with functions in it.
    """

    logical_id: str
    type: str
    physical: Physical
    properties: dict[str, Json]
    depends: frozenset[str] = frozenset()
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Json = None


@dataclass(frozen=True)
class Event:
    """A step of a stack or of one of its resources."""

    id: str
    operation_id: str
    at: datetime
    logical_id: str
    physical_id: str | None
    type: str
    status: str
    reason: str | None
    properties: dict[str, Json] | None


class Clock:
    """The time, strictly rising by milliseconds: the CLI orders events by their time, and reads no finer."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """A later time than any before."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last


@dataclass
class Stack:
    """A stack.

    Attributes:
        identity: its name, ARN and place.
        clock: the time of its events.
        status: CloudFormation's word for where it stands.
        reason: why, if there is something to say.
        target: what was deployed last with success, or is being created.
        resources: what is there, each after those that it depends on.
        outputs: the outputs of what was deployed last.
        imports: the names of other stacks' exports that it uses.
        events: oldest first.
        change_sets: by name, those that were neither executed nor deleted.
        is_protected: whether it refuses to be deleted.
        role: the role that the caller named.
        created: when.
        updated: when an update began.
        deleted: when it was gone.
        operation_id: the operation that runs, or ran last.
        is_idle: set while no operation runs.
    """

    identity: Identity
    clock: Clock
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    target: Target | None = None
    resources: dict[str, Deployed] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    imports: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    is_protected: bool = False
    role: str | None = None
    created: datetime = field(init=False)
    updated: datetime | None = None
    deleted: datetime | None = None
    operation_id: str = ""
    is_idle: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.created = self.clock.now()
        self.is_idle.set()

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.identity.stack_name

    @property
    def id(self) -> str:
        """The stack's ARN."""
        return self.identity.stack_id

    @property
    def exports(self) -> dict[str, str]:
        """What it exports."""
        return {output.export: output.value for output in self.outputs if output.export is not None}

    def begin(self) -> None:
        """Starts an operation: what happens from here on belongs together."""
        self.operation_id = str(uuid.uuid4())

    def enter(self, status: str, reason: str | None = None) -> None:
        """Puts the stack into a status, and tells so."""
        self.tell(self.name, self.id, STACK, status, reason)
        self.status, self.reason = status, reason

    def tell(
        self,
        logical_id: str,
        physical_id: str | None,
        type_: str,
        status: str,
        reason: str | None = None,
        *,
        properties: Mapping[str, Json] | None = None,
    ) -> None:
        """Records a step."""
        at = self.clock.now()
        copied = None if properties is None else dict(properties)
        self.events.append(
            Event(str(uuid.uuid4()), self.operation_id, at, logical_id, physical_id, type_, status, reason, copied)
        )


class Stacks:
    """All stacks of an account in a region, deleted ones too."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.all: dict[str, Stack] = {}

    def __iter__(self) -> Iterator[Stack]:
        return iter([stack for stack in list(self.all.values()) if stack.status != "DELETE_COMPLETE"])

    def find(self, name_or_id: str) -> Stack | None:
        """The stack of a name, or of an ARN; only by ARN one that was deleted."""
        if name_or_id in self.all:
            return self.all[name_or_id]
        return next((stack for stack in self if stack.name == name_or_id), None)

    def make(self, account: str, region: str, name: str) -> Stack:
        """A new stack, with nothing in it, and not one of these yet."""
        id_ = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        return Stack(Identity(account, region, name, id_), self.clock)

    def importers(self, export: str) -> list[Stack]:
        """The stacks that use an export."""
        return [stack for stack in self if export in stack.imports]

    def exporter(self, export: str) -> Stack | None:
        """The stack that exports a name."""
        return next((stack for stack in self if export in stack.exports), None)

    def imported(self, export: str) -> Json:
        """The value of an export.

        Raises:
            TemplateError: if no stack exports it.
        """
        exporter = self.exporter(export)
        if exporter is None:
            raise TemplateError(f"No export named {export} found.")
        return exporter.exports[export]
