from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity

if TYPE_CHECKING:
    from sagemaker_idle_endpoints._report import EndpointReport, FleetReport

_WIDTH_COLUMNS = 100
_LONGEST_REASON = 400  # characters; some of AWS's refusals quote a whole policy
_EVIDENCE = {Activity.IDLE_ZEROS: "zeros", Activity.IDLE_NO_DATA: "no data", Activity.UNKNOWN: "unknown"}


def render_text(report: FleetReport, *, most_endpoints: int | None = None) -> str:
    """Write the report for a person, at most 100 columns wide: idle endpoints, then those not judged.

    Args:
        report: What was found.
        most_endpoints: List only so many; a last line tells how many more there are.
    """
    listed = report.by_concern[: len(report.idle) + len(report.unknown)]
    shown = listed[:most_endpoints]
    lines = [*_heading(report)]
    name_columns = max((len(endpoint.name) for endpoint in shown), default=0)
    for title, section in (
        ("Idle: nobody called", [endpoint for endpoint in shown if endpoint.activity.is_idle]),
        ("Unknown: could not be judged", [endpoint for endpoint in shown if not endpoint.activity.is_idle]),
    ):
        if section:
            lines += ["", title, _row(name_columns, "endpoint", "calls", "instances", "created")]
            for endpoint in section:
                lines += _entry(name_columns, endpoint)
    if len(shown) < len(listed):
        lines += ["", f"and {len(listed) - len(shown)} more"]
    return "\n".join(lines) + "\n"


def _heading(report: FleetReport) -> list[str]:
    counts, window = report.counts, report.window
    zeros, no_data = counts[Activity.IDLE_ZEROS], counts[Activity.IDLE_NO_DATA]
    total = len(report.endpoints)
    held = sum(endpoint.instance_count or 0 for endpoint in report.idle)
    return [
        f"SageMaker endpoints of {report.region}",
        f"Calls from {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC, {window.days} days",
        (
            f"{total} endpoint{'' if total == 1 else 's'}: "
            f"{len(report.idle)} idle ({zeros} zeros, {no_data} no data), "
            f"{counts[Activity.BUSY]} busy, {counts[Activity.TOO_YOUNG]} too young, "
            f"{counts[Activity.UNKNOWN]} unknown"
        ),
        f"The idle ones hold {held} instances",
    ]


def _entry(name_columns: int, endpoint: EndpointReport) -> list[str]:
    count = endpoint.instance_count
    row = _row(
        name_columns,
        endpoint.name,
        _EVIDENCE[endpoint.activity],
        "-" if count is None else str(count),
        f"{endpoint.created:%Y-%m-%d}",
    )
    reason = textwrap.shorten(endpoint.reason, _LONGEST_REASON, placeholder=" ...")
    return [row, *textwrap.wrap(reason, _WIDTH_COLUMNS, initial_indent="    ", subsequent_indent="    ")]


def _row(name_columns: int, name: str, calls: str, instances: str, created: str) -> str:
    # A name has up to 63 characters and is never cut, since it is there to be copied: 97 columns at most.
    return f"  {name:<{name_columns}}  {calls:<7}  {instances:>9}  {created:<10}".rstrip()
