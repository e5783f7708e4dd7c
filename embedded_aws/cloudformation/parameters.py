"""A stack's parameters: what was given, what holds, and what it comes to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from embedded_aws.cloudformation.functions import Json, TemplateError

ReadSsm = Callable[[str], str]
"""The value of a parameter of AWS Systems Manager, by its name; a TemplateError if there is none."""

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(String|List<String>|CommaDelimitedList)>")
PLAIN_TYPES = {"String", "Number", "List<Number>", "CommaDelimitedList", "AWS::SSM::Parameter::Name"}
MASK = "****"


@dataclass(frozen=True)
class Parameter:
    """A parameter of a stack.

    Attributes:
        given: the value as it was given, or the default.
        value: what Ref gives.
        from_ssm: whether the value was looked up.
        no_echo: whether the value is not to be shown.
    """

    given: str
    value: Json
    from_ssm: bool = False
    no_echo: bool = False

    def described(self, name: str) -> dict[str, str | None]:
        """As the API shows it."""
        resolved = ",".join(self.value) if isinstance(self.value, list) else self.value
        return {
            "ParameterKey": name,
            "ParameterValue": MASK if self.no_echo else self.given,
            "ResolvedValue": resolved if self.from_ssm else None,
        }


def parameters_of(
    declared: Mapping[str, Json],
    given: Sequence[Mapping[str, Json]],
    previous: Mapping[str, Parameter],
    read_ssm: ReadSsm,
) -> dict[str, Parameter]:
    """The parameters of a stack.

    Args:
        declared: the template's Parameters.
        given: the request's Parameters.
        previous: what the stack has so far, for UsePreviousValue.
        read_ssm: looks up parameters that are names of Systems Manager parameters.

    Raises:
        TemplateError: naming all that are unknown, or have no value, or break a constraint.
    """
    unknown = [item["ParameterKey"] for item in given if item["ParameterKey"] not in declared]
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {item["ParameterKey"]: _given(item, previous) for item in given}
    for name, declaration in declared.items():
        if values.get(name) is None and "Default" in declaration:
            values[name] = _plain(declaration["Default"])
    missing = [name for name in declared if values.get(name) is None]
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: _parameter(name, declaration, values[name] or "", read_ssm) for name, declaration in declared.items()
    }


def _given(item: Mapping[str, Json], previous: Mapping[str, Parameter]) -> str | None:
    if not item.get("UsePreviousValue"):
        return item.get("ParameterValue")
    name = item["ParameterKey"]
    return previous[name].given if name in previous else None


def _plain(value: Json) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _parameter(name: str, declaration: Mapping[str, Json], given: str, read_ssm: ReadSsm) -> Parameter:
    type_ = declaration.get("Type", "String")
    no_echo = str(declaration.get("NoEcho", False)).lower() == "true"
    _check(name, declaration, given)
    looked_up = SSM_VALUE.fullmatch(type_)
    if looked_up:
        found = read_ssm(given)
        return Parameter(given, found if looked_up[1] == "String" else found.split(","), True, no_echo)  # noqa: FBT003
    if type_ not in PLAIN_TYPES:
        raise TemplateError(f"Template error: the parameter type {type_} of {name} is not emulated")
    if type_ in {"CommaDelimitedList", "List<Number>"}:
        return Parameter(given, [item.strip() for item in given.split(",")], no_echo=no_echo)
    return Parameter(given, given, no_echo=no_echo)


def _check(name: str, declaration: Mapping[str, Json], given: str) -> None:
    told = declaration.get("ConstraintDescription")
    is_number = declaration.get("Type") == "Number"
    if is_number and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", given):
        raise TemplateError(f"Parameter '{name}' must be a number.")
    size = float(given) if is_number else len(given)
    least, most = ("MinValue", "MaxValue") if is_number else ("MinLength", "MaxLength")
    broken = {
        "AllowedValues": given not in [_plain(value) for value in declaration.get("AllowedValues", [given])],
        "AllowedPattern": not re.fullmatch(str(declaration.get("AllowedPattern", "(?s:.*)")), given),
        least: size < float(declaration.get(least, size)),
        most: size > float(declaration.get(most, size)),
    }
    for constraint, is_broken in broken.items():
        if is_broken:
            words = told or f"{constraint} {declaration[constraint]}"
            raise TemplateError(f"Parameter '{name}' failed to satisfy constraint: {words}")
