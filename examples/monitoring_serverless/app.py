"""A serverless endpoint under watch: cold starts, throttled requests, and how near it is to its limits."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    EndpointDashboard,
    ModelData,
    NotificationTopic,
    ServerlessAlarms,
    ServerlessEndpoint,
)

app = App()
stack = Stack(app, "MonitoringServerless")
endpoint = ServerlessEndpoint(
    stack,
    "Endpoint",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    memory_mb=2048,
    max_concurrency=20,
)
alarms = ServerlessAlarms(
    stack,
    "Alarms",
    variant=endpoint.variant,
    topic=NotificationTopic(stack, "Notifications").topic,
    latency_ms=200,
    concurrency_utilization=0.8,
    memory_percent=90,
)
EndpointDashboard(stack, "Dashboard", endpoint=endpoint, alarms=alarms.alarms)
app.synth()
