"""An image that `cdk deploy` builds from the folder beside this file, and pushes; it takes Docker."""

from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk.aws_ecr_assets import Platform

from cdk_sagemaker_scaling import ContainerImage, RealTimeEndpoint, Variant

app = App()
stack = Stack(app, "ContainerImageAsset")

folder = Path(__file__).with_name("container")
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_asset(folder, platform=Platform.LINUX_AMD64),
    instance_type="ml.c5.large",
)
RealTimeEndpoint(stack, "Endpoint", variants=[variant])
app.synth()
