"""What several test modules share: the venv's own Node, the shipped plan, and one way to a template."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
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
