"""Scaling held still in part: instances still come, none goes and no schedule acts until the launch is over."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    InvocationsTrackingPolicy,
    RealTimeEndpoint,
    Suspended,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "Suspended")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/ranking:12"),
    instance_type="ml.c5.large",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
scaling = VariantScaling(
    stack,
    "Scaling",
    variant=endpoint.variants["AllTraffic"],
    min_capacity=2,
    max_capacity=8,
    suspended=Suspended(scale_in=True, scheduled=True),
)
InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4000)
app.synth()
