"""CloudWatch Logs: log groups, and who may write to them."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import as_text, call, gone_is_fine
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, changed
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
        """Associates another key, or none."""
        logs, group = context.client("logs"), {"logGroupName": physical.id}
        if "KmsKeyId" in new and changed(old, new, "KmsKeyId"):
            call(logs, "associate_kms_key", kmsKeyId=new["KmsKeyId"], **group)
        elif "KmsKeyId" in old and "KmsKeyId" not in new:
            call(logs, "disassociate_kms_key", **group)

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


class ResourcePolicy(Resource):
    """Which services may write to log groups; Ref is its name. Each put replaces the whole of it."""

    type = "AWS::Logs::ResourcePolicy"
    carried = frozenset({"PolicyDocument", "PolicyName"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the policy, unless there is one: PutResourcePolicy would overwrite it."""
        del logical_id
        name = properties["PolicyName"]
        if self._document(context, name) is not None:
            raise AlreadyExistsError(f"{self.type}: policy {name} already exists")
        return Physical(name, {})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the policy."""
        del old
        document = as_text(new["PolicyDocument"])
        call(context.client("logs"), "put_resource_policy", policyName=physical.id, policyDocument=document)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Makes sure that the policy is what was put."""
        sent = {"PolicyDocument": as_text(properties["PolicyDocument"])}
        self.refuse_what_was_lost(None, sent, {"PolicyDocument": self._document(context, physical.id)})
        return physical

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the policy."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("logs"), "delete_resource_policy", policyName=physical.id)

    @staticmethod
    def _document(context: Context, name: str) -> str | None:
        pages = context.client("logs").get_paginator("describe_resource_policies").paginate()
        policies = [policy for page in pages for policy in page["resourcePolicies"]]
        return next((each["policyDocument"] for each in policies if each["policyName"] == name), None)
