"""The contract: a plan and its file are the same thing, and a file that is no plan says all that is wrong."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans_strategy import (
    allowed_plans,
    analysed_plans,
    asynchronous_plans,
    component_plans,
    drawn,
    real_time_plans,
    serverless_plans,
)

from sagemaker_capacity_plan import SCHEMA, CapacityPlan, PlanError, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = Path(__file__).parents[1] / "plans/xgboost/plan.json"


@given(allowed_plans() | analysed_plans())
@settings(deadline=None)
def test_a_plan_read_back_is_the_same_plan(plan: CapacityPlan) -> None:
    assert CapacityPlan.from_json(plan.to_json()) == plan


@given(allowed_plans() | analysed_plans())
@settings(deadline=None)
def test_a_plan_is_always_the_same_bytes(plan: CapacityPlan) -> None:
    text = plan.to_json()
    assert CapacityPlan.from_json(text).to_json() == text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def test_the_plans_of_the_laws_have_and_lack_each_thing_that_a_plan_may_lack() -> None:
    kinds = (real_time_plans(), asynchronous_plans(), component_plans(), serverless_plans())
    seen = {found for of_kind in kinds for plan in drawn(of_kind, 40) for found in optional(plan)}
    places = {place for place, _ in seen}
    unseen = {(place, there) for place in places for there in (True, False)} - seen
    never_empty = {(place, False) for place in ("StepScaling.queries", "StepScaling.steps", "MetricTarget.queries")}
    assert never_empty <= unseen
    for rare in unseen - never_empty:  # what no draw had is there when it is asked for
        assert drawn(st.one_of(kinds).filter(lambda plan, rare=rare: rare in set(optional(plan))), 1)


hints_of = cache(get_type_hints)


def optional(record: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401
    """Every field within a record that may be null or empty, and whether it is not."""
    hints = hints_of(type(record))
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, tuple) or NoneType in get_args(hints[field.name]):
            yield f"{type(record).__name__}.{field.name}", value not in (None, ())
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner):
                yield from optional(inner)


def test_whole_numbers_have_no_point_and_others_at_most_six_decimals() -> None:
    for given_growth, written in ((1.2000000001, 1.2), (1.23456789, 1.234568)):
        document = json.loads(changed("demand.growth", given_growth).to_json())
        assert document["demand"]["growth"] == written
    assert '"peak_tps": 500,' in changed("demand.peak_tps", 500.0).to_json()


def test_the_shipped_plan_is_canonical() -> None:
    assert CapacityPlan.read(PLAN).to_json() == PLAN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("computed.max_capacity", "8", 'computed.max_capacity must be a whole number, got "8"'),
        ("computed.max_capacity", 8.5, "computed.max_capacity must be a whole number, got 8.5"),
        ("computed.max_capacity", True, "computed.max_capacity must be a whole number, got true"),
        ("computed.max_capacity", None, "computed.max_capacity must be a whole number, got null"),
        ("computed.max_capacity", float("nan"), "computed.max_capacity must be a whole number, got NaN"),
        ("demand.growth", float("nan"), "demand.growth must be a number, got NaN"),
        ("demand.growth", float("inf"), "demand.growth must be a number, got Infinity"),
        ("demand.growth", False, "demand.growth must be a number, got false"),
        ("demand.growth", [1.2], "demand.growth must be a number, got [1.2]"),
        ("saturation.slo_given", 1, "saturation.slo_given must be true or false, got 1"),
        ("saturation.slo_latency_ms", "22", 'saturation.slo_latency_ms must be a number, got "22"'),
        ("instance.type", 5, "instance.type must be a text, got 5"),
        ("evidence", "benchmark.csv", 'evidence must be an object, got "benchmark.csv"'),
        ("computed.cpu_per_core", 47, "computed.cpu_per_core must be an object, got 47"),
        ("computed.scheduled", {}, "computed.scheduled must be a list, got {}"),
        ("computed.scheduled.1", 3, "computed.scheduled[1] must be an object, got 3"),
        ("computed.step_scaling.0.steps.0.adjustment", 1.5, "steps[0].adjustment must be a whole number, got 1.5"),
        ("computed.step_scaling.0.direction", 1, "step_scaling[0].direction must be a text, got 1"),
        ("computed.step_scaling.0.queries.0", "m", 'queries[0] must be an object, got "m"'),
        ("computed.suspended", True, "computed.suspended must be an object, got true"),
        ("computed", [], "computed must be an object, got []"),
        ("reasons.2", 7, "reasons[2] must be a text, got 7"),
        ("overrides", None, "overrides must be a list, got null"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_its_place(place: str, value: object, said: str) -> None:
    assert said in refusal(place, value)


@pytest.mark.parametrize("place", ["overrides", "computed.max_capacity", "saturation.slo_latency_ms", "evidence"])
def test_a_missing_field_is_named(place: str) -> None:
    document = shipped()
    *parents, name = place.split(".")
    record = document
    for parent in parents:
        record = record[parent]
    del record[name]
    assert f"missing field {place}" in refused(document)


@pytest.mark.parametrize(
    "place", ["owner", "computed.colour", "computed.step_scaling.0.steps.0.step", "instance.kind"]
)
def test_an_unknown_field_is_named(place: str) -> None:
    assert "unknown field " + place.replace(".0", "[0]") in refusal(place, 1)


@pytest.mark.parametrize("kind", ["batch", None, 1, ["real-time"]])
def test_a_kind_that_there_is_not_is_told_those_that_there_are(kind: object) -> None:
    said = refusal("computed.kind", kind)
    assert "computed.kind must be one of real-time, asynchronous, inference-component, serverless, got" in said
    assert json.dumps(kind) in said
    said = refusal("computed.step_scaling.0.queries.0.kind", kind)
    assert "computed.step_scaling[0].queries[0].kind must be one of metric, expression, got" in said


def test_a_kind_is_not_taken_for_another_by_its_fields() -> None:
    said = refusal("computed.kind", "serverless")
    assert "unknown field computed.step_scaling" in said
    assert "missing field computed.memory_mb" in said


def test_all_faults_of_a_file_are_told_at_once() -> None:
    document = shipped()
    document["owner"] = "me"
    del document["warnings"]
    document["computed"]["min_capacity"] = 9
    document["demand"]["growth"] = "1.2"
    document["instance"]["type"] = "ml.t3.large"
    document["objective"]["upper_percent"] = 155
    said = refused(document)
    assert said.startswith("here.json cannot be used:")
    for fault in ("owner", "warnings", "min_capacity 9", "demand.growth", "burstable", "upper 155"):
        assert fault in said
    assert said.count("\n  - ") == 6
    assert "sagemaker-capacity plan" in said


@pytest.mark.parametrize("text", ["", "{", "plan", '{"schema": 2,}'])
def test_a_text_that_is_not_json_says_so_and_how_to_renew_it(text: str) -> None:
    with pytest.raises(PlanError, match=r"(?s)here\.json is not JSON: .*sagemaker-capacity plan"):
        CapacityPlan.from_json(text, source="here.json")


def test_a_newer_schema_asks_for_an_upgrade() -> None:
    said = refusal("schema", SCHEMA + 1)
    assert f"schema {SCHEMA + 1}, newer than the {SCHEMA}" in said
    assert "upgrade cdk-sagemaker-scaling" in said


def test_an_older_schema_asks_for_a_renewal_and_says_what_that_needs() -> None:
    said = refusal("schema", 1)
    assert f"here.json has schema 1, older than the {SCHEMA}" in said
    assert "renew it with `sagemaker-capacity plan` into a new file" in said
    assert "--override" in said


@pytest.mark.parametrize("schema", [None, 0, "3", True, 3.0, [3]])
def test_another_schema_is_no_plan(schema: object) -> None:
    assert f"no capacity plan of schema {SCHEMA} (its schema is {schema!r})" in refusal("schema", schema)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}"])
def test_json_without_a_schema_is_no_plan(text: str) -> None:
    with pytest.raises(PlanError, match="its schema is None"):
        CapacityPlan.from_json(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\x89PNG\xff")
    for path in (tmp_path / "none.json", tmp_path, binary):
        with pytest.raises(PlanError, match="sagemaker-capacity plan") as refused_plan:
            CapacityPlan.read(path)
        assert str(path) in str(refused_plan.value)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    plan = CapacityPlan.read(PLAN)
    path = tmp_path / "new" / "folder" / "plan.json"
    plan.write(path)
    assert path.read_bytes() == plan.to_json().encode()
    assert [p.name for p in path.parent.iterdir()] == ["plan.json"]
    changed("demand.growth", 1.5).write(path)
    assert CapacityPlan.read(path).demand.growth == 1.5


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("the old one")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "the new one, as far as \ud800")
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_over_a_folder_fails_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.mkdir()
    with pytest.raises(OSError, match=r"plan\.json"):
        CapacityPlan.read(PLAN).write(path)
    assert list(tmp_path.rglob("*")) == [path]


def shipped() -> dict[str, Any]:
    return copy.deepcopy(json.loads(PLAN.read_text(encoding="utf-8")))


def spoilt(place: str, value: object) -> dict[str, Any]:
    document = shipped()
    *parents, name = (int(part) if part.isdigit() else part for part in place.split("."))
    record: Any = document
    for parent in parents:
        record = record[parent]
    record[name] = value
    return document


def changed(place: str, value: object) -> CapacityPlan:
    return CapacityPlan.from_json(json.dumps(spoilt(place, value)))


def refusal(place: str, value: object) -> str:
    return refused(spoilt(place, value))


def refused(document: dict[str, Any]) -> str:
    with pytest.raises(PlanError) as error:
        CapacityPlan.from_json(json.dumps(document), source="here.json")
    assert isinstance(error.value, ValueError)
    assert str(error.value).startswith("here.json ")
    return str(error.value)


def test_reading_a_plan_imports_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "before = set(sys.modules)\n"
        "from sagemaker_capacity_plan import CapacityPlan\n"
        "CapacityPlan.read(sys.argv[2])\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    constructs = PLAN.parents[2] / "constructs"
    command = [sys.executable, "-c", code, str(constructs), str(PLAN)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert set(done.stdout.split()) - sys.stdlib_module_names == {"sagemaker_capacity_plan"}
