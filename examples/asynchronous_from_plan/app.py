"""An asynchronous endpoint that scales by a capacity plan, to zero and back."""

from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_scaling import AsynchronousEndpoint, AsynchronousOutput, ContainerImage, Variant, VariantScaling
from sagemaker_capacity_plan import CapacityPlan

app = App()
stack = Stack(app, "AsynchronousFromPlan")
plan = CapacityPlan.read(Path(__file__).with_name("plan.json"))

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
    output=AsynchronousOutput(bucket=data),
)
VariantScaling.from_plan(stack, "Scaling", variant=endpoint.variant, plan=plan)
app.synth()
