"""EventBridge's rules: one that has a schedule and no pattern gets no event; moto sends it every one."""

from __future__ import annotations

from typing import Any

from moto.events.models import Rule

_moto_send_to_targets = Rule.send_to_targets


def install() -> None:
    """Put this in place of moto's."""
    setattr(Rule, "send_to_targets", send_to_targets)  # noqa: B010 - mypy refuses the assignment


def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002 - moto's
    """Send an event to the targets of a rule that it matches."""
    if self.event_pattern.get_pattern():
        _moto_send_to_targets(self, original_event, transform_input)
