"""A shadow variant: the next model gets a copy of half the requests, and its answers reach nobody."""

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
stack = Stack(app, "Shadow")
image = ContainerImage.from_aws("xgboost", "1.7-1")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="Live",
            image=image,
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/1/model.tar.gz"),
            instance_type="ml.c5.large",
        )
    ],
    shadow_variant=Variant(
        name="Next",
        image=image,
        model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/2/model.tar.gz"),
        instance_type="ml.c5.large",
        weight=0.5,
    ),
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["Live"], min_capacity=1, max_capacity=4)
InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4000)
app.synth()
