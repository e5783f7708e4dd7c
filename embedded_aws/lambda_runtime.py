"""lambda:Invoke runs the bytes that were deployed, in a process of their own, instead of a container."""

import base64
import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import boto3
from moto.awslambda.models import LambdaFunction

from embedded_aws.environment import safe_environment
from embedded_aws.wire import NOT_EMULATED, NOT_IMPLEMENTED, ServiceError

_PROCESS = Path(__file__).with_name("lambda_process.py")
_INITIALISATION_SECONDS = 10  # what Lambda grants beside the timeout
_TAIL_BYTES = 4096  # of the log, that LogType=Tail returns


@dataclass(frozen=True)
class Invocation:
    """What came of one invocation."""

    payload: str
    failed: bool
    log: str


class LambdaRuntime:
    """Runs the functions of one embedded AWS.

    Args:
        url: of the embedded AWS, which the functions reach by AWS_ENDPOINT_URL.
        folder: where the functions are unpacked, each invocation in a folder that is deleted after it.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = Lock()

    def run(self, function: LambdaFunction, event: object) -> Invocation:
        """Run a function's handler on an event, and put what it writes into its log group."""
        _refuse_what_does_not_run_here(function)
        request_id = str(uuid4())
        now = datetime.now(UTC)
        stream = f"{now:%Y/%m/%d}/[{function.version}]{request_id.replace('-', '')}"
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            code, job = Path(folder, "code"), Path(folder, "job.json")
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as packed:
                packed.extractall(code)
            asked = {
                "code": str(code),
                "event": event,
                "handler": function.handler,
                "function_name": function.function_name,
                "function_arn": function.function_arn,
                "memory_mb": str(function.memory_size),
                "timeout_seconds": int(function.timeout),
                "request_id": request_id,
                "log_group": function.logs_group_name,
                "log_stream": stream,
                "site_packages": str(Path(boto3.__file__).parent.parent),
            }
            job.write_text(json.dumps(asked), encoding="utf-8")
            log = self._run_process(job, code, self._environment(function, Path(folder), stream), function.timeout)
            answer = _answer(job, request_id)
            if answer["failed"]:  # with the traceback's paths as they are on Lambda
                answer["payload"] = answer["payload"].replace(str(code), "/var/task")
                log = log.replace(str(code), "/var/task")
        log = f"START RequestId: {request_id} Version: {function.version}\n{log}\nEND RequestId: {request_id}"
        _keep_log(function, stream, log)
        return Invocation(answer["payload"], answer["failed"], log)

    def stop(self) -> None:
        """End what still runs."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _end(process)

    def _environment(self, function: LambdaFunction, home: Path, stream: str) -> dict[str, str]:
        own = {name: str(value) for name, value in function.environment_vars.items()}
        safe = safe_environment(own | {"AWS_REGION": function.region}, self._url, home)
        return {name: value for name, value in safe.items() if not name.startswith("CDK")} | {
            "AWS_ACCESS_KEY_ID": access_key_of(function.function_name),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "LAMBDA_TASK_ROOT": str(home / "code"),
            "HOME": str(home),
            "TZ": ":UTC",
            "_HANDLER": str(function.handler),
        }

    def _run_process(self, job: Path, code: Path, environment: Mapping[str, str], timeout_seconds: int) -> str:
        # A session of its own, so that what a handler starts ends with it.
        command = [sys.executable, "-I", "-S", "-B", str(_PROCESS), str(job)]
        with subprocess.Popen(  # noqa: S603 - our own file, run by this interpreter
            command,
            cwd=code,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            with self._lock:
                self._running.add(process)
            try:
                written, _ = process.communicate(timeout=timeout_seconds + _INITIALISATION_SECONDS)
            except subprocess.TimeoutExpired:
                _end(process)
                written, _ = process.communicate()
            finally:
                _end(process)
                with self._lock:
                    self._running.discard(process)
        return written.decode(errors="replace").rstrip()


def access_key_of(function_name: str) -> str:
    """The access key that a function signs its calls with, its own, so that the record tells who called."""
    digest = base64.b32encode(hashlib.sha256(function_name.encode()).digest()).decode()
    return f"LAMBDA{digest[:14]}"


def install(runtime: LambdaRuntime) -> None:
    """Let moto's functions be run by `runtime`."""

    def invoke(
        function: LambdaFunction, body: str | bytes, request: Mapping[str, str], response: MutableMapping[str, str]
    ) -> bytes:
        kind = {name.lower(): value for name, value in request.items()}.get("x-amz-invocation-type")
        if kind == "DryRun":
            return b""
        done = runtime.run(function, json.loads(body or "{}"))
        if kind == "Event":
            return b""
        response["x-amz-log-result"] = base64.b64encode(done.log.encode()[-_TAIL_BYTES:]).decode()
        response["x-amz-executed-version"] = str(function.version)
        if done.failed:
            response["x-amz-function-error"] = "Unhandled"
        return done.payload.encode()

    setattr(LambdaFunction, "invoke", invoke)  # noqa: B010 - mypy refuses the assignment


def _refuse_what_does_not_run_here(function: LambdaFunction) -> None:
    for there, what in (
        (function.package_type != "Zip", f"a function of package type {function.package_type}"),
        (not str(function.run_time).startswith("python"), f"the runtime {function.run_time}"),
        (bool(function.layers), "a function with layers"),
    ):
        if there:
            told = f"lambda:Invoke of {what} is not emulated ({function.function_name})"
            raise ServiceError(NOT_EMULATED, told, NOT_IMPLEMENTED)


def _answer(job: Path, request_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(job.read_text(encoding="utf-8"))
    if "payload" in answer:
        return answer
    # The process ended, or was ended, without a word of its own.
    told = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    return {"payload": json.dumps({"errorMessage": told, "errorType": "Runtime.ExitError"}), "failed": True}


def _keep_log(function: LambdaFunction, stream: str, log: str) -> None:
    group, logs = function.logs_group_name, function.logs_backend
    logs.ensure_log_group(group)
    logs.create_log_stream(group, stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    logs.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in log.splitlines() if line])


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended by itself, with all that it started
        os.killpg(process.pid, signal.SIGKILL)
