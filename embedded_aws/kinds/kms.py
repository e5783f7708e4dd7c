"""KMS: keys and their aliases."""

from typing import Any

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine
from embedded_aws.kinds.resource import Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("kms", resource="KeyId", listing="list_resource_tags", pair=("TagKey", "TagValue"))


class Key(Resource):
    """A key; deleted, it waits PendingWindowInDays (30) as in AWS."""

    type = "AWS::KMS::Key"
    carried = frozenset(
        {
            "Description",
            "EnableKeyRotation",
            "Enabled",
            "KeyPolicy",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "PendingWindowInDays",
            "Tags",
        }
    )

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the key."""
        del logical_id
        metadata = call(
            context.client("kms"),
            "create_key",
            Policy=properties.get("KeyPolicy"),
            **some(properties, "Description", "KeySpec", "KeyUsage", "MultiRegion"),
        )["KeyMetadata"]
        return Physical(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Changes policy and description."""
        kms, key = context.client("kms"), {"KeyId": physical.id}
        if changed(old, new, "KeySpec", "KeyUsage", "MultiRegion"):
            raise ValueError(f"{self.type}: KeySpec, KeyUsage and MultiRegion of a key cannot be changed")
        if changed(old, new, "Description"):
            call(kms, "update_key_description", Description=new.get("Description", ""), **key)
        if changed(old, new, "KeyPolicy"):
            if "KeyPolicy" not in new:
                raise self.refuse("KeyPolicy", "cannot be taken back to the default")
            call(kms, "put_key_policy", PolicyName="default", Policy=new["KeyPolicy"], **key)

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Sets rotation, whether the key is enabled, and the tags."""
        kms, key = context.client("kms"), {"KeyId": physical.id}
        if changed(old, new, "EnableKeyRotation"):
            if _true(new.get("EnableKeyRotation", False)):
                call(kms, "enable_key_rotation", **key)
            elif _true(old.get("EnableKeyRotation", False)):
                call(kms, "disable_key_rotation", **key)
        if changed(old, new, "Enabled"):
            call(kms, "enable_key" if _true(new.get("Enabled", True)) else "disable_key", **key)
        TAGS.apply(context, physical.id, new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Schedules the deletion of the key."""
        del logical_id
        kms, key = context.client("kms"), {"KeyId": physical.id}
        with gone_is_fine():
            if call(kms, "describe_key", **key)["KeyMetadata"]["KeyState"] != "PendingDeletion":
                days = properties.get("PendingWindowInDays", 30)
                call(kms, "schedule_key_deletion", PendingWindowInDays=days, **key)


class Alias(Resource):
    """A name for a key."""

    type = "AWS::KMS::Alias"
    carried = frozenset({"AliasName", "TargetKeyId"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Creates the alias."""
        del logical_id
        call(context.client("kms"), "create_alias", **properties)
        return Physical(properties["AliasName"], {})

    def change(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Points the alias at another key."""
        del physical, old
        call(context.client("kms"), "update_alias", **new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the alias."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("kms"), "delete_alias", AliasName=physical.id)


def _true(value: Any) -> bool:  # noqa: ANN401 - a template's boolean
    return value is True or value == "true"
