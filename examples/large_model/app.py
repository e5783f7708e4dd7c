"""A model that needs its time: minutes to load, a larger volume, a newer driver, and requests to the least busy."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ConcurrencyTrackingPolicy,
    ContainerImage,
    RealTimeEndpoint,
    RoutingStrategy,
    Variant,
    VariantScaling,
)

app = App()
stack = Stack(app, "LargeModel")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_aws("huggingface-llm", "3.3", processor="gpu"),
            environment={"HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.3"},
            instance_type="ml.g6.2xlarge",
            inference_ami_version="al2-ami-sagemaker-inference-gpu-3-1",
            container_startup_timeout_seconds=1200,
            model_data_download_timeout_seconds=1200,
            routing_strategy=RoutingStrategy.LEAST_OUTSTANDING_REQUESTS,
        )
    ],
)
scaling = VariantScaling(
    stack, "Scaling", variant=endpoint.variants["AllTraffic"], min_capacity=1, max_capacity=4, start_up_seconds=525
)
ConcurrencyTrackingPolicy(
    scaling, "Concurrency", scaling=scaling, target_per_model=8, scale_out_cooldown_seconds=600
)
app.synth()
