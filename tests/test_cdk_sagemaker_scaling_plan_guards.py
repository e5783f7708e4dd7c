"""A plan scales what it was made for, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aws_cdk import CfnParameter, Stack
from least import IMAGE, asynchronous, component, fleet, host, real_time, serverless, variant
from plans_strategy import asynchronous_plans, component_plans, drawn, serverless_plans
from refusals import refused

from cdk_sagemaker_scaling import (
    InferenceComponent,
    InferenceComponentScaling,
    ProvisionedConcurrencyScaling,
    ServerlessEndpoint,
    VariantScaling,
)
from sagemaker_capacity_plan import ServerlessScaling

if TYPE_CHECKING:
    from collections.abc import Callable

    from sagemaker_capacity_plan import CapacityPlan


@pytest.fixture(scope="module")
def plans(shipped_plan: CapacityPlan) -> dict[str, CapacityPlan]:
    """A plan of each kind; the serverless one provisions nothing."""
    (queue,), (copies,), (warm,) = (
        drawn(s, 1) for s in (asynchronous_plans(), component_plans(), serverless_plans())
    )
    bare = ServerlessScaling(memory_mb=2048, max_concurrency=20)
    found = [shipped_plan, queue, copies, replace(warm, computed=bare, overrides=())]
    return {plan.scaling.KIND: plan for plan in found}


def takers(stack: Stack) -> dict[str, list[Callable[[str, CapacityPlan], object]]]:
    """All that takes a plan, by the kind that it takes."""
    instances, queue, warm = real_time(stack).variants["V"], asynchronous(stack).variant, serverless(stack).variant
    on_host = host(stack)
    copies = component(stack, endpoint=on_host).copies
    return {
        "real-time": [lambda id_, plan: VariantScaling.from_plan(stack, id_, variant=instances, plan=plan)],
        "asynchronous": [lambda id_, plan: VariantScaling.from_plan(stack, id_, variant=queue, plan=plan)],
        "inference-component": [
            lambda id_, plan: InferenceComponent.from_plan(stack, id_, endpoint=on_host, image=IMAGE, plan=plan),
            lambda id_, plan: InferenceComponentScaling.from_plan(stack, id_, component=copies, plan=plan),
        ],
        "serverless": [
            lambda id_, plan: ServerlessEndpoint.from_plan(stack, id_, image=IMAGE, plan=plan),
            lambda id_, plan: ProvisionedConcurrencyScaling.from_plan(stack, id_, variant=warm, plan=plan),
        ],
    }


def test_a_plan_scales_its_own_kind_alone(stack: Stack, plans: dict[str, CapacityPlan]) -> None:
    kinds = takers(stack)
    assert kinds.keys() == plans.keys()
    for takes, of_kind in kinds.items():
        for kind in plans.keys() - {takes}:
            for number, taker in enumerate(of_kind):
                with refused(stack, f"takes a plan of kind {takes}, got one of kind {kind}"):
                    taker(f"{takes}-{number}-{kind}", plans[kind])


def test_a_plan_fits_a_type_that_only_the_deploy_knows(stack: Stack, plans: dict[str, CapacityPlan]) -> None:
    type_ = CfnParameter(stack, "Type").value_as_string
    instances = real_time(stack, variants=[variant(instance_type=type_)]).variants["V"]
    plan = plans["real-time"]
    assert (
        VariantScaling.from_plan(stack, "S", variant=instances, plan=plan).max_capacity == plan.scaling.max_capacity
    )
    on_host = host(stack, fleet=fleet(instance_type=type_))
    of_copies = plans["inference-component"]
    assert InferenceComponent.from_plan(stack, "C", endpoint=on_host, image=IMAGE, plan=of_copies).copies


def test_a_plan_holds_for_the_type_that_was_measured(stack: Stack, plans: dict[str, CapacityPlan]) -> None:
    larger = real_time(stack, variants=[variant(instance_type="ml.c5.xlarge")]).variants["V"]
    with refused(stack, "the plan is for ml.c5.large, the variant 'V' runs on ml.c5.xlarge"):
        VariantScaling.from_plan(stack, "Scaling", variant=larger, plan=plans["real-time"])
    of_copies, on_host = plans["inference-component"], host(stack)
    assert of_copies.instance.type != on_host.variant.instance_type
    with refused(stack, f"the plan is for {of_copies.instance.type}, the endpoint's fleet is of ml.g5.xlarge"):
        InferenceComponent.from_plan(stack, "Component", endpoint=on_host, image=IMAGE, plan=of_copies)


def test_a_plan_that_provisions_nothing_scales_nothing(stack: Stack, plans: dict[str, CapacityPlan]) -> None:
    warm = ServerlessEndpoint.from_plan(stack, "E", plan=plans["serverless"], image=IMAGE).variant
    with refused(stack, "the plan provisions no concurrency, so there is nothing to scale: leave the scaling out"):
        ProvisionedConcurrencyScaling.from_plan(stack, "Scaling", variant=warm, plan=plans["serverless"])
