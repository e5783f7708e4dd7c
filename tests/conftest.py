"""What several test modules share: the venv's own Node, the shipped plan, and one way to a template."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import Stack

    from sagemaker_capacity_plan import CapacityPlan

ROOT = Path(__file__).resolve().parent.parent

# jsii takes the first node on PATH, and pytest may be run without the venv's activation.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", "")])


@dataclass(frozen=True)
class Synthesised:
    """A stack's template and the folder of its assembly."""

    template: dict[str, Any]
    folder: Path

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of a type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """The properties of the one resource of a type."""
        (properties,) = self.of_type(kind).values()
        return properties


@pytest.fixture(scope="session")
def repository() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution as it is released, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def shipped_plan() -> CapacityPlan:
    from sagemaker_capacity_plan import CapacityPlan  # noqa: PLC0415 - after PATH

    return CapacityPlan.read(ROOT / "plans/xgboost/plan.json")


@pytest.fixture(scope="session")
def flags() -> dict[str, Any]:
    """The feature flags of cdk.json, and the paths of constructs in the template, which the CDK CLI adds."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return context | {"aws:cdk:enable-path-metadata": True}


@pytest.fixture(scope="session")
def synthesise(
    flags: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[Stack], object]], Synthesised]:
    """Synthesises a stack that a function fills. Node starts here, and for no test without a template."""
    from aws_cdk import App, Stack  # noqa: PLC0415

    def run(fill: Callable[[Stack], object]) -> Synthesised:
        folder = tmp_path_factory.mktemp("assembly")
        app = App(context=flags, outdir=str(folder))
        fill(Stack(app, "Stack"))
        app.synth()
        return Synthesised(json.loads((folder / "Stack.template.json").read_text(encoding="utf-8")), folder)

    return run


@pytest.fixture(scope="session")
def stacks(flags: dict[str, Any]) -> Callable[[], Stack]:
    """New stacks of one app that is never synthesised, for what is refused before."""
    from aws_cdk import App, Stack  # noqa: PLC0415

    app, numbers = App(context=flags), count()
    return lambda: Stack(app, f"Stack{next(numbers)}")


@pytest.fixture
def stack(stacks: Callable[[], Stack]) -> Stack:
    return stacks()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's archive on this machine."""
    file = tmp_path_factory.mktemp("model") / "model.tar.gz"
    file.write_bytes(b"as good as any")
    return file


@pytest.fixture(scope="session")
def every_kind(synthesise: Callable[[Callable[[Stack], object]], Synthesised], archive: Path) -> Synthesised:
    """A stack with an endpoint of every kind, scaled in every way."""
    from every_kind import fill  # noqa: PLC0415 - after PATH

    return synthesise(lambda stack: fill(stack, archive))
