"""A policy that has no being but in what holds it: a topic, a queue."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import gone_is_fine
from embedded_aws.kinds.resource import Resource


class HolderPolicy(Resource):
    """A policy given to each of its holders; those that it leaves have again what they had without it."""

    holders: str  # the property that lists them

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the policy."""
        del properties
        name = context.name(logical_id)
        return Physical(name, {"Id": name})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Gives the policy to its holders, and takes it from those that it left."""
        del physical
        for holder in new[self.holders]:
            self.give(context, holder, new["PolicyDocument"])
        self._take(context, set(old.get(self.holders, [])) - set(new[self.holders]))

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Takes the policy from its holders."""
        del logical_id, physical
        self._take(context, set(properties[self.holders]))

    def give(self, context: Context, holder: str, policy: Any) -> None:  # noqa: ANN401 - a document or its text
        """Gives a policy to one holder."""
        raise NotImplementedError

    def without(self, context: Context, holder: str) -> Any:  # noqa: ANN401 - a document or its text
        """What a holder has that no policy was given to."""
        raise NotImplementedError

    def _take(self, context: Context, holders: set[str]) -> None:
        for holder in sorted(holders):
            with gone_is_fine():
                self.give(context, holder, self.without(context, holder))
