"""EventBridge: rules and their targets."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine, is_gone
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("events", resource="ResourceARN")
PUT = ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State")


class Rule(Resource):
    """A rule; Ref is its name, with the bus before it when that is not the default one."""

    type = "AWS::Events::Rule"
    carried = frozenset({"EventBusName", "Name", "Tags", "Targets", *PUT})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Puts the rule, unless there is one: PutRule would overwrite it."""
        events, bus = context.client("events"), _bus(properties)
        name = properties.get("Name") or context.name(logical_id, limit=64)
        try:
            call(events, "describe_rule", Name=name, **bus)
        except events.exceptions.ClientError as error:
            if not is_gone(error):
                raise
        else:
            raise AlreadyExistsError(f"{self.type}: rule {name} already exists")
        arn = call(events, "put_rule", Name=name, **bus, **some(properties, *PUT))["RuleArn"]
        named = {"Arn": arn, "RuleName": name}
        return Physical(
            name if bus.get("EventBusName", "default") == "default" else f"{bus['EventBusName']}|{name}", named
        )

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the changed rule."""
        del old
        name = physical.attributes["RuleName"]
        call(context.client("events"), "put_rule", Name=name, **_bus(new), **some(new, *PUT))

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the targets, and removes those that the rule no longer has."""
        events, bus, name = context.client("events"), _bus(new), physical.attributes["RuleName"]
        had, has = _targets(old), _targets(new)
        left = sorted(had.keys() - has.keys())
        if left:
            self._all_taken(call(events, "remove_targets", Rule=name, Ids=left, **bus))
        put = [target for id_, target in has.items() if target != had.get(id_)]
        if put:
            self._all_taken(call(events, "put_targets", Rule=name, Targets=put, **bus))
        TAGS.apply(context, physical.attributes["Arn"], new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the rule and its targets are what was put."""
        events, bus, name = context.client("events"), _bus(properties), physical.attributes["RuleName"]
        model = events.meta.service_model
        rule = call(events, "describe_rule", Name=name, **bus)
        self.refuse_what_was_lost(model.operation_model("PutRule").input_shape, some(properties, *PUT), rule)
        listed = call(events, "list_targets_by_rule", Rule=name, **bus)["Targets"]
        targets = {target["Id"]: target for target in listed}
        for id_, target in _targets(properties).items():
            self.refuse_what_was_lost(model.shape_for("Target"), target, targets.get(id_))
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Removes the targets, then the rule."""
        del logical_id
        events, bus, name = context.client("events"), _bus(properties), physical.attributes["RuleName"]
        with gone_is_fine():
            targets = call(events, "list_targets_by_rule", Rule=name, **bus)["Targets"]
            if targets:
                call(events, "remove_targets", Rule=name, Ids=[target["Id"] for target in targets], **bus)
            call(events, "delete_rule", Name=name, **bus)

    def _all_taken(self, answer: dict[str, Any]) -> None:
        if answer.get("FailedEntryCount"):
            raise ValueError(f"{self.type}: targets were refused: {answer['FailedEntries']}")


def _bus(properties: dict[str, Any]) -> dict[str, Any]:
    return some(properties, "EventBusName")


def _targets(properties: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {target["Id"]: target for target in properties.get("Targets", [])}
