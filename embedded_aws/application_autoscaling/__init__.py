"""Application Auto Scaling for SageMaker: scalable targets, their policies with alarms, their scheduled actions.

It keeps what it is told, checks it as AWS does and owns the alarms of target tracking. It never scales by itself:
no alarm fires here and no schedule comes round. Registering alone changes a capacity, into the target's bounds.
It reaches SageMaker and CloudWatch as moto's backends, in this process, so that the record of calls holds what
its callers did and not what AWS does for them. The texts of most errors are ours; their codes are AWS's.
"""

from embedded_aws.application_autoscaling._actions import (
    delete_scheduled_action,
    describe_scheduled_actions,
    put_scheduled_action,
)
from embedded_aws.application_autoscaling._policies import (
    delete_scaling_policy,
    describe_scaling_policies,
    put_scaling_policy,
)
from embedded_aws.application_autoscaling._registry import reset
from embedded_aws.application_autoscaling._tags import list_tags_for_resource, tag_resource, untag_resource
from embedded_aws.application_autoscaling._targets import (
    deregister_endpoint,
    deregister_scalable_target,
    describe_scalable_targets,
    describe_scaling_activities,
    register_scalable_target,
    scaled_variants,
)
from embedded_aws.wire import Service

__all__ = ["deregister_endpoint", "reset", "scaled_variants", "service"]


def service() -> Service:
    """The service; its state hangs on moto's backends, so that there is one of it a process."""
    return Service(
        "application-autoscaling",
        {
            "RegisterScalableTarget": register_scalable_target,
            "DeregisterScalableTarget": deregister_scalable_target,
            "DescribeScalableTargets": describe_scalable_targets,
            "DescribeScalingActivities": describe_scaling_activities,
            "PutScalingPolicy": put_scaling_policy,
            "DeleteScalingPolicy": delete_scaling_policy,
            "DescribeScalingPolicies": describe_scaling_policies,
            "PutScheduledAction": put_scheduled_action,
            "DeleteScheduledAction": delete_scheduled_action,
            "DescribeScheduledActions": describe_scheduled_actions,
            "TagResource": tag_resource,
            "UntagResource": untag_resource,
            "ListTagsForResource": list_tags_for_resource,
        },
    )
