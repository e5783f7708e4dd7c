from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._criteria import EXEMPTING, TAG, Criteria
from sagemaker_idle_endpoints._search import find_idle_endpoints
from sagemaker_idle_endpoints._window import parse_lookback_days
from sagemaker_idle_endpoints.command._remedies import status_of
from sagemaker_idle_endpoints.prices._table import read_prices, shipped_prices
from sagemaker_idle_endpoints.reports._report import FleetReport
from sagemaker_idle_endpoints.reports._tables import render_csv, render_markdown
from sagemaker_idle_endpoints.reports._text import WIDTH_COLUMNS, render_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ABOUT = "Which SageMaker endpoints of this account has nobody called? Nothing is changed."
_MORE = f"""\
Every endpoint gets a verdict from what CloudWatch counted of all its variants and inference components, or of its
queue where it is asynchronous: busy, idle (the metric says 0), idle (no data), too young (created in the window),
updating, failed, exempt (tagged {TAG}={EXEMPTING}), or unknown with what could not be read. Of an idle one the
report says since when, what it costs a month, which stack owns it, and what to do with the command for it.

commands:
  save ENDPOINT      write what brings an endpoint back after it is deleted; save --help
  restore ENDPOINT   bring it back; restore --help

permissions (on "*"), each missing one told where it is felt:
  sagemaker:ListEndpoints             without it nothing is known
  sagemaker:DescribeEndpoint          without it an endpoint that is not busy is unknown
  sagemaker:ListInferenceComponents   without it no endpoint can be called idle
  sagemaker:DescribeEndpointConfig    without it no cost is known
  tag:GetResources                    without it the tags of each idle endpoint are asked for by themselves
  sagemaker:ListTags                  without both none is exempt and no stack is named; --no-tags asks for none
  cloudwatch:GetMetricData            without it every endpoint is unknown
  cloudwatch:ListMetrics              without it every endpoint is described, the busy ones too
  ec2:DescribeRegions                 for --all-regions

exit status:
  0  looked, whatever was found; what could not be judged is listed as unknown
  1  AWS refused all, or there is no region or no credentials
  2  bad input

examples:
  python -m sagemaker_idle_endpoints --lookback 30d --region eu-west-1 --region us-east-1
  python -m sagemaker_idle_endpoints --all-regions --format markdown > idle.md
  python -m sagemaker_idle_endpoints --json | jq -r '.endpoints[] | select(.activity == "idle_zeros").name'
"""
_FORMS: dict[str, Callable[[FleetReport], str]] = {
    "table": lambda report: render_text(report, columns=min(WIDTH_COLUMNS, _terminal_columns())),
    "markdown": render_markdown,
    "json": lambda report: json.dumps(report.to_json(), indent=2) + "\n",
    "csv": render_csv,
}


def _terminal_columns() -> int:
    return shutil.get_terminal_size(fallback=(WIDTH_COLUMNS, 0)).columns


def main(arguments: Sequence[str]) -> int:
    """Look, print, and return the exit status."""
    options = _parser().parse_args(arguments)
    return status_of(lambda: _look(options))


def _look(options: argparse.Namespace) -> int:
    prices = shipped_prices()
    criteria = Criteria(
        lookback=options.lookback,
        ignored_calls_per_day=options.ignore_calls_per_day,
        tag=options.tag,
        reads_tags=not options.no_tags,
        prices=prices.under(read_prices(options.prices)) if options.prices else prices,
    )
    import boto3  # noqa: PLC0415 - --help and bad input answer without it

    from sagemaker_idle_endpoints._clients import Account  # noqa: PLC0415 - likewise

    account = Account(boto3.Session(profile_name=options.profile, region_name=(options.region or [None])[0]))
    now = datetime.now(UTC)
    regions = account.regions() if options.all_regions else dict.fromkeys(options.region or [None])
    found = []
    for region in regions:
        eyes = account.eyes(region)
        if sys.stderr.isatty():
            sys.stderr.write(f"looking at {eyes[0].meta.region_name} ...\n")
        found.append(find_idle_endpoints(*eyes, now=now, criteria=criteria))
    report = FleetReport.of_regions(found)
    if report.is_blind:
        remedy = "Check the region and the network, the credentials, and the actions that --help lists."
        sys.stderr.write(f"error: {'; '.join(report.unread)}\n{remedy}\n")
        return 1
    sys.stdout.write(_FORMS[options.format](report))
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
    parser.add_argument(
        "--ignore-calls-per-day",
        type=float,
        default=0,
        metavar="N",
        help="a day with at most so many calls, health checks say, counts as one without (default: 0)",
    )
    parser.add_argument("--format", choices=_FORMS, default="table", help="how to print it (default: table)")
    json_help = "the same as --format json: every endpoint"
    parser.add_argument("--json", dest="format", action="store_const", const="json", help=json_help)
    parser.add_argument(
        "--prices", type=Path, metavar="CSV", help="prices, as `sagemaker-capacity prices --refresh` writes them"
    )
    parser.add_argument("--tag", default=TAG, help=f"the key of the tag that exempts endpoints (default: {TAG})")
    parser.add_argument(
        "--no-tags", action="store_true", help="ask for no tags: a call less for each hundred idle endpoints"
    )
    where = parser.add_mutually_exclusive_group()
    region_help = "AWS region, may be repeated (default: as the AWS CLI finds it)"
    where.add_argument("--region", action="append", help=region_help)
    where.add_argument("--all-regions", action="store_true", help="every region that is enabled for the account")
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
