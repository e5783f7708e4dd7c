from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Activity(StrEnum):
    """What the window says about an endpoint, or about one of its variants or components."""

    BUSY = "busy"
    IDLE_ZEROS = "idle_zeros"
    """CloudWatch holds data points, and all of them are 0."""
    IDLE_NO_DATA = "idle_no_data"
    """CloudWatch was asked, and holds no data point: what an endpoint without calls publishes."""
    TOO_YOUNG = "too_young"
    """Created inside the window, which is therefore no evidence yet."""
    UNKNOWN = "unknown"
    """Nobody can tell from this metric; the reason stands beside it."""

    @property
    def is_idle(self) -> bool:
        """Whether the whole window passed without a call, for whichever evidence."""
        return self in (Activity.IDLE_ZEROS, Activity.IDLE_NO_DATA)


# The first that any series shows is the endpoint's. A call anywhere settles it; then whatever forbids to
# say "idle" goes before what says it.
_PRECEDENCE = (
    Activity.BUSY,
    Activity.UNKNOWN,
    Activity.TOO_YOUNG,
    Activity.IDLE_ZEROS,
    Activity.IDLE_NO_DATA,
)


def judge_series(invocations: float | None, *, is_readable: bool, is_too_young: bool) -> Activity:
    """Judge one variant or component.

    Args:
        invocations: Calls in the window; None without a data point.
        is_readable: Whether CloudWatch answered in full; if not, `invocations` says nothing.
        is_too_young: Whether it was created inside the window. Young and called is busy.
    """
    if not is_readable:
        return Activity.UNKNOWN
    if invocations is not None and invocations > 0:
        return Activity.BUSY
    if is_too_young:
        return Activity.TOO_YOUNG
    return Activity.IDLE_NO_DATA if invocations is None else Activity.IDLE_ZEROS


def judge_endpoint(series: Iterable[Activity]) -> Activity:
    """Judge an endpoint by all its variants and components; without any, nothing is known."""
    shown = set(series)
    return next((activity for activity in _PRECEDENCE if activity in shown), Activity.UNKNOWN)
