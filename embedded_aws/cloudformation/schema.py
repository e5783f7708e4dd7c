"""What the properties of each resource type are called, from the CloudFormation registry's schemas.

`embedded_aws/schemas.json` is made by `tools/resource_schemas.py`.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "schemas.json"


@dataclass(frozen=True)
class Schema:
    """The properties of a resource type.

    Attributes:
        properties: all of them.
        required: those that a template must give.
        create_only: those whose change replaces the resource.
        read_only: those that a template cannot give.
    """

    properties: frozenset[str]
    required: frozenset[str]
    create_only: frozenset[str]
    read_only: frozenset[str]


def schema_of(type_: str) -> Schema | None:
    """Returns the schema of a resource type.

    Args:
        type_: the type, e.g. "AWS::SNS::Topic".

    Returns:
        Its schema, None if it is not a type that is emulated.
    """
    table = _table().get(type_)
    if table is None:
        return None
    top = table["shapes"][""]
    return Schema(
        properties=frozenset(top["has"]),
        required=frozenset(top.get("required", ())),
        create_only=frozenset(table["createOnly"]),
        read_only=frozenset(table["readOnly"]),
    )


def faults_of(type_: str, properties: Mapping[str, Any]) -> list[str]:
    """Finds properties that are unknown, read only or missing, inside nested objects too.

    A value that an intrinsic function stands for is not looked into, so that a template can be checked before
    its functions are resolved.

    Args:
        type_: a type that is emulated.
        properties: a resource's properties.

    Returns:
        A sentence a fault; none when all is right.

    Raises:
        KeyError: the type is not emulated.
    """
    table = _table()[type_]
    read_only = [f"{type_}: property {name} is read only" for name in table["readOnly"] if name in properties]
    return [*_faults(type_, table["shapes"], "", properties, ""), *read_only]


def _faults(
    type_: str,
    shapes: dict[str, dict[str, Any]],
    name: str,
    value: Any,  # noqa: ANN401 - any JSON
    path: str,
) -> Iterator[str]:
    """Yields the faults of a value that ought to be of a shape, or a list of such."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from _faults(type_, shapes, name, part, f"{path[:-1]}[{index}].")
        return
    if not isinstance(value, Mapping) or _is_function(value):
        return
    has, required = shapes[name]["has"], shapes[name].get("required", ())
    for missing in (r for r in required if r not in value):
        yield f"{type_}: required property {path}{missing} is missing"
    for property_, inner in value.items():
        if property_ not in has:
            near = difflib.get_close_matches(property_, has, n=1)
            hint = f"; did you mean {path}{near[0]}?" if near else ""
            yield f"{type_}: there is no property {path}{property_}{hint}"
        elif has[property_] is not None:
            yield from _faults(type_, shapes, has[property_], inner, f"{path}{property_}.")


def _is_function(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and any(key == "Ref" or key.startswith("Fn::") for key in value)


@cache
def _table() -> dict[str, Any]:
    types: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))["types"]
    return types
