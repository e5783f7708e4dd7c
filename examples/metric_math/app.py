"""Scaling on an expression over metrics: the pages that wait in a queue, for each instance in service."""

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import ContainerImage, MetricTrackingPolicy, RealTimeEndpoint, Variant, VariantScaling

app = App()
stack = Stack(app, "MetricMath")

endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            name="AllTraffic",
            image=ContainerImage.from_uri("123456789012.dkr.ecr.us-west-2.amazonaws.com/ocr:7"),
            instance_type="ml.g5.xlarge",
        )
    ],
)
variant = endpoint.variants["AllTraffic"]
waiting = cloudwatch.Metric(
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    dimensions_map={"QueueName": "pages"},
    statistic="Average",
    period=Duration.minutes(1),
)
pages_per_instance = cloudwatch.MathExpression(
    expression="waiting / instances",
    using_metrics={"waiting": waiting, "instances": variant.metric_instances()},
    period=Duration.minutes(1),
)
scaling = VariantScaling(stack, "Scaling", variant=variant, min_capacity=1, max_capacity=8)
MetricTrackingPolicy(scaling, "PagesPerInstance", scaling=scaling, metric=pages_per_instance, target_value=20)
app.synth()
