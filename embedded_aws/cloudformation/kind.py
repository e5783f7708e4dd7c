"""What the engine knows about a kind of resource: how one is made, changed and taken away.

The engine itself knows no service and no resource type. Every type is a `Kind`; a kind reaches the services
only through the clients of its `Context`, so it sees what any other caller sees.
"""

import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

Clients = Callable[[str, str], Any]
"""(service, region) -> boto3 client of the embedded AWS."""

SUFFIX_LENGTH = 12
SUFFIX_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Physical:
    """A resource that was made.

    Attributes:
        id: the physical id.
        attributes: what `Fn::GetAtt` answers, dotted names flat ("Foo.Bar").
        ref: what `Ref` answers, when that is not the physical id.
    """

    id: str
    attributes: dict[str, Any]
    ref: str | None = None


@dataclass(frozen=True)
class Context:
    """What a kind is told about the stack operation that it takes part in.

    Attributes:
        stack_name: the stack's name.
        stack_id: the stack's ARN.
        account: the account that the stack is in.
        region: the region that the stack is in.
        clients: how services are reached.
        tags: the stack's tags, which its resources inherit.
    """

    stack_name: str
    stack_id: str
    account: str
    region: str
    clients: Clients
    tags: dict[str, str]
    _suffixes: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 clients have no static type
        """Returns the client of a service in the stack's region."""
        return self.clients(service, self.region)

    def name(self, logical_id: str, *, limit: int = 63) -> str:
        """Makes up a physical name, STACK-LOGICAL-RANDOM, stable within one context.

        Args:
            logical_id: the resource that needs a name.
            limit: the longest name that the service takes.

        Returns:
            A name of letters, digits and hyphens, never longer than the limit.
        """
        suffix = self._suffixes.setdefault(
            logical_id, "".join(secrets.choice(SUFFIX_ALPHABET) for _ in range(SUFFIX_LENGTH))
        )
        room = limit - SUFFIX_LENGTH - 2
        stack = re.sub("[^A-Za-z0-9-]", "-", self.stack_name)
        logical = logical_id
        if len(stack) + len(logical) > room:
            stack = stack[: max(room // 2, room - len(logical))].rstrip("-")
            logical = logical[: room - len(stack)]
        return f"{stack}-{logical}-{suffix}"


class Kind(Protocol):
    """A type of resource."""

    type: str

    def create(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Makes the resource with the resolved properties."""
        ...

    def update(
        self, context: Context, logical_id: str, physical: Physical, old: dict[str, Any], new: dict[str, Any]
    ) -> Physical:
        """Changes the resource in place, from the old resolved properties to the new ones."""
        ...

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Takes the resource away; gone already is fine."""
        ...
