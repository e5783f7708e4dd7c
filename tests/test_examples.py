"""The examples: short, hermetic, documented, without a finding, and each as its golden template says."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import runpy
import subprocess
import sys
import tarfile
import tokenize
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from aws_cdk import Annotations, App, Validations
from cdk_nag import AwsSolutionsChecks
from example_apps import ALL_TO_B, CASES, EXAMPLES, NAMES, OWN_PROJECTS, Assembly, Case, cli_context
from golden import Golden, scrubbed

import cdk_sagemaker_scaling
from sagemaker_capacity.planning._check import check_plan
from sagemaker_capacity_plan import CapacityPlan, RealTimeScaling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

MOST_LINES = 40
PLANS = sorted(file for name in NAMES for file in (EXAMPLES / name).glob("*.json"))
# Nobody makes these: they are what others have in common, or what an endpoint gives for each of its variants.
NOT_MADE_BY_USERS = {
    "AsynchronousVariant",
    "ComponentHost",
    "Deployment",
    "Endpoint",
    "EndpointVariant",
    "InferenceComponentCopies",
    "ScalableTarget",
    "ScheduledCapacity",
    "ServerlessVariant",
}


def check_with_nag(app: App) -> None:
    """A finding makes the synthesis fail."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Assembly]:
    made: dict[str, Assembly] = {}

    def once(case: Case) -> Assembly:
        if str(case) not in made:
            made[str(case)] = case.synthesise(tmp_path_factory.mktemp("example"), prepare=check_with_nag)
        return made[str(case)]

    return once


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden(case: Case, synthesised: Callable[[Case], Assembly], snapshot: SnapshotAssertion) -> None:
    """Synthesised under cdk-nag, so that a finding fails it."""
    golden = snapshot.use_extension(Golden)
    files = synthesised(case).template_files
    for stack, file in files.items():
        recalled = golden(name=stack) if len(files) > 1 else golden
        assert scrubbed(file.read_text(encoding="utf-8")) == recalled


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_is_found_and_no_account_is_asked(case: Case, synthesised: Callable[[Case], Assembly]) -> None:
    assembly = synthesised(case)
    assert assembly.findings == []
    assert "missing" not in assembly.manifest


def test_a_warning_would_be_found(tmp_path: Path) -> None:
    """The one that combined_policies acknowledges."""
    with patch.object(Annotations, "acknowledge_warning"):
        assembly = Case("combined_policies").synthesise(tmp_path)
    assert assembly.findings == ["Annotation::cdk-sagemaker-scaling:StepInBesideTracking"]


def names_in(example: str) -> set[str]:
    """Every name in its code, and none that only a text has."""
    with tokenize.open(Case(example).app) as file:
        return {token.string for token in tokenize.generate_tokens(file.readline) if token.type == tokenize.NAME}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_forty_lines_at_most_and_says_what_it_shows(name: str) -> None:
    source = Case(name).app.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(source))


def test_plain_python_with_what_the_cli_says_makes_the_same(
    synthesised: Callable[[Case], Assembly], tmp_path: Path
) -> None:
    """From any folder, isolated, and where no AWS can be reached."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    said = {
        "CDK_CONTEXT_JSON": json.dumps(cli_context() | dict(ALL_TO_B.context)),
        "CDK_OUTDIR": str(tmp_path / "out"),
    }
    unroutable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"}
    subprocess.run(  # noqa: S603
        [sys.executable, "-I", str(ALL_TO_B.app)], cwd=tmp_path, env=kept | said | unroutable, check=True
    )
    (ours,), (plain,) = (
        assembly.template_files.values() for assembly in (synthesised(ALL_TO_B), Assembly(tmp_path / "out"))
    )
    assert plain.read_bytes() == ours.read_bytes()


@pytest.mark.parametrize("file", PLANS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_plan_is_what_its_evidence_gives(file: Path) -> None:
    """A plan that no benchmark gives names the evidence that a person went by."""
    plan = CapacityPlan.read(file)
    if isinstance(plan.scaling, RealTimeScaling):
        check_plan(file)
    evidence = file.with_name(plan.evidence.source).read_bytes()
    assert hashlib.sha256(evidence).hexdigest() == plan.evidence.sha256
    assert plan.to_json() == file.read_text(encoding="utf-8")


def test_the_container_of_an_example_serves() -> None:
    model = runpy.run_path(str(EXAMPLES / "container_image_asset/container/serve.py"))["Model"]
    with ThreadingHTTPServer(("127.0.0.1", 0), model) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        asked = HTTPConnection("127.0.0.1", server.server_port)
        asked.request("GET", "/ping")
        assert asked.getresponse().status == HTTPStatus.OK
        asked.request("POST", "/invocations", body="[1, 2, 6]")
        assert json.load(asked.getresponse()) == {"mean": 3}
        server.shutdown()


def test_the_archive_of_an_example_holds_a_model(tmp_path: Path) -> None:
    with tarfile.open(EXAMPLES / "container_images/model.tar.gz") as archive:
        source = archive.extractfile("code/inference.py")
        assert source is not None
        (tmp_path / "inference.py").write_bytes(source.read())
    model = runpy.run_path(str(tmp_path / "inference.py"))
    numbers = model["input_fn"](b"[1, 2, 6]", "application/json")
    answer = model["output_fn"](model["predict_fn"](numbers, model["model_fn"](tmp_path)), "application/json")
    assert json.loads(answer) == {"mean": 3}


def test_every_construct_is_shown_by_an_example() -> None:
    shown = {name for example in NAMES for name in names_in(example)}
    assert set(cdk_sagemaker_scaling.__all__) - shown == NOT_MADE_BY_USERS


def test_the_page_of_examples_names_each_with_what_it_uses(repository: Path) -> None:
    page = (repository / "docs/examples.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./examples/(\w+)(?:/app\.py)?\) \| .+ \| (.+) \|$", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == sorted(name for name, _, _ in rows)
    assert {name for name, _, _ in rows} == {*NAMES, *OWN_PROJECTS}
    for name, folder, used in rows:
        assert name == folder
        assert set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", used)))) <= names_in(name)
