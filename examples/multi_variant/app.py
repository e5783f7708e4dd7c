"""Three variants on three instance types behind one endpoint, each with its own share and its own scaling."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    InvocationsTrackingPolicy,
    ModelData,
    RealTimeEndpoint,
    Variant,
    VariantScaling,
)

TARGETS_PER_MINUTE = {"ml.c5.large": 4000, "ml.c5.xlarge": 8000, "ml.m5.large": 3500}

app = App()
stack = Stack(app, "MultiVariant")
variants = [
    Variant(
        name=instance_type.replace(".", "-"),
        image=ContainerImage.from_aws("xgboost", "1.7-1"),
        model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
        instance_type=instance_type,
        weight=target,  # each gets traffic as it can carry it
    )
    for instance_type, target in TARGETS_PER_MINUTE.items()
]
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants)
for name, variant in endpoint.variants.items():
    scaling = VariantScaling(stack, f"Scaling-{name}", variant=variant, min_capacity=1, max_capacity=3)
    InvocationsTrackingPolicy(
        scaling,
        "Invocations",
        scaling=scaling,
        target_per_instance_per_minute=TARGETS_PER_MINUTE[variant.instance_type],
    )
app.synth()
