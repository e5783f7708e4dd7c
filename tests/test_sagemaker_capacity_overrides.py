"""A person's numbers over the computed ones: in force, kept, and held to the same invariants."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans_strategy import allowed_plans

from sagemaker_capacity_plan import (
    AsynchronousScaling,
    CapacityPlan,
    Override,
    ProvisionedConcurrency,
    ProvisionedConcurrencyTarget,
    ScheduledCapacity,
    ServerlessScaling,
)

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


def test_what_stands_in_a_list_is_overridden_by_its_name() -> None:
    scaling = under(
        Override("step_scaling.StepOut.threshold", 7000.5, "slower model"),
        Override("scheduled.WeekdayEvening.min_capacity", 3, "late orders"),
    ).scaling
    (step,), (morning, evening) = PLAN.computed.step_scaling, PLAN.computed.scheduled
    assert scaling.step_scaling == (replace(step, threshold=7000.5),)
    assert scaling.scheduled == (morning, replace(evening, min_capacity=3))


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
        "step_out.threshold",
        "step_scaling.threshold",
        "step_scaling.0.threshold",
        "step_scaling.StepOut",
        "step_scaling.StepOut.steps",
        "step_scaling.StepOut.steps.0.adjustment",
        "step_scaling.StepOut.direction",
        "scheduled.WeekdayMorning.max_capacity",
        "scheduled.WeekdayNoon.min_capacity",
        "invocations.disable_scale_in",
        "kind",
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
        "step_scaling.StepOut.threshold",
        "step_scaling.StepOut.cooldown_seconds",
        "scheduled.WeekdayMorning.min_capacity",
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
        ("max_capacity", 3, "'WeekdayMorning' asks for at least 4, above max_capacity 3"),
        ("invocations.target_per_instance_per_minute", 0, "above 0 and finite, got 0"),
        ("invocations.scale_in_cooldown_seconds", -1, "cannot be negative, got -1"),
        ("cpu_per_core.target_percent_per_core", 101, "at most 100, got 101"),
        ("step_scaling.StepOut.evaluation_periods", 0, "evaluation_periods must be at least 1, got 0"),
        ("step_scaling.StepOut.datapoints_to_alarm", 2, "got 2 of 1"),
        ("scheduled.WeekdayMorning.min_capacity", 9, "'WeekdayMorning' asks for at least 9, above max_capacity 8"),
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


def test_a_schedule_below_the_min_capacity_is_a_persons_own_until_they_raise_that() -> None:
    night = ScheduledCapacity("Night", "rate(1 day)", "Etc/UTC", 1, 3)
    plan = replace(PLAN, computed=replace(PLAN.computed, min_capacity=2, scheduled=(night,)))
    other = replace(plan, overrides=(Override("max_capacity", 9, "quota"),))
    assert other.scaling.scheduled == (night,)
    raised = replace(plan, overrides=(Override("min_capacity", 3, "redundancy"),))
    assert raised.scaling.scheduled == (replace(night, min_capacity=3),)
    with pytest.raises(ValueError, match=r"overrides: .*'Night' must not be above its max_capacity, got 4 and 3"):
        replace(plan, overrides=(Override("min_capacity", 4, "redundancy"),))


def test_an_action_that_sets_no_minimum_is_given_none() -> None:
    peak = ScheduledCapacity("Peak", "rate(1 day)", "Etc/UTC", max_capacity=20)
    plan = replace(PLAN, computed=replace(PLAN.computed, scheduled=(peak,)))
    assert replace(plan, overrides=(Override("min_capacity", 4, "redundancy"),)).scaling.scheduled == (peak,)


def test_the_numbers_of_serverless_are_overridden_at_their_own_places() -> None:
    night = ScheduledCapacity("Night", "rate(1 day)", "Etc/UTC", 0)
    provisioned = ProvisionedConcurrency(
        initial_concurrency=5,
        min_capacity=1,
        max_capacity=10,
        utilization=ProvisionedConcurrencyTarget(0.7, scale_in_cooldown_seconds=9, scale_out_cooldown_seconds=9),
        scheduled=(night,),
    )
    computed = ServerlessScaling(memory_mb=2048, max_concurrency=20, provisioned=provisioned)
    plan = replace(PLAN, instance=None, objective=None, computed=computed)
    asked = {
        "memory_mb": 4096,
        "max_concurrency": 30,
        "provisioned.min_capacity": 3,
        "provisioned.max_capacity": 25,
        "provisioned.utilization.target_utilization": 0.5,
    }
    overrides = tuple(Override(field, value, "measured") for field, value in asked.items())
    scaling = replace(plan, overrides=overrides).scaling
    assert isinstance(scaling, ServerlessScaling)
    assert (scaling.memory_mb, scaling.max_concurrency) == (4096, 30)
    assert scaling.provisioned is not None
    assert scaling.provisioned.max_capacity == 25
    assert scaling.provisioned.utilization == replace(provisioned.utilization, target_utilization=0.5)
    assert scaling.provisioned.scheduled == (replace(night, min_capacity=3),)
    more_memory = replace(plan, overrides=(Override("memory_mb", 4096, "measured"),)).scaling
    assert more_memory == replace(computed, memory_mb=4096)
    with pytest.raises(ValueError, match=r"overrides: .*memory_mb must be 1024 to 6144 in steps of 1024, got 3000"):
        replace(plan, overrides=(Override("memory_mb", 3000, "measured"),))


def test_zero_by_override_needs_what_wakes_from_it() -> None:
    computed = AsynchronousScaling(min_capacity=1, max_capacity=4)
    with pytest.raises(ValueError, match="overrides: target tracking cannot leave zero, got 0 for min_capacity"):
        replace(PLAN, computed=computed, overrides=(Override("min_capacity", 0, "costs"),))


@given(allowed_plans())
@settings(deadline=None, max_examples=50)
def test_each_number_of_any_plan_has_a_place_at_which_it_is_overridden(plan: CapacityPlan) -> None:
    """The places are those that a wrong one is told, and an override with what stands there changes nothing.

    The min capacity is left out: it takes scheduled minima with it.
    """
    plain = replace(plan, overrides=())
    with pytest.raises(ValueError, match="the numbers of this plan are ") as error:
        replace(plain, overrides=(Override("?", 1, "to be told the places"),))
    places = str(error.value).rpartition("the numbers of this plan are ")[2].split(", ")
    document = json.loads(plain.to_json())["computed"]
    overrides = tuple(
        Override(place, number_at(document, place), "the same")
        for place in places
        if place not in {"min_capacity", "provisioned.min_capacity"}
    )
    assert replace(plain, overrides=overrides).scaling == plain.computed


def number_at(document: Any, place: str) -> float:  # noqa: ANN401
    for part in place.split("."):
        document = next(r for r in document if r["name"] == part) if isinstance(document, list) else document[part]
    assert isinstance(document, int | float)
    return document


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_an_override_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="the override of max_capacity needs a reason"):
        Override("max_capacity", 12, reason)
