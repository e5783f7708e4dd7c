"""From a benchmark to an endpoint: its capacity plan says how it scales, when to tell whom, and what is drawn."""

from pathlib import Path

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import (
    ContainerImage,
    EndpointDashboard,
    ModelData,
    NotificationTopic,
    RealTimeEndpoint,
    Variant,
    VariantAlarms,
    VariantScaling,
)
from sagemaker_capacity_plan import CapacityPlan

app = App()
stack = Stack(app, "FromPlan")
plan = CapacityPlan.read(Path(__file__).with_name("plan.json"))
variant = Variant(
    name="AllTraffic",
    image=ContainerImage.from_aws("xgboost", "1.7-1"),
    model_data=ModelData.from_url("s3://amzn-s3-demo-bucket/xgboost/model.tar.gz"),
    instance_type="ml.c5.large",
)
endpoint = RealTimeEndpoint(stack, "Endpoint", variants=[variant])
live = endpoint.variants["AllTraffic"]

VariantScaling.from_plan(stack, "Scaling", variant=live, plan=plan)
topic = NotificationTopic(stack, "Notifications").topic
alarms = VariantAlarms.from_plan(stack, "Alarms", variant=live, plan=plan, topic=topic)
EndpointDashboard(stack, "Dashboard", endpoint=endpoint, plans={"AllTraffic": plan}, alarms=alarms.alarms)
app.synth()
