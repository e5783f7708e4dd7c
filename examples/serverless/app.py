"""A serverless endpoint: billed while it runs, up to twenty requests at once, nothing to scale by hand."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import ContainerImage, ModelData, ServerlessEndpoint

app = App()
stack = Stack(app, "Serverless")

ServerlessEndpoint(
    stack,
    "Endpoint",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    memory_mb=2048,
    max_concurrency=20,
)
app.synth()
