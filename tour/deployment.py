"""The template is deployed on the embedded AWS by the real CDK CLI, read back, looked at, and destroyed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from embedded_aws.environment import shell_lines
from sagemaker_capacity_plan import CapacityPlan, write_whole

from .comparison import Place, compare
from .deployed import deployed_scaling, endpoint_names
from .idle import IdleScene
from .permissions import permissions_of
from .shift import APP, ShiftScene
from .shift import STACK as SHIFT
from .template import Template

if TYPE_CHECKING:
    from embedded_aws import EmbeddedAws

STACK = "ScaledEndpoints"
_ACCOUNT = "123456789012"


class Stopped(Exception):  # noqa: N818 - it is how a tour ends early, with a status
    """A command of the tour failed; the exit status is the argument."""


class Deployment:
    """One deploy of the synthesised stack, from bootstrap to destroy."""

    def __init__(self, aws: EmbeddedAws, root: Path, console: Console, *, region: str, assembly: Path) -> None:
        self._aws, self._root, self._console = aws, root, console
        self._region, self._assembly = region, assembly
        self._clients: Callable[[str], Any] = lambda service: aws.client(service, region)

    def deploy(self) -> None:
        """Bootstrap the account and deploy the stack."""
        self._cdk("bootstrap", f"aws://{_ACCOUNT}/{self._region}")
        self._cdk("deploy", STACK, "--require-approval", "never")

    def compare(self, plans: Mapping[Place, CapacityPlan], template: Template) -> bool:
        """Print plan, template and deployed numbers side by side; True if they are the same."""
        deployed = deployed_scaling(self._clients, STACK, template)
        return compare(plans, template, self._console, deployed)

    def look_for_idle_endpoints(self, template: Template) -> bool:
        """Let the deployed Lambda look before and after calls; True if it sees what is there."""
        scene = IdleScene(self._aws, self._region, min(endpoint_names(self._clients, STACK, template).values()))
        scene.set_up()
        silent = scene.look()
        self._console.print(f"\n30 days old and silent, and a fresh one beside it:\n{silent.text}", soft_wrap=True)
        self._console.print("\nthe same at the command line, with what it costs and what to do:")
        self._tell("python", "-m", "sagemaker_idle_endpoints")
        scene.call_the_endpoint()
        called = scene.look()
        self._console.print(f"\nafter 120 invocations:\n{called.text}", soft_wrap=True)
        scene.tear_down()
        return (
            silent.activities == {scene.endpoint_name: "idle_no_data", scene.fresh_name: "too_young"}
            and called.activities == {scene.endpoint_name: "busy", scene.fresh_name: "too_young"}
            and self._role_is_least(scene.function)
        )

    def shift_traffic(self) -> bool:
        """Deploy the example of a shift, and start it twice; True if it comes back on an alarm, and to its end."""
        never = ("--require-approval", "never")
        self._cdk(
            "deploy", SHIFT, *never, "-c", "steps=linear", app=APP, output=self._assembly.with_name("shift.out")
        )
        scene = ShiftScene(self._aws, self._region, self._console)
        done = scene.is_brought_back_by_an_alarm() and scene.comes_to_its_end()
        scene.tear_down()
        return done

    def destroy(self) -> bool:
        """Destroy the stack; True if nothing of it is left."""
        self._cdk("destroy", STACK, "--force")
        endpoints = self._clients("sagemaker").list_endpoints()["Endpoints"]
        return not endpoints

    def _role_is_least(self, function: dict[str, Any]) -> bool:
        seen = self._aws.calls(self._aws.lambda_access_key(function["FunctionName"]))
        permissions = permissions_of(self._clients, function["Role"], ((c.service, c.operation) for c in seen))
        self._console.print("\nwhat the function called, each allowed by its role:")
        for action in sorted(permissions.called):
            self._console.print(f"  {action}", style="red" if action in permissions.missing else None)
        self._console.print("what its role allows beside:")
        for action, reason in permissions.reasoned.items():
            self._console.print(f"  {action:<22} {reason}")
        for action in sorted(permissions.unused):
            self._console.print(f"  {action:<22} never used, and no reason known", style="red")
        return not permissions.missing and not permissions.unused

    def _cdk(self, verb: str, *arguments: str, app: str | None = None, output: Path | None = None) -> None:
        """Of the synthesised assembly, or of an app, whose assembly goes to `output`."""
        words = ["cdk", verb, *arguments, "--app", app or str(self._assembly)]
        told = self._run("npx", "--no-install", *words, *(["--output", str(output)] if output else []))
        self._console.print(_last_lines(told), markup=False, soft_wrap=True)

    def _tell(self, *command: str) -> None:
        self._console.print(self._run(*command), markup=False, soft_wrap=True, end="")

    def _run(self, *command: str) -> str:
        self._console.print(f"[dim]$ {shlex.join(command)}[/]", soft_wrap=True)
        done = subprocess.run(
            command,
            cwd=self._root,
            env=self._aws.environment(os.environ | in_region(self._region)),
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            self._console.print(done.stdout, markup=False)
            raise Stopped(done.returncode)
        return done.stdout


def _last_lines(text: str, most: int = 4) -> str:
    """How the CLI ended; its events in full would fill the screen."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"  {line.strip()}" for line in lines[-most:])


def in_region(region: str) -> dict[str, str]:
    """The environment variables that name a region to the CLI and to the SDKs."""
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}


def usage(aws: EmbeddedAws, region: str, script: Path) -> str:
    """Write what lets another shell use what is left running, and say how."""
    outside = os.environ | in_region(region)
    write_whole(script, shell_lines(os.environ, aws.environment(outside)) + "\n")
    return (
        f"\nIt runs at {aws.url} until Ctrl-C. In another shell:\n\n"
        "  . .venv/bin/activate\n"
        f"  . {script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else script}"
        "                           # reaches this AWS, and no real account\n"
        "  npx cdk diff                                      # and deploy, after a change\n"
        "  python -m sagemaker_idle_endpoints --lookback 7d  # or anything that speaks to AWS\n"
    )


def wait_for_interrupt() -> None:
    """Return at Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, lambda *_: stop.set())
    stop.wait()
