"""Endpoints tagged idle-endpoints=delete or scale-in: it is done two weeks after a notice, if nobody called."""

from aws_cdk import App, Stack

from cdk_sagemaker_scaling import IdleActions, IdleEndpointDetector, NotificationTopic

app = App()
stack = Stack(app, "IdleActions")

IdleEndpointDetector(
    stack,
    "IdleEndpoints",
    topic=NotificationTopic(stack, "Notifications").topic,
    lookback_days=30,
    ignored_calls_per_day=288,  # a health check every five minutes
    # Deploy it without dry_run=False first, and read for some days what would be done.
    actions=IdleActions(scale_in=True, delete=True, dry_run=False, grace_days=14),
)
app.synth()
