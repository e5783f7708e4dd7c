"""All traffic moves to a new fleet at once; the old one stays for ten minutes, and errors move it back."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    AllAtOnceDeployment,
    ContainerImage,
    ModelData,
    RealTimeEndpoint,
    Variant,
)

app = App()
stack = Stack(app, "AllAtOnce")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type="ml.c5.large",
)
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    endpoint_name="prices",
    variants=[variant],
    deployment=AllAtOnceDeployment(termination_wait_seconds=600),
)
errors = endpoint.variants[variant.name].metric_model_errors()
endpoint.roll_back_on(errors.create_alarm(stack, "Errors", threshold=5, evaluation_periods=1))
app.synth()
