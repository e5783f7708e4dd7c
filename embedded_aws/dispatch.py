"""The front: by the credential scope of a request to one of our services or to moto, and no fault without words."""

import gzip
import io
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from threading import Lock, local
from typing import TYPE_CHECKING

from moto.core.request import Request
from moto.core.utils import service_name_from_moto_package_name
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response

from embedded_aws.calls import TEST_ONLY, Call, Calls, TestOnlyApi
from embedded_aws.loopback import stay_on_loopback
from embedded_aws.wire import (
    NOT_IMPLEMENTED,
    Scope,
    Service,
    ServiceError,
    error_response,
    not_emulated,
    operation_of,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOG = logging.getLogger(__name__)
_ROUTELESS = b"<!doctype html>"  # how flask says that no route fits, or that a handler broke
# What moto infers, in place of a host name, where a host name would not tell.
_PACKAGES = frozenset({"s3control", "dynamodb", "dynamodb_v20111205", "dynamodbstreams", "sesv2"})

_HERE = local()


@cache
def _keep_requests_on_loopback() -> None:
    # moto answers some calls by calling others: an SNS message to an https subscription, a container for a job.
    stay_on_loopback(lambda: getattr(_HERE, "serving", False))


class Front:
    """The WSGI application.

    Args:
        services: by botocore's name, how to make each service that we answer ourselves; made when first asked for.
        calls: where every signed call is recorded.
        test_only: what answers under /_embedded/.
    """

    def __init__(self, services: Mapping[str, Callable[[], Service]], calls: Calls, test_only: TestOnlyApi) -> None:
        _keep_requests_on_loopback()
        self._makers = services
        self._made: dict[str, Service] = {}
        self._lock = Lock()
        self._calls = calls
        self._test_only = test_only
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        _HERE.serving = True
        try:
            return self._respond(environ)(environ, start_response)
        finally:
            _HERE.serving = False

    def _respond(self, environ: "WSGIEnvironment") -> Response:
        body = _read(environ)
        request = _request(environ, body)
        if request.path.startswith(TEST_ONLY):
            return self._test_only.answer(request)
        scope = Scope.of(request)
        package = self._package_of(environ, body)
        service = _botocore_name(package) if package else scope.service if scope else "s3"
        operation = operation_of(service, request)
        asked = operation or f"{request.method} {request.path}"
        if scope:
            self._calls.record(Call(scope.access_key_id, service, asked))
        try:
            if service in self._makers:
                return self._own(service).respond(request)
            if package:
                return self._ask_moto(environ, body, knows_operation=operation is not None)
            refusal = not_emulated(service, asked)
        except ServiceError as error:
            refusal = error
        except NotImplementedError:
            refusal = not_emulated(service, asked)
        except Exception as error:  # noqa: BLE001 - whatever breaks in an emulator must reach its caller in words
            _LOG.exception("%s:%s broke", service, asked)
            told = f"{service}:{asked} broke inside the embedded AWS: {type(error).__name__}: {error}"
            refusal = ServiceError("EmbeddedAwsFault", told, NOT_IMPLEMENTED)
        return error_response(service, request, refusal)

    def _package_of(self, environ: "WSGIEnvironment", body: bytes) -> str | None:
        """Moto's package for the service that a request means, be it signed or not; None if moto has none."""
        path = str(environ["PATH_INFO"])
        try:
            host = self._moto.infer_service_region_host({**environ, "wsgi.input": io.BytesIO(body)}, path)
        except (IndexError, KeyError, ValueError):  # not what an SDK sends: no target, no scope
            return None
        if host is None:
            return "s3"
        if host in _PACKAGES:
            return host
        return next(
            (name for name, known in self._moto.backend_url_patterns if known.match(f"http://{host}")), None
        )

    def _own(self, name: str) -> Service:
        with self._lock:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]

    def _ask_moto(self, environ: "WSGIEnvironment", body: bytes, *, knows_operation: bool) -> Response:
        response = Response.from_app(self._moto, {**environ, "wsgi.input": io.BytesIO(body)}, buffered=True)
        answer = response.get_data()
        refused = response.status_code >= HTTPStatus.BAD_REQUEST
        if refused and (answer.startswith(_ROUTELESS) or not (answer or knows_operation)):
            raise NotImplementedError
        return response


def _read(environ: "WSGIEnvironment") -> bytes:
    """The request's body, in one piece and unzipped; the environment is told so."""
    request = Request(environ)
    body = request.get_data(cache=False)
    scope = Scope.of(request)
    # An S3 object's encoding is the object's own; to all others an SDK zips what is long.
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and scope and scope.service != "s3":
        body = gzip.decompress(body)
        del environ["HTTP_CONTENT_ENCODING"]
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _request(environ: "WSGIEnvironment", body: bytes) -> Request:
    return Request({**environ, "wsgi.input": io.BytesIO(body)})


def _botocore_name(package: str) -> str:
    named = {"awslambda": "lambda", "dynamodb_v20111205": "dynamodb"}
    return named.get(package) or service_name_from_moto_package_name(package)
