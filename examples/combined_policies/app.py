"""Several policies on one variant: the one that asks for the most capacity wins, whoever asks.

A step scale-in is not held back by target tracking, so synthesis warns of the two together, until acknowledged.
"""

from aws_cdk import Annotations, App, Stack

import cdk_sagemaker_scaling as scalable

app = App()
stack = Stack(app, "CombinedPolicies")
variant = scalable.Variant(
    name="AllTraffic",
    image=scalable.ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/ranking:12"),
    instance_type="ml.c5.large",
)
live = scalable.RealTimeEndpoint(stack, "Endpoint", variants=[variant]).variants["AllTraffic"]
scaling = scalable.VariantScaling(
    stack, "Scaling", variant=live, min_capacity=2, max_capacity=12, start_up_seconds=240
)
scalable.InvocationsTrackingPolicy(scaling, "Load", scaling=scaling, target_per_instance_per_minute=4000)
scalable.CpuPerCoreTrackingPolicy(scaling, "Cpu", scaling=scaling, target_percent_per_core=60, vcpus=2)
flood = [scalable.ScalingStep(0, 2000, 50), scalable.ScalingStep(2000, None, 100)]
scalable.StepScalingOutPolicy(scaling, "Flood", scaling=scaling, threshold=7000, steps=flood)
night = scalable.StepScalingInPolicy(
    scaling,
    "Night",
    scaling=scaling,
    threshold=100,
    steps=[scalable.ScalingStep(None, 0, 2)],
    adjustment_type="ExactCapacity",
    evaluation_periods=60,
)
Annotations.of(night).acknowledge_warning(
    "cdk-sagemaker-scaling:StepInBesideTracking", "An hour without load needs no more than two instances."
)
app.synth()
