"""`save` and `restore`: an endpoint's configuration to a file, and back from a file or the detector's bucket."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_idle_endpoints.actions._acting import saved_prefix
from sagemaker_idle_endpoints.actions._saved import restore_endpoint, save_endpoint
from sagemaker_idle_endpoints.command._remedies import status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sagemaker_idle_endpoints._clients import Client

_MORE = """\
save writes the configuration, tags, sizes, weights and scaling of an endpoint; its models and the alarms of step
policies stay where they are. restore makes the endpoint anew, with its scaling, and lets those alarms call the
policies that are new; an endpoint that was only scaled in gets its sizes back.

exit status: 0 done, 1 AWS refused, 2 bad input

examples:
  python -m sagemaker_idle_endpoints save fraud --out fraud.json
  python -m sagemaker_idle_endpoints restore fraud --file fraud.json
  python -m sagemaker_idle_endpoints restore fraud --bucket REPORTS   # what the detector saved last
"""


def main(arguments: Sequence[str]) -> int:
    """Save or restore, and return the exit status."""
    options = _parser().parse_args(arguments)
    return status_of(lambda: _save(options) if options.command == "save" else _restore(options))


def _save(options: argparse.Namespace) -> int:
    saved = json.dumps(save_endpoint(_account(options).hands(), options.endpoint), indent=2) + "\n"
    if options.out:
        options.out.write_text(saved, encoding="utf-8")
        sys.stderr.write(f"wrote {options.out}\n")
    else:
        sys.stdout.write(saved)
    return 0


def _restore(options: argparse.Namespace) -> int:
    account = _account(options)
    hands = account.hands()
    if options.file:
        saved = _from_file(options.file)
    else:
        open_one: Client = account.session.client
        account_id = options.account or open_one("sts").get_caller_identity()["Account"]
        prefix = saved_prefix(account_id, hands.sagemaker.meta.region_name, options.endpoint)
        saved = _latest(open_one("s3"), options.bucket, prefix)
    if saved["endpoint"]["EndpointName"] != options.endpoint:
        raise ValueError(
            f"that is of {saved['endpoint']['EndpointName']}, not of {options.endpoint}: name that one"
        )
    if not options.no_wait:
        sys.stderr.write("until it is in service this takes some minutes ...\n")
    sys.stdout.write(restore_endpoint(hands, saved, wait=not options.no_wait) + "\n")
    return 0


def _from_file(file: Path) -> dict[str, Any]:
    try:
        saved: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        saved["endpoint"]["EndpointName"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{file} is not what `save` wrote ({error!r}): give such a file") from error
    return saved


def _latest(s3: Client, bucket: str, prefix: str) -> dict[str, Any]:
    """What was saved last: keys end with the date, and so come in its order."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    if not keys:
        raise ValueError(f"nothing is saved under s3://{bucket}/{prefix}: check --bucket, --region and --account")
    saved: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=keys[-1])["Body"].read())
    return saved


def _account(options: argparse.Namespace) -> Any:  # noqa: ANN401 - imported where it is needed
    import boto3  # noqa: PLC0415 - --help answers without it

    from sagemaker_idle_endpoints._clients import Account  # noqa: PLC0415 - likewise

    return Account(boto3.Session(profile_name=options.profile, region_name=options.region))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sagemaker_idle_endpoints", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    form = argparse.RawDescriptionHelpFormatter
    save = commands.add_parser("save", help="write what brings it back", epilog=_MORE, formatter_class=form)
    save.add_argument("--out", type=Path, metavar="FILE", help="where to write it (default: standard output)")
    restore = commands.add_parser("restore", help="bring it back", epilog=_MORE, formatter_class=form)
    source = restore.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, help="what `save` wrote")
    source.add_argument("--bucket", help="the detector's bucket: what it saved last before it acted")
    restore.add_argument("--account", help="the endpoint's account in that bucket (default: one's own)")
    restore.add_argument("--no-wait", action="store_true", help="do not wait until it is in service")
    for command in (save, restore):
        command.add_argument("endpoint", help="its name")
        command.add_argument("--region", help="AWS region (default: as the AWS CLI finds it)")
        command.add_argument("--profile", help="AWS profile (default: as the AWS CLI finds it)")
    return parser
