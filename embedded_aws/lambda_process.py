"""The process that runs a deployed handler: `python -I -S lambda_process.py JOB`.

JOB is a JSON file, which the answer is written over.

Stdlib only, started by its path. The handler sees the standard library, its own files and the AWS SDK; nothing else
that happens to be installed here, because the real runtime has nothing else either.
"""

import importlib
import json
import logging
import os
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

SDK = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})


class Context:
    """What a handler gets as its second argument."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, job: dict[str, Any]) -> None:
        self.function_name: str = job["function_name"]
        self.invoked_function_arn: str = job["function_arn"]
        self.memory_limit_in_mb: str = job["memory_mb"]
        self.aws_request_id: str = job["request_id"]
        self.log_group_name: str = job["log_group"]
        self.log_stream_name: str = job["log_stream"]
        self._deadline = time.monotonic() + job["timeout_seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler may still run."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class SdkFinder(MetaPathFinder):
    """Finds the AWS SDK, and nothing beside it, where it is installed here."""

    def __init__(self, site_packages: str) -> None:
        self._site_packages = site_packages

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The place of one of the SDK's packages."""
        if path is None and fullname in SDK:
            return PathFinder.find_spec(fullname, [self._site_packages], target)
        return None


class Answer:
    """The one answer of an invocation: whoever comes first, handler or timeout, gives it and ends the process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def give(self, payload: str, *, failed: bool) -> NoReturn:
        """Write the answer and leave, without waiting for threads that the handler may have started."""
        with self._lock:
            self._file.write_text(json.dumps({"payload": payload, "failed": failed}), encoding="utf-8")
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    def fail(self, kind: str, message: str, request_id: str, stack: Sequence[str] = ()) -> NoReturn:
        """Answer with an error, in Lambda's words."""
        told = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": list(stack)}
        print(f"[ERROR] {kind}: {message}", "Traceback (most recent call last):" if stack else "", *stack, sep="\n")  # noqa: T201 - into the function's log
        self.give(json.dumps(told), failed=True)


def main(file: Path) -> NoReturn:
    """Run one job."""
    job = json.loads(file.read_text(encoding="utf-8"))
    runpy.run_path(str(Path(__file__).with_name("loopback.py")))["stay_on_loopback"](lambda: True)
    sys.path.insert(0, job["code"])  # -I leaves the folder of this file out
    sys.meta_path.append(SdkFinder(job["site_packages"]))
    answer, request_id = Answer(file), job["request_id"]
    form = f"[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t{request_id}\t%(message)s"
    logging.basicConfig(format=form, datefmt="%Y-%m-%dT%H:%M:%S", stream=sys.stdout)
    logging.Formatter.converter = time.gmtime
    handler = load(job["handler"], answer, request_id)

    def stop() -> None:
        seconds = f"{job['timeout_seconds']:.2f}"
        answer.fail(
            "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds} seconds", request_id
        )

    # From here, as on Lambda: starting the process and importing the module are not the handler's time.
    watch = threading.Timer(job["timeout_seconds"], stop)
    watch.daemon = True
    watch.start()
    try:
        result = handler(job["event"], Context(job))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        stack = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        answer.fail(type(error).__name__, str(error), request_id, stack)
    except SystemExit as leaving:
        answer.fail(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with {leaving!r}", request_id
        )
    try:
        payload = json.dumps(result)
    except (TypeError, ValueError) as error:
        answer.fail("Runtime.MarshalError", f"Unable to marshal response: {error}", request_id)
    answer.give(payload, failed=False)


def load(handler: str, answer: Answer, request_id: str) -> Callable[[Any, Context], Any]:
    """The function that "folder/module.function" names."""
    module_name, _, function_name = handler.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        answer.fail("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}", request_id)
    except Exception as error:  # noqa: BLE001 - a module's own code runs here
        stack = traceback.format_list(traceback.extract_tb(error.__traceback__))
        answer.fail(type(error).__name__, str(error), request_id, stack)
    if not hasattr(module, function_name):
        told = f"Handler '{function_name}' missing on module '{module_name}'"
        answer.fail("Runtime.HandlerNotFound", told, request_id)
    found: Callable[[Any, Context], Any] = getattr(module, function_name)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
