"""Idle endpoints among 10,000: calls, time and memory, beside a reading of one metric a call.

`python benchmarks/idle_endpoints.py [--endpoints N] [--idle N] [--wait-ms N] [--json]`. The embedded AWS runs in a
process of its own, and each side in another; both share this machine's processors with it. With `--wait-ms` each
call takes so much longer, as the network and a busier service would have it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "constructs")]

LAMBDA_SECONDS = 15 * 60
LAMBDA_MIB = 512
DAYS, OLD_DAYS = 14, 100
REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
DATA_A_CALL = 1000
DEFAULT_PAGE = 10  # of ListEndpoints, by its reference; moto's is longer
Api = Any  # clients, which boto3 makes at run time


@dataclass(frozen=True)
class Taken:
    """What a side took, and how many of the idle endpoints it named."""

    side: str
    seconds: float
    peak_mib: float
    calls: Mapping[str, int]
    idle_found: int
    judged: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--idle", type=int, default=2_000, help="how many of them nobody calls (default: 2000)")
    parser.add_argument("--wait-ms", type=int, default=0, help="what each call takes longer (default: 0)")
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.endpoints, given.idle)
    if given.side:
        print(json.dumps(asdict(measured(given.side, given.wait_ms))))
        return 0
    with served(given.endpoints, given.idle) as environment:
        taken = [run(side, environment, given.wait_ms) for side in SIDES]
    if given.json:
        print(json.dumps([asdict(each) for each in taken], indent=2))
    else:
        print(table(given.endpoints, given.idle, taken))
    ours = taken[0]
    is_met = ours.seconds < LAMBDA_SECONDS and ours.peak_mib < LAMBDA_MIB and ours.idle_found == given.idle
    return 0 if is_met else 1


def table(endpoints: int, idle: int, taken: list[Taken]) -> str:
    """For benchmarks/README.md."""
    lines = [
        f"{endpoints:,} endpoints, {idle:,} of them idle",
        "",
        "| side | API calls | seconds | peak memory | judged | idle found |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.side} | {sum(each.calls.values()):,} | {each.seconds:.0f} | {each.peak_mib:.0f} MiB | "
        f"{each.judged:,} | {each.idle_found:,} |"
        for each in taken
    ]
    return "\n".join([*lines, "", *(f"{each.side}: {json.dumps(dict(each.calls))}" for each in taken)])


# --- the sides -----------------------------------------------------------------------------------


def ours(sagemaker: Api, cloudwatch: Api, tagging: Api) -> tuple[int, int]:
    """How many are idle, and how many were judged."""
    from sagemaker_idle_endpoints import Criteria, find_idle_endpoints, shipped_prices  # noqa: PLC0415

    criteria = Criteria(lookback=timedelta(days=DAYS), prices=shipped_prices())
    report = find_idle_endpoints(sagemaker, cloudwatch, tagging, now=datetime.now(UTC), criteria=criteria)
    return len(report.idle), len(report.endpoints) - len(report.unknown)


def one_metric_a_call(sagemaker: Api, cloudwatch: Api, _: Api) -> tuple[int, int]:
    """As a published script goes about it: from the metrics that there are, each read by itself over a day.

    Its list of endpoints is the first page, and what is not on it is told as not active.
    """
    now = datetime.now(UTC)
    listed = {each["EndpointName"] for each in sagemaker.list_endpoints(MaxResults=DEFAULT_PAGE)["Endpoints"]}
    metrics = [
        metric
        for page in cloudwatch.get_paginator("list_metrics").paginate(
            Namespace="AWS/SageMaker", MetricName="Invocations"
        )
        for metric in page["Metrics"]
    ]
    busy, idle = set(), set()
    for metric in metrics:
        stat = {"Metric": metric, "Period": 86_400, "Stat": "Sum"}
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "calls", "MetricStat": stat}],
            StartTime=now - timedelta(days=1),
            EndTime=now,
        )
        (name,) = (each["Value"] for each in metric["Dimensions"] if each["Name"] == "EndpointName")
        if name in listed:
            (busy if sum(answer["MetricDataResults"][0]["Values"]) > 0 else idle).add(name)
    return len(idle - busy), len(busy | idle)


SIDES = {"ours": ours, "one metric a call": one_metric_a_call}


def measured(side: str, wait_ms: int) -> Taken:
    """One side, in this process."""
    import boto3  # noqa: PLC0415

    from sagemaker_idle_endpoints import counting_calls  # noqa: PLC0415
    from sagemaker_idle_endpoints._clients import Account  # noqa: PLC0415

    eyes = Account(boto3.Session()).eyes(REGION)
    for client in eyes:
        client.meta.events.register("before-send", lambda **_: time.sleep(wait_ms / 1000))
    with counting_calls(*eyes) as calls:
        began = time.monotonic()
        idle_found, judged = SIDES[side](*eyes)
        seconds = time.monotonic() - began
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Taken(side, seconds, peak_mib, dict(sorted(calls.items())), idle_found, judged)


def run(side: str, environment: Mapping[str, str], wait_ms: int) -> Taken:
    """One side, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--wait-ms", str(wait_ms)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{side} failed:\n{done.stderr}")
    return Taken(**json.loads(done.stdout))


# --- the fleet -----------------------------------------------------------------------------------


@contextmanager
def served(endpoints: int, idle: int) -> Iterator[dict[str, str]]:
    """An embedded AWS with the fleet on it, and the environment that reaches it."""
    command = [sys.executable, __file__, "--serve", "--endpoints", str(endpoints), "--idle", str(idle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101 - it is a pipe
        try:
            yield {**os.environ, **json.loads(server.stdout.readline())}
        finally:
            server.terminate()


def serve(endpoints: int, idle: int) -> int:
    """Make the fleet, print how to reach it, and serve until the end of standard input."""
    from embedded_aws import EmbeddedAws  # noqa: PLC0415

    with EmbeddedAws() as aws:
        make_fleet(aws, endpoints, idle)
        print(json.dumps({name: value for name, value in aws.environment().items() if name.startswith("AWS_")}))
        sys.stdout.flush()
        sys.stdin.read()
    return 0


def make_fleet(aws: Api, endpoints: int, idle: int) -> None:
    """Endpoints of one variant and their own configuration; all but the last `idle` were called on each day."""
    sagemaker, cloudwatch = aws.client("sagemaker", REGION), aws.client("cloudwatch", REGION)
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"
    sagemaker.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image})
    variant = {
        "VariantName": "main",
        "ModelName": "model",
        "InstanceType": "ml.c5.large",
        "InitialInstanceCount": 1,
    }
    names = [f"endpoint-{number:05}" for number in range(endpoints)]
    for name in names:
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        aws.backdate_endpoint(name, days=OLD_DAYS, region=REGION)
    now = datetime.now(UTC)
    data = [
        {
            "MetricName": "Invocations",
            "Dimensions": [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "main"}],
            "Timestamp": now - timedelta(days=day, hours=1),
            "Value": 100.0,
        }
        for name in names[: endpoints - idle]
        for day in range(DAYS)
    ]
    for first in range(0, len(data), DATA_A_CALL):
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=data[first : first + DATA_A_CALL])


if __name__ == "__main__":
    sys.exit(main())
