"""The real CDK CLI in a process of its own, on a bootstrapped embedded AWS."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from embedded_aws import EmbeddedAws

ACCOUNT = "123456789012"
REGION = "us-west-2"
ROOT = Path(__file__).resolve().parent.parent


class CdkCli:
    """`cdk ...` from the repository's folder; what it needs of an account is made first."""

    def __init__(self, aws: EmbeddedAws, assembly: Path | None = None) -> None:
        self._aws = aws
        self("bootstrap", f"aws://{ACCOUNT}/{REGION}", app=assembly)

    def __call__(self, *arguments: str, app: Path | str | None = None, fails: bool = False) -> str:
        """Run a command on an assembly, on an app by its command line, or on cdk.json's; returns what it says."""
        done = subprocess.run(  # noqa: S603
            [str(ROOT / "node_modules/.bin/cdk"), *arguments, *(["--app", str(app)] if app else [])],
            cwd=ROOT,
            env=self._aws.environment() | {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "NO_COLOR": "1"},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)

    def deploy(self, app: Path | str, *options: str, stacks: str = "*", fails: bool = False) -> str:
        """Deploy an app's stacks, several at once where none waits for another."""
        return self(
            "deploy", stacks, "--require-approval", "never", "--concurrency", "8", *options, app=app, fails=fails
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes them at run time
        """A client of the region that is deployed to."""
        return self._aws.client(service, REGION)
