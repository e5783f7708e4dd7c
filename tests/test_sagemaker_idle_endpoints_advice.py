"""What to do about an idle endpoint: the likeliest first, with a command that AWS's own command line takes."""

from __future__ import annotations

import shlex
from dataclasses import replace

import boto3
import pytest
from botocore import xform_name

from sagemaker_idle_endpoints import EndpointKind
from sagemaker_idle_endpoints._advice import Case, advise
from sagemaker_idle_endpoints.reading._fleet import Description, Serverless, Variant

CASE = Case(
    name="fraud",
    region="eu-west-1",
    described=Description("config", EndpointKind.REAL_TIME, (Variant("main", 3),)),
    instance_types={"main": "ml.c5.large"},
    components=(),
    stack_name="",
    was_called=False,
)


def of_kind(kind: EndpointKind, *variants: Variant, **more: object) -> Case:
    return replace(CASE, described=Description("config", kind, variants), **more)  # type: ignore[arg-type] # its fields


CASES = {
    "real_time": CASE,
    "one_instance": of_kind(EndpointKind.REAL_TIME, Variant("main", 1)),
    "two_variants": of_kind(EndpointKind.REAL_TIME, Variant("a", 2), Variant("b", 2)),
    "gpu": replace(CASE, instance_types={"main": "ml.g5.xlarge"}),
    "serverless": of_kind(EndpointKind.SERVERLESS, Variant("main", serverless=Serverless(2048, 0))),
    "warm": of_kind(EndpointKind.SERVERLESS, Variant("main", serverless=Serverless(2048, 2))),
    "asynchronous": of_kind(EndpointKind.ASYNCHRONOUS, Variant("main", 1)),
    "at_zero": of_kind(EndpointKind.ASYNCHRONOUS, Variant("main", 0)),
    "components": of_kind(EndpointKind.INFERENCE_COMPONENTS, Variant("main", 1), components=("c1", "c2")),
    "stack": replace(CASE, stack_name="models"),
}


def words(name: str, *, was_called: bool = False) -> list[str]:
    return [advice.what for advice in advise(replace(CASES[name], was_called=was_called))]


def test_what_was_never_called_is_deleted_and_what_was_shrinks() -> None:
    assert words("real_time")[0] == "save its configuration and delete it"
    assert words("real_time", was_called=True)[0] == "scale in main to one instance"
    assert sorted(words("real_time")) == sorted(words("real_time", was_called=True))


@pytest.mark.parametrize(
    ("name", "advised", "told"),
    [
        ("real_time", True, "serverless, which costs nothing"),
        ("one_instance", False, "scale in"),
        ("two_variants", True, "scale in a, b to one instance"),
        ("two_variants", False, "serverless"),
        ("gpu", False, "serverless"),
        ("serverless", True, "nothing: serverless without provisioned concurrency"),
        ("warm", True, "take its provisioned concurrency away"),
        ("asynchronous", True, "let main scale to zero instances"),
        ("at_zero", False, "zero"),
        ("components", True, "let c2 scale to zero copies"),
        ("components", True, "delete it, after its inference components c1, c2"),
        ("stack", True, "owned by the stack models: take it out of that stack's template"),
        ("stack", False, "delete"),
    ],
)
def test_each_kind_is_advised_what_helps_it(name: str, told: str, *, advised: bool) -> None:
    assert any(told in each for each in words(name)) is advised


@pytest.mark.parametrize("name", CASES)
def test_every_command_is_one_of_awss_or_ours_with_options_that_it_has(name: str) -> None:
    commands = [part for advice in advise(CASES[name]) for part in advice.command.split(" && ") if part]
    assert commands or name == "nothing"
    for command in commands:
        program, *arguments = shlex.split(command)
        assert arguments[arguments.index("--region") + 1] == "eu-west-1"
        if program == "python":
            assert arguments[:3] == ["-m", "sagemaker_idle_endpoints", "save"]
            continue
        service, operation, *options = arguments
        model = boto3.client(service, region_name="eu-west-1").meta.service_model
        (found,) = (each for each in model.operation_names if xform_name(each, "-") == operation)
        taken = {f"--{xform_name(member, '-')}" for member in model.operation_model(found).input_shape.members}
        assert {each for each in options if each.startswith("--")} <= taken | {"--region"}
