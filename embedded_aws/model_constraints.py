"""The limits that botocore's models state and botocore does not check; AWS does, before anything happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse

# AWS adds instance types every few months: of these the form alone is checked.
_OPEN_ENUMS = {"ProductionVariantInstanceType": r"ml\.[a-z0-9-]+\.[a-z0-9]+"}
_NUMBERS = frozenset({"integer", "long", "float", "double"})

SageMakerOperation = Callable[[SageMakerResponse], ActionResult]


def within_limits(operation: SageMakerOperation) -> SageMakerOperation:
    """A SageMaker operation that refuses parameters beyond its model's limits, in AWS's words.

    Args:
        operation: named as moto names it, "create_endpoint" for CreateEndpoint.
    """
    name = "".join(word.capitalize() for word in operation.__name__.split("_"))

    @wraps(operation)
    def checked(self: SageMakerResponse) -> ActionResult:
        shape = get_service_model("sagemaker").operation_model(name).input_shape
        faults = list(_faults(shape, self.params, ""))
        if faults:
            noun = "error" if len(faults) == 1 else "errors"
            raise ValidationError(f"{len(faults)} validation {noun} detected: {'; '.join(faults)}")
        return operation(self)

    return checked


def _faults(shape: Shape | None, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    match shape:
        case StructureShape() if isinstance(value, dict):
            for name, part in value.items():
                yield from _faults(shape.members.get(name), part, _under(path, name[:1].lower() + name[1:]))
        case MapShape() if isinstance(value, dict):
            for key, part in value.items():
                yield from _faults(shape.value, part, _under(path, f"{key}.member"))
        case ListShape() if isinstance(value, list):
            yield from _told(path, value, _of_size(shape, len(value), "length"))
            for number, part in enumerate(value, 1):
                yield from _faults(shape.member, part, _under(path, f"{number}.member"))
        case StringShape() if isinstance(value, str):
            yield from _told(path, value, [*_of_size(shape, len(value), "length"), *_of_text(shape, value)])
        case Shape() if shape.type_name in _NUMBERS:
            yield from _told(path, value, _of_size(shape, value, "value"))


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _told(path: str, value: object, rules: list[str]) -> Iterator[str]:
    for rule in rules:
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"


def _of_size(shape: Shape, size: float, noun: str) -> list[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    broken = []
    if least is not None and size < least:
        broken.append(f"have {noun} greater than or equal to {least}")
    if most is not None and size > most:
        broken.append(f"have {noun} less than or equal to {most}")
    return broken


def _of_text(shape: StringShape, text: str) -> list[str]:
    broken = []
    pattern = _OPEN_ENUMS.get(shape.name, shape.metadata.get("pattern"))
    if pattern and (form := _form(pattern)) and not form.fullmatch(text):
        broken.append(f"satisfy regular expression pattern: {pattern}")
    if shape.enum and shape.name not in _OPEN_ENUMS and text not in shape.enum:
        broken.append(f"satisfy enum value set: [{', '.join(shape.enum)}]")
    return broken


@cache
def _form(pattern: str) -> re.Pattern[str] | None:
    """The pattern compiled; None of one that Python cannot read: AWS's are Java's."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
