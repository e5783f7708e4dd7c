"""A serverless endpoint without cold starts: what is kept warm follows its use, and leads it in the morning."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    ModelData,
    ProvisionedConcurrencyScaling,
    ProvisionedConcurrencyTrackingPolicy,
    ScheduledScaling,
    ServerlessEndpoint,
)

app = App()
stack = Stack(app, "ServerlessWarm")

endpoint = ServerlessEndpoint(
    stack,
    "Endpoint",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    memory_mb=2048,
    max_concurrency=20,
    provisioned_concurrency=2,
)
scaling = ProvisionedConcurrencyScaling(stack, "Scaling", variant=endpoint.variant, min_capacity=1, max_capacity=10)
ProvisionedConcurrencyTrackingPolicy(scaling, "Utilization", scaling=scaling, target_utilization=0.7)
ScheduledScaling(scaling, "Morning", scaling=scaling, schedule="cron(0 8 ? * MON-FRI *)", min_capacity=5)
ScheduledScaling(scaling, "Evening", scaling=scaling, schedule="cron(0 18 ? * MON-FRI *)", min_capacity=1)
app.synth()
