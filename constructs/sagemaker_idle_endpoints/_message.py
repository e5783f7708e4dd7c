from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._text import render_text

if TYPE_CHECKING:
    from sagemaker_idle_endpoints._report import FleetReport

SNS_MESSAGE_LIMIT_BYTES = 262_144
_SUBJECT_LIMIT = 100  # characters, ASCII (SNS Publish, Subject)


def subject_of(report: FleetReport) -> str:
    """Return an SNS subject: "SageMaker: 3 idle of 120 endpoints in us-east-1"."""
    subject = f"SageMaker: {len(report.idle)} idle of {len(report.endpoints)} endpoints in {report.region}"
    return subject.encode("ascii", "replace").decode()[:_SUBJECT_LIMIT]


def fit_message(report: FleetReport, *, limit_bytes: int = SNS_MESSAGE_LIMIT_BYTES) -> str:
    """Write the Message of an SNS Publish with MessageStructure "json".

    People (email) get the text; programs (sqs, lambda, http, https) get compact JSON. A report that is too
    large leaves endpoints out of both, busy ones first and idle ones last, and says how many.

    Args:
        report: What was found.
        limit_bytes: The most that the whole Message may have; SNS allows 262,144.

    Raises:
        ValueError: not even the report without its endpoints fits.
    """
    if len(whole := write_message(report, most_endpoints=len(report.endpoints))) <= limit_bytes:
        return whole
    # The most endpoints that fit: each one adds more than "omitted" can lose by a digit, so the length
    # grows with them and halving the range finds it.
    fits, too_many = -1, len(report.endpoints)
    message = ""
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(candidate := write_message(report, most_endpoints=middle)) <= limit_bytes:
            fits, message = middle, candidate
        else:
            too_many = middle
    if not message:
        raise ValueError(f"the summary alone is over the limit of {limit_bytes} bytes: raise limit_bytes")
    return message


def write_message(report: FleetReport, *, most_endpoints: int) -> str:
    """Write the Message with only so many endpoints, the first `by_concern`, however long it is."""
    text = render_text(report, most_endpoints=most_endpoints)
    data = json.dumps(report.to_json(most_endpoints=most_endpoints), separators=(",", ":"))
    protocols = {
        "default": text,
        "email": text,
        "http": data,
        "https": data,
        "lambda": data,
        "sqs": data,
    }
    # json.dumps writes ASCII, so that characters are bytes.
    return json.dumps(protocols, separators=(",", ":"))
