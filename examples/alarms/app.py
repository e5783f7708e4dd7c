"""Alarms on an endpoint: errors, slow answers, full instances, and capacity that can grow no more."""

from aws_cdk import App, Stack
from aws_cdk import aws_sns_subscriptions as subscriptions

from cdk_sagemaker_scaling import (
    ContainerImage,
    ModelData,
    NotificationTopic,
    RealTimeEndpoint,
    Variant,
    VariantAlarms,
)

app = App()
stack = Stack(app, "Alarms")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type="ml.c5.large",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
topic = NotificationTopic(stack, "Notifications").topic
topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
VariantAlarms(
    stack,
    "Alarms",
    variant=endpoint.variants["AllTraffic"],
    topic=topic,
    error_percent=1,
    latency_ms=50,
    latency_statistic="p99",
    invocations_per_instance_per_minute=5000,
    cpu_percent_per_core=80,
    vcpus=2,
    max_capacity=4,
)
app.synth()
