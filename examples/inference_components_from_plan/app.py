"""An inference component from a capacity plan: what each copy reserves, and how the copies scale."""

from pathlib import Path

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    Fleet,
    InferenceComponent,
    InferenceComponentEndpoint,
    InferenceComponentScaling,
    ManagedInstanceScaling,
    ScaleInStrategy,
)
from sagemaker_capacity_plan import CapacityPlan

app = App()
stack = Stack(app, "InferenceComponentsFromPlan")
plan = CapacityPlan.read(Path(__file__).with_name("plan.json"))

fleet_size = ManagedInstanceScaling(
    min_instance_count=0, max_instance_count=2, scale_in_strategy=ScaleInStrategy.CONSOLIDATION
)
endpoint = InferenceComponentEndpoint(
    stack, "Endpoint", fleet=Fleet(instance_type="ml.g5.12xlarge", managed_instance_scaling=fleet_size)
)
component = InferenceComponent.from_plan(
    stack,
    "Summaries",
    endpoint=endpoint,
    plan=plan,
    image=ContainerImage.from_aws("huggingface-llm", "3.3", processor="gpu"),
    environment={"HF_MODEL_ID": "/opt/ml/model"},
)
InferenceComponentScaling.from_plan(stack, "Scaling", component=component.copies, plan=plan)
app.synth()
