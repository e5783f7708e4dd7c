"""The app as it is deployed: hermetic, the same each time, and clean under cdk-nag and cfn-lint."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aws_cdk import App, CfnResource, Stack
from aws_cdk import aws_sns as sns
from golden import GOLDENS, Golden, lint, scrubbed

from app import make_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syrupy.assertion import SnapshotAssertion

NAME = "ScaledEndpoints"


def synthesised(folder: Path, **context: object) -> Path:
    make_app(context, outdir=str(folder)).synth()
    return folder


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesised(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def checked_by_nag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesised(tmp_path_factory.mktemp("nag"), nag="true")


def template(assembly: Path) -> str:
    return (assembly / f"{NAME}.template.json").read_text(encoding="utf-8")


def stack_of(app: App) -> Stack:
    stack = app.node.find_child(NAME)
    assert isinstance(stack, Stack)
    return stack


def findings(assembly: Path) -> dict[str, list[str]]:
    """The rules of each plugin that a template breaks, from the report of the synthesis."""
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    return {
        plugin["pluginName"]: [violation["ruleName"] for violation in plugin["violations"]]
        for plugin in report["pluginReports"]
    }


def test_golden_of_the_app(assembly: Path, snapshot: SnapshotAssertion) -> None:
    assert scrubbed(template(assembly)) == snapshot(extension_class=Golden)


def test_the_template_is_the_same_bytes_each_time(assembly: Path, tmp_path: Path) -> None:
    assert template(synthesised(tmp_path)) == template(assembly)


def test_python_app_py_makes_it_from_anywhere_and_without_aws(
    assembly: Path, repository: Path, tmp_path: Path
) -> None:
    unroutable = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    subprocess.run(  # noqa: S603
        [sys.executable, "-I", str(repository / "app.py")],
        cwd=tmp_path,
        env=kept | unroutable | {"CDK_OUTDIR": str(tmp_path / "out")},
        check=True,
    )
    assert template(tmp_path / "out") == template(assembly)


def test_synthesis_asks_nothing_of_an_account(assembly: Path) -> None:
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    assert "missing" not in manifest
    assert manifest["artifacts"][NAME]["environment"] == "aws://unknown-account/unknown-region"


def test_plain_python_has_the_flags_of_cdk_json(tmp_path: Path) -> None:
    app = make_app(outdir=str(tmp_path))
    (config,) = (
        child
        for child in stack_of(app).node.find_all()
        if CfnResource.is_cfn_resource(child) and child.cfn_resource_type == "AWS::SageMaker::EndpointConfig"
    )
    config.add_property_override("ProductionVariants.0.InitialInstanceCount", 0)
    with pytest.raises(RuntimeError, match="InitialInstanceCount"):
        app.synth()


def test_every_recommended_flag_is_set(assembly: Path) -> None:
    """Those that behave alike when unset, the CLI does not count."""
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    flags = manifest["artifacts"]["aws-cdk-lib/feature-flag-report"]["properties"]["flags"]
    assert [
        name
        for name, flag in flags.items()
        if "userValue" not in flag
        and flag.get("unconfiguredBehavesLike", {}).get("v2", False) != flag["recommendedValue"]
    ] == []


def test_a_folder_of_no_endpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(f"there is no {tmp_path}/NAME/endpoint.json")):
        make_app({"plans": str(tmp_path)})


def test_a_variants_plan_is_read_from_beside_its_endpoint(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "plans" / "xgboost").mkdir(parents=True)
    for name in ("endpoint.json", "plan.json"):
        (tmp_path / "plans" / "xgboost" / name).write_bytes((repository / "plans" / "xgboost" / name).read_bytes())
    made = synthesised(tmp_path / "out", plans=str(tmp_path / "plans"))
    assert '"TargetValue": 4987' in template(made)


def test_cdk_nag_finds_nothing(checked_by_nag: Path, assembly: Path) -> None:
    assert not any(findings(checked_by_nag).values())
    assert template(checked_by_nag) == template(assembly)


def test_cdk_nag_would_find_a_topic_in_the_clear(tmp_path: Path) -> None:
    app = make_app({"nag": True}, outdir=str(tmp_path))
    sns.Topic(stack_of(app), "InTheClear")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    found = findings(tmp_path)
    assert any("SNS3" in rule for rules in found.values() for rule in rules), found


def acknowledged(assembly: Path) -> dict[str, Mapping[str, str]]:
    """The reasons for each rule that a construct is excused from, by its path."""
    metadata = json.loads((assembly / f"{NAME}.metadata.json").read_text(encoding="utf-8"))
    return {
        path: entry["data"]
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
    }


def test_every_acknowledgement_has_a_reason_and_is_of_one_construct(checked_by_nag: Path) -> None:
    found = acknowledged(checked_by_nag)
    assert {path.removeprefix(f"/{NAME}/"): len(reasons) for path, reasons in found.items()} == {
        "xgboost/Endpoint/ExecutionRole": 1,
        "IdleEndpoints/DeadLetters": 1,
        "IdleEndpoints/Reports": 1,
        "IdleEndpoints/Role": 1,
    }
    for reasons in found.values():
        assert all(len(reason.split()) >= 5 for reason in reasons.values())


def test_cfn_lint_finds_nothing_in_any_golden() -> None:
    assert lint(*sorted(GOLDENS.rglob("*.json"))) == []


def test_cfn_lint_would_find_a_fault(assembly: Path, tmp_path: Path) -> None:
    doctored = tmp_path / "doctored[1].json"  # as the goldens of parametrised tests are named
    doctored.write_text(
        template(assembly).replace('"TargetValue": 4987', '"TargetValue": "much"'), encoding="utf-8"
    )
    assert lint(doctored)


def test_what_holds_data_says_what_becomes_of_it(assembly: Path) -> None:
    for resource in json.loads(template(assembly))["Resources"].values():
        if resource["Type"] in {"AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SQS::Queue"}:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Delete"


def test_the_cdk_cli_is_pinned_exactly_and_without_download_addresses(repository: Path) -> None:
    package = json.loads((repository / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((repository / "package-lock.json").read_text(encoding="utf-8"))
    assert package["devDependencies"] == {"aws-cdk": "2.1148.1"}
    assert lock["packages"]["node_modules/aws-cdk"]["version"] == "2.1148.1"
    assert not any("resolved" in pinned for pinned in lock["packages"].values())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("not JSON", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"variants": [{"name": "A", "plan": "plan.json"}]}', "variant 1 has no weight"),
    ],
)
def test_an_endpoint_description_that_lacks_something_is_told_in_words(
    tmp_path: Path, written: str, said: str
) -> None:
    folder = tmp_path / "fraud"
    folder.mkdir()
    (folder / "endpoint.json").write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as refused:
        make_app({"plans": str(tmp_path)})
    assert "endpoint.json" in str(refused.value)
    assert "model_data_url" in str(refused.value)
