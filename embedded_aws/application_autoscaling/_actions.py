"""Scheduled actions: new bounds from a time on. Kept and checked; no time comes round here."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from embedded_aws.application_autoscaling._registry import (
    NAMESPACE,
    Action,
    TargetKey,
    invalid,
    not_found,
    paged,
    refuse_other_services,
    registry_of,
)
from embedded_aws.wire import Caller

_ACTIONS_A_PAGE = 50
_RATE = re.compile(r"rate\([1-9]\d* (?:minute|hour|day)s?\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_CRON_FIELD = re.compile(r"[0-9A-Za-z,\-*?/LW#]+")
_CRON_FIELDS = 6
_DETAILS = ("Schedule", "Timezone", "ScalableTargetAction")


def put_scheduled_action(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """PutScheduledAction: makes an action, or changes what is given of one that is there; its times always."""
    key = TargetKey.asked_for(asked)
    name = asked["ScheduledActionName"]
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        registry.target(key)
        old = registry.actions.get((key, name))
        kept = {each: old.details[each] for each in _DETAILS if each in old.details} if old else {}
        details = kept | {each: asked[each] for each in (*_DETAILS, "StartTime", "EndTime") if each in asked}
        _check(details)
        arn = (
            f"arn:aws:autoscaling:{caller.region}:{caller.account}:scheduledAction:{uuid4()}:"
            f"resource/{NAMESPACE}/{key.resource_id}:scheduledActionName/{name}"
        )
        registry.actions[key, name] = Action(
            target=key,
            name=name,
            arn=old.arn if old else arn,
            details=details,
            created=old.created if old else datetime.now(UTC),
        )
    return {}


def _check(details: dict[str, Any]) -> None:
    if "Schedule" not in details:
        raise invalid("A scheduled action needs a Schedule")
    schedule, bounds = details["Schedule"], details.get("ScalableTargetAction", {})
    if not _is_schedule(schedule):
        raise invalid(
            f"The schedule {schedule!r} is none of at(yyyy-mm-ddThh:mm:ss), rate(VALUE UNIT) and cron(six fields)"
        )
    if not bounds:
        raise invalid("A scheduled action needs a ScalableTargetAction with a MinCapacity, a MaxCapacity or both")
    if bounds.get("MinCapacity", 0) > bounds.get("MaxCapacity", float("inf")):
        raise invalid(f"MaxCapacity cannot be less than MinCapacity, got {bounds}")
    if "Timezone" in details:
        try:
            ZoneInfo(details["Timezone"])
        except (KeyError, ValueError, OSError) as error:
            raise invalid(f"The time zone {details['Timezone']!r} is unknown") from error
    start, end = details.get("StartTime"), details.get("EndTime")
    if start and end and start >= end:
        raise invalid(f"EndTime must be after StartTime, got {start} to {end}")


def _is_schedule(told: str) -> bool:
    if told.startswith("at("):
        try:
            datetime.strptime(told, "at(%Y-%m-%dT%H:%M:%S)")  # noqa: DTZ007 - its zone is beside it
        except ValueError:
            return False
        return True
    if _RATE.fullmatch(told):
        return True
    found = _CRON.fullmatch(told)
    fields = found[1].split() if found else []
    # Of the day of the month and the day of the week, one is left open.
    return len(fields) == _CRON_FIELDS and all(map(_CRON_FIELD.fullmatch, fields)) and "?" in (fields[2], fields[4])


def delete_scheduled_action(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteScheduledAction."""
    key, name = TargetKey.asked_for(asked), asked["ScheduledActionName"]
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        if registry.actions.pop((key, name), None) is None:
            raise not_found(f"No scheduled action found for {key}, scheduled action name: {name}")
    return {}


def describe_scheduled_actions(caller: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeScheduledActions, by resource id and name, 50 to a page."""
    refuse_other_services(asked)
    registry = registry_of(caller.account, caller.region)
    with registry.lock:
        actions = [registry.actions[key] for key in sorted(registry.actions)]
    names = set(asked.get("ScheduledActionNames", []))
    rows = [
        {
            **action.target.told(),
            "ScheduledActionName": action.name,
            "ScheduledActionARN": action.arn,
            "CreationTime": action.created,
            **action.details,
        }
        for action in actions
        if (not names or action.name in names)
        and asked.get("ResourceId", action.target.resource_id) == action.target.resource_id
        and asked.get("ScalableDimension", action.target.dimension) == action.target.dimension
    ]
    return paged(rows, asked, _ACTIONS_A_PAGE, "ScheduledActions")
