"""Every Monday, a look at all endpoints of the account and region: who has had no request for two weeks?"""

from aws_cdk import App, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_sns_subscriptions as subscriptions

from cdk_sagemaker_scaling import IdleEndpointDetector, NotificationTopic

app = App()
stack = Stack(app, "IdleDetection")

topic = NotificationTopic(stack, "Notifications").topic
topic.add_subscription(subscriptions.EmailSubscription("models@example.com"))
IdleEndpointDetector(
    stack,
    "IdleEndpoints",
    topic=topic,
    lookback_days=14,
    schedule=events.Schedule.cron(week_day="MON", hour="7", minute="0"),
)
app.synth()
