from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, PaginationError

# What one call may meet without the rest of the fleet being lost: AWS said no, the network gave up after
# its retries, or a token came twice. A wrong parameter is our fault and is none of these.
REFUSALS = (ClientError, HTTPClientError, PaginationError)


def explain(error: ClientError | BotoCoreError) -> str:
    """Say in one line what failed: "DescribeEndpoint: ThrottlingException: Rate exceeded"."""
    if not isinstance(error, ClientError):
        return str(error)
    return f"{error.operation_name}: {error_code(error)}: {_message(error)}"


def error_code(error: ClientError) -> str:
    """Return AWS's name for the error, such as "AccessDeniedException"."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def says_endpoint_is_gone(error: ClientError | BotoCoreError) -> bool:
    """Tell whether DescribeEndpoint failed because no such endpoint exists (any more)."""
    # SageMaker has no code of its own for it: a ValidationException whose text is 'Could not find endpoint
    # "arn:..."'.
    return (
        isinstance(error, ClientError)
        and error_code(error) == "ValidationException"
        and "could not find endpoint" in _message(error).lower()
    )


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", "no message"))
