"""Which customers will leave: an app of someone else's, one plan an environment (`cdk deploy -c environment=prod`)."""

from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from cdk_sagemaker_scaling import ContainerImage, ModelData, RealTimeEndpoint, Variant, VariantScaling
from constructs import Construct
from sagemaker_capacity_plan import CapacityPlan

HERE = Path(__file__).resolve().parent


class Churn(Stack):
    """A model behind an endpoint that scales by a plan, and the function that asks it."""

    def __init__(self, scope: Construct, id: str, *, stack_name: str, plan: CapacityPlan) -> None:
        super().__init__(scope, id, stack_name=stack_name)
        models = s3.Bucket.from_bucket_name(self, "Models", "amzn-s3-demo-bucket")
        variant = Variant(
            name="Churn",
            image=ContainerImage.from_aws("xgboost", "1.5-1"),
            model_data=ModelData.from_bucket(models, "churn/model.tar.gz"),
            instance_type=plan.instance.type,
            initial_instance_count=plan.scaling.min_capacity,
        )
        endpoint = RealTimeEndpoint(self, "Endpoint", variants=[variant])
        VariantScaling.from_plan(self, "Scaling", variant=endpoint.variants["Churn"], plan=plan)
        ask = lambda_.Function(
            self,
            "Ask",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(HERE / "ask"), exclude=["__pycache__"]),
            environment={"ENDPOINT_NAME": endpoint.endpoint_name},
        )
        endpoint.grant_invoke(ask)


def churn_of(app: App) -> Churn:
    """The stack of the environment that the app's context names, by default dev."""
    environment = app.node.try_get_context("environment") or "dev"
    plan = CapacityPlan.read(HERE / "plans" / f"{environment}.json")
    return Churn(app, "Churn", stack_name=f"churn-{environment}", plan=plan)


if __name__ == "__main__":
    app = App()
    churn_of(app)
    app.synth()
