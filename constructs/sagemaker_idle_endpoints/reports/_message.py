from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints.reports._text import render_text

if TYPE_CHECKING:
    from sagemaker_idle_endpoints.reports._report import FleetReport

SNS_MESSAGE_LIMIT_BYTES = 262_144
_BESIDE_BYTES = 1_024  # subject and attributes, which the limit counts too
_SUBJECT_LIMIT = 100  # characters, ASCII (SNS Publish, Subject)


def subject_of(report: FleetReport) -> str:
    """Return an SNS subject: "SageMaker: 3 idle of 120 endpoints in us-east-1"."""
    where = report.regions[0] if len(report.regions) == 1 else f"{len(report.regions)} regions"
    subject = f"SageMaker: {len(report.idle)} idle of {len(report.endpoints)} endpoints in {where}"
    if report.account:
        subject += f" of {report.account}"
    return subject.encode("ascii", "replace").decode()[:_SUBJECT_LIMIT]


def fit_message(
    report: FleetReport, *, where: str = "", limit_bytes: int = SNS_MESSAGE_LIMIT_BYTES - _BESIDE_BYTES
) -> tuple[str, int]:
    """Write the Message of an SNS Publish with MessageStructure "json", and say how many endpoints are in it.

    People get the text (email) or the subject (sms), programs (all other protocols) compact JSON. A report that is
    too large leaves endpoints out of both, busy ones first and idle ones last, and says how many.

    Args:
        report: What was found.
        where: Where the full report is, if anywhere.
        limit_bytes: The most that the whole Message may have; SNS allows 262,144, subject and attributes included.

    Raises:
        ValueError: not even the report without its endpoints fits.
    """
    every = max(len(report.endpoints), len(report.earlier))
    if len(whole := write_message(report, most_endpoints=every, where=where)) <= limit_bytes:
        return whole, len(report.endpoints)
    # The most endpoints that fit: each one adds more than "omitted" can lose by a digit, so the length
    # grows with them and halving the range finds it.
    fits, too_many = -1, every
    message = ""
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(candidate := write_message(report, most_endpoints=middle, where=where)) <= limit_bytes:
            fits, message = middle, candidate
        else:
            too_many = middle
    if not message:
        raise ValueError(f"the summary alone is over the limit of {limit_bytes} bytes: raise limit_bytes")
    return message, min(fits, len(report.endpoints))


def write_message(report: FleetReport, *, most_endpoints: int, where: str = "") -> str:
    """Write the Message with only so many endpoints, the first `by_concern`, however long it is."""
    text = render_text(report, most_endpoints=most_endpoints)
    if where:
        text += f"\nThe full report: {where}\n"
    data = json.dumps(report.to_json(most_endpoints=most_endpoints) | {"report": where}, separators=(",", ":"))
    # Each of these counts towards the limit: "default" is for all programs.
    protocols = {"default": data, "email": text, "sms": subject_of(report)}
    # json.dumps writes ASCII, so that characters are bytes.
    return json.dumps(protocols, separators=(",", ":"))
