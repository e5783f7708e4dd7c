"""Step scaling: the further CPU is past a threshold, the more instances come or go; each policy has its alarm."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    RealTimeEndpoint,
    ScalingStep,
    StepScalingInPolicy,
    StepScalingOutPolicy,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "StepScaling")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/ranking:12"),
    instance_type="ml.c5.xlarge",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
live = endpoint.variants["AllTraffic"]
cpu = live.metric_cpu_utilization_per_core(vcpus=4)

scaling = VariantScaling(stack, "Scaling", variant=live, min_capacity=2, max_capacity=10)
out = [ScalingStep(0, 15, 1), ScalingStep(15, None, 3)]  # from 60 % one more, from 75 % three
StepScalingOutPolicy(
    scaling, "Out", scaling=scaling, metric=cpu, threshold=60, steps=out, adjustment_type="ChangeInCapacity"
)
back = [ScalingStep(-10, 0, -10), ScalingStep(None, -10, -30)]  # below 30 % a tenth fewer, below 20 % three tenths
StepScalingInPolicy(scaling, "In", scaling=scaling, metric=cpu, threshold=30, steps=back, evaluation_periods=15)
app.synth()
