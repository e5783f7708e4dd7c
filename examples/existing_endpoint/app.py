"""Scaling for an endpoint that another stack, or no stack at all, has made: all it takes is its name."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    CpuPerCoreTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

app = App()

theirs = Stack(app, "Theirs")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type="ml.m5.large",
)
RealTimeEndpoint(theirs, "Endpoint", endpoint_name="recommendations", variants=[variant])

ours = Stack(app, "Ours")
ours.add_stack_dependency(theirs)  # a variant is registered once it is there
existing = RealTimeEndpoint.from_endpoint_name(
    ours, "Endpoint", "recommendations", instance_types={"AllTraffic": "ml.m5.large"}
)
scaling = VariantScaling(ours, "Scaling", variant=existing.variants["AllTraffic"], min_capacity=1, max_capacity=3)
CpuPerCoreTrackingPolicy(scaling, "CpuPerCore", scaling=scaling, target_percent_per_core=60, vcpus=2)
app.synth()
