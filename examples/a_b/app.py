"""An A/B test: two variants share the traffic by their weights, and B scales as its part of it grows.

Start at 50/50; once B has won, `cdk deploy -c weights=0/100` moves all traffic, and no instance is lost by it.
"""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    InvocationsTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "AB")
weights = (app.node.try_get_context("weights") or "50/50").split("/")
variants = [
    Variant(
        name=f"Variant{name}",
        image=ContainerImage.from_aws("pytorch", "2.6"),
        model_data=ModelData.from_url(f"s3://amzn-s3-demo-bucket/reviews/{name}/model.tar.gz"),
        instance_type="ml.m5.large",
        weight=int(weight),
    )
    for name, weight in zip("AB", weights, strict=True)
]
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants)
scaling = VariantScaling(stack, "ScalingB", variant=endpoint.variants["VariantB"], min_capacity=1, max_capacity=2)
InvocationsTrackingPolicy(
    scaling,
    "Invocations",
    scaling=scaling,
    target_per_instance_per_minute=2.0,
    scale_out_cooldown_seconds=60,
    scale_in_cooldown_seconds=300,
)
app.synth()
