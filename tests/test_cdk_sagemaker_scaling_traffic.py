"""A traffic shift, run step by step on the embedded AWS: what moves when, and what brings it back."""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from roles import Roles
from shifts import (
    ALARMS,
    DESTINATION,
    INSTANCES,
    MAXIMA,
    MINIMUM,
    NAME,
    OTHER,
    SOURCE,
    WEIGHTS,
    Execution,
    ShiftBench,
    fill,
    moved,
    refusing,
    target_of,
)
from stack_bench import StackBench

from cdk_sagemaker_scaling.traffic._states import EVENTS_A_LOOK
from embedded_aws.state_machines import ACCESS_KEY_ID
from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aws_cdk import Stack
    from conftest import Synthesised

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

UPDATE, REGISTER = "updateEndpointWeightsAndCapacities", "registerScalableTarget"
# Each step is looked at once its instances serve, once its weights are live, and a wait interval later.
PERCENTS = {"Canary": (10, 100), "Linear": (40, 80, 100)}
LOOKS = {shift: 3 * len(percents) for shift, percents in PERCENTS.items()}
MINIMA = dict.fromkeys(MAXIMA, MINIMUM)


@pytest.fixture(scope="module")
def deployed(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised], embedded_aws: EmbeddedAws, repository: Path
) -> ShiftBench:
    plan = CapacityPlan.read(repository / "examples/from_plan/plan.json")
    resources = synthesise(lambda stack: fill(stack, plan)).template["Resources"]
    stack = StackBench(embedded_aws, "shifts")
    assert stack.deploy(resources) == "CREATE_COMPLETE", stack.reasons
    return ShiftBench(embedded_aws, stack, resources)


@pytest.fixture
def bench(deployed: ShiftBench) -> Iterator[ShiftBench]:
    deployed.put_back()
    yield deployed
    deployed.set_status("InService")


@pytest.fixture(scope="module")
def succeeded(deployed: ShiftBench) -> dict[str, Execution]:
    """Both shifts, undisturbed."""
    made = {}
    for shift in PERCENTS:
        deployed.put_back()
        made[shift] = deployed.run(shift)
    return made


def is_rolled_back(bench: ShiftBench, execution: Execution, why: str) -> None:
    assert (execution.status, execution.error) == ("FAILED", "RolledBack")
    assert execution.cause == f"{why}. The weights are as they were."
    assert bench.live.weights == WEIGHTS
    assert bench.live.minima == MINIMA
    assert bench.live.instances[SOURCE] == INSTANCES[SOURCE]


def is_left_alone(bench: ShiftBench, execution: Execution, error: str, told: str) -> None:
    assert (execution.status, execution.error) == ("FAILED", error)
    assert told in (execution.cause or "")
    assert execution.calls(UPDATE) == execution.calls(REGISTER) == []
    assert bench.live.weights == WEIGHTS


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


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.003, 0.007, 90.0)])
def test_whatever_the_weights_were_they_sum_as_before(bench: ShiftBench, weights: tuple[float, ...]) -> None:
    started = dict(zip(WEIGHTS, weights, strict=True))
    bench.put_back(started)
    execution = bench.run("Linear")
    assert [look.weights for look in execution.looks[1::3]] == [
        pytest.approx(moved(percent, started)) for percent in PERCENTS["Linear"]
    ]
    assert sum(bench.live.weights.values()) == pytest.approx(sum(weights))


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


@pytest.mark.parametrize(("shift", "left"), [("Canary", INSTANCES[SOURCE]), ("Linear", MINIMUM)])
def test_the_source_keeps_its_instances_or_ends_at_its_minimum(
    succeeded: dict[str, Execution], shift: str, left: int
) -> None:
    assert succeeded[shift].left.instances[SOURCE] == left


@pytest.mark.parametrize("look", range(LOOKS["Linear"]))
def test_an_alarm_brings_everything_back_from_everywhere(bench: ShiftBench, look: int) -> None:
    alarm = ALARMS[look % 2]
    execution = bench.run("Linear", lambda number, _: number == look and bench.set_alarm(alarm, "ALARM"))
    assert len(execution.looks) == look + 2  # the one in which it is seen, and the one at the roll-back
    is_rolled_back(bench, execution, f"In alarm: {alarm}")


def test_alarms_are_looked_at_after_every_wait(succeeded: dict[str, Execution]) -> None:
    between = " ".join(succeeded["Linear"].states).split(" Wait ")[1:]
    assert len(between) == LOOKS["Linear"]
    assert all("LookAtAlarms Decide" in part for part in between)


def test_two_alarms_are_both_told(bench: ShiftBench) -> None:
    def ring(number: int, _: str) -> None:
        for name in ALARMS if number == 1 else ():
            bench.set_alarm(name, "ALARM")

    is_rolled_back(bench, bench.run("Canary", ring), "In alarm: Errors, Slow")


def test_an_alarm_without_data_is_no_alarm(bench: ShiftBench) -> None:
    for name in ALARMS:
        bench.set_alarm(name, "INSUFFICIENT_DATA")
    assert bench.run("Canary").status == "SUCCEEDED"


@pytest.mark.parametrize("look", [None, 2])
def test_an_alarm_that_is_gone_guards_nothing(bench: ShiftBench, look: int | None) -> None:
    def forget(number: int | None, _: str = "") -> None:
        if number == look:
            bench.client("cloudwatch").delete_alarms(AlarmNames=["Slow"])

    forget(None)
    execution = bench.run("Canary", forget)
    if look is None:
        is_left_alone(bench, execution, "AlarmBeforehand", "An alarm is not there: nothing was moved.")
    else:
        is_rolled_back(bench, execution, "An alarm is not there")


def test_nothing_is_moved_while_an_alarm_is_on(bench: ShiftBench) -> None:
    bench.set_alarm("Errors", "ALARM")
    is_left_alone(bench, bench.run("Canary"), "AlarmBeforehand", "In alarm: Errors: nothing was moved.")


def test_nothing_is_moved_of_an_endpoint_that_is_not_in_service(bench: ShiftBench) -> None:
    bench.set_status("Updating")
    is_left_alone(bench, bench.run("Canary"), "EndpointNotInService", "Its status is Updating")


def test_nothing_is_moved_of_a_variant_that_does_not_scale(bench: ShiftBench) -> None:
    bench.client("application-autoscaling").deregister_scalable_target(**target_of(DESTINATION))
    is_left_alone(bench, bench.run("Canary"), "NotScaled", "Both variants must be scalable targets")


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


@pytest.mark.parametrize(("look", "looks"), [(0, 5), (1, 5), (2, 6), (3, 5)])
def test_an_endpoint_that_does_not_settle_is_rolled_back(bench: ShiftBench, look: int, looks: int) -> None:
    """After the 300 seconds that it is given, counted from the change, or from when it was first found so."""

    def update(number: int, state: str) -> None:
        bench.set_status("Updating" if number >= look and state != "AwaitRollBack" else "InService")

    execution = bench.run("Canary", update)
    assert len(execution.looks) == look + looks + 1
    is_rolled_back(bench, execution, "The endpoint did not settle within 300 seconds")


def test_instances_that_do_not_come_are_not_given_traffic(bench: ShiftBench) -> None:
    """Somebody else scales them in at once, each minute."""
    few = {DESTINATION: {"DesiredInstanceCount": 1}}
    execution = bench.run("Canary", lambda _number, _state: bench.move(few))
    is_rolled_back(bench, execution, "The endpoint did not settle within 300 seconds")
    assert {look.weights[SOURCE] for look in execution.looks} == {WEIGHTS[SOURCE]}


def test_weights_that_somebody_else_moves_are_set_back(bench: ShiftBench) -> None:
    by_hand = {SOURCE: {"DesiredWeight": 0.2}}
    execution = bench.run("Canary", lambda number, _: number == 2 and bench.move(by_hand))
    is_rolled_back(bench, execution, "The endpoint did not settle within 300 seconds")


def test_a_roll_back_that_is_not_confirmed_is_told_and_leaves_the_instances(bench: ShiftBench) -> None:
    def update(number: int, _: str) -> None:
        if number == 1:
            bench.set_alarm("Slow", "ALARM")
        bench.set_status("Updating" if number >= 2 else "InService")

    execution = bench.run("Canary", update)
    assert execution.error == "RollBackNotConfirmed"
    assert (execution.cause or "").startswith("In alarm: Slow. The weights were set back")
    assert bench.live.weights == WEIGHTS
    assert bench.live.minima[SOURCE] == INSTANCES[SOURCE]


def test_throttled_calls_are_made_again(bench: ShiftBench) -> None:
    calls = ("listExecutions", "describeEndpoint", "describeScalableTargets", "describeAlarms", UPDATE, REGISTER)
    with ExitStack() as refused:
        for operation in calls:
            refused.enter_context(refusing(operation, times=3))
        execution = bench.run("Canary")
    assert execution.status == "SUCCEEDED"
    assert sum(event["type"] == "TaskFailed" for event in execution.events) == 3 * len(calls)


@pytest.mark.parametrize(
    ("operation", "answered", "state"),
    [
        (REGISTER, 2, "AddInstances"),
        ("describeEndpoint", 4, "ReadEndpoint"),
        ("describeAlarms", 3, "LookAtAlarms"),
        (UPDATE, 0, "Shift"),
        (UPDATE, 1, "Shift"),
    ],
)
def test_a_call_that_goes_on_failing_is_rolled_back(
    bench: ShiftBench, operation: str, answered: int, state: str
) -> None:
    with refusing(operation, times=16, after=answered):
        execution = bench.run("Canary")
    assert (execution.status, execution.error) == ("FAILED", "RolledBack")
    assert "Rate exceeded" in (execution.cause or "")
    assert bench.live.weights == WEIGHTS
    assert bench.live.minima == MINIMA
    states = execution.states
    assert states[states.index("RollBack") - 1] == state


@pytest.mark.parametrize("operation", ["listExecutions", "describeEndpoint", "describeAlarms", REGISTER])
def test_a_call_that_fails_beforehand_moves_nothing(bench: ShiftBench, operation: str) -> None:
    with refusing(operation):
        execution = bench.run("Canary")
    assert execution.status == "FAILED"
    assert "Rate exceeded" in (execution.cause or "")
    assert execution.calls(UPDATE) == []
    assert (bench.live.weights, bench.live.minima) == (WEIGHTS, MINIMA)


def test_a_roll_back_is_tried_far_longer_than_anything_else(bench: ShiftBench) -> None:
    with refusing(UPDATE, times=60, after=1):
        execution = bench.run("Canary", lambda number, _: number == 1 and bench.set_alarm("Slow", "ALARM"))
    is_rolled_back(bench, execution, "In alarm: Slow")


@pytest.mark.parametrize(
    ("variant", "alarm", "told"),
    [
        (DESTINATION, False, "The traffic has moved, and"),
        (SOURCE, True, "In alarm: Slow. The weights are back, and"),
    ],
)
def test_a_minimum_that_cannot_be_put_back_is_told(
    bench: ShiftBench, variant: str, told: str, *, alarm: bool
) -> None:
    with refusing(REGISTER, of=f'{target_of(variant)["ResourceId"]}", "MinCapacity": {MINIMUM}}}'):
        execution = bench.run("Canary", lambda n, _: alarm and n == 1 and bench.set_alarm("Slow", "ALARM"))
    assert execution.error == "MinimumNotRestored"
    assert (execution.cause or "").startswith(told)
    assert execution.left.weights == pytest.approx(WEIGHTS if alarm else moved(100))


def test_a_source_that_cannot_be_scaled_in_keeps_the_traffic_where_it_is(bench: ShiftBench) -> None:
    with refusing(UPDATE, of="DesiredInstanceCount"):
        execution = bench.run("Linear")
    assert execution.error == "SourceNotScaledIn"
    assert bench.live.weights == pytest.approx(moved(100))
    assert bench.live.minima == MINIMA


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
    assert called == {action for action in may if not action.startswith(("logs:", "xray:"))}


def test_a_look_takes_as_many_events_as_is_reckoned_with(succeeded: dict[str, Execution]) -> None:
    """Else a long shift would be ended midway by the quota of its history."""
    events = succeeded["Linear"].events
    waits = [event["id"] for event in events if event["type"] == "WaitStateEntered"]
    assert min(later - first for first, later in pairwise(waits)) == EVENTS_A_LOOK
