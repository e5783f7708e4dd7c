"""Whether something is done to an idle endpoint: two permissions, no stack, a notice, and a time to object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._activity import EndpointKind

if TYPE_CHECKING:
    from sagemaker_idle_endpoints.reports._report import EndpointReport


LONGEST_GRACE = timedelta(days=180)


class Action(StrEnum):
    """What can be done; the values are those of the tag that permits it."""

    SCALE_IN = "scale-in"
    DELETE = "delete"


class Step(StrEnum):
    """How far it has come."""

    REFUSED = "refused"
    """The tag asks for it, and something forbids it."""
    NOTICE = "notice"
    """Told of today for the first time; the grace period begins when that has been sent."""
    WAIT = "wait"
    """Told of before, and the grace period is not over."""
    ACT = "act"
    """Due now."""
    REHEARSE = "rehearse"
    """Due now, and this is a dry run."""
    DONE = "done"
    FAILED = "failed"
    """AWS refused; it is due again tomorrow."""


@dataclass(frozen=True)
class Switch:
    """What the operator permits; nothing unless told otherwise, and then as a dry run.

    Attributes:
        permitted: The actions that may be taken at all.
        dry_run: Whether to tell what would be done and not to do it.
        grace: How long after the notice an endpoint must have stayed idle: 1 day to 180, since CloudWatch is asked
            for 200 what happened in between.
    """

    permitted: frozenset[Action] = frozenset()
    dry_run: bool = True
    grace: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if self.grace < timedelta(days=1):
            raise ValueError(f"grace must be at least a day, got {self.grace}: owners need time to object")
        if self.grace > LONGEST_GRACE:
            raise ValueError(f"grace must be at most {LONGEST_GRACE.days} days, got {self.grace}: shorten it")


@dataclass(frozen=True)
class Notice:
    """That an endpoint's owner was told, of what and when; of this endpoint, not of one with its name before."""

    action: Action
    told: datetime
    endpoint_created: datetime


@dataclass(frozen=True)
class Decision:
    """What is done to an endpoint in this run; `saved` is where its configuration was put first."""

    action: Action
    step: Step
    reason: str
    saved: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values, keys sorted."""
        return {
            "action": self.action.value,
            "reason": self.reason,
            "saved": self.saved or None,
            "step": self.step.value,
        }


def decide(
    report: EndpointReport, *, tag: str, switch: Switch, notice: Notice | None, now: datetime
) -> Decision | None:
    """Decide what becomes of an endpoint; None where nobody asks for anything.

    Args:
        report: What was found of it.
        tag: The key of the tag whose value asks for an action.
        switch: What the operator permits.
        notice: What its owner was told before, if anything.
        now: When this run began.
    """
    action = _asked(report, tag)
    if action is None or not switch.permitted:
        return None
    if forbidden := _forbidden(report, action, switch):
        return Decision(action, Step.REFUSED, forbidden)
    if notice is None or not _still_holds(notice, action, report):
        due = (now + switch.grace).date()
        return Decision(action, Step.NOTICE, f"due on {due} unless it is called or its tag changes")
    # A clock that went back makes the time since then negative, which is less than any grace.
    if now - notice.told < switch.grace:
        due = (notice.told + switch.grace).date()
        return Decision(action, Step.WAIT, f"due on {due}, told on {notice.told.date()}")
    told = f"told on {notice.told.date()}, idle ever since"
    return Decision(action, Step.REHEARSE if switch.dry_run else Step.ACT, told)


def _asked(report: EndpointReport, tag: str) -> Action | None:
    """What the tag of an idle endpoint asks for, if there is anything left to do."""
    if not report.activity.is_idle or report.idleness is None:
        return None
    value = report.idleness.tags.get(tag)
    # A queue and a former variant are told of too, and have no instances; one a variant is the least.
    having_some = sum(1 for variant in report.variants if variant.instance_count)
    if value == Action.SCALE_IN and (report.instance_count or 0) <= having_some:
        return None
    return Action(value) if value in set(Action) else None


def _still_holds(notice: Notice, action: Action, report: EndpointReport) -> bool:
    """Whether it is of this endpoint and action, and nobody has called since, as far back as CloudWatch was asked.

    The window alone does not tell: it may be shorter than the grace period, and not every day has a run.
    """
    idleness = report.idleness
    assert idleness is not None  # noqa: S101 - decide() asked before
    if notice.action is not action or notice.endpoint_created != report.created:
        return False
    told = notice.told.astimezone(UTC).date()  # on which nobody had called before
    return idleness.remembered_from <= told and (idleness.last_called is None or idleness.last_called < told)


def _forbidden(report: EndpointReport, action: Action, switch: Switch) -> str:
    idleness = report.idleness
    assert idleness is not None  # noqa: S101 - decide() asked before
    if idleness.stack_name:
        return f"owned by the stack {idleness.stack_name}: change that stack"
    if idleness.tags_fault:
        return f"its tags are not known: {idleness.tags_fault}"
    if action not in switch.permitted:
        return f"its tag asks for it, and the switch permits {', '.join(sorted(switch.permitted))} alone"
    if report.kind is EndpointKind.INFERENCE_COMPONENTS:
        return "it hosts inference components: these come first, and are left to a person"
    return ""
