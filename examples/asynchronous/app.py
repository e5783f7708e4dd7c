"""An asynchronous endpoint that costs nothing while no request waits: to zero instances and back."""

from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    AsynchronousOutput,
    BacklogTrackingPolicy,
    ContainerImage,
    Variant,
    VariantScaling,
    WakeFromZeroPolicy,
)

app = App()
stack = Stack(app, "Asynchronous")
logs = s3.Bucket(stack, "AccessLogs", enforce_ssl=True)
data = s3.Bucket(stack, "Data", enforce_ssl=True, server_access_logs_bucket=logs)
endpoint = AsynchronousEndpoint(
    stack,
    "Endpoint",
    variant=Variant(
        name="AllTraffic",
        image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/transcribe:3"),
        instance_type="ml.g4dn.xlarge",
    ),
    output=AsynchronousOutput(
        bucket=data,
        failure_prefix="async/failures",
        success_topic=sns.Topic(stack, "Done", enforce_ssl=True),
        error_topic=sns.Topic(stack, "Failed", enforce_ssl=True),
    ),
    max_concurrent_invocations_per_instance=4,
)
scaling = VariantScaling(stack, "Scaling", variant=endpoint.variant, min_capacity=0, max_capacity=5)
BacklogTrackingPolicy(scaling, "Backlog", scaling=scaling, target_per_instance=5)
WakeFromZeroPolicy(scaling, "WakeFromZero", scaling=scaling)
app.synth()
