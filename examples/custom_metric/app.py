"""Scaling on a metric that the container publishes itself: how many of its batch slots are in use."""

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import (
    ContainerImage,
    MetricTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "CustomMetric")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/translate:4"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/translate/model.tar.gz"),
            instance_type="ml.g5.xlarge",
        )
    ],
)
slots_in_use = cloudwatch.Metric(
    namespace="Translate",
    metric_name="BatchSlotsInUsePercent",  # of each instance, so it falls as instances are added
    dimensions_map={"EndpointName": endpoint.endpoint_name},
    statistic="Average",
    period=Duration.minutes(1),
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=4)
MetricTrackingPolicy(scaling, "SlotsInUse", scaling=scaling, metric=slots_in_use, target_value=60)
app.synth()
