"""The examples, run as the CDK CLI runs them: with the flags of cdk.json, a context, and a folder to write to."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import aws_cdk
from aws_cdk import App

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
_APPS = sorted(EXAMPLES.glob("*/app.py"))
# A folder with a pyproject.toml is a project of its own, with tests of its own.
OWN_PROJECTS = [file.parent.name for file in _APPS if file.with_name("pyproject.toml").exists()]
NAMES = [file.parent.name for file in _APPS if file.parent.name not in OWN_PROJECTS]


@dataclass(frozen=True)
class Case:
    """An example with what `cdk --context` says to it, and a label for that."""

    name: str
    label: str = ""
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name

    @property
    def app(self) -> Path:
        """Its file."""
        return EXAMPLES / self.name / "app.py"

    def synthesise(self, folder: Path, *, prepare: Callable[[App], object] = lambda _: None) -> Assembly:
        """Run it; `prepare` gets its App first."""
        return synthesise(self.app, folder, self.context, prepare=prepare)


def synthesise(
    app: Path,
    folder: Path,
    context: Mapping[str, str] = MappingProxyType({}),
    *,
    prepare: Callable[[App], object] = lambda _: None,
) -> Assembly:
    """Run an app as `python` runs it for the CLI, in this process.

    Node reads its environment once, when the first construct starts it, so that what the CLI says there is handed
    to App itself. A test holds that both come to the same.
    """
    made: list[App] = []

    def make() -> App:
        made.append(App(context=cli_context() | dict(context), outdir=str(folder)))
        prepare(made[0])
        return made[0]

    with patch.object(aws_cdk, "App", make):
        runpy.run_path(str(app), run_name="__main__")
    assert len(made) == 1
    return Assembly(folder)


BARE = [Case(name) for name in NAMES]
PROD = Case("environments", "prod", {"environment": "prod"})
ALL_TO_B = Case("a_b", "all-to-B", {"weights": "0/100"})
SCALING_OFF = Case("change_instance_type", "scaling-off", {"scaling": "off"})
NEW_TYPE = Case("change_instance_type", "new-type", {"instance_type": "ml.c6i.large"})
LINEAR_SHIFT = Case("traffic_shift", "linear", {"steps": "linear"})
CASES = [*BARE, PROD, ALL_TO_B, SCALING_OFF, NEW_TYPE, LINEAR_SHIFT]


def cli_context() -> dict[str, Any]:
    """What the CLI tells every app of this repository."""
    flags: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return flags | {"aws:cdk:enable-path-metadata": True}


@dataclass(frozen=True)
class Assembly:
    """What a synthesis wrote."""

    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """Its manifest."""
        manifest: dict[str, Any] = self._read("manifest.json")
        return manifest

    @property
    def template_files(self) -> dict[str, Path]:
        """The template of each stack, by the stack's name."""
        return {
            artifact["properties"].get("stackName", name): self.folder / artifact["properties"]["templateFile"]
            for name, artifact in self.manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }

    @property
    def findings(self) -> list[str]:
        """The rules that it breaks, of cdk-nag where that was asked, and its warnings that nobody acknowledged."""
        return [
            violation["ruleName"]
            for plugin in self._read("validation-report.json")["pluginReports"]
            for violation in plugin["violations"]
        ]

    @property
    def image_tags(self) -> list[str]:
        """The tags under which images that are built from a folder are pushed."""
        return [tag for file in self.folder.glob("*.assets.json") for tag in self._read(file.name)["dockerImages"]]

    def _read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return json.loads((self.folder / name).read_text(encoding="utf-8"))
