"""The roles of a template, and what each may do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:  # noqa: ANN401 - JSON
    """A text whose parts that are known at deploy are left as names: ``<LogicalId.Attribute>``."""
    match value:
        case str(text):
            return text
        case {"Fn::Join": [_, parts]}:
            return "".join(map(flat, parts))
        case {"Ref": name} | {"Fn::Sub": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": names} | {"Fn::FindInMap": names}:
            return f"<{'.'.join(map(flat, names))}>"
    raise AssertionError(value)


@dataclass(frozen=True)
class Roles:
    """The roles of a template, by the paths of their constructs."""

    resources: dict[str, dict[str, Any]]

    def named(self, path: str, kind: str = "AWS::IAM::Role") -> str:
        (found,) = (
            logical_id
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
            and resource["Metadata"]["aws:cdk:path"].removesuffix("/Resource") == f"Stack/{path}"
        )
        return found

    def properties(self, path: str) -> dict[str, Any]:
        return self.resources[self.named(path)]["Properties"]

    def statements(self, path: str) -> Iterator[dict[str, Any]]:
        """What a role may do, by its own policies and by those that are attached to it."""
        for policy in self.properties(path).get("Policies", ()):
            yield from policy["PolicyDocument"]["Statement"]
        for resource in self.resources.values():
            if (
                resource["Type"] == "AWS::IAM::Policy"
                and {"Ref": self.named(path)} in resource["Properties"]["Roles"]
            ):
                yield from resource["Properties"]["PolicyDocument"]["Statement"]

    def may(self, path: str) -> dict[str, set[str]]:
        """The resources of each action of a role."""
        found: dict[str, set[str]] = defaultdict(set)
        for statement in self.statements(path):
            assert statement["Effect"] == "Allow"
            for action in listed(statement["Action"]):
                found[action] |= set(map(flat, listed(statement["Resource"])))
        return dict(found)
