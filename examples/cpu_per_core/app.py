"""Scaling on the CPU of each core: CloudWatch sums it over cores, and metric math divides it by the vCPUs."""

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
stack = Stack(app, "CpuPerCore")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.xlarge",
        )
    ],
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=4)
CpuPerCoreTrackingPolicy(scaling, "CpuPerCore", scaling=scaling, target_percent_per_core=50, vcpus=4)
app.synth()
