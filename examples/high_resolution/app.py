"""Scaling out within seconds: requests in flight for each model, a metric of every 10 seconds."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ConcurrencyTrackingPolicy,
    ContainerImage,
    MetricsConfig,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "HighResolution")

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
    metrics_config=MetricsConfig(publish_frequency_seconds=10, enhanced=True),
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=6)
ConcurrencyTrackingPolicy(
    scaling, "Concurrency", scaling=scaling, target_per_model=5, scale_out_cooldown_seconds=120
)
app.synth()
