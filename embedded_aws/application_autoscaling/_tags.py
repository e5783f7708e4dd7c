"""Tags of scalable targets, by their ARN."""

from __future__ import annotations

from typing import Any

from embedded_aws.application_autoscaling._registry import registry_of
from embedded_aws.wire import Caller, ServiceError


def tag_resource(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """TagResource."""
    _tags(caller, asked).update(asked["Tags"])
    return {}


def untag_resource(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    tags = _tags(caller, asked)
    for key in asked["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"Tags": dict(_tags(caller, asked))}


def _tags(caller: Caller, asked: dict[str, Any]) -> dict[str, str]:
    tags = registry_of(caller.account, caller.region).tags
    if asked["ResourceARN"] not in tags:
        raise ServiceError("ResourceNotFoundException", f"No scalable target has the ARN {asked['ResourceARN']}")
    return tags[asked["ResourceARN"]]
