"""What the command line says when AWS refuses."""

from __future__ import annotations

import sys
from collections.abc import Callable

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoRegionError,
    ProfileNotFound,
)

from sagemaker_idle_endpoints.reading._refusals import error_code, explain, says_it_is_gone


def status_of(run: Callable[[], int]) -> int:
    """Run a command; what AWS or the input refuses is told with a remedy, as exit status 1 or 2."""
    try:
        return run()
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"error: {explain(error)}\n{remedy(error)}\n")
        return 1
    except (ValueError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2


def remedy(error: ClientError | BotoCoreError) -> str:
    """What to do about a refusal."""
    if isinstance(error, NoRegionError):
        return "Name a region: --region us-east-1, or set AWS_DEFAULT_REGION."
    if isinstance(error, InvalidRegionError | EndpointConnectionError):
        return "Check the region's name (--region) and the network."
    if isinstance(error, ProfileNotFound):
        return "Choose one of those that `aws configure list-profiles` shows."
    if isinstance(error, ClientError):
        return _of_refusal(error)
    return "Check the credentials (aws sts get-caller-identity), or choose another --profile."


def _of_refusal(error: ClientError) -> str:
    if says_it_is_gone(error):
        return "Check its name, --region and --profile."
    code = error_code(error)
    if code == "NoSuchBucket":
        return "Check --bucket: it is the detector's, whose messages name it."
    if "AccessDenied" in code:
        return "Have the actions granted that --help lists, or choose another --profile."
    if "Token" in code or "Signature" in code:
        return "Renew the credentials (aws sso login, say), or choose another --profile."
    return "Try again; should it stay, look the error's name up in the API reference."
