"""AWS for a command: the one place that makes clients, and what a person is told where AWS does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from ._exits import BadInput

_NO_IDENTITY = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, SSOError, TokenRetrievalError)


def client_of(service: str, region: str | None) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A client of the caller's own session.

    Raises:
        BadInput: no Region is known, or the profile that is asked for does not exist.
    """
    with answering(service):
        session: Any = boto3.Session()  # whose stubs know no service by a name that is not written out
        return session.client(service, region_name=region)


@contextmanager
def answering(service: str) -> Iterator[None]:
    """While a service is asked: what goes wrong is told in words, with what to do about it.

    Raises:
        BadInput: nobody is known to ask, or the service refused or could not be reached.
    """
    try:
        yield
    except NoRegionError as error:
        raise BadInput("no Region is known to ask: give --region, or set AWS_DEFAULT_REGION.") from error
    except _NO_IDENTITY as error:
        raise BadInput(
            f"{service} was not asked, for there are no credentials: {error}. "
            "Log in (aws configure, aws sso login), or set AWS_PROFILE."
        ) from error
    except ClientError as error:
        raise BadInput(f"{service} refused: {error}.") from error
    except BotoCoreError as error:
        raise BadInput(f"{service} did not answer: {error}.") from error
