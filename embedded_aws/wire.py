"""AWS's protocols, as botocore's models describe them, for the services that we answer ourselves."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from botocore.utils import parse_timestamp
from botocore.validate import ParamValidator
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.models import get_account_id_from
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

NOT_EMULATED = "NotEmulated"
NOT_IMPLEMENTED = HTTPStatus.NOT_IMPLEMENTED  # SDKs try again after a 500, not after this


class ServiceError(Exception):
    """What a service refuses, as AWS's error response.

    `code` is the code as it goes over the wire ("ValidationError"), which need not be in botocore's model.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Caller:
    """Who asks, and where."""

    account: str
    region: str
    access_key_id: str


@dataclass(frozen=True)
class Scope:
    """The credential scope of a signed request: what a caller says of itself and of the service it means."""

    access_key_id: str
    region: str
    service: str

    @classmethod
    def of(cls, request: Request) -> "Scope | None":
        """The scope of a request signed by header or by query; None if there is no (readable) signature."""
        header = request.headers.get("Authorization", "")
        _, found, rest = header.partition("Credential=")
        credential = rest.split(",")[0] if found else request.args.get("X-Amz-Credential", "")
        match credential.strip().split("/"):
            case [access_key_id, _, region, service, "aws4_request"]:
                return cls(access_key_id, region, service.lower())
        return None

    @property
    def caller(self) -> Caller:
        """The caller, with the account that the access key belongs to."""
        return Caller(get_account_id_from(self.access_key_id), self.region, self.access_key_id)


Operation = Callable[[Caller, dict[str, Any]], dict[str, Any]]


class Service:
    """An AWS service answered by us; the protocol is that of botocore's model.

    An operation gets the caller and the parsed parameters (timestamps as aware UTC datetimes) and returns the
    result by the names of the API's shapes, its timestamps likewise; a member that is None is left out. Parameters
    and results are checked against the model, so a result that the model does not know is a fault, not a silence.

    Args:
        name: botocore's name of the service, "cloudformation".
        operations: by the API operation's name, "CreateStack". All others are refused as not emulated.
    """

    def __init__(self, name: str, operations: Mapping[str, Operation]) -> None:
        self.name = name
        self.operations = operations
        self._model = get_service_model(name)
        unknown = sorted(set(operations) - set(self._model.operation_names))
        if unknown:
            raise ValueError(f"botocore's model of {name} has no operation {', '.join(unknown)}")

    def respond(self, request: Request) -> Response:
        """Answer a signed request, with a result or with an error response."""
        try:
            return self._answer(request)
        except ServiceError as error:
            return error_response(self.name, request, error)

    def _answer(self, request: Request) -> Response:
        scope = Scope.of(request)
        if scope is None:
            raise ServiceError("MissingAuthenticationToken", "the request is not signed", HTTPStatus.FORBIDDEN)
        asked = operation_of(self.name, request)
        if asked is None or asked not in self.operations:
            raise not_emulated(self.name, asked or f"{request.method} {request.path}")
        model = self._model.operation_model(asked)
        protocol = determine_request_protocol(self._model, request.content_type)
        _, path_parameters = get_service_router(self.name).match(request)
        parameters = PROTOCOL_PARSERS[protocol](model, timestamp_parser=_aware).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(),
                "url_path": request.path,
                "url_params": path_parameters,
            }
        )
        if model.input_shape is not None:
            faults = ParamValidator().validate(parameters, model.input_shape)
            if faults.has_errors():
                code = "ValidationError" if protocol == "query" else "ValidationException"
                raise ServiceError(code, faults.generate_report())
        result = _without_none(self.operations[asked](scope.caller, parameters))
        if model.output_shape is not None:
            faults = ParamValidator().validate(result, model.output_shape)
            if faults.has_errors():
                raise TypeError(f"{self.name}:{asked} gave a result unlike its model: {faults.generate_report()}")
        serialized = get_serializer_class(self.name, protocol)(model).serialize(result)
        return Response(serialized["body"], serialized["status_code"], serialized["headers"])


def operation_of(service: str, request: Request) -> str | None:
    """The name of the API operation that a request asks for, by botocore's model; None if it fits none."""
    action = request.values.get("Action")
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.rsplit(".", 1)[-1]
    if action and service != "s3":
        return action
    try:
        return str(get_service_router(service).match(request)[0].name)
    except (NotFound, NotImplementedError, UnknownServiceError):
        return None


def not_emulated(service: str, operation: str) -> ServiceError:
    """The refusal of an operation that is not there."""
    return ServiceError(NOT_EMULATED, f"{service}:{operation} is not emulated", NOT_IMPLEMENTED)


def error_response(service: str, request: Request, error: ServiceError) -> Response:
    """An error in the shape that the service's clients read."""
    metadata = _metadata(service)
    fault = "Sender" if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
    if _speaks_json(service, request):
        headers = {"X-Amzn-Errortype": error.code}
        if "awsQueryCompatible" in metadata:
            headers["x-amzn-query-error"] = f"{error.code};{fault}"
        body = json.dumps({"__type": error.code, "message": error.message, "Message": error.message})
        return Response(body, error.status, headers, content_type=request.content_type or "application/json")
    told = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    body = {
        "ec2": f"<Response><Errors><Error>{told}</Error></Errors><RequestID>embedded</RequestID></Response>",
        "s3": f"<Error>{told}<RequestId>embedded</RequestId></Error>",
    }.get(
        service,
        f"<ErrorResponse><Error><Type>{fault}</Type>{told}</Error><RequestId>embedded</RequestId></ErrorResponse>",
    )
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', error.status, content_type="text/xml")


def _speaks_json(service: str, request: Request) -> bool:
    content_type = request.content_type or ""
    if service == "s3" or content_type.startswith("application/x-www-form-urlencoded"):
        return False
    return "json" in content_type or "json" in str(_metadata(service).get("protocol"))


def _metadata(service: str) -> Mapping[str, Any]:
    try:
        return get_service_model(service).metadata
    except UnknownServiceError:  # a signing name that neither botocore's models nor moto use
        return {}


def _aware(value: str) -> datetime:
    return parse_timestamp(value).astimezone(UTC)


def _without_none(result: Any) -> Any:  # noqa: ANN401 - any JSON-like value
    match result:
        case dict():
            return {key: _without_none(value) for key, value in result.items() if value is not None}
        case list() | tuple():
            return [_without_none(value) for value in result]
    return result
