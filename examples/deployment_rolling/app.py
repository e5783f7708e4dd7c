"""A rolling update: batch by batch, for instances that are too scarce to have twice at once."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import CapacitySize, ContainerImage, RealTimeEndpoint, RollingDeployment, Variant

app = App()
stack = Stack(app, "Rolling")

RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("huggingface-llm", "3.3", processor="gpu"),
            environment={"HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.3"},
            instance_type="ml.p4d.24xlarge",
            initial_instance_count=4,
        )
    ],
    deployment=RollingDeployment(
        batch=CapacitySize.instances(1),
        wait_interval_seconds=600,
        rollback_batch=CapacitySize.percent(100),
        maximum_execution_timeout_seconds=7200,
    ),
)
app.synth()
