from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoRegionError,
)

from sagemaker_idle_endpoints._refusals import error_code, explain
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._text import render_text
from sagemaker_idle_endpoints._window import parse_lookback_days

if TYPE_CHECKING:
    from collections.abc import Sequence

_ABOUT = "Which SageMaker endpoints of this account and region has nobody called?"
_MORE = """\
Every endpoint gets a verdict from the CloudWatch metric Invocations of all its variants and inference
components: busy, idle (the metric says 0), idle (no data), too young (created in the window), or unknown
with the reason. Asynchronous endpoints publish no Invocations and are unknown. Nothing is changed.

permissions (on "*"):
  sagemaker:ListEndpoints             without it nothing is known
  sagemaker:DescribeEndpoint          without it every endpoint is unknown
  sagemaker:ListInferenceComponents   without it no endpoint can be called idle
  cloudwatch:GetMetricData            without it every endpoint is unknown

exit status:
  0  looked, whatever was found; what could not be judged is listed as unknown
  1  AWS refused, or there is no region or no credentials
  2  bad input

examples:
  python -m sagemaker_idle_endpoints --lookback 30d --region eu-west-1
  python -m sagemaker_idle_endpoints --json | jq -r '.endpoints[] | select(.activity == "idle_zeros").name'
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    import boto3  # noqa: PLC0415 - --help and bad input answer without it

    from sagemaker_idle_endpoints._clients import open_clients  # noqa: PLC0415 - likewise

    try:
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
        sagemaker, cloudwatch = open_clients(session)
        if sys.stderr.isatty():
            sys.stderr.write(f"looking at {sagemaker.meta.region_name}, one call an endpoint ...\n")
        report = find_idle_endpoints(sagemaker, cloudwatch, now=datetime.now(UTC), lookback=options.lookback)
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"error: {explain(error)}\n{_remedy(error)}\n")
        return 1
    if options.json:
        sys.stdout.write(json.dumps(report.to_json(), indent=2) + "\n")
    else:
        sys.stdout.write(render_text(report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sagemaker_idle_endpoints",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--lookback",
        type=_lookback,
        default="7d",
        metavar="DAYSd",
        help="how far back to look for calls, 1d to 63d (default: 7d)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, every endpoint in it")
    parser.add_argument("--region", help="AWS region (default: as the AWS CLI finds it)")
    parser.add_argument("--profile", help="AWS profile (default: as the AWS CLI finds it)")
    return parser


def _lookback(text: str) -> timedelta:
    days = text.removesuffix("d")
    if days == text:
        raise argparse.ArgumentTypeError(f"days need their unit, got {text!r}: write 14d, say")
    try:
        return parse_lookback_days(days, source="the number before 'd'")
    except ValueError as error:
        # argparse shows the text of its own error only; of a ValueError it says "invalid value".
        raise argparse.ArgumentTypeError(str(error)) from error


def _remedy(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, NoRegionError):
        return "Name a region: --region us-east-1, or set AWS_DEFAULT_REGION."
    if isinstance(error, InvalidRegionError | EndpointConnectionError):
        return "Check the region's name (--region) and the network."
    if isinstance(error, ClientError):
        if "AccessDenied" in error_code(error):
            return "Have the four actions granted that --help lists, or choose another --profile."
        if "Token" in error_code(error) or "Signature" in error_code(error):
            return "Renew the credentials (aws sso login, say), or choose another --profile."
        return "Try again; should it stay, look the error's name up in the API reference."
    return "Check the credentials (aws sts get-caller-identity), or choose another --profile."


if __name__ == "__main__":
    sys.exit(main())
