"""A scaled variant gets another instance type, in two deploys, for AWS refuses it while the variant is registered.

1. `cdk deploy -c scaling=off` takes the scaling out; instances stay as many as they are.
2. With the new type as the default below, `cdk deploy` changes it and registers the variant again.
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
stack = Stack(app, "ChangeInstanceType")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type=app.node.try_get_context("instance_type") or "ml.c5.large",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
scaling = VariantScaling(
    stack,
    "Scaling",
    variant=endpoint.variants["AllTraffic"],
    min_capacity=1,
    max_capacity=4,
    enabled=app.node.try_get_context("scaling") != "off",
)
InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=4000)
app.synth()
