"""A pytest plugin for stacks that use these constructs: snapshots of templates, and an App with cdk.json's flags.

It is taken up by name, in the topmost conftest.py:

    pytest_plugins = ["cdk_sagemaker_scaling.testing"]

and not by an entry point, which every run of pytest in an environment would import, and with it the CDK and Node,
wherever the package happens to be installed. It needs the extra ``cdk-sagemaker-scaling[testing]``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack, Stage
from aws_cdk.assertions import Template

from ._template_differences import differences

try:
    import pytest
    from syrupy.assertion import AssertionResult, SnapshotAssertion
    from syrupy.extensions.json import JSONSnapshotExtension
except ModuleNotFoundError as error:
    if error.name not in {"pytest", "syrupy"}:
        raise
    raise ModuleNotFoundError(
        f"cdk_sagemaker_scaling.testing needs {error.name}, which the constructs do not. Add the testing extra:\n"
        "  pip install 'cdk-sagemaker-scaling[testing]'",
        name=error.name,
    ) from error

__all__ = ["app_with_flags", "template_snapshot"]

_MOST_LINES = 40
# A version of a Lambda function bears the hash of the function, and so of its asset, at the end of its logical id.
_HASH_OF_VERSION = re.compile(r"(?<=CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b")


@pytest.fixture
def template_snapshot(snapshot: SnapshotAssertion, pytestconfig: pytest.Config) -> Callable[[Stack], None]:
    """Compares a stack's template with the file that ``pytest --snapshot-update`` wrote beside the test.

    Hashes of assets are left out and keys are sorted. The test fails with the resources and properties that differ.
    """
    recalled = snapshot.use_extension(JSONSnapshotExtension)

    def compare(stack: Stack) -> None:
        __tracebackhide__ = True
        if recalled != _scrubbed_template(stack):
            result = recalled.executions[recalled.num_executions - 1]
            pytest.fail(_failure(stack.stack_name, result, pytestconfig.invocation_params.dir))

    return compare


def app_with_flags(cdk_json: str | os.PathLike[str], context: Mapping[str, object] | None = None) -> App:
    """An App with the feature flags of a cdk.json, which otherwise only the CDK CLI reads.

    Without them a test sees another template than the one that is deployed, and what CDK's validator finds
    (``@aws-cdk/core:validateAgainstDefaultRules``) does not fail it.

    Args:
        cdk_json: the file.
        context: what ``cdk --context`` would add, such as ``{"environment": "prod"}``.

    Raises:
        ValueError: the file is not there or holds no JSON object.
    """
    try:
        flags = json.loads(Path(cdk_json).read_text(encoding="utf-8")).get("context", {})
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{cdk_json} cannot be read: {error}; give the path of the app's cdk.json") from error
    return App(context=flags | dict(context or {}))


def _scrubbed_template(stack: Stack) -> dict[str, Any]:
    """The template without what changes with each change of an asset's content.

    Only what the asset manifest names is taken for an asset's hash: a digest or key of the user's own stays.
    """
    Template.from_stack(stack)  # synthesises the app, and finds resources that refer to each other in a circle
    folder = Path(Stage.of(stack).outdir)  # type: ignore[union-attr]  # every stack that was synthesised is in one
    text = (folder / stack.template_file).read_text(encoding="utf-8")
    for manifest in folder.glob("*.assets.json"):
        assets = json.loads(manifest.read_text(encoding="utf-8"))
        for asset_hash in assets.get("files", {}) | assets.get("dockerImages", {}):
            text = text.replace(asset_hash, "ASSET")
    template: dict[str, Any] = json.loads(_HASH_OF_VERSION.sub("ASSET", text))
    return template


def _failure(stack_name: str, result: AssertionResult, below: Path) -> str:
    if result.exception:
        raise result.exception
    file = os.path.relpath(result.snapshot_location, below)
    if result.recalled_data is None:
        return f"{stack_name} has no snapshot {file}: pytest --snapshot-update writes it, for you to read"
    lines = list(differences(json.loads(result.recalled_data), json.loads(result.asserted_data or "{}")))
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} lines more"]
    head = f"the template of {stack_name} is not that of {file}:"
    return "\n".join([head, *(f"  {line}" for line in lines), "If that is meant: pytest --snapshot-update"])
