"""Inference components: two models share a fleet, each with copies that scale, to zero and back with the fleet."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ConcurrencyPerCopyTrackingPolicy,
    ContainerImage,
    Fleet,
    InferenceComponent,
    InferenceComponentEndpoint,
    InferenceComponentScaling,
    InvocationsPerCopyTrackingPolicy,
    ManagedInstanceScaling,
    ModelData,
    WakeFromZeroPolicy,
)

app = App()
stack = Stack(app, "InferenceComponents")
fleet_size = ManagedInstanceScaling(min_instance_count=0, max_instance_count=2)
endpoint = InferenceComponentEndpoint(
    stack, "Endpoint", fleet=Fleet(instance_type="ml.g5.12xlarge", managed_instance_scaling=fleet_size)
)
for name in ("Summaries", "Translations"):
    component = InferenceComponent(
        stack,
        name,
        endpoint=endpoint,
        image=ContainerImage.from_aws("huggingface-llm", "3.3", processor="gpu"),
        model_data=ModelData.from_url(f"s3://amzn-s3-demo-bucket/{name}/model.tar.gz"),
        min_memory_mb=16384,
        accelerators=1,
    )
    scaling = InferenceComponentScaling(
        component, "Scaling", component=component.copies, min_capacity=0, max_capacity=4
    )
    ConcurrencyPerCopyTrackingPolicy(scaling, "Concurrency", scaling=scaling, target_per_copy=5)
    InvocationsPerCopyTrackingPolicy(scaling, "Load", scaling=scaling, target_per_copy_per_minute=90)
    WakeFromZeroPolicy(scaling, "WakeFromZero", scaling=scaling, evaluation_periods=1)
app.synth()
