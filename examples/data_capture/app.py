"""A tenth of the requests and answers is kept in a bucket, under a key of one's own."""

from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_scaling import ContainerImage, DataCapture, ModelData, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "DataCaptured")

logs = s3.Bucket(stack, "AccessLogs", enforce_ssl=True)
data = s3.Bucket(stack, "Data", enforce_ssl=True, server_access_logs_bucket=logs)
RealTimeEndpoint(
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
    data_capture=DataCapture(
        bucket=data,
        prefix="requests",
        sampling_percent=10,
        encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
    ),
)
app.synth()
