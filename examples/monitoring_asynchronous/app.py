"""An asynchronous endpoint under watch: how old its oldest request is, its failures, its queue, its instances."""

from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_scaling import (
    AsynchronousAlarms,
    AsynchronousEndpoint,
    AsynchronousOutput,
    ContainerImage,
    EndpointDashboard,
    NotificationTopic,
    Variant,
)

app = App()
stack = Stack(app, "MonitoringAsynchronous")
bucket = s3.Bucket.from_bucket_name(stack, "Data", "amzn-s3-demo-bucket")
endpoint = AsynchronousEndpoint(
    stack,
    "Endpoint",
    variant=Variant(
        name="AllTraffic",
        image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/transcribe:3"),
        instance_type="ml.g4dn.xlarge",
    ),
    output=AsynchronousOutput(bucket=bucket),
)
alarms = AsynchronousAlarms(
    stack,
    "Alarms",
    variant=endpoint.variant,
    topic=NotificationTopic(stack, "Notifications").topic,
    oldest_request_seconds=900,
)
EndpointDashboard(stack, "Dashboard", endpoint=endpoint, alarms=alarms.alarms)
app.synth()
