"""CloudWatch Logs: log groups."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("logs", resource="resourceArn", tags="tags", listed="tags", keys="tagKeys", pair=None)


class LogGroup(Resource):
    """A log group; Ref is its name, Arn ends with ":*"."""

    type = "AWS::Logs::LogGroup"
    carried = frozenset({"KmsKeyId", "LogGroupName", "RetentionInDays", "Tags"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the group."""
        name = properties.get("LogGroupName") or context.name(logical_id, limit=512)
        call(context.client("logs"), "create_log_group", logGroupName=name, kmsKeyId=properties.get("KmsKeyId"))
        return Physical(name, {"Arn": f"arn:aws:logs:{context.region}:{context.account}:log-group:{name}:*"})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Refuses another key: moto's groups keep theirs."""
        del context, physical
        if changed(old, new, "KmsKeyId"):
            raise self.refuse("KmsKeyId", "does not change once the group is there")

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets how long events are kept, and the tags."""
        logs, group = context.client("logs"), {"logGroupName": physical.id}
        if "RetentionInDays" in new and changed(old, new, "RetentionInDays"):
            call(logs, "put_retention_policy", retentionInDays=new["RetentionInDays"], **group)
        elif "RetentionInDays" in old and "RetentionInDays" not in new:
            call(logs, "delete_retention_policy", **group)
        # Tags are on the ARN without the ":*" that events have.
        TAGS.apply(context, physical.attributes["Arn"].removesuffix(":*"), new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the group and its events."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("logs"), "delete_log_group", logGroupName=physical.id)
