"""The kinds of resource that the embedded AWS makes: a class a type, a module a service."""

from collections.abc import Mapping

from embedded_aws.cloudformation.kind import Kind
from embedded_aws.kinds import (
    application_autoscaling,
    cdk,
    cloudwatch,
    ec2_network,
    ec2_security_groups,
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
    stepfunctions,
)

_KINDS: tuple[Kind, ...] = (
    application_autoscaling.ScalableTarget(),
    application_autoscaling.ScalingPolicy(),
    cdk.Metadata(),
    cloudwatch.Alarm(),
    cloudwatch.CompositeAlarm(),
    cloudwatch.Dashboard(),
    ec2_network.RouteTable(),
    ec2_network.Subnet(),
    ec2_network.SubnetRouteTableAssociation(),
    ec2_network.Vpc(),
    ec2_network.VpcEndpoint(),
    ec2_security_groups.SecurityGroup(),
    ec2_security_groups.SecurityGroupEgress(),
    ec2_security_groups.SecurityGroupIngress(),
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
    logs.ResourcePolicy(),
    s3.Bucket(),
    s3.BucketPolicy(),
    sagemaker.Endpoint(),
    sagemaker.EndpointConfig(),
    sagemaker.InferenceComponent(),
    sagemaker.Model(),
    sns.Subscription(),
    sns.Topic(),
    sns.TopicPolicy(),
    sqs.Queue(),
    sqs.QueuePolicy(),
    ssm.Parameter(),
    stepfunctions.StateMachine(),
)
KINDS: Mapping[str, Kind] = {kind.type: kind for kind in _KINDS}

__all__ = ["KINDS"]
