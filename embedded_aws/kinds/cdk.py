"""The record that CDK leaves in each stack."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.resource import Resource


class Metadata(Resource):
    """Which constructs a stack was made of: it makes nothing, in AWS neither."""

    type = "AWS::CDK::Metadata"
    carried = frozenset({"Analytics", "Modules"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the record."""
        del properties
        name = context.name(logical_id)
        return Physical(name, {"Id": name})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Does nothing."""
