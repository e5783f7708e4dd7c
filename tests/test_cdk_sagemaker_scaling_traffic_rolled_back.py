"""A traffic shift that does not come to its end: what brings it back, from everywhere, and what is told of it."""

from __future__ import annotations

import pytest
from shifts import (
    ALARMS,
    DESTINATION,
    INSTANCES,
    LOOKS,
    MINIMA,
    MINIMUM,
    REGISTER,
    SOURCE,
    UPDATE,
    WEIGHTS,
    Execution,
    ShiftBench,
    moved,
    refusing,
    target_of,
    without,
)

pytest_plugins = ["embedded_aws.fixture", "shift_fixtures"]


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


@pytest.mark.parametrize("look", range(LOOKS["Linear"]))
def test_an_alarm_brings_everything_back_from_everywhere(bench: ShiftBench, look: int) -> None:
    alarm = ALARMS[look % 2]
    execution = bench.run("Linear", lambda number, _: number == look and bench.set_alarm(alarm, "ALARM"))
    assert len(execution.looks) == look + 2  # the one in which it is seen, and the one at the roll-back
    is_rolled_back(bench, execution, f"In alarm: {alarm}")


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
        is_left_alone(bench, execution, "AlarmBeforehand", "There is no alarm Slow: nothing was moved.")
    else:
        is_rolled_back(bench, execution, "There is no alarm Slow")


def test_nothing_is_moved_while_an_alarm_is_on(bench: ShiftBench) -> None:
    bench.set_alarm("Errors", "ALARM")
    is_left_alone(bench, bench.run("Canary"), "AlarmBeforehand", "In alarm: Errors: nothing was moved.")


def test_nothing_is_moved_of_an_endpoint_that_is_not_in_service(bench: ShiftBench) -> None:
    bench.set_status("Updating")
    is_left_alone(bench, bench.run("Canary"), "EndpointNotInService", "Its status is Updating")


def test_nothing_is_moved_of_an_endpoint_that_is_being_created(bench: ShiftBench) -> None:
    """Of which SageMaker tells no weights yet."""
    with without("ProductionVariants", of="describeEndpoint"):
        bench.set_status("Creating")
        execution = bench.run("Canary")
    is_left_alone(bench, execution, "EndpointNotInService", "Its status is Creating")


def test_nothing_is_moved_of_a_variant_that_does_not_scale(bench: ShiftBench) -> None:
    bench.client("application-autoscaling").deregister_scalable_target(**target_of(DESTINATION))
    is_left_alone(bench, bench.run("Canary"), "NotScaled", "Both variants must be scalable targets")


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


def test_a_roll_back_that_cannot_be_read_is_not_confirmed(bench: ShiftBench) -> None:
    with refusing("describeEndpoint", after=2):
        execution = bench.run("Canary", lambda number, _: number == 0 and bench.set_alarm("Slow", "ALARM"))
    assert execution.error == "RollBackNotConfirmed"
    assert bench.live.weights == WEIGHTS


def test_a_roll_back_is_tried_far_longer_than_anything_else(bench: ShiftBench) -> None:
    """A minute after the other, for an hour and as long as instances may take, in which nothing can be moved."""
    with refusing(UPDATE, times=65, after=1):
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
