from __future__ import annotations

import functools
import json
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints._message import fit_message, subject_of
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._window import parse_lookback_days

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient

_LOG = logging.getLogger("sagemaker_idle_endpoints")


def handler(event: object, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes both
    """Look at the fleet of the function's account and region, and publish the report to a topic.

    The environment sets LOOKBACK_DAYS (whole days, 1 to 63) and TOPIC_ARN.

    Returns:
        Counts, window, region and API calls; the endpoints stand in the published message.

    Raises:
        ValueError: a variable is missing or wrong.
        botocore.exceptions.ClientError: ListEndpoints or Publish was refused.
    """
    lookback = parse_lookback_days(os.environ.get("LOOKBACK_DAYS", ""), source="LOOKBACK_DAYS")
    topic_arn = os.environ.get("TOPIC_ARN", "")
    if not topic_arn:
        raise ValueError("TOPIC_ARN must name an SNS topic, got '': set it in the function's environment")
    sagemaker, cloudwatch, sns = aws_clients()
    # The clock is read at each call: a warm container would keep the window of its first one.
    report = find_idle_endpoints(sagemaker, cloudwatch, now=datetime.now(UTC), lookback=lookback)
    sns.publish(
        TopicArn=topic_arn,
        Subject=subject_of(report),
        Message=fit_message(report),
        MessageStructure="json",
    )
    summary = report.summary()
    _LOG.setLevel(logging.INFO)  # Lambda's root logger starts at WARNING
    _LOG.info("%s", json.dumps({"event": "idle endpoints reported"} | summary))
    return summary


@functools.cache
def aws_clients() -> tuple[SageMakerClient, CloudWatchClient, SNSClient]:
    """Open the clients once a container."""
    import boto3  # noqa: PLC0415 - slow to import, and whoever imports the package may not need it

    from sagemaker_idle_endpoints._clients import CONFIG, open_clients  # noqa: PLC0415 - likewise

    session = boto3.Session()
    return *open_clients(session), session.client("sns", config=CONFIG)
