from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport

WIDTH_COLUMNS = 100
_LONGEST_REASON = 400  # characters; some of AWS's refusals quote a whole policy
_EVIDENCE = {Activity.IDLE_ZEROS: "zeros", Activity.IDLE_NO_DATA: "no data", Activity.UNKNOWN: "unknown"}
_ALWAYS_TOLD = frozenset({Activity.BUSY, Activity.UNKNOWN})
_UNKNOWN = "?"


def render_text(report: FleetReport, *, most_endpoints: int | None = None, columns: int = WIDTH_COLUMNS) -> str:
    """Write the report for a person, at most so wide but for names and commands: what is done, idle, unknown.

    Args:
        report: What was found.
        most_endpoints: List only so many, and of what was done earlier; a last line tells how many more there are.
        columns: How wide it may be.
    """
    listed = report.by_concern[: len(report.idle) + len(report.unknown)]
    shown = listed[:most_endpoints]
    lines = [*_heading(report, columns), *_unread(report, columns)]
    lines += _done(report.earlier[:most_endpoints], shown, columns)
    name_columns = max((len(endpoint.name) for endpoint in shown), default=0)
    for title, section in (
        ("Idle: nobody called", [endpoint for endpoint in shown if endpoint.activity.is_idle]),
        ("Unknown: could not be judged", [endpoint for endpoint in shown if not endpoint.activity.is_idle]),
    ):
        if section:
            lines += ["", title, _row(name_columns, "endpoint", "calls", "instances", "USD/month")]
            for endpoint in section:
                lines += _entry(name_columns, endpoint, columns, tells_region=len(report.regions) > 1)
    if len(shown) < len(listed):
        lines += ["", f"and {len(listed) - len(shown)} more"]
    return "\n".join(lines) + "\n"


def heading(report: FleetReport) -> list[str]:
    """What was looked at, and how many are what."""
    counts, window = report.counts, report.window
    zeros, no_data = counts[Activity.IDLE_ZEROS], counts[Activity.IDLE_NO_DATA]
    total = len(report.endpoints)
    held = sum(endpoint.instance_count or 0 for endpoint in report.idle)
    of_account = f" in account {report.account}" if report.account else ""
    others = [
        f"{count} {activity.replace('_', ' ')}"
        for activity, count in counts.items()
        if not Activity(activity).is_idle and (count or activity in _ALWAYS_TOLD)
    ]
    unpriced = report.idle_of_unknown_cost
    return [
        f"SageMaker endpoints of {', '.join(report.regions)}{of_account}",
        f"Calls from {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} UTC, {window.days} days",
        (
            f"{_several(total, 'endpoint')}: {len(report.idle)} idle ({zeros} zeros, {no_data} no data), "
            f"{', '.join(others)}"
        ),
        (
            f"The idle ones hold {_several(held, 'instance')}, {report.idle_usd_per_month:.2f} USD a month"
            f"{f' and {unpriced} of unknown cost' if unpriced else ''}"
        ),
    ]


def dollars(endpoint: EndpointReport) -> str:
    """What an endpoint costs a month, as it stands in a table."""
    cost = endpoint.idleness and endpoint.idleness.cost.usd_per_month
    return _UNKNOWN if cost is None else f"{cost:.2f}"


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _heading(report: FleetReport, columns: int) -> Iterator[str]:
    for line in heading(report):
        yield from textwrap.wrap(line, columns, subsequent_indent="    ")


def _unread(report: FleetReport, columns: int) -> list[str]:
    if not report.unread:
        return []
    return ["", "Could not be listed, so that endpoints may be missing here", *_wrapped(report.unread, columns)]


def _done(earlier: Iterable[str], endpoints: Iterable[EndpointReport], columns: int) -> list[str]:
    told = list(earlier)
    told += [
        f"{endpoint.name}: {endpoint.decision.action} ({endpoint.decision.step}): {endpoint.decision.reason}"
        for endpoint in endpoints
        if endpoint.decision
    ]
    return ["", "What is done", *_wrapped(told, columns)] if told else []


def _entry(name_columns: int, endpoint: EndpointReport, columns: int, *, tells_region: bool) -> list[str]:
    count = endpoint.instance_count
    row = _row(
        name_columns,
        endpoint.name,
        _EVIDENCE[endpoint.activity],
        "-" if count is None else str(count),
        dollars(endpoint) if endpoint.idleness else "-",
    )
    told = f"{endpoint.region}: {endpoint.reason}" if tells_region else endpoint.reason
    lines = [row, *_wrapped([told], columns)]
    if endpoint.idleness:
        if endpoint.idleness.cost.unknown:
            lines += _wrapped([f"not known: {', '.join(endpoint.idleness.cost.unknown)}"], columns)
        first = endpoint.idleness.advice[0]
        lines += _wrapped([f"to do: {first.what}"], columns)
        if first.command:
            lines.append(f"    $ {first.command}")  # as it is: it is there to be copied
    return lines


def _wrapped(texts: Iterable[str], columns: int) -> Iterator[str]:
    for text in texts:
        short = textwrap.shorten(text, _LONGEST_REASON, placeholder=" ...")
        yield from textwrap.wrap(short, columns, initial_indent="    ", subsequent_indent="    ")


def _row(name_columns: int, name: str, calls: str, instances: str, cost: str) -> str:
    # A name has up to 63 characters and is never cut, since it is there to be copied: 97 columns at most.
    return f"  {name:<{name_columns}}  {calls:<7}  {instances:>9}  {cost:>10}".rstrip()
