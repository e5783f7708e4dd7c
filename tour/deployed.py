"""What a deploy really made, asked of AWS's own APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sagemaker_capacity_plan import Scaling

from .comparison import Place
from .scaling import Record, scaling_of
from .template import Template

Clients = Callable[[str], Any]


def physical_ids(clients: Clients, stack: str) -> dict[str, str]:
    """A stack's physical ids by logical id."""
    pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


def endpoint_names(clients: Clients, stack: str, template: Template) -> dict[str, str]:
    """The deployed endpoint's name by its construct's; its physical id is its ARN."""
    ids = physical_ids(clients, stack)
    return {variant.endpoint: ids[variant.endpoint_id].rpartition("/")[2] for variant in template.variants()}


def deployed_scaling(clients: Clients, stack: str, template: Template) -> dict[Place, Scaling]:
    """The scaling of every variant of a stack's endpoints that has a scalable target."""
    found = {}
    for endpoint, endpoint_name in endpoint_names(clients, stack, template).items():
        variants = clients("sagemaker").describe_endpoint(EndpointName=endpoint_name)["ProductionVariants"]
        for variant in variants:
            name = variant["VariantName"]
            found[endpoint, name] = _scaling(clients, f"endpoint/{endpoint_name}/variant/{name}")
    return found


def _scaling(clients: Clients, resource_id: str) -> Scaling:
    scaling, only = clients("application-autoscaling"), {"ServiceNamespace": "sagemaker"}
    (target,) = scaling.describe_scalable_targets(**only, ResourceIds=[resource_id])["ScalableTargets"]
    policies = scaling.describe_scaling_policies(**only, ResourceId=resource_id)["ScalingPolicies"]
    scheduled = scaling.describe_scheduled_actions(**only, ResourceId=resource_id)["ScheduledActions"]
    steps = [policy["PolicyARN"] for policy in policies if policy["PolicyType"] == "StepScaling"]
    return scaling_of(target, policies, _alarms_that_act_on(clients, steps), _as_planned(scheduled))


def _alarms_that_act_on(clients: Clients, policy_arns: Iterable[str]) -> list[Record]:
    wanted = set(policy_arns)
    pages = clients("cloudwatch").get_paginator("describe_alarms").paginate()
    return [alarm for page in pages for alarm in page["MetricAlarms"] if wanted & set(alarm["AlarmActions"])]


def _as_planned(scheduled: list[Record]) -> list[Record]:
    """In the order in which they were made, which is the plan's."""
    return sorted(scheduled, key=lambda action: action["CreationTime"])
