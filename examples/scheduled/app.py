"""Scheduled scaling: more instances before people come, fewer once they go, and a season with more still."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    InvocationsTrackingPolicy,
    RealTimeEndpoint,
    ScheduledScaling,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "Scheduled")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/ranking:12"),
    instance_type="ml.c5.large",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=8)
InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4000)

zone = "Europe/Berlin"
ScheduledScaling(scaling, "Up", scaling=scaling, schedule="cron(30 8 ? * MON-FRI *)", timezone=zone, min_capacity=4)
ScheduledScaling(
    scaling, "Down", scaling=scaling, schedule="cron(0 19 ? * MON-FRI *)", timezone=zone, min_capacity=1
)
ScheduledScaling(
    scaling,
    "BeforeChristmas",
    scaling=scaling,
    schedule="cron(0 12 ? * MON-FRI *)",
    timezone=zone,
    min_capacity=6,
    start_utc="2027-11-29T00:00:00Z",
    end_utc="2027-12-24T00:00:00Z",
)
app.synth()
