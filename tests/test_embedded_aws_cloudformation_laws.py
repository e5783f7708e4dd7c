"""Laws of a deployment: what is there is what the last successful template said, whatever failed in between."""

import copy
from dataclasses import dataclass
from typing import Any

from fake_kinds import World, engine_of, request, template, thing
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_aws.cloudformation.engine import RefusedError
from embedded_aws.cloudformation.stacks import Stack

NAMES = "ABCDEF"
VALUES = st.integers(0, 2)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A template of fake resources: each may refer to those before it in some order, in several ways."""
    order = draw(st.permutations(draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))))
    resources = {}
    for place, name in enumerate(order):
        properties: dict[str, Any] = {"Fixed": draw(VALUES), "Value": draw(VALUES)}
        if place:
            other = st.sampled_from(order[:place])
            forms = st.one_of(
                other.map(lambda to: {"Ref": to}),
                other.map(lambda to: {"Fn::GetAtt": [to, "Arn"]}),
                other.map(lambda to: {"Fn::Sub": f"x-${{{to}}}"}),
                other.map(lambda to: {"Fn::GetAtt": [to, "Value"]}),
            )
            for property_ in draw(st.sets(st.sampled_from(["Fixed", "Other"]))):
                properties[property_] = draw(forms)
        after = draw(st.sets(st.sampled_from(order[:place]), max_size=1)) if place else set()
        resources[name] = thing(after=tuple(after), **properties)
    return template(dict(sorted(resources.items())))


@dataclass(frozen=True)
class Deploy:
    """A deployment of a new template, or of the one before with a property changed, in which some steps fail."""

    document: dict[str, Any] | None
    place: int
    property: str
    value: int
    failing: frozenset[tuple[str, str]]
    by_change_set: bool

    def after(self, previous: dict[str, Any]) -> dict[str, Any]:
        """The template that is deployed."""
        if self.document is not None:
            return self.document
        changed = copy.deepcopy(previous)
        resources = list(changed["Resources"].values())
        resources[self.place % len(resources)]["Properties"][self.property] = self.value
        return changed


DEPLOYS = st.builds(
    Deploy,
    st.none() | documents(),
    st.integers(0, len(NAMES)),
    st.sampled_from(["Fixed", "Value"]),
    VALUES,
    st.just(frozenset())
    | st.frozensets(st.tuples(st.sampled_from(["create", "update"]), st.sampled_from(NAMES)), max_size=3),
    st.booleans(),
)


def _assert_exactly(world: World, stack: Stack) -> None:
    """What lives is what the stack says, by physical id and resolved properties."""
    assert world.live == {record.physical.id: record.properties for record in stack.resources.values()}


def _assert_is_what_the_template_says(document: dict[str, Any], stack: Stack) -> None:
    records = stack.resources
    assert set(records) == set(document["Resources"])
    for name, resource in document["Resources"].items():
        for property_, value in resource["Properties"].items():
            expected = value
            match value:
                case {"Ref": to}:
                    expected = records[to].physical.id
                case {"Fn::GetAtt": [to, "Arn"]}:
                    expected = f"arn:fake:{records[to].physical.id}"
                case {"Fn::GetAtt": [to, "Value"]}:
                    expected = records[to].properties["Value"]
                case {"Fn::Sub": text}:
                    expected = f"x-{records[text[4:-1]].physical.id}"
            assert records[name].properties[property_] == expected


@settings(max_examples=150, deadline=None)
@given(documents(), st.lists(DEPLOYS, min_size=1, max_size=6))
def test_what_lives_is_what_the_last_successful_template_says(first: dict[str, Any], deploys: list[Deploy]) -> None:
    world = World()
    engine = engine_of(world)
    document = first
    succeeded: dict[str, Any] | None = None
    for number, deploy in enumerate(deploys):
        before, world.failing_once = dict(world.live), set(deploy.failing)
        document = deploy.after(document)
        stack, wanted = engine.stacks.find("s"), request(document)
        if stack is not None and stack.status == "ROLLBACK_COMPLETE":
            engine.delete(stack)
            stack = None
        world.touched()
        foreseen: set[str] | None = None
        try:
            if deploy.by_change_set:
                type_ = "CREATE" if stack is None else "UPDATE"
                stack, change_set = engine.create_change_set("s", f"c{number}", type_, wanted)
                foreseen = {change.logical_id for change in change_set.changes}
                engine.execute(stack, change_set)
            elif stack is None:
                stack = engine.create("s", wanted)
            else:
                engine.update("s", wanted)
        except RefusedError:
            # Nothing would change.
            assert stack is not None
            stack.change_sets.clear()
            assert world.touched() == []
            assert world.live == before
            assert succeeded is not None
            _assert_is_what_the_template_says(document, stack)
            continue
        if stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            succeeded = document
            _assert_is_what_the_template_says(document, stack)
        else:
            assert stack.status in {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
            assert deploy.failing & set(world.log)
            assert world.live == before
        _assert_exactly(world, stack)
        if foreseen is not None:
            assert {name for _, name in world.log} <= foreseen
        times = [event.at for event in stack.events]
        assert times == sorted(set(times))


@settings(max_examples=100, deadline=None)
@given(documents())
def test_a_stack_that_is_deleted_leaves_nothing_and_breaks_no_order(document: dict[str, Any]) -> None:
    world = World()
    engine = engine_of(world)
    stack = engine.create("s", request(document))
    depends = {name: record.depends for name, record in stack.resources.items()}
    made = [name for _, name in world.touched()]
    engine.delete(stack)
    gone = [name for _, name in world.touched()]
    assert world.live == {}
    for name, needed in depends.items():
        for other in needed:
            assert made.index(other) < made.index(name)
            assert gone.index(name) < gone.index(other)


@settings(max_examples=100, deadline=None)
@given(documents(), st.sets(st.tuples(st.sampled_from(["create"]), st.sampled_from(NAMES)), max_size=1))
def test_deploying_the_same_again_touches_nothing(document: dict[str, Any], failing: set[tuple[str, str]]) -> None:
    world = World()
    engine = engine_of(world)
    engine.create("s", request(document))
    world.touched()
    world.failing = failing
    _, change_set = engine.create_change_set("s", "c", "UPDATE", request(document))
    assert change_set.status == "FAILED"
    assert world.log == []
