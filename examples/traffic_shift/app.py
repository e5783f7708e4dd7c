"""Traffic that moves to the next model in canary or linear steps (`-c steps=linear`), and back on an alarm."""

from pathlib import Path

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    CanarySteps,
    ContainerImage,
    LinearSteps,
    ModelData,
    NotificationTopic,
    RealTimeEndpoint,
    TrafficShift,
    Variant,
    VariantAlarms,
    VariantScaling,
    WeightsOwner,
)
from sagemaker_capacity_plan import CapacityPlan

app = App()
stack = Stack(app, "TrafficShift")
image, bucket = ContainerImage.from_aws("xgboost", "1.7-1"), "s3://amzn-s3-demo-bucket/xgboost"
plans, variants = {}, []
for name, weight in {"Current": 1, "Next": 0}.items():
    plans[name] = CapacityPlan.read(Path(__file__).with_name(f"{name.lower()}.json"))
    model = {"image": image, "model_data": ModelData.from_url(f"{bucket}/{name}.tar.gz")}
    variants.append(Variant(name=name, **model, instance_type="ml.c5.large", weight=weight))
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants, weights_owner=WeightsOwner.LIVE_ENDPOINT)
for name, live in endpoint.variants.items():
    VariantScaling.from_plan(stack, name, variant=live, plan=plans[name])
told = {"topic": NotificationTopic(stack, "Notifications").topic, "plan": plans["Next"], "max_capacity": None}
alarms = VariantAlarms.from_plan(stack, "Alarms", variant=endpoint.variants["Next"], **told).alarms
linear = app.node.try_get_context("steps") == "linear"
steps = LinearSteps(percent=20) if linear else CanarySteps(percent=10)
of = {"source": "Current", "destination": "Next", "plans": plans, "peak_tps": 375}
TrafficShift(stack, "Shift", endpoint=endpoint, **of, steps=steps, alarms=alarms)
app.synth()
