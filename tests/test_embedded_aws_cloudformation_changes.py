"""Change sets: what they say beforehand, and that it is what happens."""

from typing import Any

import pytest
from fake_kinds import World, engine_of, request, template, thing

from embedded_aws.cloudformation.change_set import NOTHING_CHANGES, Change, ChangeSet, Detail
from embedded_aws.cloudformation.engine import Engine, RefusedError, Request
from embedded_aws.cloudformation.shapes import change_shape


@pytest.fixture
def world() -> World:
    return World(ssm={"/p": "one"})


@pytest.fixture
def engine(world: World) -> Engine:
    return engine_of(world)


def _chain(config: str = "c", topic: str = "t") -> dict[str, Any]:
    return template(
        {
            "Topic": thing(Value=topic),
            "Config": thing(Fixed=config, Value={"Fn::GetAtt": ["Topic", "Arn"]}),
            "Endpoint": thing(Value={"Ref": "Config"}, Other="same"),
            "Target": thing(Fixed={"Fn::Sub": "endpoint/${Endpoint}"}),
            "Policy": thing(Value={"Fn::GetAtt": ["Target", "Arn"]}),
        },
        Outputs={"Config": {"Value": {"Ref": "Config"}}},
    )


def _changes(engine: Engine, wanted: Request) -> dict[str, Change]:
    """What a change set says; nothing may have been made by it."""
    world = engine.types.kinds["Fake::A::Thing"].world  # type: ignore[attr-defined]
    world.touched()
    _, change_set = engine.create_change_set("s", "c", "UPDATE", wanted)
    assert world.touched() == []
    assert change_set.reason is None
    return {change.logical_id: change for change in change_set.changes}


def test_a_changed_property_is_named_with_both_values(engine: Engine) -> None:
    engine.create("s", request(_chain()))
    changes = _changes(engine, request(_chain(topic="t2")))
    assert set(changes) == {"Topic"}
    assert changes["Topic"].replacement == "False"
    assert changes["Topic"].details == (Detail("Properties", "Value", before="t", after="t2"),)


def test_a_replacement_reaches_those_who_refer_to_it(engine: Engine) -> None:
    engine.create("s", request(_chain()))
    changes = _changes(engine, request(_chain(config="c2")))
    # The endpoint is changed in place, so its name stays, and with it target and policy.
    assert list(changes) == ["Config", "Endpoint"]
    assert changes["Config"].replacement == "True"
    assert changes["Config"].policy_action == "ReplaceAndDelete"
    assert changes["Config"].details[0].recreation == "Always"
    assert changes["Endpoint"].replacement == "False"
    (detail,) = changes["Endpoint"].details
    assert (detail.evaluation, detail.source, detail.cause) == ("Dynamic", "ResourceReference", "Config")
    assert detail.recreation == "Never"


def test_a_replacement_that_hangs_on_another_is_conditional_and_goes_on(engine: Engine) -> None:
    engine.create("s", request(_chain()))
    document = _chain()
    document["Resources"]["Endpoint"]["Properties"]["Fixed"] = "renamed"
    changes = _changes(engine, request(document))
    assert list(changes) == ["Endpoint", "Target", "Policy"]
    assert changes["Target"].replacement == "Conditional"
    (detail,) = changes["Policy"].details
    assert (detail.evaluation, detail.source, detail.cause) == ("Dynamic", "ResourceAttribute", "Target.Arn")


def test_an_attribute_that_is_a_changed_property_is_known_only_later(engine: Engine) -> None:
    def document(value: str) -> dict[str, Any]:
        return template({"A": thing(Value=value), "B": thing(Other={"Fn::GetAtt": ["A", "Value"]})})

    engine.create("s", request(document("1")))
    changes = _changes(engine, request(document("2")))
    assert changes["B"].details[0].cause == "A.Value"
    stack = engine.update("s", request(document("2")))
    assert stack.resources["B"].properties == {"Other": "2"}


def test_added_removed_and_parameters(engine: Engine, world: World) -> None:
    def document(**resources: Any) -> dict[str, Any]:  # noqa: ANN401 - resources of a template
        return template(
            {"A": thing(Value={"Ref": "P"}), **resources},
            Parameters={"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/p"}},
        )

    engine.create("s", request(document(Gone=thing(), Kept=thing(attributes={"DeletionPolicy": "Retain"}))))
    world.ssm["/p"] = "two"
    changes = _changes(engine, request(document(New=thing(Value=1))))
    assert {name: (change.action, change.policy_action) for name, change in changes.items()} == {
        "A": ("Modify", None),
        "New": ("Add", None),
        "Gone": ("Remove", "Delete"),
        "Kept": ("Remove", "Retain"),
    }
    assert changes["A"].details == (
        Detail("Properties", "Value", source="ParameterReference", cause="P", before="one", after="two"),
    )


def test_policies_metadata_and_tags_are_changes_too(engine: Engine) -> None:
    engine.create("s", request(template({"A": thing(), "B": thing(), "C": thing()}), {"team": "a"}))
    document = template(
        {
            "A": thing(attributes={"DeletionPolicy": "Retain"}),
            "B": thing(attributes={"Metadata": {"a": 1}}),
            "C": thing(),
        }
    )
    changes = _changes(engine, request(document, {"team": "a"}))
    assert {name: change.details[0].attribute for name, change in changes.items()} == {
        "A": "DeletionPolicy",
        "B": "Metadata",
    }
    stack = engine.update("s", request(document, {"team": "b"}))
    assert stack.resources["A"].deletion_policy == "Retain"
    assert stack.resources["B"].metadata == {"a": 1}


@pytest.mark.parametrize("wanted", [request(_chain()), request(_chain(), {})])
def test_an_empty_change_set_fails_in_the_words_that_the_cli_waits_for(engine: Engine, wanted: Request) -> None:
    engine.create("s", request(_chain()))
    _, change_set = engine.create_change_set("s", "c", "UPDATE", wanted)
    assert (change_set.status, change_set.execution_status) == ("FAILED", "UNAVAILABLE")
    assert change_set.reason == NOTHING_CHANGES
    with pytest.raises(RefusedError, match="No updates are to be performed"):
        engine.update("s", wanted)


def test_outputs_alone_are_a_change(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(_chain()))
    world.touched()
    document = _chain()
    document["Outputs"]["More"] = {"Value": "x", "Description": "d"}
    _, change_set = engine.create_change_set("s", "c", "UPDATE", request(document))
    assert (change_set.status, change_set.changes) == ("CREATE_COMPLETE", ())
    engine.execute(stack, change_set)
    assert [output.key for output in stack.outputs] == ["Config", "More"]
    assert world.touched() == []


def test_a_new_stack_is_reviewed_until_its_change_set_is_executed(engine: Engine, world: World) -> None:
    stack, change_set = engine.create_change_set("s", "c", "CREATE", request(_chain()))
    assert stack.status == "REVIEW_IN_PROGRESS"
    assert [change.action for change in change_set.changes] == ["Add"] * 5
    assert world.log == []
    engine.execute(stack, change_set)
    assert stack.status == "CREATE_COMPLETE"
    with pytest.raises(RefusedError) as refusal:
        engine.change_set("c", "s")
    assert refusal.value.code == "ChangeSetNotFound"


def test_a_reviewed_stack_that_is_deleted_was_never_there(engine: Engine, world: World) -> None:
    stack, _ = engine.create_change_set("s", "c", "CREATE", request(_chain()))
    engine.delete(stack)
    assert engine.stacks.find("s") is None
    assert world.log == []


def test_a_change_set_does_what_it_said(engine: Engine, world: World) -> None:
    stack = engine.create("s", request(_chain()))
    _, change_set = engine.create_change_set("s", "c", "UPDATE", request(_chain(config="c2", topic="t2")))
    world.touched()
    engine.execute(stack, change_set)
    assert [name for verb, name in world.touched() if verb != "delete"] == [
        change.logical_id for change in change_set.changes
    ]


def test_a_misspelt_property_fails_the_change_set_and_names_its_resource(engine: Engine, world: World) -> None:
    stack, change_set = engine.create_change_set("s", "c", "CREATE", request(template({"X": thing(Valeu=1)})))
    assert change_set.status == "FAILED"
    assert "AWS::EarlyValidation::PropertyValidation" in str(change_set.reason)
    assert [(fault.logical_id, fault.message) for fault in change_set.faults] == [
        ("X", "Fake::A::Thing: there is no property Valeu")
    ]
    with pytest.raises(RefusedError, match=r"cannot be executed in its current status of \[FAILED\]"):
        engine.execute(stack, change_set)
    assert world.log == []


def test_an_import_of_nothing_fails_the_change_set(engine: Engine) -> None:
    document = template({"X": thing(Value={"Fn::ImportValue": "nobody"})})
    _, change_set = engine.create_change_set("s", "c", "CREATE", request(document))
    assert change_set.reason == "No export named nobody found."


@pytest.mark.parametrize(
    ("type_", "code", "named"),
    [
        ("UPDATE", "ValidationError", r"Stack \[s\] does not exist"),
        ("CREATE", "AlreadyExistsException", r"Stack \[s\] already exists"),
    ],
)
def test_a_change_set_of_the_wrong_type_is_refused(engine: Engine, type_: str, code: str, named: str) -> None:
    if type_ == "CREATE":
        engine.create("s", request(_chain()))
    with pytest.raises(RefusedError, match=named) as refusal:
        engine.create_change_set("s", "c", type_, request(_chain()))
    assert refusal.value.code == code


def test_a_change_sets_name_is_given_once(engine: Engine) -> None:
    engine.create_change_set("s", "c", "CREATE", request(_chain()))
    with pytest.raises(RefusedError, match="ChangeSet c cannot be created"):
        engine.create_change_set("s", "c", "CREATE", request(_chain()))


def test_shapes_tell_values_only_when_asked() -> None:
    change = Change(
        "Modify",
        "X",
        "T",
        "id",
        (Detail("Properties", "A", before={"a": 1}, after=None), Detail("Tags")),
        {"A": {"a": 1}},
        {},
    )
    told = change_shape(change, with_values=True)
    assert told["Scope"] == ["Properties", "Tags"]
    assert told["BeforeContext"] == '{"Properties": {"A": {"a": 1}}}'
    assert told["Details"][0]["Target"] == {
        "Attribute": "Properties",
        "Name": "A",
        "RequiresRecreation": "Never",
        "Path": "/Properties/A",
        "BeforeValue": '{"a": 1}',
        "AfterValue": None,
        "AttributeChangeType": "Remove",
    }
    plain = change_shape(change, with_values=False)
    assert "BeforeContext" not in plain
    assert "BeforeValue" not in plain["Details"][0]["Target"]


def test_every_change_set_is_of_a_stack(engine: Engine) -> None:
    stack, change_set = engine.create_change_set("s", "c", "CREATE", request(_chain()))
    for found in (
        engine.change_set("c", "s"),
        engine.change_set(change_set.id, None),
        engine.change_set("c", stack.id),
    ):
        assert found == (stack, change_set)
    assert isinstance(change_set, ChangeSet)
