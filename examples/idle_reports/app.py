"""All regions of the account by one schedule, with today's prices, and what idles on a dashboard."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_scaling import IdleEndpointDetector, NotificationTopic

app = App()
stack = Stack(app, "IdleReports")

detector = IdleEndpointDetector(
    stack,
    "IdleEndpoints",
    topic=NotificationTopic(stack, "Notifications").topic,
    lookback_days=14,
    all_regions=True,
    # sagemaker-capacity prices --refresh --region us-east-1 --out prices.csv
    prices=Path(__file__).with_name("prices.csv"),
)
cloudwatch.Dashboard(stack, "Dashboard", widgets=[detector.widgets()])
CfnOutput(stack, "Reports", value=detector.bucket.s3_url_for_object("reports"))
app.synth()
