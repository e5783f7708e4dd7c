"""Do what is due: ask CloudFormation once more, save the configuration, then act."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from sagemaker_idle_endpoints._bucket import STATE, Bucket
from sagemaker_idle_endpoints._clients import Client, Hands
from sagemaker_idle_endpoints.actions._decision import Action, Decision, Step
from sagemaker_idle_endpoints.actions._saved import save_endpoint
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, error_code, explain, says_it_is_gone
from sagemaker_idle_endpoints.reports._report import EndpointReport


def saved_prefix(account: str, region: str, name: str) -> str:
    """Under which the configurations of an endpoint are kept, one a day."""
    return f"{STATE}/saved/{account}/{region}/{name}/"


def way_back(report: EndpointReport, bucket: Bucket) -> str:
    """The command that undoes what was done to an endpoint, by what was saved of it in a bucket."""
    of_bucket = f"--region {report.region} --bucket {bucket.name}"
    return f"back with: python -m sagemaker_idle_endpoints restore {report.name} {of_bucket}"


def act(
    report: EndpointReport, decision: Decision, *, tag: str, hands: Hands, bucket: Bucket, day: date
) -> EndpointReport:
    """Scale an endpoint in or delete it; a refusal is told in the decision and costs no other endpoint anything."""
    try:
        done = _act(report, decision, tag, hands, bucket, day)
    except REFUSALS as error:
        reason = explain(error)
        if says_it_is_gone(error):
            reason = f"gone by now; if another run deleted it, {way_back(report, bucket)}"
        done = replace(decision, step=Step.FAILED, reason=reason)
    return replace(report, decision=done)


def _act(  # noqa: PLR0917 - all that acting takes
    report: EndpointReport, decision: Decision, tag: str, hands: Hands, bucket: Bucket, day: date
) -> Decision:
    if stack := _stack_of(hands.stacks, report.arn):
        return replace(decision, step=Step.REFUSED, reason=f"owned by the stack {stack}: change that stack")
    saved = save_endpoint(hands, report.name)
    # Its owner may have changed the tag since it was read.
    if {"Key": tag, "Value": decision.action.value} not in saved["endpoint"]["Tags"]:
        return replace(decision, step=Step.REFUSED, reason="its tag asks for it no more")
    smaller = _smaller(saved)
    if decision.action is Action.SCALE_IN and not smaller:
        return replace(decision, step=Step.REFUSED, reason="it has the least that its scaling lets it have")
    key = f"{saved_prefix(report.arn.split(':')[4], report.region, report.name)}{day}.json"
    # The first of a day stays: a run that was killed after it acted would save what it left.
    bucket.put_new(key, json.dumps(saved))
    if decision.action is Action.DELETE:
        hands.sagemaker.delete_endpoint(EndpointName=report.name)
        what = "deleted"
    else:
        sagemaker: Client = hands.sagemaker
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=report.name, DesiredWeightsAndCapacities=smaller
        )
        sizes = [f"{size['VariantName']} to {size['DesiredInstanceCount']}" for size in smaller]
        what = f"scaled in: {', '.join(sizes)}"
    reason = f"{what}; {way_back(report, bucket)}"
    return replace(decision, step=Step.DONE, reason=reason, saved=f"s3://{bucket.name}/{key}")


def _smaller(saved: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variants that have more instances than their minimum: that of their scaling, or one."""
    minimum = {
        target["ResourceId"].rpartition("/")[2]: target["MinCapacity"]
        for scaling in saved["scaling"]
        for target in scaling["targets"]
        if target["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    }
    return [
        {"VariantName": size["VariantName"], "DesiredInstanceCount": least}
        for size in saved["sizes"]
        if size.get("DesiredInstanceCount", 0) > (least := minimum.get(size["VariantName"], 1))
    ]


def _stack_of(stacks: Client, arn: str) -> str:
    """The stack that owns an endpoint, whatever its tags say; empty if there is none."""
    try:
        found = stacks.describe_stack_resources(PhysicalResourceId=arn)["StackResources"]
    except ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in str(error):
            return ""
        raise
    return str(found[0]["StackName"]) if found else ""
