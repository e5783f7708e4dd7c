"""A container that is cut off from every network, on a volume that is encrypted under a key of one's own."""

from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "NetworkIsolation")

RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("xgboost", "1.7-1"),
            model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
            instance_type="ml.c5.large",
            volume_size_gb=50,
        )
    ],
    network_isolation=True,
    encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
)
app.synth()
