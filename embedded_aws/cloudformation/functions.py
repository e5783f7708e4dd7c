"""Intrinsic functions: from a template's value to the value that a service is given."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

Json = Any
"""What JSON can hold."""


class TemplateError(ValueError):
    """A template (or its parameters) that cannot be deployed, in CloudFormation's words."""


class Later(str):
    """A value that is known only once the resources that it comes from are made.

    It reads as CloudFormation's own placeholder, so no value that is known equals it by chance.

    Attributes:
        causes: the logical id and, for Fn::GetAtt, the attribute that the value waits for.
    """

    __slots__ = ("causes",)
    causes: frozenset[tuple[str, str | None]]

    def __new__(cls, causes: Iterable[tuple[str, str | None]]) -> Self:
        """The placeholder of a value that waits for these causes."""
        later = super().__new__(cls, "{{changeSet:KNOWN_AFTER_APPLY}}")
        later.causes = frozenset(causes)
        return later


class Resources(Protocol):
    """What a template's resources answer to each other."""

    def ref(self, logical_id: str) -> Json:
        """What Ref gives."""
        ...

    def attribute(self, logical_id: str, name: str) -> Json:
        """What Fn::GetAtt gives."""
        ...


@dataclass(frozen=True)
class Scope:
    """All that a template's value can refer to.

    Attributes:
        values: parameters and pseudo parameters.
        mappings: the template's Mappings.
        conditions: what each of the template's Conditions came to.
        resources: the template's resources.
        imported: the value of another stack's export.
    """

    values: Mapping[str, Json]
    mappings: Mapping[str, Json]
    conditions: Mapping[str, bool]
    resources: Resources
    imported: Callable[[str], Json]


class _NoValue:
    """What AWS::NoValue stands for: the property, or the item of a list, is taken out."""


NO_VALUE = _NoValue()


def resolve(value: Json, scope: Scope) -> Json:
    """Works out all functions within a value.

    Raises:
        TemplateError: if a function is unknown, malformed, or refers to what is not there.
    """
    match value:
        case dict():
            name = function_name(value)
            if name is not None:
                return _function(name)(value[name], scope)
            resolved = {key: resolve(item, scope) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NO_VALUE}
        case list():
            return [item for item in (resolve(part, scope) for part in value) if item is not NO_VALUE]
        case str():
            refuse_dynamic_reference(value)
    return value


def function_name(value: Mapping[str, Json]) -> str | None:
    """The function that an object is a call of; None for a plain object."""
    name = next((key for key in value if key == "Ref" or key.startswith("Fn::")), None)
    if name is None or (name == "Ref" and len(value) > 1):
        return None
    if len(value) > 1:
        raise TemplateError(f"Template error: {name} stands beside other keys: {', '.join(value)}")
    return name


def refuse_dynamic_reference(text: str) -> None:
    """Refuses {{resolve:...}}: passed on as it is, it would become a property's value unseen."""
    found = re.search(r"\{\{resolve:[^}]*\}\}", text)
    if found:
        raise TemplateError(f"Template error: the dynamic reference {found[0]} is not emulated")


def _function(name: str) -> Callable[[Json, Scope], Json]:
    if name not in FUNCTIONS:
        raise TemplateError(f"Template error: {name} is not emulated")
    return FUNCTIONS[name]


def _ref(name: Json, scope: Scope) -> Json:
    if not isinstance(name, str):
        raise TemplateError(f"Template error: every Ref object must have a single String value, not {name!r}")
    return scope.values[name] if name in scope.values else scope.resources.ref(name)


def _get_att(argument: Json, scope: Scope) -> Json:
    logical_id, attribute = attribute_of(argument)
    name = _text(resolve(attribute, scope), "Fn::GetAtt")
    return name if isinstance(name, Later) else scope.resources.attribute(logical_id, name)


def attribute_of(argument: Json) -> tuple[str, Json]:
    """The logical id and the attribute of both forms of Fn::GetAtt."""
    match argument:
        case str() if "." in argument:
            logical_id, _, attribute = argument.partition(".")
            return logical_id, attribute
        case [str() as logical_id, attribute]:
            return logical_id, attribute
        case [str() as logical_id, *parts] if parts and all(isinstance(part, str) for part in parts):
            return logical_id, ".".join(parts)
    raise TemplateError(
        f"Template error: every Fn::GetAtt object requires two non-empty parameters, not {argument!r}"
    )


def _if(argument: Json, scope: Scope) -> Json:
    return resolve(branch_of(argument, scope.conditions), scope)


def branch_of(argument: Json, conditions: Mapping[str, bool]) -> Json:
    """The branch of Fn::If that is taken."""
    match argument:
        case [str() as name, if_true, if_false]:
            if name not in conditions:
                raise TemplateError(f"Template error: unresolved condition dependency {name} in Fn::If")
            return if_true if conditions[name] else if_false
    raise TemplateError(f"Template error: Fn::If requires a condition and two values, not {argument!r}")


def _join(argument: Json, scope: Scope) -> Json:
    match argument:
        case [str() as delimiter, parts]:
            items = resolve(parts, scope)
            if isinstance(items, Later):
                return items
            if isinstance(items, list):
                return _joined(items, delimiter, "Fn::Join")
    raise TemplateError(f"Template error: Fn::Join requires a delimiter and a list, not {argument!r}")


def _joined(items: Iterable[Json], delimiter: str, function: str) -> str:
    texts = [_text(item, function) for item in items]
    later = [text for text in texts if isinstance(text, Later)]
    if later:
        return Later(cause for text in later for cause in text.causes)
    return delimiter.join(texts)


def _text(value: Json, function: str) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    raise TemplateError(f"Template error: {function} takes strings, not {value!r}")


VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def _sub(argument: Json, scope: Scope) -> Json:
    text, given = substitution_of(argument)
    values = {name: resolve(value, scope) for name, value in given.items()}
    parts: list[Json] = []
    end = 0
    for found in VARIABLE.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        name = found[2].strip()
        if found[1]:
            parts.append("${" + found[2] + "}")
        elif name in values:
            parts.append(values[name])
        elif name in scope.values or "." not in name:
            parts.append(_ref(name, scope))
        else:
            parts.append(_get_att(name, scope))
    result = _joined([*parts, text[end:]], "", "Fn::Sub")
    if not isinstance(result, Later):
        refuse_dynamic_reference(result)
    return result


def substitution_of(argument: Json) -> tuple[str, Mapping[str, Json]]:
    """The text and the own variables of both forms of Fn::Sub."""
    match argument:
        case str():
            return argument, {}
        case [str() as text, dict() as given]:
            return text, given
    raise TemplateError(f"Template error: Fn::Sub requires a string, or a string and an object, not {argument!r}")


def _select(argument: Json, scope: Scope) -> Json:
    match argument:
        case [index, parts]:
            place, items = resolve(index, scope), resolve(parts, scope)
            if isinstance(items, Later):
                return items
            if isinstance(items, list) and re.fullmatch("[0-9]+", str(place)) and int(place) < len(items):
                return items[int(place)]
            raise TemplateError(f"Template error: Fn::Select cannot select {place!r} of {items!r}")
    raise TemplateError(f"Template error: Fn::Select requires an index and a list, not {argument!r}")


def _split(argument: Json, scope: Scope) -> Json:
    match argument:
        case [str() as delimiter, source] if delimiter:
            text = _text(resolve(source, scope), "Fn::Split")
            return text if isinstance(text, Later) else text.split(delimiter)
    raise TemplateError(f"Template error: Fn::Split requires a delimiter and a string, not {argument!r}")


def _import_value(argument: Json, scope: Scope) -> Json:
    name = _text(resolve(argument, scope), "Fn::ImportValue")
    if isinstance(name, Later):
        raise TemplateError("Template error: Fn::ImportValue must not depend on a resource")
    return scope.imported(name)


def _find_in_map(argument: Json, scope: Scope) -> Json:
    match argument:
        case [map_name, first_key, second_key]:
            keys = [_text(resolve(key, scope), "Fn::FindInMap") for key in (map_name, first_key, second_key)]
            found: Json = scope.mappings
            for key in keys:
                if not isinstance(found, dict) or key not in found:
                    raise TemplateError(f"Template error: Unable to get mapping for {'::'.join(keys)}")
                found = found[key]
            return found
    raise TemplateError(
        f"Template error: Fn::FindInMap requires a map and two keys (and no DefaultValue), not {argument!r}"
    )


def _get_azs(argument: Json, scope: Scope) -> Json:
    region = _text(resolve(argument, scope), "Fn::GetAZs") or scope.values["AWS::Region"]
    return [f"{region}{letter}" for letter in "abc"]


def _base64(argument: Json, scope: Scope) -> Json:
    text = _text(resolve(argument, scope), "Fn::Base64")
    return text if isinstance(text, Later) else base64.b64encode(text.encode()).decode()


FUNCTIONS: Mapping[str, Callable[[Json, Scope], Json]] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
