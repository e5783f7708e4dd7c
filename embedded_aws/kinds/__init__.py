"""The kinds of resource that the embedded AWS makes: a class a type, a module a service."""

from collections.abc import Mapping

from embedded_aws.cloudformation.kind import Kind
from embedded_aws.kinds import (
    application_autoscaling,
    cdk,
    cloudwatch,
    ecr,
    events,
    iam,
    kms,
    lambda_,
    logs,
    s3,
    sagemaker,
    sns,
    sqs,
    ssm,
)

_KINDS: tuple[Kind, ...] = (
    application_autoscaling.ScalableTarget(),
    application_autoscaling.ScalingPolicy(),
    cdk.Metadata(),
    cloudwatch.Alarm(),
    cloudwatch.Dashboard(),
    ecr.Repository(),
    events.Rule(),
    iam.ManagedPolicy(),
    iam.Policy(),
    iam.Role(),
    kms.Alias(),
    kms.Key(),
    lambda_.Function(),
    lambda_.Permission(),
    logs.LogGroup(),
    s3.Bucket(),
    s3.BucketPolicy(),
    sagemaker.Endpoint(),
    sagemaker.EndpointConfig(),
    sagemaker.Model(),
    sns.Subscription(),
    sns.Topic(),
    sns.TopicPolicy(),
    sqs.Queue(),
    sqs.QueuePolicy(),
    ssm.Parameter(),
)
KINDS: Mapping[str, Kind] = {kind.type: kind for kind in _KINDS}

__all__ = ["KINDS"]
