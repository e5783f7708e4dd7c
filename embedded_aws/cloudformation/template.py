"""A template as it was submitted: read, and checked for what is not emulated."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped] # PyYAML's types are a package of their own

from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.references import references

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}
RESOURCE_ATTRIBUTES = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
POLICIES = ("Delete", "Retain", "RetainExceptOnCreate")


@dataclass(frozen=True)
class Declaration:
    """A resource as a template declares it; its properties are not resolved.

    Attributes:
        logical_id: its name within the template.
        type: "AWS::SNS::Topic".
        properties: with functions in them.
        depends_on: the logical ids that it names in DependsOn.
        condition: the condition under which it is there.
        deletion_policy: what becomes of it when it is removed.
        update_replace_policy: what becomes of the old one when it is replaced.
        metadata: with functions in it.
    """

    logical_id: str
    type: str
    properties: Mapping[str, Json]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Json = None


@dataclass(frozen=True)
class Template:
    """A template.

    Attributes:
        body: the text as it was submitted.
        document: its sections.
        resources: what it declares, by logical id.
    """

    body: str
    document: Mapping[str, Json]
    resources: Mapping[str, Declaration]

    @classmethod
    def parse(cls, body: str) -> "Template":
        """Reads JSON or YAML, short forms of functions included.

        Raises:
            TemplateError: if it is no template, or holds what is not emulated.
        """
        document = _document(body)
        if "Transform" in document:
            raise TemplateError(f"Template error: the transform {document['Transform']} is not emulated")
        unknown = sorted(set(document) - SECTIONS)
        if unknown:
            raise TemplateError(f"Invalid template property or properties [{', '.join(unknown)}]")
        for section in SECTIONS - {"AWSTemplateFormatVersion", "Description"}:
            if not isinstance(document.get(section, {}), dict):
                raise TemplateError(f"Template format error: {section} must be an object")
        if not document.get("Resources"):
            raise TemplateError("Template format error: At least one Resources member must be defined.")
        resources = {name: _declaration(name, item) for name, item in document["Resources"].items()}
        template = cls(body, document, resources)
        template._check_names()
        return template

    def section(self, name: str) -> Mapping[str, Json]:
        """A section, empty if the template has none."""
        found: Mapping[str, Json] = self.document.get(name, {})
        return found

    @property
    def description(self) -> str | None:
        """What the template says of itself."""
        return self.document.get("Description")

    def _check_names(self) -> None:
        known = {*self.resources, *self.section("Parameters")}
        missing = {
            section: sorted(
                {
                    found.name
                    for found in references(values)
                    if not found.name.startswith("AWS::")
                    and found.name not in (known if found.attribute is None else self.resources)
                }
            )
            for section, values in self._values()
        }
        for section, names in missing.items():
            if names:
                raise TemplateError(
                    "Template format error: Unresolved resource dependencies "
                    f"[{', '.join(names)}] in the {section} block of the template"
                )
        for declaration in self.resources.values():
            for name in declaration.depends_on:
                if name not in self.resources:
                    raise TemplateError(
                        f"Template format error: Unresolved resource dependencies [{name}] "
                        f"in the Resources block of the template (DependsOn of {declaration.logical_id})"
                    )

    def _values(self) -> Iterator[tuple[str, Json]]:
        yield "Resources", [dict(declaration.properties) for declaration in self.resources.values()]
        yield "Outputs", list(self.section("Outputs").values())


def _declaration(logical_id: str, item: Json) -> Declaration:
    if not isinstance(item, dict) or not isinstance(item.get("Type"), str):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] Every Resources member needs a Type")
    unknown = sorted(set(item) - RESOURCE_ATTRIBUTES)
    if unknown:
        raise TemplateError(
            f"Template format error: [/Resources/{logical_id}] the attribute {', '.join(unknown)} is not emulated"
        )
    depends_on = item.get("DependsOn", [])
    properties = item.get("Properties", {})
    if not isinstance(properties, dict):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}/Properties] must be an object")
    return Declaration(
        logical_id,
        item["Type"],
        properties,
        tuple([depends_on] if isinstance(depends_on, str) else depends_on),
        item.get("Condition"),
        _policy(logical_id, item, "DeletionPolicy"),
        _policy(logical_id, item, "UpdateReplacePolicy"),
        item.get("Metadata"),
    )


def _policy(logical_id: str, item: Mapping[str, Json], name: str) -> str:
    policy = item.get(name, "Delete")
    if policy not in POLICIES:
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] {name} {policy!r} is not emulated")
    return str(policy)


def _document(body: str) -> Mapping[str, Json]:
    try:
        document = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)  # noqa: S506
    except (json.JSONDecodeError, yaml.YAMLError) as fault:
        raise TemplateError(f"Template format error: neither JSON nor YAML: {fault}") from fault
    if not isinstance(document, dict):
        raise TemplateError("Template format error: unsupported structure.")
    return document


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # likewise
    """YAML as CloudFormation reads it: short forms of functions are tags, keys and dates are strings."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        self.flatten_mapping(node)
        return {self.construct_scalar(key): self.construct_object(value, deep=deep) for key, value in node.value}


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            argument: Any = loader.construct_scalar(node)
        case yaml.SequenceNode():
            argument = loader.construct_sequence(node, deep=True)
        case _:
            argument = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": argument}


_Loader.add_multi_constructor("!", _short_form)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
