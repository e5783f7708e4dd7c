"""A canary: a tenth of the traffic meets the new model first, and errors or slow answers roll it back.

The alarms watch the new fleet alone. The endpoint waits for them, so its name must be known beforehand.
"""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    CanaryDeployment,
    CapacitySize,
    ContainerImage,
    ModelData,
    NotificationTopic,
    RealTimeEndpoint,
    Variant,
    VariantAlarms,
)

app = App()
stack = Stack(app, "Canary")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type="ml.c5.large",
)
canary = CanaryDeployment(size=CapacitySize.percent(10), wait_interval_seconds=600, termination_wait_seconds=300)
endpoint = RealTimeEndpoint(stack, "Endpoint", endpoint_name="forecasts", variants=[variant], deployment=canary)
alarms = VariantAlarms(
    stack,
    "Alarms",
    variant=endpoint.variants[variant.name],
    topic=NotificationTopic(stack, "Notifications").topic,
    latency_ms=50,
    endpoint_config_name=endpoint.endpoint_config_name,
)
endpoint.roll_back_on(*alarms.alarms)
app.synth()
