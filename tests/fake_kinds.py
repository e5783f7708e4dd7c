"""A world of fake resources, in memory, for the CloudFormation engine's own tests."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.cloudformation.engine import Engine, Request
from embedded_aws.cloudformation.functions import Json, TemplateError
from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.cloudformation.resource_types import ResourceTypes
from embedded_aws.cloudformation.stacks import Stack
from embedded_aws.cloudformation.template import Template

ACCOUNT, REGION = "123456789012", "eu-west-1"
THING = "Fake::A::Thing"


@dataclass(frozen=True)
class FakeSchema:
    properties: frozenset[str] = frozenset({"Name", "Fixed", "Value", "Other", "Tags"})
    required: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset({"Name", "Fixed"})
    read_only: frozenset[str] = frozenset({"Arn"})


@dataclass
class World:
    """What fake kinds made, and what they shall refuse, always or once: pairs of a verb and a logical id."""

    live: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    failing: set[tuple[str, str]] = field(default_factory=set)
    failing_once: set[tuple[str, str]] = field(default_factory=set)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    ssm: dict[str, str] = field(default_factory=dict)
    serial: Any = field(default_factory=itertools.count)

    def read_ssm(self, name: str) -> str:
        if name not in self.ssm:
            raise TemplateError(f"Unable to fetch parameters [{name}] from parameter store for this account.")
        return self.ssm[name]

    def step(self, verb: str, logical_id: str) -> None:
        self.log.append((verb, logical_id))
        if (verb, logical_id) in self.failing | self.failing_once:
            self.failing_once.discard((verb, logical_id))
            raise RuntimeError(f"{verb} of {logical_id} was refused")

    def touched(self) -> list[tuple[str, str]]:
        """What was done since this was asked last."""
        done, self.log = self.log, []
        return done


@dataclass(frozen=True)
class FakeKind:
    world: World
    type: str = THING

    def create(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        self.world.step("create", logical_id)
        id_ = properties.get("Name") or f"{logical_id}-{next(self.world.serial)}"
        return self._put(context, id_, properties)

    def update(
        self, context: Context, logical_id: str, physical: Physical, old: dict[str, Any], new: dict[str, Any]
    ) -> Physical:
        assert self.world.live[physical.id] == old
        # An update that is refused may have been done by half.
        self._put(context, physical.id, new)
        self.world.step("update", logical_id)
        return self._put(context, physical.id, new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        del context, properties
        self.world.step("delete", logical_id)
        # As services do: what is in use is not deleted.
        names = _names_of(physical.id)
        others = {id_: used for id_, used in self.world.live.items() if id_ != physical.id}
        in_use = [id_ for id_, used in others.items() if names & set(map(str, used.values()))]
        assert not in_use, f"{physical.id} is in use by {in_use}"
        del self.world.live[physical.id]

    def _put(self, context: Context, id_: str, properties: dict[str, Any]) -> Physical:
        self.world.live[id_] = properties
        self.world.tags[id_] = context.tags
        return Physical(id_, {"Arn": f"arn:fake:{id_}", "Value": properties.get("Value")})


def _names_of(id_: str) -> set[str]:
    return {id_, f"arn:fake:{id_}", f"x-{id_}"}


def faults_of(type_: str, properties: dict[str, Any]) -> list[str]:
    return [f"{type_}: there is no property {name}" for name in sorted(set(properties) - FakeSchema().properties)]


def types_of(world: World) -> ResourceTypes:
    kinds = {type_: FakeKind(world, type_) for type_ in (THING, "Fake::B::Thing")}
    return ResourceTypes(kinds, lambda type_: FakeSchema() if type_ in kinds else None, faults_of)


def engine_of(world: World) -> Engine:
    """An engine whose operations are over when their call returns."""
    return Engine(ACCOUNT, REGION, types_of(world), _no_clients, world.read_ssm, start=_at_once)


def _at_once(work: Callable[[], None], name: str) -> None:
    del name
    work()


def _no_clients(service: str, region: str) -> Json:
    raise AssertionError(f"{service} of {region} is not reached")


def thing(
    *, type_: str = THING, after: tuple[str, ...] = (), attributes: dict[str, Any] | None = None, **properties: Json
) -> dict[str, Any]:
    """A resource of a template."""
    resource = {"Type": type_, "Properties": properties, **(attributes or {})}
    return resource | ({"DependsOn": list(after)} if after else {})


def template(resources: dict[str, Any], **sections: Json) -> dict[str, Any]:
    return {"Resources": resources, **sections}


def request(document: dict[str, Any], tags: dict[str, str] | None = None, **parameters: str) -> Request:
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    return Request(Template.parse(json.dumps(document)), given, tags)


def statuses(stack: Stack) -> list[str]:
    """The steps of a stack's last two operations (a rollback is one of its own), in words."""
    return [f"{event.logical_id} {event.status}" for event in stack.events]


def chain(**values: str) -> dict[str, Any]:
    """A topic, a configuration of it, and an endpoint of the configuration."""
    return template(
        {
            "Endpoint": thing(Value={"Ref": "Config"}, Other=values.get("endpoint", "e")),
            "Config": thing(Fixed=values.get("config", "c"), Value={"Fn::GetAtt": ["Topic", "Arn"]}),
            "Topic": thing(Value=values.get("topic", "t")),
        },
        Outputs={"Name": {"Value": {"Ref": "Endpoint"}}, "Config": {"Value": {"Ref": "Config"}}},
    )
