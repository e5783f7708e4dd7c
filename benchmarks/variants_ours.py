"""The variants of variants.py with the constructs of this project: `python benchmarks/variants_ours.py COUNT`."""

from __future__ import annotations

import variants_wanted as wanted
from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    CpuPerCoreTrackingPolicy,
    EndpointVariant,
    InvocationsTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    ScalingStep,
    ScheduledScaling,
    StepScalingOutPolicy,
    Variant,
    VariantScaling,
)


def define(stack: Stack, variants: int) -> None:
    for n, count in enumerate(wanted.fleets(variants)):
        endpoint = RealTimeEndpoint(
            stack,
            f"Endpoint{n}",
            variants=[
                Variant(
                    name=f"variant{m}",
                    image=ContainerImage.from_uri(wanted.IMAGE),
                    model_data=ModelData.from_url(wanted.model_data(n, f"variant{m}")),
                    instance_type=wanted.INSTANCE_TYPE,
                    initial_instance_count=wanted.MIN_CAPACITY,
                )
                for m in range(count)
            ],
        )
        for variant in endpoint.variants.values():
            scale(stack, f"Scaling{n}{variant.name}", variant)


def scale(stack: Stack, id: str, variant: EndpointVariant) -> None:  # noqa: A002
    scaling = VariantScaling(
        stack,
        id,
        variant=variant,
        min_capacity=wanted.MIN_CAPACITY,
        max_capacity=wanted.MAX_CAPACITY,
    )
    InvocationsTrackingPolicy(
        scaling,
        "Invocations",
        scaling=scaling,
        target_per_instance_per_minute=wanted.INVOCATIONS_PER_INSTANCE_PER_MINUTE,
        scale_in_cooldown_seconds=wanted.SCALE_IN_COOLDOWN_SECONDS,
        scale_out_cooldown_seconds=wanted.SCALE_OUT_COOLDOWN_SECONDS,
    )
    CpuPerCoreTrackingPolicy(
        scaling,
        "CpuPerCore",
        scaling=scaling,
        target_percent_per_core=wanted.PERCENT_PER_CORE,
        vcpus=wanted.VCPUS,
        scale_in_cooldown_seconds=wanted.SCALE_IN_COOLDOWN_SECONDS,
        scale_out_cooldown_seconds=wanted.SCALE_OUT_COOLDOWN_SECONDS,
    )
    StepScalingOutPolicy(
        scaling,
        "StepOut",
        scaling=scaling,
        threshold=wanted.STEP_THRESHOLD,
        steps=[ScalingStep(*step) for step in wanted.STEPS],
        cooldown_seconds=wanted.SCALE_OUT_COOLDOWN_SECONDS,
    )
    ScheduledScaling(
        scaling,
        "Morning",
        scaling=scaling,
        schedule=wanted.SCHEDULE,
        timezone=wanted.TIMEZONE,
        min_capacity=wanted.SCHEDULED_MIN_CAPACITY,
    )


def make_app(variants: int, *, outdir: str | None = None) -> App:
    app = App(context=wanted.flags(), outdir=outdir)
    define(Stack(app, wanted.STACK), variants)
    return app


if __name__ == "__main__":
    make_app(wanted.asked()).synth()
