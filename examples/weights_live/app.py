"""Weights that are moved at the live endpoint: a deploy leaves them as they are, and the counts as well.

The weights below hold for the first deploy. From then on they are moved with, say,
`aws sagemaker update-endpoint-weights-and-capacities`, and stay moved.
"""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant, WeightsOwner

app = App()
stack = Stack(app, "WeightsLive")
variants = [
    Variant(
        name=name,
        image=ContainerImage.from_aws("xgboost", "1.7-1"),
        model_data=ModelData.from_url(f"s3://amzn-s3-demo-bucket/xgboost/{name}/model.tar.gz"),
        instance_type="ml.c5.large",
        weight=weight,
    )
    for name, weight in {"Current": 1, "Next": 0}.items()
]
RealTimeEndpoint(stack, "Endpoint", variants=variants, weights_owner=WeightsOwner.LIVE_ENDPOINT)
app.synth()
