"""The names of properties: which there are, which replace a resource, and what is told of a wrong one."""

from __future__ import annotations

import json
import runpy
from typing import TYPE_CHECKING, Any

import pytest

from embedded_aws.cloudformation.schema import TABLE, faults_of, schema_of
from embedded_aws.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "AWS::SageMaker::Model"
CONFIG = "AWS::SageMaker::EndpointConfig"
COUNT = "ProductionVariants[1].InitialInstance"
VARIANT = {"VariantName": "v", "ModelName": {"Ref": "Model"}}


def test_there_is_a_schema_for_each_kind_and_for_no_other_type() -> None:
    assert json.loads(TABLE.read_text())["types"].keys() == KINDS.keys()
    assert schema_of("AWS::EC2::Instance") is None


def test_schema_of_a_scalable_target() -> None:
    schema = schema_of("AWS::ApplicationAutoScaling::ScalableTarget")
    assert schema is not None
    assert schema.create_only == {"ResourceId", "ScalableDimension", "ServiceNamespace"}
    assert schema.required == schema.create_only | {"MinCapacity", "MaxCapacity"}
    assert schema.read_only == {"Id"}
    assert "ScheduledActions" in schema.properties


def test_schema_knows_what_replaces_an_endpoint() -> None:
    endpoint, config = schema_of("AWS::SageMaker::Endpoint"), schema_of(CONFIG)
    assert endpoint is not None
    assert config is not None
    assert endpoint.create_only == {"EndpointName"}
    assert {"ProductionVariants", "EndpointConfigName"} <= config.create_only
    assert "Tags" not in config.create_only


def test_what_is_create_only_conditionally_replaces() -> None:
    rule = schema_of("AWS::Events::Rule")
    assert rule is not None
    assert rule.create_only == {"Name", "EventBusName"}


def test_nothing_to_say_of_right_properties(repository: Path) -> None:
    golden = json.loads((repository / "tests/goldens/test_app/test_golden_of_the_app.json").read_text())
    for resource in golden["Resources"].values():
        assert faults_of(resource["Type"], resource.get("Properties", {})) == []


@pytest.mark.parametrize(
    ("type_", "properties", "told"),
    [
        (
            "AWS::SNS::Topic",
            {"DisplyName": "x"},
            "AWS::SNS::Topic: there is no property DisplyName; did you mean DisplayName?",
        ),
        ("AWS::SNS::Topic", {"Zzz": "x"}, "AWS::SNS::Topic: there is no property Zzz"),
        (MODEL, {"ModelArn": "x"}, f"{MODEL}: property ModelArn is read only"),
        (CONFIG, {}, f"{CONFIG}: required property ProductionVariants is missing"),
        (
            CONFIG,
            {"ProductionVariants": [VARIANT, {**VARIANT, "InitialInstanceCont": 1}]},
            f"{CONFIG}: there is no property {COUNT}Cont; did you mean {COUNT}Count?",
        ),
        (
            CONFIG,
            {"ProductionVariants": [{**VARIANT, "ServerlessConfig": {"MemorySizeInMB": 1024}}]},
            f"{CONFIG}: required property ProductionVariants[0].ServerlessConfig.MaxConcurrency is missing",
        ),
    ],
)
def test_a_fault_names_type_property_and_the_right_name(type_: str, properties: dict[str, Any], told: str) -> None:
    assert faults_of(type_, properties) == [told]


def test_free_maps_and_functions_are_not_looked_into() -> None:
    function = {"Code": {"Fn::If": ["A", {}, {}]}, "Role": "r", "Environment": {"Variables": {"ANY": "x"}}}
    assert faults_of("AWS::Lambda::Function", function) == []


def test_the_table_is_what_the_tool_makes(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Renew it with: python tools/resource_schemas.py."""
    tool = runpy.run_path(str(repository / "tools/resource_schemas.py"))
    monkeypatch.setitem(tool["main"].__globals__, "TABLE", tmp_path / "made.json")
    tool["main"]()
    assert (tmp_path / "made.json").read_text() == TABLE.read_text()
