"""The report for a spreadsheet (CSV) and for a page (Markdown)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints.reports._text import dollars, heading

if TYPE_CHECKING:
    from sagemaker_idle_endpoints.reports._report import EndpointReport, FleetReport

CSV_COLUMNS = (
    "account",
    "region",
    "endpoint",
    "kind",
    "activity",
    "reason",
    "created",
    "last_called",
    "instances",
    "usd_per_month",
    "stack",
    "action",
    "step",
    "to_do",
    "command",
)


def render_csv(report: FleetReport) -> str:
    """Write a row an endpoint, all of them; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for endpoint in report.endpoints:
        writer.writerow(_cells(report.account, endpoint))
    return text.getvalue()


def render_markdown(report: FleetReport) -> str:
    """Write the idle and the unknown endpoints as tables, and the commands below them."""
    title, *facts = heading(report)
    lines = [f"# {title}", "", *(f"{fact}.  " for fact in facts)]
    lines += [f"**Could not be listed:** {_cell(fault)}.  " for fault in report.unread]
    if report.idle:
        lines += [
            "",
            "| idle | region | kind | instances | USD/month | since | to do |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_idle_row(endpoint) for endpoint in report.idle]
    if report.unknown:
        lines += ["", "| unknown | region | reason |", "|---|---|---|"]
        lines += [f"| {each.name} | {each.region} | {_cell(each.reason)} |" for each in report.unknown]
    if commands := [command for each in report.idle if (command := _first(each)[1])]:
        lines += ["", "```sh", *commands, "```"]
    return "\n".join(lines) + "\n"


def _idle_row(endpoint: EndpointReport) -> str:
    count = endpoint.instance_count
    cells = (
        endpoint.name,
        endpoint.region,
        endpoint.kind or "",
        "" if count is None else count,
        dollars(endpoint),
        endpoint.idleness.since if endpoint.idleness else "",
        _cell(_first(endpoint)[0]),
    )
    return f"| {' | '.join(map(str, cells))} |"


def _cells(account: str, endpoint: EndpointReport) -> list[object]:
    idleness, decision = endpoint.idleness, endpoint.decision
    what, command = _first(endpoint)
    reason = " ".join(endpoint.reason.split())  # on one line, whatever AWS said
    cells: list[object] = [account, endpoint.region, endpoint.name, endpoint.kind, endpoint.activity, reason]
    cells += [endpoint.created.isoformat(timespec="seconds"), idleness and idleness.last_called]
    cells += [endpoint.instance_count, idleness and idleness.cost.usd_per_month, idleness and idleness.stack_name]
    return [*cells, decision and decision.action, decision and decision.step, what, command]


def _first(endpoint: EndpointReport) -> tuple[str, str]:
    if not endpoint.idleness:
        return "", ""
    first = endpoint.idleness.advice[0]
    return first.what, first.command


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
