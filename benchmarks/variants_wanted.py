"""What both sides of variants.py define: the numbers of every variant, and how many variants an endpoint has."""

from __future__ import annotations

import json
import sys
from pathlib import Path

VARIANTS_PER_ENDPOINT = 10  # CreateEndpointConfig's limit

STACK = "Variants"
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/model:1"
INSTANCE_TYPE, VCPUS = "ml.c5.large", 2
MIN_CAPACITY, MAX_CAPACITY = 1, 8
INVOCATIONS_PER_INSTANCE_PER_MINUTE = 4987
PERCENT_PER_CORE = 60
SCALE_IN_COOLDOWN_SECONDS, SCALE_OUT_COOLDOWN_SECONDS = 300, 120
STEP_THRESHOLD = 6200
STEPS = ((0, 1000, 25), (1000, None, 50))  # from and to above the threshold, percent to add
SCHEDULE, TIMEZONE, SCHEDULED_MIN_CAPACITY = "cron(0 8 ? * MON-FRI *)", "Europe/Berlin", 4


def fleets(variants: int) -> list[int]:
    """How many variants each endpoint has."""
    return [min(VARIANTS_PER_ENDPOINT, variants - first) for first in range(0, variants, VARIANTS_PER_ENDPOINT)]


def model_data(fleet: int, variant: str) -> str:
    """The address of a variant's model, each its own."""
    return f"s3://models/fleet{fleet}/{variant}/model.tar.gz"


def flags() -> dict[str, object]:
    """The flags of cdk.json, which only the CDK CLI would read otherwise."""
    found: dict[str, object] = json.loads(
        (Path(__file__).resolve().parent.parent / "cdk.json").read_text(encoding="utf-8")
    )["context"]
    return found


def asked() -> int:
    """How many variants the command line wants."""
    return int(sys.argv[1])
