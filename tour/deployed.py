"""What a deploy really made, asked of AWS's own APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sagemaker_capacity_plan import RealTimeScaling

from .comparison import Place
from .queries import Record
from .scaling import scaling_of
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


def deployed_scaling(clients: Clients, stack: str, template: Template) -> dict[Place, RealTimeScaling]:
    """The scaling of every variant of a stack's endpoints that has a scalable target."""
    ids = physical_ids(clients, stack)
    names = {ids[logical_id]: name for logical_id, name in template.policies().items()}
    found = {}
    for endpoint, endpoint_name in endpoint_names(clients, stack, template).items():
        variants = clients("sagemaker").describe_endpoint(EndpointName=endpoint_name)["ProductionVariants"]
        for variant in variants:
            name = variant["VariantName"]
            found[endpoint, name] = _scaling(clients, f"endpoint/{endpoint_name}/variant/{name}", names)
    return found


def _scaling(clients: Clients, resource_id: str, names: Mapping[str, str]) -> RealTimeScaling:
    """The scaling of one variant; `names` are the policies' by their ARNs."""
    scaling, only = clients("application-autoscaling"), {"ServiceNamespace": "sagemaker"}
    (target,) = scaling.describe_scalable_targets(**only, ResourceIds=[resource_id])["ScalableTargets"]
    policies = scaling.describe_scaling_policies(**only, ResourceId=resource_id)["ScalingPolicies"]
    scheduled = scaling.describe_scheduled_actions(**only, ResourceId=resource_id)["ScheduledActions"]
    own = {policy["PolicyARN"]: names[policy["PolicyARN"]] for policy in policies}
    named = {own[policy["PolicyARN"]]: policy for policy in policies}
    return scaling_of(target, named, _alarms_of(clients, own), _as_planned(scheduled))


def _alarms_of(clients: Clients, names: Mapping[str, str]) -> dict[str, Record]:
    """The alarms that act on the policies of one target, by the policies' names."""
    pages = clients("cloudwatch").get_paginator("describe_alarms").paginate()
    return {
        names[action]: alarm
        for page in pages
        for alarm in page["MetricAlarms"]
        for action in alarm["AlarmActions"]
        if action in names
    }


def _as_planned(scheduled: list[Record]) -> list[Record]:
    """In the order in which they were made, which is the plan's."""
    return sorted(scheduled, key=lambda action: action["CreationTime"])
