"""One app, one plan an environment: `cdk deploy -c environment=prod` deploys what prod.json says."""

from pathlib import Path

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant, VariantScaling
from sagemaker_capacity_plan import CapacityPlan

app = App()
environment = app.node.try_get_context("environment") or "dev"
plan = CapacityPlan.read(Path(__file__).with_name(f"{environment}.json"))
stack = Stack(app, f"Recommendations-{environment}")

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
VariantScaling.from_plan(stack, "Scaling", variant=endpoint.variants["AllTraffic"], plan=plan)
app.synth()
