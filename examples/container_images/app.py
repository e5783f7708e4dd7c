"""Where images and models come from: a repository, AWS's own images, an archive in a bucket, one on this machine.

The endpoint's role may pull and read exactly these.
"""

from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "ContainerImages")

repository = ecr.Repository.from_repository_name(stack, "Repository", "ranking")
bucket = s3.Bucket.from_bucket_name(stack, "Models", "amzn-s3-demo-bucket")
variants = [
    Variant(
        name="OwnImage",
        image=ContainerImage.from_ecr_repository(repository, "1.4.2"),
        model_data=ModelData.from_bucket(bucket, "ranking/model.tar.gz"),
        instance_type="ml.c5.large",
    ),
    Variant(
        name="AwsImage",
        image=ContainerImage.from_aws("pytorch", "2.6"),
        model_data=ModelData.from_asset(Path(__file__).with_name("model.tar.gz")),
        instance_type="ml.c5.large",
    ),
]
RealTimeEndpoint(stack, "Endpoint", variants=variants)
app.synth()
