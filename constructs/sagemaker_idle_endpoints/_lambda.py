from __future__ import annotations

import functools
import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._daily import DailyRun
from sagemaker_idle_endpoints._settings import Settings

if TYPE_CHECKING:
    from sagemaker_idle_endpoints._clients import Account, Channels

_LOG = logging.getLogger("sagemaker_idle_endpoints")


def handler(event: object, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's context
    """Look at the fleet of an account, do what is due, and report, each at most once a day.

    The environment is what `Settings.of` reads. The event may have `time` (ISO 8601, as scheduled events have: the
    day that this run is for), `account` (whose role is assumed; its own too, where ROLE_NAME is set) and `again`
    (true: a person asks for it once more).

    Returns:
        Counts, costs, window, regions, API calls and where the report is.

    Raises:
        ValueError: a variable is missing or wrong, or the clock is.
        NotAllDoneError: nothing could be read, or a part was refused; the next run of the day does that part.
        botocore.exceptions.ClientError: the bucket or the role was refused.
    """
    asked = event if isinstance(event, Mapping) else {}
    settings = Settings.of(os.environ)
    account, channels = aws()
    own_arn = context.invoked_function_arn.split(":")
    account_id = str(asked.get("account") or own_arn[4])
    if settings.role_name or account_id != own_arn[4]:  # what has a role for accounts may read none by itself
        account = account.assuming(_role_arn(own_arn[1], account_id, settings.role_name))
    # The clock is read at each call: a warm container would keep the window of its first one.
    now = datetime.fromisoformat(asked["time"]) if "time" in asked else datetime.now(UTC)
    run = DailyRun(account, account_id, channels, settings, now, again=bool(asked.get("again")))
    summary = run.do()
    _LOG.setLevel(logging.INFO)  # Lambda's root logger starts at WARNING
    _LOG.info("%s", json.dumps({"event": "idle endpoints reported"} | summary))
    return summary


@functools.cache
def aws() -> tuple[Account, Channels]:
    """Open the account and the channels once a container."""
    import boto3  # noqa: PLC0415 - slow to import, and whoever imports the package may not need it

    from sagemaker_idle_endpoints._clients import Account, Channels  # noqa: PLC0415 - likewise

    session = boto3.Session()
    return Account(session), Channels.of(session)


def _role_arn(partition: str, account_id: str, role_name: str) -> str:
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValueError(f"account must be twelve digits, got {account_id!r}")
    if not role_name:
        raise ValueError(f"ROLE_NAME must name the role to assume in {account_id}, got '': set it")
    return f"arn:{partition}:iam::{account_id}:role/{role_name}"
