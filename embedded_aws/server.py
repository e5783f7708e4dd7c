"""The embedded AWS itself: one server on the loopback interface, and all that it started ends with it."""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread, current_thread
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from embedded_aws import moto_patches, state_machines
from embedded_aws.calls import Call, Calls, TestOnlyApi
from embedded_aws.dispatch import Front
from embedded_aws.environment import (
    ACCESS_KEY_ID,
    DEFAULT_REGION,
    SECRET_ACCESS_KEY,
    hidden_profiles,
    safe_environment,
    session_without_configuration,
)
from embedded_aws.lambda_runtime import LambdaRuntime, access_key_of
from embedded_aws.wire import Service

LOOPBACK = "127.0.0.1"
_JOIN_SECONDS = 5
_POLL_SECONDS = 0.05  # for a request to stop

_ONE_AT_A_TIME = Lock()


class EmbeddedAws:
    """An AWS on this machine: `with EmbeddedAws() as aws: aws.client("sns").create_topic(Name="x")`.

    It begins empty. moto keeps its state in the process, so there is one at a time in a process; a second start is
    refused until the first has stopped.

    Args:
        port: to listen on; 0 takes a free one.
        services: replaces or adds services that we answer ourselves, by botocore's name.
    """

    def __init__(self, port: int = 0, services: Mapping[str, Callable[[], Service]] | None = None) -> None:
        self._asked_port = port
        self._calls = Calls()
        self._services = {"cloudformation": self._cloudformation, "application-autoscaling": _scaling} | dict(
            services or {}
        )
        self._session = boto3.Session(botocore_session=session_without_configuration())
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = Lock()
        self._server: _Server | None = None
        self._undo = ExitStack()
        self.on_wait(lambda _: None)

    def start(self) -> Self:
        """Begin to serve.

        Raises:
            RuntimeError: if another one serves in this process.
            OSError: if the port is taken.
        """
        if not _ONE_AT_A_TIME.acquire(blocking=False):
            raise RuntimeError(
                "an embedded AWS serves in this process already, and moto's state is one a process: stop it"
            )
        with ExitStack() as undo:
            undo.callback(_ONE_AT_A_TIME.release)
            undo.enter_context(hidden_profiles())
            undo.callback(moto_patches.forget)
            self._folder = Path(undo.enter_context(TemporaryDirectory(prefix="embedded-aws-")))
            front = Front(self._services, self._calls, TestOnlyApi(self._calls, _backdate))
            undo.callback(setattr, self, "_server", None)
            with socket.create_server((LOOPBACK, self._asked_port)) as bound:  # werkzeug would exit if it is taken
                self._server = undo.enter_context(_Server(bound, front))
            undo.callback(self._close_clients)
            runtime = LambdaRuntime(self.url, self._subfolder("lambda"))
            moto_patches.forget()
            moto_patches.install(runtime)
            executing = partial(self._client_of, state_machines.ACCESS_KEY_ID)
            state_machines.install(executing, self.port, self._wait)
            thread = Thread(
                target=self._server.serve_forever, args=[_POLL_SECONDS], name="embedded-aws", daemon=True
            )
            thread.start()
            undo.callback(thread.join)
            undo.callback(self._server.shutdown)
            undo.callback(runtime.stop)
            self._undo = undo.pop_all()
        return self

    def stop(self) -> None:
        """End the server, its threads, the functions that run and the temporary files; twice is once."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            raise RuntimeError("the embedded AWS is not started: call start(), or use it in a with statement")
        return self._server.port

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL has to be."""
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The variables with which a command reaches this embedded AWS and no real account."""
        return safe_environment(base, self.url, self._subfolder("cdk-home"))

    def client(self, service: str, region: str = DEFAULT_REGION) -> Any:  # noqa: ANN401 - boto3 makes them at run time
        """A boto3 client of this embedded AWS, whatever the environment says; kept for the next who asks."""
        return self._client_of(ACCESS_KEY_ID, service, region)

    def calls(self, access_key_id: str | None = None) -> list[Call]:
        """The calls made by an access key, or by all, each once."""
        return list(self._calls.times(access_key_id))

    def forget_calls(self) -> None:
        """Begin the record of calls anew."""
        self._calls.clear()

    def lambda_access_key(self, function_name: str) -> str:
        """The access key that a deployed function signs with."""
        return access_key_of(function_name)

    def backdate_endpoint(self, name: str, *, days: float, region: str = DEFAULT_REGION) -> None:
        """Let a SageMaker endpoint have been made so many days ago."""
        _backdate(name, region, days)

    def on_wait(self, happens: Callable[[state_machines.Waiting], object]) -> None:
        """Let something happen whenever an execution of a state machine waits: no time passes there by itself."""
        self._happens = happens

    def _wait(self, waiting: state_machines.Waiting) -> None:
        self._happens(waiting)

    def _cloudformation(self) -> Service:
        made: Service = import_module("embedded_aws.cloudformation").service(self.client)
        return made

    def _client_of(self, access_key_id: str, service: str, region: str) -> Any:  # noqa: ANN401
        with self._lock:
            key = access_key_id, service, region
            if key not in self._clients:
                make: Any = self._session.client
                self._clients[key] = make(
                    service,
                    region_name=region,
                    endpoint_url=self.url,
                    aws_access_key_id=access_key_id,
                    aws_secret_access_key=SECRET_ACCESS_KEY,
                    config=_CLIENTS,
                )
            return self._clients[key]

    def _close_clients(self) -> None:
        while self._clients:
            self._clients.popitem()[1].close()

    def _subfolder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return folder


_CLIENTS = Config(
    connect_timeout=2,
    read_timeout=300,
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    proxies={},
    use_fips_endpoint=False,
    use_dualstack_endpoint=False,
    inject_host_prefix=False,
)


def _scaling() -> Service:
    made: Service = import_module("embedded_aws.application_autoscaling").service()
    return made


def _backdate(name: str, region: str, days: float) -> None:
    import_module("embedded_aws.sagemaker_extras").backdate(name, region, days)


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of each request."""


class _Server(ThreadedWSGIServer):
    """A threaded server that can end the connections its clients keep open."""

    daemon_threads = True

    def __init__(self, bound: socket.socket, application: Front) -> None:
        self._open: dict[Thread, socket.socket] = {}
        host, port = bound.getsockname()
        super().__init__(host, port, application, handler=_QuietHandler, fd=bound.fileno())

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Serve one connection to its end."""
        self._open[current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(current_thread(), None)

    def server_close(self) -> None:
        """Close the listening socket and every connection, and wait for their threads."""
        super().server_close()
        for thread, connection in list(self._open.items()):
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_JOIN_SECONDS)
