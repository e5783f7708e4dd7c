"""A person's numbers over the computed ones: in force, kept, and held to the same invariants."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_capacity_plan import CapacityPlan, Override

PLAN = CapacityPlan.read(Path(__file__).parents[1] / "plans/xgboost/plan.json")


def under(*overrides: Override) -> CapacityPlan:
    return replace(PLAN, overrides=overrides)


def refused(*overrides: Override) -> str:
    with pytest.raises(ValueError, match="overrides: ") as error:
        under(*overrides)
    return str(error.value)


def test_without_overrides_the_computed_numbers_are_in_force() -> None:
    assert PLAN.scaling == PLAN.computed


@given(st.integers(8, 10**6))
def test_an_override_is_in_force_alone_and_the_computed_numbers_stay(value: int) -> None:
    plan = under(Override("max_capacity", value, "quota"))
    assert plan.scaling == replace(PLAN.computed, max_capacity=value)
    assert plan.computed == PLAN.computed


@given(st.integers(8, 10**6), st.text(min_size=1).filter(str.strip))
def test_an_override_survives_the_file(value: int, reason: str) -> None:
    plan = under(Override("max_capacity", value, reason))
    again = CapacityPlan.from_json(plan.to_json())
    assert again == plan
    assert again.scaling.max_capacity == value


def test_a_number_within_a_policy_is_overridden_by_its_dotted_place() -> None:
    cpu = under(Override("cpu_per_core.target_percent_per_core", 60.5, "garbage collection")).scaling.cpu_per_core
    assert cpu is not None
    assert cpu.target_percent_per_core == 60.5
    assert PLAN.computed.cpu_per_core is not None
    assert cpu == replace(PLAN.computed.cpu_per_core, target_percent_per_core=60.5)


@pytest.mark.parametrize(
    "field",
    [
        "max_capacty",
        "",
        ".",
        "computed.max_capacity",
        "invocations",
        "invocations.target",
        "max_capacity.value",
        "scheduled",
        "step_out.steps",
        "step_out.steps.0.change_percent",
    ],
)
def test_what_is_no_number_of_the_plan_is_refused_with_the_names_of_those_that_are(field: str) -> None:
    said = refused(Override(field, 12, "launch"))
    assert f"cannot override {field!r}" in said
    for known in (
        "min_capacity",
        "max_capacity",
        "invocations.target_per_instance_per_minute",
        "invocations.scale_in_cooldown_seconds",
        "cpu_per_core.target_percent_per_core",
        "step_out.threshold_per_instance_per_minute",
    ):
        assert known in said


def test_a_policy_that_the_plan_lacks_has_no_number_to_override() -> None:
    computed = replace(PLAN.computed, cpu_per_core=None)
    with pytest.raises(ValueError, match="cannot override") as error:
        replace(
            PLAN, computed=computed, overrides=(Override("cpu_per_core.target_percent_per_core", 60, "launch"),)
        )
    assert "max_capacity" in str(error.value)


@pytest.mark.parametrize("value", [8.5, True, float("nan"), float("inf")])
def test_a_count_is_overridden_by_a_whole_number_only(value: float) -> None:
    assert "max_capacity must be a whole number" in refused(Override("max_capacity", value, "launch"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("min_capacity", 9, "min_capacity 9 and max_capacity 8"),
        ("max_capacity", 0, "min_capacity 1 and max_capacity 0"),
        ("max_capacity", 3, "'WeekdayMorning' asks for at least 4 instances, above max_capacity 3"),
        ("invocations.target_per_instance_per_minute", 0, "above 0, got 0"),
        ("invocations.scale_in_cooldown_seconds", -1, "cannot be negative"),
        ("cpu_per_core.target_percent_per_core", 101, "at most 100, got 101"),
        ("step_out.threshold_per_instance_per_minute", -5, "above 0, got -5"),
    ],
)
def test_an_override_is_held_to_the_invariants(field: str, value: float, said: str) -> None:
    assert said in refused(Override(field, value, "launch"))


def test_overrides_that_hold_only_together_are_accepted_in_any_order() -> None:
    asked = (
        Override("min_capacity", 10, "redundancy"),
        Override("max_capacity", 12, "quota"),
        Override("invocations.target_per_instance_per_minute", 4000.5, "payloads grew"),
    )
    in_force = {under(*order).scaling for order in permutations(asked)}
    (scaling,) = in_force
    assert (scaling.min_capacity, scaling.max_capacity) == (10, 12)
    assert scaling.invocations.target_per_instance_per_minute == 4000.5


def test_all_faults_of_the_overrides_are_told_at_once() -> None:
    said = refused(
        Override("colour", 1, "launch"),
        Override("max_capacity", 8.5, "launch"),
        Override("cpu_per_core.target_percent_per_core", 101, "launch"),
    )
    assert "'colour'" in said
    assert "max_capacity must be a whole number" in said
    assert "got 101" in said


def test_a_number_is_overridden_once() -> None:
    said = refused(Override("max_capacity", 9, "launch"), Override("max_capacity", 10, "quota"))
    assert "max_capacity is overridden twice" in said


@given(st.integers(1, 8))
def test_a_scheduled_action_never_undercuts_the_min_capacity_in_force(least: int) -> None:
    scaling = under(Override("min_capacity", least, "redundancy")).scaling
    for action, computed in zip(scaling.scheduled, PLAN.computed.scheduled, strict=True):
        assert action == replace(computed, min_capacity=max(least, computed.min_capacity))


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_an_override_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="the override of max_capacity needs a reason"):
        Override("max_capacity", 12, reason)
