"""The CloudFormation engine on fake resources: created, updated, rolled back, deleted."""

from typing import Any

import pytest
from fake_kinds import World, chain, engine_of, request, statuses, template, thing

from embedded_aws.cloudformation.engine import Engine, RefusedError
from embedded_aws.cloudformation.stacks import Stack

RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def engine(world: World) -> Engine:
    return engine_of(world)


def _outputs(stack: Stack) -> dict[str, str]:
    return {output.key: output.value for output in stack.outputs}


def test_resources_are_made_after_those_that_they_need(engine: Engine, world: World) -> None:
    document = template(
        {
            "A": thing(Value={"Fn::Sub": "${B.Arn}"}),
            "B": thing(Value={"Fn::If": ["Yes", {"Ref": "C"}, "none"]}),
            "C": thing(after=("D",)),
            "D": thing(),
        },
        Conditions={"Yes": {"Fn::Equals": ["a", "a"]}},
    )
    stack = engine.create("s", request(document))
    assert world.touched() == [("create", name) for name in "DCBA"]
    assert stack.status == "CREATE_COMPLETE"
    assert stack.resources["A"].properties == {"Value": f"arn:fake:{stack.resources['B'].physical.id}"}


def test_outputs(engine: Engine) -> None:
    stack = engine.create("s", request(chain()))
    assert _outputs(stack) == {
        "Name": stack.resources["Endpoint"].physical.id,
        "Config": stack.resources["Config"].physical.id,
    }


def test_an_update_touches_only_what_changes(engine: Engine, world: World) -> None:
    engine.create("s", request(chain()))
    world.touched()
    stack = engine.update("s", request(chain(topic="t2")))
    # The topic's ARN stays, so nobody else is concerned.
    assert world.touched() == [("update", "Topic")]
    assert stack.status == "UPDATE_COMPLETE"
    assert world.live[stack.resources["Topic"].physical.id] == {"Value": "t2"}


def test_a_replaced_configuration_reaches_its_endpoint(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    old, endpoint = stack.resources["Config"].physical.id, stack.resources["Endpoint"].physical.id
    world.touched()
    engine.update("s", request(chain(config="c2")))
    assert world.touched() == [("create", "Config"), ("update", "Endpoint"), ("delete", "Config")]
    new = stack.resources["Config"].physical.id
    assert new != old
    assert old not in world.live
    assert stack.resources["Endpoint"].physical.id == endpoint
    assert world.live[endpoint]["Value"] == new
    assert _outputs(stack)["Config"] == new


def test_what_is_removed_or_replaced_goes_last_and_in_reverse(engine: Engine, world: World) -> None:
    keep = {"Keep": thing(Value="k")}
    three = {
        "One": thing(Fixed="1"),
        "Two": thing(Value={"Ref": "One"}),
        "Three": thing(Value={"Ref": "Two"}),
    }
    engine.create("s", request(template({**keep, **three})))
    world.touched()
    engine.update("s", request(template({"Keep": thing(Value="k2"), "One": thing(Fixed="2")})))
    assert world.touched() == [
        ("update", "Keep"),
        ("create", "One"),
        ("delete", "Three"),
        ("delete", "Two"),
        ("delete", "One"),
    ]


def test_a_clean_up_that_fails_does_not_fail_the_update(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(template({"A": thing(), "B": thing()})))
    world.failing = {("delete", "B")}
    engine.update("s", request(template({"A": thing(Value=1)})))
    assert stack.status == "UPDATE_COMPLETE"
    assert "B DELETE_FAILED" in statuses(stack)
    assert set(stack.resources) == {"A"}


def test_a_failed_creation_leaves_nothing_and_can_be_done_again(engine: Engine, world: World) -> None:
    world.failing = {("create", "Endpoint")}
    stack = engine.create("s", request(chain()))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert world.live == {}
    assert world.touched() == [
        ("create", "Topic"),
        ("create", "Config"),
        ("create", "Endpoint"),
        ("delete", "Config"),
        ("delete", "Topic"),
    ]
    failed = next(event for event in stack.events if event.status == "CREATE_FAILED")
    assert failed.logical_id == "Endpoint"
    assert failed.reason == (
        'Resource handler returned message: "RuntimeError: create of Endpoint was refused" '
        "(HandlerErrorCode: InternalFailure)"
    )
    with pytest.raises(RefusedError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        engine.update("s", request(chain()))

    world.failing = set()
    engine.delete(stack)
    assert stack.status == "DELETE_COMPLETE"
    again = engine.create("s", request(chain()))
    assert again.status == "CREATE_COMPLETE"
    assert again.id != stack.id
    assert engine.stacks.find(stack.id) is stack


def test_a_rollback_that_fails_says_so_and_keeps_what_is_left(engine: Engine, world: World) -> None:
    world.failing = {("create", "Endpoint"), ("delete", "Config")}
    stack = engine.create("s", request(chain()))
    assert stack.status == "ROLLBACK_FAILED"
    # The topic stays too: the configuration needs it.
    assert set(stack.resources) == {"Config", "Topic"}
    world.failing = set()
    engine.delete(stack)
    assert world.live == {}


def test_a_failed_update_puts_the_old_values_back(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    before, records = dict(world.live), dict(stack.resources)
    world.touched()
    world.failing = {("create", "New")}
    document = chain(topic="t2", endpoint="e2")
    document["Resources"]["New"] = thing(after=("Endpoint",))
    engine.update("s", request(document))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert world.live == before
    assert stack.resources == records
    assert world.touched() == [
        ("update", "Topic"),
        ("update", "Endpoint"),
        ("create", "New"),
        ("update", "Endpoint"),
        ("update", "Topic"),
    ]
    assert any("failed to create: [New]." in (event.reason or "") for event in stack.events)
    assert stack.target is not None
    assert "New" not in stack.target.template.resources

    world.failing = set()
    engine.update("s", request(document))
    assert stack.status == "UPDATE_COMPLETE"


def test_a_failed_replacement_is_rolled_back(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    before, records = dict(world.live), dict(stack.resources)
    world.touched()
    document = chain(config="c2")
    document["Resources"]["New"] = thing(after=("Endpoint",))
    world.failing = {("create", "New")}
    engine.update("s", request(document))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert world.touched() == [
        ("create", "Config"),
        ("update", "Endpoint"),
        ("create", "New"),
        ("update", "Endpoint"),
        ("delete", "Config"),
    ]
    assert (world.live, stack.resources) == (before, records)


def test_a_rollback_of_an_update_that_fails_says_so(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    world.failing = {("update", "Topic")}
    engine.update("s", request(chain(topic="t2")))
    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(RefusedError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"):
        engine.update("s", request(chain(topic="t3")))


def test_a_custom_name_is_not_replaced_but_restored(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(template({"A": thing(Name="mine", Fixed="1", Value="v")})))
    engine.update("s", request(template({"A": thing(Name="mine", Fixed="2", Value="v")})))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert world.live == {"mine": {"Name": "mine", "Fixed": "1", "Value": "v"}}
    assert any("Rename mine and update the stack again" in (event.reason or "") for event in stack.events)


def test_a_stack_is_deleted_in_reverse(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    world.touched()
    engine.delete(stack)
    assert world.touched() == [("delete", "Endpoint"), ("delete", "Config"), ("delete", "Topic")]
    assert stack.status == "DELETE_COMPLETE"
    assert engine.stacks.find("s") is None
    with pytest.raises(RefusedError, match="Stack with id s does not exist"):
        engine.stack("s")


def test_a_deletion_that_fails_can_be_done_again(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(chain()))
    world.failing = {("delete", "Config")}
    engine.delete(stack)
    assert stack.status == "DELETE_FAILED"
    assert stack.reason == "The following resource(s) failed to delete: [Config, Topic]. "
    assert set(stack.resources) == {"Config", "Topic"}
    engine.delete(stack, frozenset({"Config", "Topic"}))
    assert stack.status == "DELETE_COMPLETE"
    assert len(world.live) == 2


def test_what_is_to_be_retained_is_kept(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(template({"A": thing(attributes=RETAIN, Fixed="1"), "B": thing()})))
    engine.update("s", request(template({"A": thing(attributes=RETAIN, Fixed="2"), "B": thing()})))
    assert ("delete", "A") not in world.log
    assert "A DELETE_SKIPPED" in statuses(stack)
    engine.delete(stack)
    assert ("delete", "A") not in world.log
    assert sorted(properties["Fixed"] for properties in world.live.values()) == ["1", "2"]


def test_a_protected_stack_is_not_deleted(engine: Engine) -> None:
    stack = engine.create("s", request(chain()), is_protected=True)
    with pytest.raises(RefusedError, match="TerminationProtection is enabled"):
        engine.delete(stack)
    assert stack.status == "CREATE_COMPLETE"


def _exporter(name: str = "shared", value: str = "v") -> dict[str, Any]:
    return template(
        {"A": thing(Value=value)},
        Outputs={"O": {"Value": {"Fn::GetAtt": ["A", "Value"]}, "Export": {"Name": name}}},
    )


IMPORTER = template({"B": thing(Value={"Fn::ImportValue": "shared"})})


def test_exports_are_imported_and_then_not_to_be_taken_away(engine: Engine, world: World) -> None:
    exporter = engine.create("exporter", request(_exporter()))
    importer = engine.create("importer", request(IMPORTER))
    assert importer.resources["B"].properties == {"Value": "v"}

    engine.delete(exporter)
    assert exporter.status == "CREATE_COMPLETE"
    assert exporter.reason == "Export shared cannot be deleted as it is in use by importer"
    assert len(world.live) == 2

    engine.update("exporter", request(_exporter("other")))
    assert exporter.status == "UPDATE_ROLLBACK_COMPLETE"
    assert any(
        "shared cannot be deleted as it is in use by importer" in (it.reason or "") for it in exporter.events
    )
    engine.update("exporter", request(_exporter(value="v2")))
    assert exporter.status == "UPDATE_ROLLBACK_COMPLETE"
    assert any(
        "shared cannot be updated as it is in use by importer" in (it.reason or "") for it in exporter.events
    )
    assert exporter.exports == {"shared": "v"}

    engine.delete(importer)
    engine.delete(exporter)
    assert exporter.status == "DELETE_COMPLETE"
    assert world.live == {}


def test_a_name_is_exported_once(engine: Engine) -> None:
    engine.create("one", request(_exporter()))
    two = engine.create("two", request(_exporter()))
    assert two.status == "ROLLBACK_COMPLETE"
    assert any("already exported by stack one" in (event.reason or "") for event in two.events)
