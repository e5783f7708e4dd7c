"""What a template's values refer to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from embedded_aws.cloudformation.functions import (
    VARIABLE,
    Json,
    attribute_of,
    branch_of,
    function_name,
    substitution_of,
)


@dataclass(frozen=True)
class Reference:
    """A name that a value refers to: by Ref, or by Fn::GetAtt with an attribute.

    Attributes:
        name: a parameter, pseudo parameter or logical id.
        attribute: the attribute; None for Ref, "" for one that is worked out by a function.
    """

    name: str
    attribute: str | None = None


def references(value: Json) -> Iterator[Reference]:
    """All that a value refers to, in both branches of Fn::If."""
    match value:
        case dict():
            name = function_name(value)
            if name is None:
                for item in value.values():
                    yield from references(item)
            else:
                yield from _of_function(name, value[name])
        case list():
            for item in value:
                yield from references(item)


def _of_function(name: str, argument: Json) -> Iterator[Reference]:
    match name:
        case "Ref" if isinstance(argument, str):
            yield Reference(argument)
        case "Fn::GetAtt":
            logical_id, attribute = attribute_of(argument)
            yield Reference(logical_id, attribute if isinstance(attribute, str) else "")
            yield from references(attribute)
        case "Fn::Sub":
            text, given = substitution_of(argument)
            yield from references(list(given.values()))
            for found in VARIABLE.finditer(text):
                variable = found[2].strip()
                if not found[1] and variable not in given:
                    target, dot, attribute = variable.partition(".")
                    yield Reference(target, attribute) if dot else Reference(variable)
        case _:
            yield from references(argument)


def pruned(value: Json, conditions: Mapping[str, bool]) -> Json:
    """The value with each Fn::If replaced by the branch that is taken."""
    match value:
        case dict():
            if function_name(value) == "Fn::If":
                return pruned(branch_of(value["Fn::If"], conditions), conditions)
            return {key: pruned(item, conditions) for key, item in value.items()}
        case list():
            return [pruned(item, conditions) for item in value]
    return value
