"""A serverless endpoint from a capacity plan: memory, concurrency, and what is kept warm."""

from pathlib import Path

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import ContainerImage, ModelData, ProvisionedConcurrencyScaling, ServerlessEndpoint
from sagemaker_capacity_plan import CapacityPlan

app = App()
stack = Stack(app, "ServerlessFromPlan")
plan = CapacityPlan.read(Path(__file__).with_name("plan.json"))

endpoint = ServerlessEndpoint.from_plan(
    stack,
    "Endpoint",
    plan=plan,
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
)
ProvisionedConcurrencyScaling.from_plan(stack, "Scaling", variant=endpoint.variant, plan=plan)
app.synth()
