from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import botocore.exceptions
from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    PaginationError,
)
from botocore.parsers import ResponseParserError


class CutOffError(Exception):
    """An answer that is not whole, of which botocore makes one that lacks what it must have."""


# What one call may meet without the rest of the fleet being lost: AWS said no, the network gave up after its
# retries, an answer was cut off, or a token came twice. A wrong parameter is our fault and is none of these.
REFUSALS = (
    ClientError,
    CutOffError,
    HTTPClientError,
    IncompleteReadError,
    botocore.exceptions.ConnectionError,
    PaginationError,
    ResponseParserError,
)
# Nothing can have been done: AWS said no, or was never reached. After the others it may have been.
_NOT_DONE = (
    ClientError,
    botocore.exceptions.ConnectTimeoutError,
    botocore.exceptions.EndpointConnectionError,
    botocore.exceptions.ProxyConnectionError,
)


def part_of(answer: Mapping[str, Any], member: str, *, of: str) -> Any:  # noqa: ANN401 - whatever that member is
    """A member that an operation's answer always has.

    Raises:
        CutOffError: it has not, since it is not whole.
    """
    if member not in answer:
        raise CutOffError(f"{of}: the answer is cut off: it has no {member}")
    return answer[member]


def explain(error: Exception) -> str:
    """Say in one line what failed: "DescribeEndpoint: ThrottlingException: Rate exceeded"."""
    if not isinstance(error, ClientError):
        return " ".join(str(error).split())
    return f"{error.operation_name}: {error_code(error)}: {_message(error)}"


def error_code(error: ClientError) -> str:
    """Return AWS's name for the error, such as "AccessDeniedException"."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def was_certainly_not_done(error: Exception) -> bool:
    """Tell whether what was asked for cannot have happened, so that asking once more does nothing twice."""
    return isinstance(error, _NOT_DONE)


def says_it_is_gone(error: Exception) -> bool:
    """Tell whether a call failed because no such endpoint or configuration exists (any more)."""
    # SageMaker has no code of its own for it: a ValidationException whose text is 'Could not find endpoint
    # "arn:..."', or 'Could not find endpoint configuration "arn:..."'.
    return (
        isinstance(error, ClientError)
        and error_code(error) == "ValidationException"
        and "could not find endpoint" in _message(error).lower()
    )


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "no message"))
