"""The CDK app: for every folder of plans/, an endpoint that scales by its plan, watched, in one stack.

Synthesis calls no AWS. `-c plans=FOLDER` takes the plans from elsewhere, `-c nag=true` runs cdk-nag.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "constructs"))  # so that the app runs without an install of this project

from aws_cdk import App, CfnOutput, Stack, Validations
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import (
    ContainerImage,
    EndpointDashboard,
    IdleEndpointDetector,
    ModelData,
    NotificationTopic,
    RealTimeEndpoint,
    Variant,
    VariantAlarms,
    VariantScaling,
)
from sagemaker_capacity_plan import CapacityPlan


class ScaledEndpoints(Stack):
    """The endpoints of a folder of plans, and the detector of those that idle."""

    def __init__(self, scope: Construct, id: str, *, plans: Path) -> None:  # noqa: A002
        super().__init__(scope, id, description="SageMaker endpoints that scale by their capacity plans.")
        topic = NotificationTopic(self, "Notifications").topic
        described = sorted(plans.glob("*/endpoint.json"))
        if not described:
            raise ValueError(f"no endpoint to deploy: there is no {plans}/NAME/endpoint.json")
        for description in described:
            ScaledEndpoint(self, description.parent.name, description=description, topic=topic)
        IdleEndpointDetector(self, "IdleEndpoints", topic=topic)


class ScaledEndpoint(Construct):
    """One endpoint as its endpoint.json describes it, each variant scaled by the plan that it names."""

    def __init__(self, scope: Construct, id: str, *, description: Path, topic: sns.ITopic) -> None:  # noqa: A002
        super().__init__(scope, id)
        described = _variants(description)
        plans = {v["name"]: CapacityPlan.read(description.parent / v["plan"]) for v in described}
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=[
                Variant(
                    name=v["name"],
                    image=_image(v["image"]),
                    model_data=ModelData.from_url(v["model_data_url"]),
                    weight=v["weight"],
                    instance_type=_instance_type(plans[v["name"]]),
                    initial_instance_count=plans[v["name"]].scaling.min_capacity,
                )
                for v in described
            ],
        )
        for name, variant in endpoint.variants.items():
            scope_of_variant = Construct(self, name)
            VariantScaling.from_plan(scope_of_variant, "Scaling", variant=variant, plan=plans[name])
            VariantAlarms.from_plan(scope_of_variant, "Alarms", variant=variant, plan=plans[name], topic=topic)
        EndpointDashboard(self, "Dashboard", endpoint=endpoint, plans=plans)
        CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)


def _image(described: str | dict[str, str]) -> ContainerImage:
    """An address in ECR, or an image that AWS provides in every region, by framework and version."""
    if isinstance(described, str):
        return ContainerImage.from_uri(described)
    return ContainerImage.from_aws(**described)


def _instance_type(plan: CapacityPlan) -> str:
    if plan.instance is None:
        raise ValueError(f"this app deploys real-time endpoints, and the plan is of kind {plan.scaling.KIND}")
    return plan.instance.type


def _variants(description: Path) -> list[dict[str, Any]]:
    """The variants of an endpoint.json, each with all of its fields."""
    fields = ("name", "plan", "weight", "image", "model_data_url")
    remedy = f'{description} holds {{"variants": [...]}}, each variant with {", ".join(fields)}'
    try:
        variants: list[dict[str, Any]] = json.loads(description.read_text(encoding="utf-8"))["variants"]
        missing = [f"variant {n} has no {f}" for n, v in enumerate(variants, 1) for f in fields if f not in v]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{remedy}; it cannot be read: {error!r}") from error
    if missing:
        raise ValueError(f"{remedy}: {'; '.join(missing)}")
    return variants


def make_app(context: dict[str, object] | None = None, *, outdir: str | None = None) -> App:
    """The app with the flags of cdk.json, which only the CDK CLI would read otherwise."""
    flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context=flags | (context or {}), outdir=outdir)
    if app.node.try_get_context("nag") in (True, "true"):
        from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415

        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    ScaledEndpoints(app, "ScaledEndpoints", plans=ROOT / (app.node.try_get_context("plans") or "plans"))
    return app


if __name__ == "__main__":
    make_app().synth()
