"""Systems Manager: parameters."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging(
    "ssm",
    resource="ResourceId",
    tag="add_tags_to_resource",
    untag="remove_tags_from_resource",
    listed="TagList",
    fixed={"ResourceType": "Parameter"},
)
PUT = ("AllowedPattern", "DataType", "Description", "Tier", "Type", "Value")


class Parameter(Resource):
    """A parameter; Ref is its name."""

    type = "AWS::SSM::Parameter"
    carried = frozenset({"Name", "Tags", *PUT})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Puts the parameter, which must not be there."""
        if properties["Type"] == "SecureString":
            raise ValueError(f"{self.type}: CloudFormation makes no parameter of Type SecureString")
        name = properties.get("Name") or f"CFN-{context.name(logical_id)}"
        call(context.client("ssm"), "put_parameter", Name=name, **some(properties, *PUT))
        return Physical(name, {})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Overwrites the parameter."""
        if changed(old, new, *PUT):
            call(context.client("ssm"), "put_parameter", Name=physical.id, Overwrite=True, **some(new, *PUT))

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets the tags."""
        del old
        TAGS.apply(context, physical.id, new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Reads the type and the value."""
        del properties
        parameter = call(context.client("ssm"), "get_parameter", Name=physical.id)["Parameter"]
        return Physical(physical.id, {name: parameter[name] for name in ("Type", "Value")})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the parameter."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("ssm"), "delete_parameter", Name=physical.id)
