"""A traffic shift, run step by step on the embedded AWS: what moves when, and what is left at the end."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from roles import Roles
from shifts import (
    DESTINATION,
    INSTANCES,
    LOOKS,
    MAXIMA,
    MINIMA,
    MINIMUM,
    NAME,
    OTHER,
    PERCENTS,
    REGISTER,
    SOURCE,
    UPDATE,
    WEIGHTS,
    Execution,
    ShiftBench,
    moved,
    refusing,
    target_of,
)

from cdk_sagemaker_scaling.traffic._states import EVENTS_A_LOOK
from embedded_aws.state_machines import ACCESS_KEY_ID

pytest_plugins = ["embedded_aws.fixture", "shift_fixtures"]


@pytest.fixture(scope="module")
def succeeded(deployed: ShiftBench) -> dict[str, Execution]:
    """Both shifts, undisturbed."""
    made = {}
    for shift in PERCENTS:
        deployed.put_back()
        made[shift] = deployed.run(shift)
    return made


@pytest.mark.parametrize("shift", PERCENTS)
def test_all_traffic_moves_step_by_step_and_no_other_share_changes(
    succeeded: dict[str, Execution], shift: str
) -> None:
    execution = succeeded[shift]
    assert (execution.status, execution.states[-1]) == ("SUCCEEDED", "Shifted")
    before = [0, *PERCENTS[shift]]
    expected = [moved(p) for add, live in zip(before, PERCENTS[shift], strict=False) for p in (add, live, live)]
    assert [look.weights for look in execution.looks] == [pytest.approx(weights) for weights in expected]
    assert [sum(look.weights.values()) for look in execution.looks] == pytest.approx([1.0] * LOOKS[shift])
    assert execution.left.weights == pytest.approx({SOURCE: 0, DESTINATION: 0.7, OTHER: 0.3})


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.003, 0.007, 90.0), (0.028, 0.972, 0.0)])
def test_whatever_the_weights_were_they_sum_as_before(bench: ShiftBench, weights: tuple[float, ...]) -> None:
    started = dict(zip(WEIGHTS, weights, strict=True))
    bench.put_back(started)
    execution = bench.run("Linear")
    assert [look.weights for look in execution.looks[1::3]] == [
        pytest.approx(moved(percent, started)) for percent in PERCENTS["Linear"]
    ]
    assert sum(bench.live.weights.values()) == pytest.approx(sum(weights))
    assert bench.live.weights[SOURCE] == 0


@pytest.mark.parametrize("shift", PERCENTS)
def test_instances_come_before_their_traffic_and_none_leaves_meanwhile(
    succeeded: dict[str, Execution], shift: str
) -> None:
    """One plan for both, so that an instance of the destination carries what one of the source does."""
    execution = succeeded[shift]
    for step, percent in enumerate(PERCENTS[shift]):
        serving = INSTANCES[DESTINATION] + math.ceil(INSTANCES[SOURCE] * percent / 100)
        added, *_ = looks = execution.looks[3 * step : 3 * step + 3]
        assert added.weights[DESTINATION] < looks[1].weights[DESTINATION]
        assert {look.instances[DESTINATION] for look in looks} == {serving}
        assert {look.minima[DESTINATION] for look in looks} == {serving}
        assert {look.minima[SOURCE] for look in looks} == {INSTANCES[SOURCE]}
    assert execution.left.minima == MINIMA


def test_no_more_instances_are_asked_for_than_the_destination_may_have(bench: ShiftBench) -> None:
    most = {"MaxCapacity": INSTANCES[DESTINATION] + 1}
    bench.client("application-autoscaling").register_scalable_target(**target_of(DESTINATION), **most)
    execution = bench.run("Canary")
    assert execution.status == "SUCCEEDED"
    assert {look.instances[DESTINATION] for look in execution.looks} == {most["MaxCapacity"]}


def test_a_source_above_its_maximum_is_held_at_that(bench: ShiftBench) -> None:
    bench.move({SOURCE: {"DesiredInstanceCount": MAXIMA[SOURCE] + 3}})
    execution = bench.run("Canary")
    assert execution.status == "SUCCEEDED"
    assert {look.minima[SOURCE] for look in execution.looks} == {MAXIMA[SOURCE]}


def test_no_minimum_falls_below_what_it_was_while_instances_are_fewer(bench: ShiftBench) -> None:
    """As they are for some minutes after a deploy that raises a minimum."""
    for name, most in MAXIMA.items():
        bench.client("application-autoscaling").register_scalable_target(**target_of(name), MinCapacity=most)
    bench.move({name: {"DesiredInstanceCount": 1} for name in MAXIMA})
    execution = bench.run("Canary", lambda number, _: number == 0 and bench.set_alarm("Slow", "ALARM"))
    assert {name: look.minima[name] for look in execution.looks for name in MAXIMA} == MAXIMA


@pytest.mark.parametrize("name", MAXIMA)
@pytest.mark.parametrize("alarm", [False, True])
def test_a_minimum_that_a_schedule_sets_meanwhile_stays(bench: ShiftBench, name: str, *, alarm: bool) -> None:
    def morning(number: int, _: str) -> None:
        if number == LOOKS["Linear"] - 1:
            bench.client("application-autoscaling").register_scalable_target(**target_of(name), MinCapacity=6)
            bench.set_alarm("Slow", "ALARM" if alarm else "OK")

    execution = bench.run("Linear", morning)
    assert execution.error == ("RolledBack" if alarm else None)
    assert bench.live.minima == MINIMA | {name: 6}


@pytest.mark.parametrize(("shift", "left"), [("Canary", INSTANCES[SOURCE]), ("Linear", MINIMUM)])
def test_the_source_keeps_its_instances_or_ends_at_its_minimum(
    succeeded: dict[str, Execution], shift: str, left: int
) -> None:
    assert succeeded[shift].left.instances[SOURCE] == left


def test_alarms_are_looked_at_after_every_wait(succeeded: dict[str, Execution]) -> None:
    between = " ".join(succeeded["Linear"].states).split(" Wait ")[1:]
    assert len(between) == LOOKS["Linear"]
    assert all("LookAtAlarms Decide" in part for part in between)


def test_where_nothing_is_left_to_move_it_ends_well(bench: ShiftBench) -> None:
    assert bench.run("Canary").status == "SUCCEEDED"
    again = bench.run("Canary")
    assert (again.status, again.states[-1]) == ("SUCCEEDED", "NothingToShift")
    assert again.calls(UPDATE) == again.calls(REGISTER) == []


def test_two_executions_at_once_do_not_move_against_each_other(bench: ShiftBench) -> None:
    second: list[Execution] = []
    execution = bench.run(
        "Canary", lambda number, _: number == 1 and second.append(bench.ended(bench.start("Canary")))
    )
    assert execution.status == "SUCCEEDED"
    (refused,) = second
    assert refused.error == "AnotherShiftRuns"
    assert refused.calls(UPDATE) == refused.calls(REGISTER) == []


def test_an_endpoint_that_takes_its_time_is_waited_for_and_watched_as_long_as_any(bench: ShiftBench) -> None:
    """The wait interval begins when the endpoint has settled."""

    def update(number: int, _: str) -> None:
        bench.set_status("Updating" if 1 <= number < 4 else "InService")

    execution = bench.run("Canary", update)
    assert execution.status == "SUCCEEDED"
    assert len(execution.looks) == LOOKS["Canary"] + 3
    assert len({look.weights[SOURCE] for look in execution.looks[1:6]}) == 1


def test_throttled_calls_are_made_again(bench: ShiftBench) -> None:
    calls = ("listExecutions", "describeEndpoint", "describeScalableTargets", "describeAlarms", UPDATE, REGISTER)
    with ExitStack() as refused:
        for operation in calls:
            refused.enter_context(refusing(operation, times=3))
        execution = bench.run("Canary")
    assert execution.status == "SUCCEEDED"
    assert sum(event["type"] == "TaskFailed" for event in execution.events) == 3 * len(calls)


@pytest.mark.parametrize("look", [0, 4, 8])
def test_deploying_the_stack_again_midway_changes_no_weight(bench: ShiftBench, look: int) -> None:
    """A new configuration each time, which is a new fleet."""
    configs = "AWS::SageMaker::EndpointConfig"
    after: list[dict[str, float]] = []

    def deploy(number: int, _: str) -> None:
        if number != look:
            return
        before = bench.live.weights
        changed: dict[str, Any] = json.loads(json.dumps(bench.resources))
        (config,) = (each for each in changed.values() if each["Type"] == configs)
        config["Properties"]["ProductionVariants"][0]["VolumeSizeInGB"] = 10 + look
        assert bench.stack.deploy(changed) == "UPDATE_COMPLETE", bench.stack.reasons
        after.append(bench.live.weights)
        assert after == [before]

    live = bench.client("sagemaker").describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    execution = bench.run("Linear", deploy)
    assert bench.client("sagemaker").describe_endpoint(EndpointName=NAME)["EndpointConfigName"] != live
    assert len(after) == 1
    assert execution.status == "SUCCEEDED"
    assert bench.live.weights == pytest.approx(moved(100))


def test_what_executions_call_is_what_the_role_permits_and_nothing_else(
    bench: ShiftBench, succeeded: dict[str, Execution]
) -> None:
    assert succeeded
    prefixes = {"stepfunctions": "states"}
    called = {f"{prefixes.get(c.service, c.service)}:{c.operation}" for c in bench.aws.calls(ACCESS_KEY_ID)}
    may = Roles(bench.resources).may("Linear/Role")
    asked_by_aws = {"sagemaker:DescribeEndpointConfig"}  # in RegisterScalableTarget, on behalf of its caller
    assert called | asked_by_aws == {action for action in may if not action.startswith(("logs:", "xray:"))}


def test_a_look_takes_as_many_events_as_is_reckoned_with(succeeded: dict[str, Execution]) -> None:
    """Else a long shift would be ended midway by the quota of its history."""
    events = succeeded["Linear"].events
    waits = [event["id"] for event in events if event["type"] == "WaitStateEntered"]
    assert min(later - first for first, later in pairwise(waits)) == EVENTS_A_LOOK


@pytest.mark.parametrize("shift", PERCENTS)
def test_every_state_is_reached_and_leads_to_one_that_is_there(bench: ShiftBench, shift: str) -> None:
    """And none is tried or caught by a name that AWS does not have."""
    definition = bench.definition(shift)
    states = definition["States"]
    leads = {name: {step for step in leads_to(state) if step} for name, state in states.items()}
    ends = {name for name, state in states.items() if state["Type"] in {"Succeed", "Fail"}}
    assert {name for name, steps in leads.items() if not steps} == ends
    assert set().union({definition["StartAt"]}, *leads.values()) == set(states)
    handled = {name for state in states.values() for rule in rules(state) for name in rule.get("ErrorEquals", ())}
    assert handled == {"States.TaskFailed", "States.Timeout", "States.ALL"}


def rules(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for field in ("Choices", "Catch", "Retry") for rule in state.get(field, ())]


def leads_to(state: dict[str, Any]) -> set[str | None]:
    return {state.get("Next"), state.get("Default"), *(rule.get("Next") for rule in rules(state))}
