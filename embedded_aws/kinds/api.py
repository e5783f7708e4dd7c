"""The one way from a kind to a service: values take the shapes of the API's model, and what is gone is fine.

CloudFormation hands on what a template says: numbers and booleans at times as strings, policies as objects where
the API takes their JSON text. botocore's model of the operation says which it takes, so no kind does it by hand.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

GONE = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "DashboardNotFoundError",
        "LifecyclePolicyNotFoundException",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NotFound",
        "NotFoundException",
        "ObjectNotFoundException",
        "ParameterNotFound",
        "QueueDoesNotExist",
        "RepositoryNotFoundException",
        "RepositoryPolicyNotFoundException",
        "ResourceNotFound",
        "ResourceNotFoundException",
    }
)
"""Error codes by which services say that the thing asked for is not there."""


def call(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3 has no types
    """Calls an operation with values as its model wants them.

    Args:
        client: a boto3 client.
        operation: the client's method, e.g. "create_topic".
        **parameters: the operation's parameters; None is "not given".

    Returns:
        The answer.

    Raises:
        botocore.exceptions.ParamValidationError: the operation has no such parameter.
        botocore.exceptions.ClientError: the service refused.
    """
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    given = {name: value for name, value in parameters.items() if value is not None}
    answer: dict[str, Any] = getattr(client, operation)(**in_shape(model.input_shape, given))
    return answer


def in_shape(shape: Shape | None, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any JSON value; a return a type
    """Returns a template's value as an API's shape takes it; what does not fit is left for botocore to refuse."""
    match shape:
        case StructureShape() if isinstance(value, Mapping):
            return {name: in_shape(shape.members.get(name), part) for name, part in value.items()}
        case MapShape() if isinstance(value, Mapping):
            return {name: in_shape(shape.value, part) for name, part in value.items()}
        case ListShape() if isinstance(value, list):
            return [in_shape(shape.member, part) for part in value]
        case None:
            return value
    if shape.type_name == "string":
        return as_text(value)
    if isinstance(value, str):
        return _parsed(shape.type_name, value)
    if shape.type_name in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    if shape.type_name in ("float", "double") and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def as_text(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Returns the text of a value: JSON of objects and lists, "true", "5"; None stays None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, int | float):
        return str(value)
    return value


def _parsed(type_name: str, text: str) -> str | int | float | bool:
    try:
        if type_name == "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        if type_name in ("integer", "long"):
            return int(text)
        if type_name in ("float", "double"):
            return float(text)
    except ValueError:  # botocore's refusal names the parameter
        return text
    return text


@contextmanager
def gone_is_fine() -> Iterator[None]:
    """Passes over the refusal of a service that says that the thing is not there."""
    try:
        yield
    except ClientError as error:
        if not is_gone(error):
            raise


def is_gone(error: ClientError) -> bool:
    """Says whether a service refused because the thing is not there."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    # SageMaker has no code of its own for what is not there.
    return code in GONE or (code == "ValidationException" and "Could not find" in message)


def lost(sent: Any, read: Any, path: str = "") -> list[str]:  # noqa: ANN401 - any JSON values
    """Names what was sent to a service and does not come back when it is read.

    An emulator that stores a part of what it was given answers 200 all the same; this is how it shows.

    Args:
        sent: what was sent, in the API's shape.
        read: what the service describes.
        path: where in the whole the two stand.

    Returns:
        The paths that differ, e.g. ["ProductionVariants.0.RoutingConfig"].
    """
    if isinstance(sent, Mapping):
        inside = read if isinstance(read, Mapping) else {}
        return [p for k, v in sent.items() for p in lost(v, inside.get(k), f"{path}.{k}" if path else k)]
    if isinstance(sent, list):
        parts = read if isinstance(read, list) else []
        padded = [*parts, *[None] * (len(sent) - len(parts))]
        return [p for i, v in enumerate(sent) for p in lost(v, padded[i], f"{path}.{i}")]
    return [] if sent == read else [path]
