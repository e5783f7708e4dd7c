"""One model behind a real-time endpoint: one to four instances, by the requests that each one gets."""

from aws_cdk import App, CfnOutput, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    InvocationsTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "RealTime")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.large",
        )
    ],
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=4)
InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4000)
CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

app.synth()
