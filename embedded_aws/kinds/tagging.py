"""Tags: each service's own way to say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.cloudformation.kind import Context
from embedded_aws.kinds.api import call


@dataclass(frozen=True)
class Tagging:
    """How a service tags.

    Attributes:
        service: the service.
        resource: the parameter that names the resource.
        tag: the operation that adds tags.
        untag: the one that removes them.
        listing: the one that lists them.
        tags: the parameter that holds them.
        listed: the member of the list's answer that holds them.
        keys: the parameter that holds the keys to remove.
        pair: the names in a list of pairs; None where the service takes a map.
        fixed: parameters that are the same in all calls.
    """

    service: str
    resource: str = "ResourceArn"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    listing: str = "list_tags_for_resource"
    tags: str = "Tags"
    listed: str = "Tags"
    keys: str = "TagKeys"
    pair: tuple[str, str] | None = ("Key", "Value")
    fixed: Mapping[str, str] = field(default_factory=dict)

    def apply(self, context: Context, resource: str, properties: Mapping[str, Any]) -> None:
        """Makes the resource's tags those of its properties and its stack, no more and no fewer.

        Args:
            context: the stack operation.
            resource: what the service calls the resource, a name or an ARN.
            properties: the resource's properties.
        """
        client = context.client(self.service)
        named = {self.resource: resource, **self.fixed}
        wanted = tags_of(context, properties)
        have = self._have(call(client, self.listing, **named).get(self.listed) or {})
        # A changed tag is removed first: moto's SageMaker would keep both.
        stale = sorted(key for key in have if have[key] != wanted.get(key) and not key.startswith("aws:"))
        if stale:
            call(client, self.untag, **named, **{self.keys: stale})
        lacking = {key: value for key, value in wanted.items() if have.get(key) != value}
        if lacking:
            call(client, self.tag, **named, **{self.tags: self.form(lacking)})

    def form(self, tags: Mapping[str, str]) -> dict[str, str] | list[dict[str, str]]:
        """Returns tags in the service's form."""
        if self.pair is None:
            return dict(tags)
        key, value = self.pair
        return [{key: k, value: v} for k, v in tags.items()]

    def _have(self, listed: Any) -> dict[str, str]:  # noqa: ANN401 - a map or a list of pairs
        if self.pair is None:
            return dict(listed)
        key, value = self.pair
        return {tag[key]: tag[value] for tag in listed}


def tags_of(context: Context, properties: Mapping[str, Any]) -> dict[str, str]:
    """Returns a resource's own tags and those that it has from its stack; its own win."""
    own = properties.get("Tags", {})
    pairs = own if isinstance(own, Mapping) else {tag["Key"]: tag["Value"] for tag in own}
    return {**context.tags, **{str(key): str(value) for key, value in pairs.items()}}
