"""A linear update: a quarter of the traffic every five minutes moves to the new fleet."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    CapacitySize,
    ContainerImage,
    LinearDeployment,
    ModelData,
    RealTimeEndpoint,
    Variant,
)

app = App()
stack = Stack(app, "Linear")

RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.large",
            initial_instance_count=4,
        )
    ],
    deployment=LinearDeployment(step=CapacitySize.percent(25), wait_interval_seconds=300),
)
app.synth()
