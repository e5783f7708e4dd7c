"""What scales to zero comes back, and each kind of scaling scales its own kind alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from least import asynchronous, component, host, real_time, scaled, scaled_copies, scaled_queue, serverless
from refusals import refused

from cdk_sagemaker_scaling import (
    InferenceComponentScaling,
    MetricTrackingPolicy,
    ProvisionedConcurrencyScaling,
    ScheduledScaling,
    StepScalingOutPolicy,
    VariantScaling,
    WakeFromZeroPolicy,
)
from sagemaker_capacity_plan import ScalingStep

if TYPE_CHECKING:
    from collections.abc import Callable


def sleepy(stack: Stack) -> None:
    """At zero from the start, by the clock, and as a copy: each without what wakes it."""
    scaled_queue(stack, "Queue", min_capacity=0)
    at_night = scaled_copies(stack, "Copies", min_capacity=1)
    ScheduledScaling(at_night, "Night", scaling=at_night, schedule="cron(0 20 * * ? *)", min_capacity=0)
    # What is off is in no template, so nothing of it can stay at zero.
    scaled_queue(stack, "Off", variant=asynchronous(stack, "Other").variant, min_capacity=0, enabled=False)


def test_zero_without_what_leaves_it_is_refused_at_synthesis() -> None:
    app = App()
    sleepy(Stack(app, "Stack"))
    with pytest.raises(RuntimeError, match="target tracking cannot leave zero, got 0 for a minimum") as refusal:
        app.synth()
    said = str(refusal.value)
    assert said.count("add a WakeFromZeroPolicy, or take a minimum of 1") == 2
    assert "[Stack/Queue]" in said
    assert "[Stack/Copies]" in said


def test_zero_with_what_leaves_it_is_taken() -> None:
    app = App()
    stack = Stack(app, "Stack")
    sleepy(stack)
    for name in ("Queue", "Copies"):
        scaling = stack.node.find_child(name)
        WakeFromZeroPolicy(scaling, "Wake", scaling=scaling)  # type: ignore[arg-type]  # it is the target
    app.synth()


@pytest.mark.parametrize(
    ("scaling", "given", "told"),
    [
        (VariantScaling, "serverless", "does not scale a ServerlessVariant: take ProvisionedConcurrencyScaling"),
        (VariantScaling, "copies", "does not scale a InferenceComponentCopies: take InferenceComponentScaling"),
        (VariantScaling, "host", "give its fleet managed_instance_scaling"),
        (ProvisionedConcurrencyScaling, "real_time", "does not scale a EndpointVariant: take VariantScaling"),
        (InferenceComponentScaling, "asynchronous", "does not scale a AsynchronousVariant: take VariantScaling"),
        (VariantScaling, "name", "does not scale a str: give a variant of an endpoint"),
    ],
)
def test_each_scaling_scales_its_own_kind_alone(
    stack: Stack, scaling: Callable[..., object], given: str, told: str
) -> None:
    on = host(stack)
    resources: dict[str, Any] = {
        "serverless": serverless(stack).variant,
        "copies": component(stack, endpoint=on).copies,
        "host": on.variant,
        "real_time": real_time(stack).variants["V"],
        "asynchronous": asynchronous(stack).variant,
        "name": "AllTraffic",
    }
    prop = "component" if scaling is InferenceComponentScaling else "variant"
    with refused(stack, told):
        scaling(stack, "Scaling", min_capacity=1, max_capacity=2, **{prop: resources[given]})


@pytest.mark.parametrize("elsewhere", [{"account": "210987654321"}, {"region": "eu-north-1"}])
def test_a_metric_of_another_account_or_region_is_refused(stack: Stack, elsewhere: dict[str, str]) -> None:
    scaling = scaled(stack)
    metric = cloudwatch.Metric(namespace="Shop", metric_name="Load", **elsewhere)  # type: ignore[arg-type]  # texts
    (where,) = elsewhere.values()
    told = f"a policy reads metrics of its own account and region, got Load of {where}"
    with refused(stack, told, "leave account and region out"):
        MetricTrackingPolicy(scaling, "Tracking", scaling=scaling, metric=metric, target_value=5)
    with refused(stack, told):
        StepScalingOutPolicy(
            scaling, "Steps", scaling=scaling, metric=metric, threshold=5, steps=[ScalingStep(0, None, 10)]
        )
