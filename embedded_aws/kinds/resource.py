"""What all kinds have in common: refuse what they do not carry, make, configure, read back, undo when it fails."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ParamValidationError

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import in_shape, lost


class NotCarriedError(ValueError):
    """A property that does not reach the service: the resource would not be what the template says."""


class AlreadyExistsError(ValueError):
    """A resource of that name is there already, and the service would quietly have taken it over."""


class Resource:
    """A kind in steps: `make` the resource, `configure` the rest of it, `read` what Ref and GetAtt answer.

    An update is `change`, for what `make` had set, then `configure` and `read` again. A create that fails after
    `make` takes away what it made, so that nothing is left that no stack knows of.

    Attributes:
        type: the resource type.
        carried: the properties that reach the service; any other is refused.
    """

    type: str = ""
    carried: frozenset[str] = frozenset()

    def create(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Makes the resource.

        Args:
            context: the stack operation.
            logical_id: the resource's name in the template.
            properties: its resolved properties.

        Returns:
            What was made.

        Raises:
            NotCarriedError: a property does not reach the service.
            AlreadyExistsError: there is one of that name.
            botocore.exceptions.ClientError: the service refused.
        """
        self._refuse_what_is_not_carried(properties)
        try:
            made = self.make(context, logical_id, properties)
            try:
                self.configure(context, made, {}, properties)
                return self.read(context, made, properties)
            except Exception:
                self.delete(context, logical_id, made, properties)
                raise
        except ParamValidationError as error:
            raise NotCarriedError(f"{self.type}: {error}") from error

    def update(
        self, context: Context, logical_id: str, physical: Physical, old: dict[str, Any], new: dict[str, Any]
    ) -> Physical:
        """Changes the resource in place; see `create` for what it raises."""
        del logical_id
        self._refuse_what_is_not_carried(new)
        try:
            self.change(context, physical, old, new)
            self.configure(context, physical, old, new)
            return self.read(context, physical, new)
        except ParamValidationError as error:
            raise NotCarriedError(f"{self.type}: {error}") from error

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Makes the resource, in one call of its service."""
        raise NotImplementedError

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Changes what `make` set."""

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets what `make` did not, from the old properties ({} after `make`) to the new ones."""

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Returns the resource as Ref and GetAtt answer it."""
        del context, properties
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Takes the resource away; gone already is fine."""
        raise NotImplementedError

    def refuse(self, name: str, why: str = "does not reach the emulated service") -> NotCarriedError:
        """Returns the refusal of a property, to be raised."""
        return NotCarriedError(f"{self.type}: property {name} is not emulated: it {why}")

    def refuse_what_was_lost(self, shape: Any, sent: Mapping[str, Any], read: Any) -> None:  # noqa: ANN401
        """Refuses properties that were sent and that the service does not describe.

        Args:
            shape: the operation's input shape, in which things were sent.
            sent: the properties.
            read: the service's description.

        Raises:
            NotCarriedError: some are not there.
        """
        paths = lost(in_shape(shape, dict(sent)), read)
        if paths:
            raise self.refuse(", ".join(paths))

    def _refuse_what_is_not_carried(self, properties: Mapping[str, Any]) -> None:
        extra = sorted(properties.keys() - self.carried)
        if extra:
            raise self.refuse(", ".join(extra))


def some(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Returns those of the named properties that are given."""
    return {name: properties[name] for name in names if name in properties}


def changed(old: Mapping[str, Any], new: Mapping[str, Any], *names: str) -> bool:
    """Says whether one of the named properties differs."""
    return some(old, *names) != some(new, *names)
