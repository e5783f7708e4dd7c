"""The contract: a plan and its file are the same thing, and a file that is no plan says all that is wrong."""

from __future__ import annotations

import copy
import json
import string
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity_plan import (
    SCHEMA,
    CapacityPlan,
    CpuPerCoreTarget,
    Demand,
    Evidence,
    Instance,
    InvocationsTarget,
    Limits,
    Objective,
    Override,
    PlanError,
    Saturation,
    Scaling,
    ScalingStep,
    ScheduledCapacity,
    ScheduledDemand,
    StepScalingOut,
    write_whole,
)

PLAN = Path(__file__).parents[1] / "plans/xgboost/plan.json"

words = st.text(max_size=20)
names = st.text(string.ascii_letters, min_size=1, max_size=12)
counts = st.integers(1, 10_000)
cooldowns = st.integers(0, 7200)


def numbers(low: float, high: float = 10**6) -> st.SearchStrategy[float]:
    return st.integers(round(low * 10**6), round(high * 10**6)).map(lambda millionths: millionths / 10**6)


@st.composite
def plans(draw: st.DrawFn) -> CapacityPlan:
    peak_tps = draw(numbers(1))
    lower, target, upper = sorted(draw(st.lists(numbers(1, 100), min_size=3, max_size=3, unique=True)))
    scheduled = draw(st.lists(names, max_size=3, unique=True))
    computed = draw(scalings(scheduled))
    return CapacityPlan(
        evidence=Evidence(draw(words), draw(words), draw(counts), draw(words), draw(words)),
        instance=Instance(f"ml.{draw(st.sampled_from(['c5', 'g5', 'trn1']))}.large", draw(counts), draw(words)),
        objective=Objective(draw(words), target, upper, lower),
        demand=Demand(
            peak_tps,
            draw(numbers(0, peak_tps)),
            draw(numbers(1, 10)),
            tuple(ScheduledDemand(n, "rate(1 day)", "Etc/UTC", draw(numbers(0.5, peak_tps))) for n in scheduled),
        ),
        limits=Limits(draw(numbers(1)), draw(counts), draw(counts)),
        saturation=Saturation(
            slo_latency_ms=draw(st.none() | numbers(0.1)),
            slo_statistic=draw(st.none() | st.sampled_from(["mean", "p99"])),
            slo_given=draw(st.booleans()),
            slo_error_percent=draw(numbers(0, 100)),
            errors_measured=draw(st.booleans()),
            highest_invocations_per_minute=draw(st.none() | numbers(1)),
            is_lower_bound=draw(st.booleans()),
            min_capacity=draw(st.none() | counts),
            max_capacity=draw(st.none() | counts),
        ),
        computed=computed,
        reasons=tuple(draw(st.lists(words, max_size=3))),
        warnings=tuple(draw(st.lists(words, max_size=3))),
        overrides=draw(st.sampled_from([(), (Override("max_capacity", computed.max_capacity + 5, "quota"),)])),
    )


@st.composite
def scalings(draw: st.DrawFn, scheduled: list[str]) -> Scaling:
    low, high = sorted((draw(counts), draw(counts)))
    bounds: list[Any] = [0, *sorted(draw(st.lists(numbers(1), max_size=19, unique=True))), None]
    steps = tuple(ScalingStep(a, b, draw(counts)) for a, b in pairwise(bounds))
    return Scaling(
        min_capacity=low,
        max_capacity=high,
        invocations=InvocationsTarget(draw(numbers(0.5)), draw(cooldowns), draw(cooldowns)),
        cpu_per_core=draw(
            st.none() | st.builds(CpuPerCoreTarget, numbers(0.5, 100), counts, cooldowns, cooldowns),
        ),
        step_out=draw(
            st.none() | st.builds(StepScalingOut, numbers(0.5), counts, cooldowns, st.just(steps)),
        ),
        scheduled=tuple(
            ScheduledCapacity(n, "rate(1 day)", "Etc/UTC", draw(st.integers(1, high))) for n in scheduled
        ),
    )


@given(plans())
def test_a_plan_read_back_is_the_same_plan(plan: CapacityPlan) -> None:
    assert CapacityPlan.from_json(plan.to_json()) == plan


@given(plans())
def test_a_plan_is_always_the_same_bytes(plan: CapacityPlan) -> None:
    text = plan.to_json()
    assert CapacityPlan.from_json(text).to_json() == text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def test_whole_numbers_have_no_point_and_others_at_most_six_decimals() -> None:
    plan = changed("demand.growth", 1.2000000001)
    document = json.loads(plan.to_json())
    assert document["demand"]["growth"] == 1.2
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
        ("computed.step_out.steps.0.change_percent", 1.5, "steps[0].change_percent must be a whole number"),
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


@pytest.mark.parametrize("place", ["owner", "computed.colour", "computed.step_out.steps.0.step"])
def test_an_unknown_field_is_named(place: str) -> None:
    assert "unknown field " + place.replace(".0", "[0]") in refusal(place, 1)


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


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("computed.min_capacity", 9, "min_capacity 9 and max_capacity 8"),
        ("computed.min_capacity", 0, "1 <= min_capacity"),
        ("computed.invocations.target_per_instance_per_minute", 0, "above 0, got 0"),
        ("computed.invocations.scale_in_cooldown_seconds", -1, "a cooldown cannot be negative, got -1 seconds"),
        ("computed.cpu_per_core.target_percent_per_core", 100.5, "at most 100, got 100.5"),
        ("computed.cpu_per_core.target_percent_per_core", 0, "above 0"),
        ("computed.cpu_per_core.vcpus", 0, "vcpus must be at least 1, got 0"),
        ("computed.step_out.threshold_per_instance_per_minute", 0, "above 0, got 0"),
        ("computed.step_out.evaluation_minutes", 0, "at least 1, got 0"),
        ("computed.step_out.steps.0.upper_bound", 600, "without gap or overlap, got 600 then 635"),
        ("computed.step_out.steps.0.upper_bound", 700, "without gap or overlap, got 700 then 635"),
        ("computed.step_out.steps.0.upper_bound", None, "without gap or overlap, got None then 635"),
        ("computed.step_out.steps.0.upper_bound", -1, "upper_bound must be above lower_bound, got 0 to -1"),
        ("computed.step_out.steps.0.lower_bound", 5, "the first step starts at 0, got 5"),
        ("computed.step_out.steps.1.upper_bound", 900, "the last step is open above, got 900"),
        ("computed.step_out.steps.0.change_percent", 0, "change_percent must be above 0, got 0"),
        ("computed.step_out.steps", [], "1 to 20 steps, got 0"),
        ("computed.scheduled.0.min_capacity", 9, "'WeekdayMorning' asks for at least 9 instances, above"),
        ("computed.scheduled.0.min_capacity", 0, "min_capacity of 'WeekdayMorning' must be at least 1"),
        ("computed.scheduled.0.name", "WeekdayEvening", "scheduled actions share a name"),
        ("computed.scheduled.0.name", "", "needs a name"),
        ("computed.scheduled.0.schedule", "daily", "cron(...), rate(...) or at(...), got 'daily'"),
        ("computed.scheduled.0.timezone", "", "needs a time zone"),
        ("instance.type", "ml.t3.medium", "ml.t3.medium is burstable"),
        ("instance.type", "c5.large", "looks like ml.c5.large, got 'c5.large'"),
        ("instance.vcpus", 0, "vcpus must be at least 1"),
        ("objective.lower_percent", 55, "got lower 55 and upper 55"),
        ("objective.lower_percent", 0, "0 < lower < upper <= 100"),
        ("objective.upper_percent", 100.5, "0 < lower < upper <= 100"),
        ("objective.target_percent", 60, "the target must lie within the limits, got 60"),
        ("demand.min_tps", 501, "got minimum 501 and peak 500"),
        ("demand.min_tps", -1, "got minimum -1"),
        ("demand.growth", 0.9, "growth is a factor of at least 1"),
        ("demand.scheduled.0.tps", 501, "above the peak of 500: raise the peak"),
        ("demand.scheduled.0.tps", 0, "must be above 0"),
    ],
)
def test_a_plan_that_breaks_an_invariant_is_refused(place: str, value: object, said: str) -> None:
    assert said in refusal(place, value)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (20, True), (21, False)])
def test_a_step_policy_has_at_most_the_20_steps_of_its_quota(count: int, *, fits: bool) -> None:
    bounds: list[Any] = [*range(count), None]
    steps = tuple(ScalingStep(a, b, 10) for a, b in pairwise(bounds))
    if fits:
        assert StepScalingOut(100, 1, 0, steps).steps == steps
    else:
        with pytest.raises(ValueError, match="1 to 20 steps, got 21"):
            StepScalingOut(100, 1, 0, steps)


def test_trainium_is_not_taken_for_a_burstable_type() -> None:
    assert Instance("ml.trn1.2xlarge", 8, "given").vcpus == 8


def test_a_demand_is_finite() -> None:
    with pytest.raises(ValueError, match="finite peak"):
        Demand(float("inf"), 1, 1, ())


@pytest.mark.parametrize("text", ["", "{", "plan", '{"schema": 1,}'])
def test_a_text_that_is_not_json_says_so_and_how_to_renew_it(text: str) -> None:
    with pytest.raises(PlanError, match=r"(?s)here\.json is not JSON: .*sagemaker-capacity plan"):
        CapacityPlan.from_json(text, source="here.json")


def test_a_newer_schema_asks_for_an_upgrade() -> None:
    said = refusal("schema", SCHEMA + 1)
    assert f"schema {SCHEMA + 1}, newer than the {SCHEMA}" in said
    assert "upgrade cdk-sagemaker-scaling" in said


@pytest.mark.parametrize("schema", [None, 0, "1", True, 1.0, [1]])
def test_another_schema_is_no_plan(schema: object) -> None:
    assert f"no capacity plan of schema 1 (its schema is {schema!r})" in refusal("schema", schema)


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
