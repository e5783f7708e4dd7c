"""Step Functions: state machines. What runs them is in `embedded_aws.state_machines`."""

import json
from collections.abc import Mapping
from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging(
    "stepfunctions",
    resource="resourceArn",
    tags="tags",
    listed="tags",
    keys="tagKeys",
    pair=("key", "value"),
)
DEFINITION = ("Definition", "DefinitionString", "DefinitionSubstitutions")
UPDATED = ("EncryptionConfiguration", "LoggingConfiguration", "RoleArn", "TracingConfiguration")


class StateMachine(Resource):
    """A state machine; Ref is its ARN. CloudFormation writes in capitals what the API does not."""

    type = "AWS::StepFunctions::StateMachine"
    carried = frozenset({"StateMachineName", "StateMachineType", "Tags", *DEFINITION, *UPDATED})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the state machine."""
        name = properties.get("StateMachineName") or context.name(logical_id, limit=80)
        arn = call(
            context.client("stepfunctions"),
            "create_state_machine",
            name=name,
            type=properties.get("StateMachineType", "STANDARD"),
            **self._given(properties),
        )["stateMachineArn"]
        return Physical(arn, {"Arn": arn, "Name": name})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Updates the state machine."""
        if changed(old, new, *DEFINITION, *UPDATED):
            named = {"stateMachineArn": physical.id}
            call(context.client("stepfunctions"), "update_state_machine", **named, **self._given(new))

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the state machine is what was asked for."""
        client = context.client("stepfunctions")
        shape = client.meta.service_model.operation_model("CreateStateMachine").input_shape
        read = call(client, "describe_state_machine", stateMachineArn=physical.id)
        self.refuse_what_was_lost(shape, self._given(properties), read)
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the state machine."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("stepfunctions"), "delete_state_machine", stateMachineArn=physical.id)

    def _given(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Returns what both creation and update take, in the API's names."""
        definitions = [properties[name] for name in ("Definition", "DefinitionString") if name in properties]
        if len(definitions) != 1:
            raise ValueError(f"{self.type}: give either a Definition or a DefinitionString")
        (definition,) = definitions
        text = definition if isinstance(definition, str) else json.dumps(definition)
        for name, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace(f"${{{name}}}", str(value))
        given: dict[str, Any] = _uncapitalised(some(properties, *UPDATED))
        return {"definition": text, **given}


def _uncapitalised(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case Mapping():
            return {name[0].lower() + name[1:]: _uncapitalised(part) for name, part in value.items()}
        case list():
            return [_uncapitalised(part) for part in value]
    return value
