"""A synthesised template read back in the words of the field, independent of the constructs that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_capacity_plan import RealTimeScaling

from .queries import Record
from .scaling import scaling_of

_HASH = 8  # how many characters the CDK ends a logical id with


@dataclass(frozen=True)
class ReadVariant:
    """A variant of an endpoint as the template deploys it, its scaling in the contract's own record.

    `endpoint_id` is the endpoint's logical id in the template.
    """

    endpoint: str
    endpoint_id: str
    name: str
    instance_type: str
    initial_instance_count: int
    weight: float
    scaling: RealTimeScaling


@dataclass(frozen=True)
class ReadAlarm:
    """An alarm that tells a topic, and when it does."""

    name: str
    threshold: float
    condition: str


@dataclass(frozen=True)
class ReadDetector:
    """The function that looks for idle endpoints, and when it does."""

    name: str
    lookback_days: int
    schedule: str


class Template:
    """A CloudFormation template of this project's constructs."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._resources: dict[str, dict[str, Any]] = document["Resources"]

    @classmethod
    def read(cls, path: Path) -> Template:
        """Read a template's JSON file."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def variants(self) -> list[ReadVariant]:
        """Every production variant of every endpoint that has a scalable target."""
        return [
            ReadVariant(
                endpoint=self._name(endpoint_id),
                endpoint_id=endpoint_id,
                name=variant["VariantName"],
                instance_type=variant["InstanceType"],
                initial_instance_count=variant["InitialInstanceCount"],
                weight=variant["InitialVariantWeight"],
                scaling=self._scaling(endpoint_id, variant["VariantName"]),
            )
            for endpoint_id, endpoint in self._of_type("AWS::SageMaker::Endpoint")
            for variant in self._resources[_referred(endpoint["EndpointConfigName"])]["Properties"][
                "ProductionVariants"
            ]
        ]

    def policies(self) -> dict[str, str]:
        """The id of each scaling policy's construct below its target, by the policy's logical id."""
        return {
            policy_id: self._below(_referred(policy["ScalingTargetId"]), policy_id)
            for policy_id, policy in self._of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
        }

    def alarms(self) -> list[ReadAlarm]:
        """The alarms that tell a topic; those that set off a scaling policy belong to the policy."""
        told = (
            (alarm_id, alarm)
            for alarm_id, alarm in self._of_type("AWS::CloudWatch::Alarm")
            if self._type_of(alarm["AlarmActions"][0]) == "AWS::SNS::Topic"
        )
        signs = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">="}
        return [
            ReadAlarm(
                name=self._name(alarm_id),
                threshold=alarm["Threshold"],
                condition=f"{signs[alarm['ComparisonOperator']]} {alarm['Threshold']:g}, "
                f"{alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']} min",
            )
            for alarm_id, alarm in told
        ]

    def dashboards(self) -> dict[str, int]:
        """Graphs by dashboard."""
        return {
            self._name(dashboard_id): len(json.loads(_joined(dashboard["DashboardBody"]))["widgets"])
            for dashboard_id, dashboard in self._of_type("AWS::CloudWatch::Dashboard")
        }

    def detectors(self) -> list[ReadDetector]:
        """The functions that look for idle endpoints, with the rule that calls each."""
        rules = {
            _referred(target["Arn"]): rule
            for _, rule in self._of_type("AWS::Events::Rule")
            for target in rule["Targets"]
        }
        return [
            ReadDetector(
                name=self._name(function_id),
                lookback_days=int(function["Environment"]["Variables"]["LOOKBACK_DAYS"]),
                schedule=rules[function_id]["ScheduleExpression"],
            )
            for function_id, function in self._of_type("AWS::Lambda::Function")
            if function["Handler"].startswith("sagemaker_idle_endpoints.")
        ]

    def _scaling(self, endpoint_id: str, variant: str) -> RealTimeScaling:
        ((target_id, target),) = (
            (target_id, target)
            for target_id, target in self._of_type("AWS::ApplicationAutoScaling::ScalableTarget")
            if _resource_id(target) == (endpoint_id, variant)
        )
        policies = {
            policy_id: policy
            for policy_id, policy in self._of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
            if policy["ScalingTargetId"] == {"Ref": target_id}
        }
        names = self.policies()
        step_alarms = {
            names[policy_id]: alarm
            for _, alarm in self._of_type("AWS::CloudWatch::Alarm")
            if (policy_id := _referred(alarm["AlarmActions"][0])) in policies
        }
        named = {names[policy_id]: policy for policy_id, policy in policies.items()}
        return scaling_of(target, named, step_alarms, target.get("ScheduledActions", ()))

    def _of_type(self, kind: str) -> Iterator[tuple[str, Record]]:
        for logical_id, resource in self._resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource["Properties"]

    def _type_of(self, reference: object) -> str:
        return str(self._resources[_referred(reference)]["Type"])

    def _name(self, logical_id: str) -> str:
        """The construct's path below the stack, or the logical id where the template does not tell it."""
        path = self._resources[logical_id].get("Metadata", {}).get("aws:cdk:path", logical_id)
        return "/".join(part for part in path.split("/")[1:] if part != "Resource") or logical_id

    def _below(self, parent_id: str, child_id: str) -> str:
        """The id that a child's construct has within its parent's.

        Where the template does not tell the paths, it is what the child's logical id adds to its parent's, each
        without the hash of eight characters that it ends with.
        """
        parent, child = self._name(parent_id), self._name(child_id)
        if child == child_id:
            return child[:-_HASH].removeprefix(parent[:-_HASH])
        return child.removeprefix(f"{parent}/")


def _resource_id(target: Record) -> tuple[str, str]:
    """The endpoint's logical id and the variant's name out of endpoint/NAME/variant/NAME."""
    _, endpoint, rest = target["ResourceId"]["Fn::Join"][1]
    return _referred(endpoint), rest.removeprefix("/variant/")


def _referred(reference: object) -> str:
    """The logical id that a Ref or a GetAtt names."""
    match reference:
        case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), *_]}:
            return logical_id
    raise ValueError(f"not a reference to a resource: {reference}")


def _joined(value: object) -> str:
    """A text whose references are left as their names."""
    match value:
        case str(text):
            return text
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(map(_joined, parts))
    return _referred(value)
