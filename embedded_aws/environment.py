"""An environment in which no command can reach a real account."""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import botocore.session

# Twenty capitals, the form by which moto tells access keys apart; no account has it.
ACCESS_KEY_ID = "EMBEDDEDAWSNOACCOUNT"
SECRET_ACCESS_KEY = "embedded"  # noqa: S105 - of no account
ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

# All else that begins with AWS_ (profiles, roles, tokens, endpoints a service) or AMAZON_ stays outside; and CDK_:
# the CLI reads each such variable as an option of its command line (CDK_PROFILE is --profile).
_HARMLESS = frozenset({"AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_PAGER", "AWS_DEFAULT_OUTPUT"})
_LEFT_OUTSIDE = ("AWS_", "AMAZON_", "CDK")

_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def safe_environment(base: Mapping[str, str], url: str, home: Path) -> dict[str, str]:
    """The variables for a command that shall know this embedded AWS and no other.

    Args:
        base: the environment to start from, which is not changed. Its region is kept if there is such a region.
        url: of the embedded AWS.
        home: an existing folder for what the CDK CLI remembers: by access key, so never share it between servers.
    """
    region = region_of(base)
    kept = {name: value for name, value in base.items() if name in _HARMLESS or not _is_left_outside(name)}
    proxied = [kept[name] for name in ("NO_PROXY", "no_proxy") if kept.get(name)]
    no_proxy = ",".join(["127.0.0.1", "localhost", *proxied])
    return kept | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        # "data-" before 127.0.0.1 would be a name to ask a name server for.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_HOME": str(home),
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": region,
        "CDK_NOTICES": "false",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def shell_lines(base: Mapping[str, str], safe: Mapping[str, str]) -> str:
    """What to run in a shell that has the environment `base`, so that it has `safe`."""
    lines = [f"unset {name}" for name in sorted(base.keys() - safe.keys())]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in safe.items() if base.get(name) != value]
    return "\n".join(lines)


def region_of(base: Mapping[str, str]) -> str:
    """The region that an environment names, if AWS has it; else us-east-1."""
    named = base.get("AWS_REGION") or base.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return named if named in regions() else DEFAULT_REGION


@cache
def regions() -> frozenset[str]:
    """The regions of the ordinary partition."""
    return frozenset(session_without_configuration().get_available_regions("cloudformation"))


def session_without_configuration() -> botocore.session.Session:
    """A session that reads no profile and no file of the person who runs this."""
    nowhere = (None, None, os.devnull, None)
    no_profile = (None, None, None, None)
    return botocore.session.Session({"profile": no_profile, "config_file": nowhere, "credentials_file": nowhere})


@contextmanager
def hidden_profiles() -> Iterator[None]:
    """This process without its profile: moto asks boto3 for lists of regions, which fails for an absent profile."""
    hidden = {name: os.environ.pop(name) for name in _PROFILES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _is_left_outside(name: str) -> bool:
    return name.upper().startswith(_LEFT_OUTSIDE)
