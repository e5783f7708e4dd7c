"""The shifts, deployed once a module, and put back for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shifts import ShiftBench, fill
from stack_bench import StackBench

from sagemaker_capacity_plan import CapacityPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aws_cdk import Stack
    from conftest import Synthesised

    from embedded_aws import EmbeddedAws


@pytest.fixture(scope="module")
def deployed(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised], embedded_aws: EmbeddedAws, repository: Path
) -> ShiftBench:
    plan = CapacityPlan.read(repository / "examples/from_plan/plan.json")
    resources = synthesise(lambda stack: fill(stack, plan)).template["Resources"]
    stack = StackBench(embedded_aws, "shifts")
    assert stack.deploy(resources) == "CREATE_COMPLETE", stack.reasons
    return ShiftBench(embedded_aws, stack, resources)


@pytest.fixture
def bench(deployed: ShiftBench) -> Iterator[ShiftBench]:
    deployed.put_back()
    yield deployed
    deployed.set_status("InService")
