"""Who may call the endpoint: a role that is permitted this one and no other."""

from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "InvokePermission")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.large",
        )
    ],
)
caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
endpoint.grant_invoke(caller)
endpoint.grant(caller, "sagemaker:DescribeEndpoint")
app.synth()
