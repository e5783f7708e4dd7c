"""Two variants of an A/B test side by side on one dashboard, with what they cost and what scaling did."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    EndpointDashboard,
    InvocationsTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    ScalingActivityLog,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "DashboardAB")
variants = [
    Variant(
        name=f"Variant{name}",
        image=ContainerImage.from_aws("pytorch", "2.6"),
        model_data=ModelData.from_url(f"s3://amzn-s3-demo-bucket/reviews/{name}/model.tar.gz"),
        instance_type="ml.m5.large",
    )
    for name in "AB"
]
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants)
for name, variant in endpoint.variants.items():
    scaling = VariantScaling(stack, f"Scaling{name}", variant=variant, min_capacity=1, max_capacity=4)
    InvocationsTrackingPolicy(scaling, "Invocations", scaling=scaling, target_per_instance_per_minute=600)
EndpointDashboard(
    stack,
    "Dashboard",
    endpoint=endpoint,
    side_by_side=("VariantA", "VariantB"),
    prices_usd_per_hour={"VariantA": 0.115, "VariantB": 0.115},
    activity=ScalingActivityLog(stack, "Activity", endpoints=[endpoint]),
)
app.synth()
