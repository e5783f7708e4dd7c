"""The CloudFormation engine on fake resources: what it refuses, what it tells, and how it runs."""

import itertools
import threading
from typing import Any

import pytest
from fake_kinds import REGION, World, chain, engine_of, request, statuses, template, thing

from embedded_aws.cloudformation.engine import Engine, RefusedError, start_thread


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def engine(world: World) -> Engine:
    return engine_of(world)


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        ({"X": thing(type_="AWS::EC2::VPC")}, r"AWS::EC2::VPC \(of X\)\]: not emulated"),
        ({"X": thing(type_="Custom::Thing")}, "Custom::Thing"),
        ({"X": thing(type_="AWS::CloudFormation::Stack")}, "AWS::CloudFormation::Stack"),
        ({"X": thing(Valeu=1)}, "X: Fake::A::Thing: there is no property Valeu"),
        ({"X": thing(Value={"Fn::GetAtt": ["Y", "Nope"]}), "Y": thing()}, "Y does not support attribute type Nope"),
        ({"X": thing(Value={"Ref": "Y"}), "Y": thing(attributes={"Condition": "No"})}, r"\[Y\].*of X"),
        ({"X": thing(Value={"Ref": "Y"}), "Y": thing(Value={"Ref": "X"})}, r"Circular dependency.*\[X, Y\]"),
        ({"X": thing(Value={"Fn::ImportValue": "nobody"})}, "No export named nobody found"),
        ({"X": thing(Value={"Ref": "AWS::Nonsense"})}, r"\[AWS::Nonsense\]"),
        ({"X": thing(attributes={"Condition": "Missing"})}, "Missing"),
    ],
)
def test_what_cannot_be_deployed_is_refused_before_anything_is_made(
    engine: Engine, world: World, resources: dict[str, Any], named: str
) -> None:
    document = template({"First": thing(), **resources}, Conditions={"No": {"Fn::Equals": ["a", "b"]}})
    with pytest.raises(RefusedError, match=named):
        engine.create("s", request(document))
    assert world.log == []
    assert engine.stacks.find("s") is None


def test_a_circular_condition_is_refused(engine: Engine) -> None:
    document = template(
        {"X": thing()},
        Conditions={"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}},
    )
    with pytest.raises(RefusedError, match="circular condition dependency: A -> B -> A"):
        engine.create("s", request(document))


def test_a_type_does_not_change_under_its_name(engine: Engine) -> None:
    engine.create("s", request(template({"X": thing()})))
    with pytest.raises(RefusedError, match=r"Update of resource type is not permitted.*\[X\]"):
        engine.update("s", request(template({"X": thing(type_="Fake::B::Thing")})))


def test_an_attribute_that_its_kind_does_not_give_fails_the_one_who_asks(engine: Engine, world: World) -> None:
    document = template({"X": thing(Value={"Fn::GetAtt": ["Y", "Fixed"]}), "Y": thing()})
    stack = engine.create("s", request(document))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("attribute Fixed of Y" in (event.reason or "") for event in stack.events)
    assert world.live == {}


def test_tags_of_the_stack_reach_its_resources(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain(), {"team": "a"}))
    assert {tags["team"] for tags in world.tags.values()} == {"a"}
    engine.update("s", request(chain(), {"team": "b"}))
    assert {tags["team"] for tags in world.tags.values()} == {"b"}
    world.failing = {("create", "New")}
    document = chain()
    document["Resources"]["New"] = thing(after=("Endpoint",))
    engine.update("s", request(document, {"team": "c"}))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert {tags["team"] for tags in world.tags.values()} == {"b"}


def test_events_tell_each_step_at_strictly_rising_times(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    world.failing = {("update", "Endpoint")}
    engine.update("s", request(chain(config="c2")))
    times = [event.at for event in stack.events]
    assert all(earlier < later for earlier, later in itertools.pairwise(times))
    assert all(time.microsecond % 1000 == 0 for time in times)
    assert len({event.id for event in stack.events}) == len(stack.events)
    told = statuses(stack)
    assert told[:3] == [
        "s CREATE_IN_PROGRESS",
        "Topic CREATE_IN_PROGRESS",
        "Topic CREATE_COMPLETE",
    ]
    assert told[8:] == [
        "s UPDATE_IN_PROGRESS",
        "Config UPDATE_IN_PROGRESS",
        "Config UPDATE_IN_PROGRESS",
        "Config UPDATE_COMPLETE",
        "Endpoint UPDATE_IN_PROGRESS",
        "Endpoint UPDATE_FAILED",
        "s UPDATE_ROLLBACK_IN_PROGRESS",
        "Endpoint UPDATE_IN_PROGRESS",
        "Endpoint UPDATE_FAILED",
        "s UPDATE_ROLLBACK_FAILED",
    ]
    # The rollback is an operation of its own: the CLI looks for failures in the one before it.
    assert len({event.operation_id for event in stack.events}) == 3


def test_an_operation_runs_in_the_background_and_its_progress_shows(world: World) -> None:
    engine = engine_of(world)
    engine.start = start_thread
    may_go_on, begun = threading.Event(), threading.Event()
    step = world.step

    def slow(verb: str, logical_id: str) -> None:
        begun.set()
        assert may_go_on.wait(10)
        step(verb, logical_id)

    world.step = slow  # type: ignore[method-assign]
    stack = engine.create("s", request(template({"A": thing()})))
    assert begun.wait(10)
    assert stack.status == "CREATE_IN_PROGRESS"
    with pytest.raises(RefusedError, match="CREATE_IN_PROGRESS state and can not be updated"):
        engine.update("s", request(template({"A": thing(Value=1)})))
    with pytest.raises(RefusedError, match="CREATE_IN_PROGRESS state and can not be deleted"):
        engine.delete(stack)
    may_go_on.set()
    for thread in threading.enumerate():
        if thread.name == "cloudformation-s":
            thread.join(10)
    assert stack.status == "CREATE_COMPLETE"


def test_what_breaks_in_the_engine_ends_the_operation_all_the_same(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("embedded_aws.cloudformation.deployment.Deployment.create", broken)
    stack = engine.create("s", request(chain()))
    assert stack.status == "ROLLBACK_FAILED"
    assert "ZeroDivisionError" in (stack.reason or "")
    assert world.live == {}


def test_stack_ids_name_the_region(engine: Engine) -> None:
    assert engine.create("s", request(chain())).id.startswith(f"arn:aws:cloudformation:{REGION}:")
