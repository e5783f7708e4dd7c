"""`python -m embedded_aws serve` and `python -m embedded_aws run -- COMMAND`."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from embedded_aws.environment import regions, shell_lines
from embedded_aws.server import EmbeddedAws

_NOT_FOUND = 127  # what shells say
_SIGNALLED = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m embedded_aws", description="An AWS on this machine.")
    commands = parser.add_subparsers(required=True)
    serve_parser = commands.add_parser("serve", help="serve until Ctrl-C")
    serve_parser.add_argument("--port", type=int, default=0, help="by default a free one")
    serve_parser.set_defaults(act=lambda asked: serve(asked.port))
    run_parser = commands.add_parser("run", help="run a command that can reach this AWS and no other")
    run_parser.add_argument("--region", choices=sorted(regions()), metavar="REGION")
    run_parser.add_argument("command", nargs="+", help="after --")
    run_parser.set_defaults(act=lambda asked: run(asked.command, asked.region))
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        status: int = asked.act(asked)
    except OSError as error:  # the port is taken, the command cannot be run
        print(f"embedded_aws: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return status


def serve(port: int) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    outside = dict(os.environ)
    # Whoever reads the last line may end it before the print has returned.
    with EmbeddedAws(port) as aws, contextlib.suppress(KeyboardInterrupt, SystemExit):
        print(f"# The embedded AWS serves at {aws.url} until Ctrl-C. In another shell:")  # noqa: T201
        print(shell_lines(outside, aws.environment(outside)), flush=True)  # noqa: T201
        threading.Event().wait()
    return 0


def run(command: Sequence[str], region: str | None = None) -> int:
    """Run a command with the safe environment; returns its exit status."""
    with EmbeddedAws() as aws:
        safe = aws.environment(os.environ | ({"AWS_REGION": region} if region else {}))
        program = shutil.which(command[0], path=safe.get("PATH"))
        if program is None:
            print(f"embedded_aws: no such command: {command[0]}", file=sys.stderr)  # noqa: T201
            return _NOT_FOUND
        with subprocess.Popen([program, *command[1:]], env=safe) as process:  # noqa: S603 - what was asked for
            try:
                status = process.wait()
            except KeyboardInterrupt:  # which reached the command too
                status = process.wait()
            except SystemExit:  # which did not
                process.terminate()
                status = process.wait()
    return status if status >= 0 else _SIGNALLED - status


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(_SIGNALLED + number)


if __name__ == "__main__":
    sys.exit(main())
