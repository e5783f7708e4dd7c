from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Activity(StrEnum):
    """What the window says about an endpoint, or about one of its variants or components."""

    BUSY = "busy"
    IDLE_ZEROS = "idle_zeros"
    """CloudWatch holds data points, and on no day more calls than are ignored."""
    IDLE_NO_DATA = "idle_no_data"
    """CloudWatch was asked, and holds no data point: what an endpoint without calls publishes."""
    TOO_YOUNG = "too_young"
    """Created inside the window, which is therefore no evidence yet."""
    UPDATING = "updating"
    """Being created, updated, rolled back or deleted: judged when that has ended."""
    FAILED = "failed"
    """Not able to serve: nobody could have called it."""
    EXEMPT = "exempt"
    """Idle, and its tag says that this is meant."""
    UNKNOWN = "unknown"
    """It could not be read; what could not stands beside it."""

    @property
    def is_idle(self) -> bool:
        """Whether the whole window passed without a call, for whichever evidence."""
        return self in (Activity.IDLE_ZEROS, Activity.IDLE_NO_DATA)


class EndpointKind(StrEnum):
    """What hosts the models of an endpoint, and so which metrics tell of calls and what idling costs."""

    REAL_TIME = "real_time"
    SERVERLESS = "serverless"
    ASYNCHRONOUS = "asynchronous"
    INFERENCE_COMPONENTS = "inference_components"


# The first that any series shows is the endpoint's. A call anywhere settles it; then whatever forbids to
# say "idle" goes before what says it.
_PRECEDENCE = (
    Activity.BUSY,
    Activity.UNKNOWN,
    Activity.TOO_YOUNG,
    Activity.IDLE_ZEROS,
    Activity.IDLE_NO_DATA,
)

# DescribeEndpoint, EndpointStatus. What is neither here nor in service is on its way to something else.
_FAILED = frozenset({"Failed", "OutOfService", "UpdateRollbackFailed"})
_IN_SERVICE = "InService"


def judge_status(status: str) -> Activity | None:
    """Judge an endpoint by its status alone; None where its calls decide."""
    if status == _IN_SERVICE:
        return None
    return Activity.FAILED if status in _FAILED else Activity.UPDATING


def judge_series(calls: float | None, *, is_busy: bool, is_readable: bool, is_too_young: bool = False) -> Activity:
    """Judge one variant or component.

    Args:
        calls: Calls in the window; None without a data point.
        is_busy: Whether some day had more calls than are ignored.
        is_readable: Whether CloudWatch answered in full; if not, a lack of calls says nothing.
        is_too_young: Whether it was created inside the window. Young and called is busy.
    """
    if is_busy:
        return Activity.BUSY
    if not is_readable:
        return Activity.UNKNOWN
    if is_too_young:
        return Activity.TOO_YOUNG
    return Activity.IDLE_NO_DATA if calls is None else Activity.IDLE_ZEROS


def judge_endpoint(series: Iterable[Activity]) -> Activity:
    """Judge an endpoint by all its variants and components; without any, nothing is known."""
    shown = set(series)
    return next((activity for activity in _PRECEDENCE if activity in shown), Activity.UNKNOWN)
