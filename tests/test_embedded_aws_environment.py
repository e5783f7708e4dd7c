"""Nothing that is set outside lets a command reach a real account."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from embedded_aws.environment import ACCESS_KEY_ID, safe_environment

# Whatever proxy the shell names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ROOT = Path(__file__).resolve().parent.parent
EMBEDDED_AWS = [sys.executable, "-m", "embedded_aws"]

# What a developer's shell may hold; the keys are those of AWS's documentation.
OUTSIDE = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "of-a-real-session",
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://elsewhere.example.com",
    "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com",
    "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": "https://s3.us-east-1.amazonaws.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/deploy",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials",
    "AWS_CONFIG_FILE": "/outside/.aws/config",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AMAZON_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "CDK_PROFILE": "production",
    "CDK_ROLE_ARN": "arn:aws:iam::111122223333:role/deploy",
    "CDK": "anything",
    "HTTP_PROXY": "http://192.0.2.1:3128",
    "HTTPS_PROXY": "http://192.0.2.1:3128",
}

# Loaded by every Python that starts with it on its path: writes down whom the process connects to or asks for.
WITNESS = """
import os, sys
def witness(event, arguments):
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else arguments[1]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    with open(os.environ["WITNESSED"], "a") as file:
        print(host, file=file)
sys.addaudithook(witness)
"""

ASK = """
import boto3
assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
boto3.client("s3").create_bucket(Bucket="assets")
boto3.client("s3").put_object(Bucket="assets", Key="k", Body=b"x")
boto3.client("lambda").list_functions()
boto3.client("sagemaker").list_endpoints()
boto3.resource("sns").create_topic(Name="made")
print(boto3.Session().get_credentials().access_key, boto3.Session().region_name)
"""


def run(*command: str, options: tuple[str, ...] = (), **outside: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | outside
    return subprocess.run(  # noqa: S603
        [*EMBEDDED_AWS, "run", *options, "--", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_sees_nothing_of_an_account_outside_and_connects_to_loopback_only(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITNESS, encoding="utf-8")
    witnessed = tmp_path / "witnessed"
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    done = run(sys.executable, "-c", ASK, **OUTSIDE, PYTHONPATH=path, WITNESSED=str(witnessed))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [ACCESS_KEY_ID, "us-east-1"]
    # The server's own process is watched too.
    assert set(witnessed.read_text(encoding="utf-8").split()) == {"127.0.0.1"}


def test_the_safe_variables_hold_no_value_of_an_account_outside(tmp_path: Path) -> None:
    safe = safe_environment(
        OUTSIDE | {"PATH": "/bin", "NO_PROXY": "intra.example.com"}, "http://127.0.0.1:1", tmp_path
    )
    assert not set(OUTSIDE.values()) - {OUTSIDE["HTTP_PROXY"], "true"} & set(safe.values())
    assert [name for name in safe if name.startswith("AWS_ENDPOINT_URL")] == ["AWS_ENDPOINT_URL"]
    assert safe["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] == "false"
    assert safe["PATH"] == "/bin"
    assert safe["NO_PROXY"] == safe["no_proxy"] == "127.0.0.1,localhost,intra.example.com"
    assert safe["CDK_HOME"] == str(tmp_path)


@pytest.mark.parametrize(
    ("outside", "kept"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "ap-south-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "ap-south-1"),
        ({"AWS_REGION": "mars-north-1"}, "us-east-1"),
    ],
)
def test_a_region_is_kept_if_aws_has_it(outside: dict[str, str], kept: str, tmp_path: Path) -> None:
    safe = safe_environment(outside, "http://127.0.0.1:1", tmp_path)
    assert safe["AWS_REGION"] == safe["AWS_DEFAULT_REGION"] == safe["CDK_DEFAULT_REGION"] == kept


def test_the_commands_exit_status_is_handed_on_run_after_run() -> None:
    for status in (7, 0):
        assert run(sys.executable, "-c", f"raise SystemExit({status})").returncode == status
    assert run(sys.executable, "-c", "import os; os.kill(os.getpid(), 15)").returncode == 128 + 15


def test_a_command_ends_with_the_run_that_is_told_to_end() -> None:
    told = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with subprocess.Popen(  # noqa: S603
        [*EMBEDDED_AWS, "run", "--", sys.executable, "-c", told],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        command = int(process.stdout.readline())
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(command, 0)


def test_a_command_that_is_not_there_and_a_region_that_is_not_are_told() -> None:
    done = run("no-such-command")
    assert (done.returncode, done.stderr) == (127, "embedded_aws: no such command: no-such-command\n")
    done = run("true", options=("--region", "mars-north-1"))
    assert done.returncode == 2
    assert "mars-north-1" in done.stderr


def test_a_region_that_is_asked_for_reaches_the_command() -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['AWS_REGION'])"]
    assert run(*command, options=("--region", "eu-central-1"), AWS_REGION="us-west-2").stdout == "eu-central-1\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_how_to_use_it_and_ends_when_told(ending: signal.Signals) -> None:
    with subprocess.Popen(  # noqa: S603
        [*EMBEDDED_AWS, "serve"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "AWS_PROFILE": "production"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("export no_proxy"):
                break
        assert "unset AWS_PROFILE" in lines
        url = next(line for line in lines if line.startswith("export AWS_ENDPOINT_URL=")).partition("=")[2]
        with DIRECT.open(f"{url}/_embedded/calls") as answer:
            assert answer.read() == b"[]"
        process.send_signal(ending)
        assert process.wait(10) == 0
