"""Three accounts by one state machine; each of them has a role that lets it look (idle_account_access)."""

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_sns_subscriptions as subscriptions

from cdk_sagemaker_scaling import AccountsIdleEndpointDetector, NotificationTopic

app = App()
stack = Stack(app, "IdleAccounts")

topic = NotificationTopic(stack, "Notifications").topic
topic.add_subscription(subscriptions.EmailSubscription("models@example.com"))
detector = AccountsIdleEndpointDetector(
    stack,
    "IdleEndpoints",
    topic=topic,
    accounts=["111111111111", "222222222222", "333333333333"],
    regions=["eu-west-1", "us-east-1"],
    lookback_days=14,
)
CfnOutput(stack, "DetectorRoleArn", value=detector.role.role_arn)
app.synth()
