"""The pytest plugin for other people's stacks: what it compares and leaves out, and how it tells a difference."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FLAGS = {"@aws-cdk/core:validateAgainstDefaultRules": True}
SHOP = """\
import os

import pytest
from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from cdk_sagemaker_scaling.testing import app_with_flags


@pytest.mark.parametrize("what", ["kept", "changed", "new"])
def test_shop(what, template_snapshot):
    stack = Stack(app_with_flags("cdk.json"), "Shop")
    function = lambda_.Function(
        stack,
        "Till",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_asset("till"),
        memory_size=int(os.environ["MEMORY_MB"]) if what == "changed" else 128,
    )
    CfnOutput(stack, "Version", value=function.current_version.version)
    CfnOutput(stack, "Digest", value="registry/image@sha256:" + "ab" * 32)
    template_snapshot(stack)
"""


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    from cdk_sagemaker_scaling._template_differences import differences as found  # noqa: PLC0415 - after PATH

    return list(found(old, new))


def a_policy(**properties: object) -> dict[str, Any]:
    return {"Resources": {"Policy1A2B": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy"} | properties}}


def snapshot_of(what: str) -> str:
    return f"__snapshots__/test_shop/test_shop[{what}].json"


def run_pytest(folder: Path, *options: str, memory_mb: int) -> str:
    environment = os.environ | {"MEMORY_MB": str(memory_mb)}
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), *options]
    return subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    ).stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two snapshots."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "conftest.py").write_text('pytest_plugins = ["cdk_sagemaker_scaling.testing"]\n')
    (folder / "cdk.json").write_text(json.dumps({"context": FLAGS}))
    (folder / "test_shop.py").write_text(SHOP)
    (folder / "till").mkdir()
    (folder / "till" / "index.py").write_text("def handler(event, context): ...\n")
    written = run_pytest(folder, "--snapshot-update", "-k", "not new", memory_mb=128)
    assert "2 snapshots generated" in written, written
    return folder


@pytest.fixture(scope="module")
def after_changes(shop: Path) -> str:
    """What pytest says once the function has other code, and in one template another size too."""
    (shop / "till" / "index.py").write_text("def handler(event, context): return 'sold'\n")
    return run_pytest(shop, memory_mb=256)


def told(output: str, test: str) -> list[str]:
    """The lines of a failure, as pytest shows them below the line of the test that failed."""
    (part,) = re.findall(rf"^_+ {re.escape(test)} _+$(.+?)(?=^[_=-]+ )", output, flags=re.DOTALL | re.MULTILINE)
    assert ">       template_snapshot(stack)" in part.splitlines()
    return [line.removeprefix("E").strip() for line in part.splitlines() if line.startswith("E  ")]


def test_hashes_of_assets_are_left_out_and_a_digest_of_ones_own_is_kept(shop: Path) -> None:
    text = (shop / snapshot_of("kept")).read_text()
    template = json.loads(text)
    (function,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Function")
    assert function["Properties"]["Code"]["S3Key"] == "ASSET.zip"
    (version,) = (id_ for id_, r in template["Resources"].items() if r["Type"] == "AWS::Lambda::Version")
    assert version.startswith("TillCurrentVersion")
    assert version.endswith("ASSET")
    assert template["Outputs"]["Version"]["Value"] == {"Fn::GetAtt": [version, "Version"]}
    assert template["Outputs"]["Digest"]["Value"].endswith("ab" * 32)
    assert json.dumps(template, indent=2, sort_keys=True) + "\n" == text


def test_new_code_of_a_function_is_no_new_template(after_changes: str) -> None:
    assert "2 failed, 1 passed" in after_changes
    assert "test_shop[kept]" not in after_changes


def test_another_property_is_told_by_its_resource_and_its_path(shop: Path, after_changes: str) -> None:
    template = json.loads((shop / snapshot_of("changed")).read_text())
    (function,) = (id_ for id_, r in template["Resources"].items() if r["Type"] == "AWS::Lambda::Function")
    assert told(after_changes, "test_shop[changed]") == [
        f"Failed: the template of Shop is not that of {snapshot_of('changed')}:",
        f"AWS::Lambda::Function {function}",
        "Properties.MemorySize: 128 -> 256",
        "If that is meant: pytest --snapshot-update",
    ]


def test_a_stack_without_a_snapshot_fails_with_the_command_that_writes_one(shop: Path, after_changes: str) -> None:
    assert told(after_changes, "test_shop[new]") == [
        f"Failed: Shop has no snapshot {snapshot_of('new')}: pytest --snapshot-update writes it, for you to read"
    ]
    assert not (shop / snapshot_of("new")).exists()


def test_of_many_differences_the_first_ones_are_told_and_the_rest_is_counted() -> None:
    from syrupy.assertion import AssertionResult  # noqa: PLC0415

    from cdk_sagemaker_scaling.testing import _failure  # noqa: PLC0415

    old, new = (json.dumps(a_policy(**{f"P{n}": version for n in range(100)})) for version in (1, 2))
    result = AssertionResult("x.json", "x", new, old, False, False, False, None, None)  # noqa: FBT003
    _head, policy, *lines, rest, _remedy = _failure("Shop", result, Path()).splitlines()
    assert policy == "  AWS::ApplicationAutoScaling::ScalingPolicy Policy1A2B"
    told = [line for line in lines if line.endswith(": 1 -> 2")]
    assert told == lines
    assert rest == f"  and {100 - len(told)} lines more"


def test_a_value_is_told_as_old_and_new() -> None:
    old = a_policy(Properties={"Target": {"Value": 4987, "Unit": "Count"}})
    new = a_policy(Properties={"Target": {"Value": 5000}, "Name": "Calm"})
    assert differences(old, new) == [
        "AWS::ApplicationAutoScaling::ScalingPolicy Policy1A2B",
        '  Properties.Name: added "Calm"',
        '  Properties.Target.Unit: removed "Count"',
        "  Properties.Target.Value: 4987 -> 5000",
    ]


def test_nothing_is_told_of_what_is_the_same() -> None:
    assert differences(a_policy(Properties={"Steps": [1, 2]}), a_policy(Properties={"Steps": [1, 2]})) == []


def test_a_number_is_no_truth() -> None:
    (_, line) = differences(a_policy(Enabled=1), a_policy(Enabled=True))
    assert line == "  Enabled: 1 -> true"


def test_resources_and_outputs_that_come_and_go_are_told_by_name() -> None:
    old = a_policy() | {"Outputs": {"Name": {"Value": "a"}}, "Description": "Before."}
    new = {"Resources": {"Topic3C4D": {"Type": "AWS::SNS::Topic"}}, "Description": "After."}
    assert differences(old, new) == [
        'Description: "Before." -> "After."',
        "Outputs Name: removed",
        "AWS::ApplicationAutoScaling::ScalingPolicy Policy1A2B: removed",
        "AWS::SNS::Topic Topic3C4D: added",
    ]


def test_an_item_put_in_front_leaves_those_behind_it_unchanged() -> None:
    statements = [{"Action": "s3:GetObject", "Resource": name} for name in "abc"]
    added = {"Action": "s3:PutObject", "Resource": "z"}
    (_, line) = differences(a_policy(Statement=statements), a_policy(Statement=[added, *statements]))
    assert line == '  Statement[0]: added {"Action": "s3:PutObject", "Resource": "z"}'
    (_, line) = differences(a_policy(Statement=statements), a_policy(Statement=statements[:2]))
    assert line == '  Statement[2]: removed {"Action": "s3:GetObject", "Resource": "c"}'
    changed = [statements[0], statements[1] | {"Action": "s3:PutObject"}, statements[2]]
    (_, line) = differences(a_policy(Statement=statements), a_policy(Statement=changed))
    assert line == '  Statement[1].Action: "s3:GetObject" -> "s3:PutObject"'


def test_a_long_text_is_cut_around_its_first_difference() -> None:
    body = ['{"widgets":[' + '{"type":"text"},' * 200 + f'{{"value":{target}}}' + "]" * 500 for target in (10, 20)]
    (_, line) = differences(a_policy(DashboardBody=body[0]), a_policy(DashboardBody=body[1]))
    old, new = line.removeprefix("  DashboardBody: ").split(" -> ")
    assert 'value\\":10' in old
    assert 'value\\":20' in new
    assert len(line) < 200
    (_, line) = differences(a_policy(), a_policy(DashboardBody=body[0]))
    assert len(line) < 120


def test_under_the_flags_what_the_validator_finds_is_an_error(tmp_path: Path) -> None:
    from aws_cdk import App, CfnResource, Stack  # noqa: PLC0415

    from cdk_sagemaker_scaling.testing import app_with_flags  # noqa: PLC0415

    file = tmp_path / "cdk.json"
    file.write_text(json.dumps({"context": FLAGS | {"environment": "dev"}}))

    def with_a_fault(app: App) -> App:
        count = {"ProductionVariants": [{"VariantName": "A", "InitialInstanceCount": 0}]}
        CfnResource(Stack(app, "Shop"), "Config", type="AWS::SageMaker::EndpointConfig", properties=count)
        return app

    with_a_fault(App()).synth()
    with pytest.raises(RuntimeError, match="InitialInstanceCount"):
        with_a_fault(app_with_flags(file)).synth()
    assert app_with_flags(file).node.try_get_context("environment") == "dev"
    assert app_with_flags(file, {"environment": "prod"}).node.try_get_context("environment") == "prod"


@pytest.mark.parametrize("written", [None, "{", "[]"])
def test_a_cdk_json_that_cannot_be_read_is_told(tmp_path: Path, written: str | None) -> None:
    from cdk_sagemaker_scaling.testing import app_with_flags  # noqa: PLC0415

    file = tmp_path / "cdk.json"
    if written is not None:
        file.write_text(written)
    with pytest.raises(ValueError, match=r"cdk\.json cannot be read: .+; give the path of the app's cdk\.json"):
        app_with_flags(file)
