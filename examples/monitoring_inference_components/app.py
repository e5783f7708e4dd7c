"""Inference components under watch: requests that met no copy, load and memory of each copy, and the fleet."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    EndpointDashboard,
    Fleet,
    InferenceComponent,
    InferenceComponentAlarms,
    InferenceComponentEndpoint,
    NotificationTopic,
)

app = App()
stack = Stack(app, "MonitoringComponents")
endpoint = InferenceComponentEndpoint(stack, "Endpoint", fleet=Fleet(instance_type="ml.g5.2xlarge"))
component = InferenceComponent(
    stack,
    "Summaries",
    endpoint=endpoint,
    image=ContainerImage.from_aws("huggingface-llm", "3.3", processor="gpu"),
    min_memory_mb=16384,
    accelerators=1,
)
alarms = InferenceComponentAlarms(
    stack,
    "Alarms",
    component=component.copies,
    topic=NotificationTopic(stack, "Notifications").topic,
    latency_ms=4000,
    concurrent_requests_per_copy=8,
    memory_percent=90,
)
EndpointDashboard(
    stack, "Dashboard", endpoint=endpoint, components={"Summaries": component.copies}, alarms=alarms.alarms
)
app.synth()
