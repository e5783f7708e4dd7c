"""A template read back in the contract's words: the numbers that scale whatever it scales, one record a kind.

It follows the references between resources and knows nothing of the constructs but the ids of their policies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sagemaker_capacity_plan import (
    AsynchronousScaling,
    BacklogTarget,
    ComponentScaling,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CopyRequirements,
    CpuPerCoreTarget,
    Dimension,
    Expression,
    InvocationsPerCopyTarget,
    InvocationsTarget,
    Metric,
    MetricTarget,
    ProvisionedConcurrency,
    ProvisionedConcurrencyTarget,
    Query,
    RealTimeScaling,
    ScalingStep,
    ScheduledCapacity,
    ServerlessScaling,
    StepScaling,
    Suspended,
    WakeFromZero,
)

ALARM = "AWS::CloudWatch::Alarm"
COMPONENT = "AWS::SageMaker::InferenceComponent"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"
MODEL = "AWS::SageMaker::Model"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"

LONE = "lone"  # No template keeps the id of a metric that stands alone; each gets this one.

Properties = dict[str, Any]

_PREDEFINED: dict[str, tuple[str, type]] = {
    "SageMakerVariantInvocationsPerInstance": ("invocations", InvocationsTarget),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": ("concurrency", ConcurrencyTarget),
    "SageMakerInferenceComponentInvocationsPerCopy": ("invocations", InvocationsPerCopyTarget),
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": (
        "concurrency",
        ConcurrencyPerCopyTarget,
    ),
    "SageMakerVariantProvisionedConcurrencyUtilization": ("utilization", ProvisionedConcurrencyTarget),
}
_CPU = ("/aws/sagemaker/Endpoints", "CPUUtilization", "Average", None)
_BACKLOG = ("AWS/SageMaker", "ApproximateBacklogSizePerInstance", "Average", None)


@dataclass(frozen=True)
class ScaledTemplate:
    """A template with the paths of its constructs."""

    resources: dict[str, dict[str, Any]]

    def real_time(self, target: str) -> RealTimeScaling:
        """What scales a variant, by the construct path of its target below the stack."""
        return RealTimeScaling(**self._capacity(target))

    def asynchronous(self, target: str) -> AsynchronousScaling:
        return AsynchronousScaling(**self._capacity(target))

    def component(self, target: str) -> ComponentScaling:
        """The copy's requirements, too: those of the component that the target names."""
        named = self.properties(self.at(target, TARGET))["ResourceId"]["Fn::Join"][1][1]
        specification = self.properties(named["Fn::Select"][1]["Fn::Split"][1]["Ref"])["Specification"]
        needed = specification["ComputeResourceRequirements"]
        copy = CopyRequirements(
            min_memory_mb=needed["MinMemoryRequiredInMb"],
            cpu_cores=needed.get("NumberOfCpuCoresRequired"),
            accelerators=needed.get("NumberOfAcceleratorDevicesRequired"),
        )
        return ComponentScaling(copy=copy, **self._capacity(target))

    def serverless(self, endpoint: str, target: str) -> ServerlessScaling:
        """An endpoint's memory and concurrency, and what scales it where the target is there."""
        config = self.properties(self.at(endpoint, ENDPOINT))["EndpointConfigName"]["Fn::GetAtt"][0]
        (variant,) = self.properties(config)["ProductionVariants"]
        given = variant["ServerlessConfig"]
        provisioned = None
        if self.find(target, TARGET):
            initial = {"initial_concurrency": given["ProvisionedConcurrency"]}
            provisioned = ProvisionedConcurrency(**initial, **self._provisioned(target))
        else:
            assert "ProvisionedConcurrency" not in given
        return ServerlessScaling(
            memory_mb=given["MemorySizeInMB"], max_concurrency=given["MaxConcurrency"], provisioned=provisioned
        )

    def properties(self, logical_id: str) -> Properties:
        return self.resources[logical_id].get("Properties", {})

    def of_type(self, kind: str) -> dict[str, Properties]:
        """The properties of every resource of a type, by logical id."""
        return {id_: self.properties(id_) for id_, found in self.resources.items() if found["Type"] == kind}

    def path(self, logical_id: str) -> str:
        """The construct's path below the stack, of a primary child its parent's."""
        path: str = self.resources[logical_id]["Metadata"]["aws:cdk:path"]
        return path.partition("/")[2].removesuffix("/Resource")

    def find(self, path: str, kind: str) -> list[str]:
        return [logical_id for logical_id in self.of_type(kind) if self.path(logical_id) == path]

    def at(self, path: str, kind: str) -> str:
        """The logical id of the one resource of a type at a path."""
        (logical_id,) = self.find(path, kind)
        return logical_id

    def policies(self, target: str) -> dict[str, Properties]:
        """The policies of a target, by their constructs' ids."""
        target_id = {"Ref": self.at(target, TARGET)}
        return {
            self.path(policy_id).rpartition("/")[2]: policy
            for policy_id, policy in self.of_type(POLICY).items()
            if policy["ScalingTargetId"] == target_id
        }

    def alarm_of(self, policy: Properties) -> Properties:
        """The alarm that sets a step policy off."""
        (alarm,) = (
            alarm
            for alarm in self.of_type(ALARM).values()
            if any(self.properties(action["Ref"]) is policy for action in alarm["AlarmActions"])
        )
        return alarm

    def identity(self, target: Properties) -> dict[str, Any]:
        """The dimensions that name what a target scales."""
        resource = target["ResourceId"]
        _, name, *rest = resource["Fn::Join"][1] if isinstance(resource, dict) else resource.partition("/")
        if not rest:
            return {"InferenceComponentName": name}
        return {"EndpointName": name, "VariantName": rest[0].removeprefix("/variant/")}

    def _capacity(self, target_path: str) -> dict[str, Any]:
        target = self.properties(self.at(target_path, TARGET))
        steps: dict[str, StepScaling] = {}
        fields = self._bounds(target) | {"metric_tracking": ()}
        for id_, policy in self.policies(target_path).items():
            if policy["PolicyType"] == "TargetTrackingScaling":
                name, record = self._tracking(id_, policy, target)
                fields[name] = (*fields[name], record) if name == "metric_tracking" else record
            elif id_ == "WakeFromZero":
                fields["wake_from_zero"] = _wake(policy, self.alarm_of(policy))
            else:
                steps[id_] = _steps(id_, policy, self.alarm_of(policy), self.identity(target))
        return fields | {"step_scaling": tuple(steps.values())}

    def _provisioned(self, target_path: str) -> dict[str, Any]:
        target = self.properties(self.at(target_path, TARGET))
        policies = self.policies(target_path).items()
        return self._bounds(target) | dict(self._tracking(id_, policy, target) for id_, policy in policies)

    def _bounds(self, target: Properties) -> dict[str, Any]:
        state = target.get("SuspendedState")
        return {
            "min_capacity": target["MinCapacity"],
            "max_capacity": target["MaxCapacity"],
            "scheduled": tuple(map(_scheduled, target.get("ScheduledActions", ()))),
            "suspended": state
            and Suspended(
                scale_in=state["DynamicScalingInSuspended"],
                scale_out=state["DynamicScalingOutSuspended"],
                scheduled=state["ScheduledScalingSuspended"],
            ),
        }

    def _tracking(self, id_: str, policy: Properties, target: Properties) -> tuple[str, Any]:
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        value = tracking["TargetValue"]
        pace = {
            "scale_in_cooldown_seconds": tracking["ScaleInCooldown"],
            "scale_out_cooldown_seconds": tracking["ScaleOutCooldown"],
            "disable_scale_in": tracking.get("DisableScaleIn", False),
        }
        if predefined := tracking.get("PredefinedMetricSpecification"):
            assert "CustomizedMetricSpecification" not in tracking
            field, record = _PREDEFINED[predefined["PredefinedMetricType"]]
            return field, record(value, **pace)
        queries = queries_of(tracking["CustomizedMetricSpecification"], self.identity(target))
        if id_ == "CpuPerCore":
            return "cpu_per_core", CpuPerCoreTarget(value, _cores(queries), **pace)
        if id_ == "Backlog":
            (backlog,) = queries
            assert _what(backlog) == _BACKLOG
            return "backlog", BacklogTarget(value, **pace)
        return "metric_tracking", MetricTarget(id_, queries, value, **pace)


def queries_of(record: Properties, identity: dict[str, Any]) -> tuple[Query, ...]:
    """What a policy or an alarm looks at; dimensions that name what is scaled are not told."""
    if "Metrics" not in record:
        return (_metric(LONE, record, _statistic(record), identity),)
    assert [query["ReturnData"] for query in record["Metrics"]] == [False] * (len(record["Metrics"]) - 1) + [True]
    return tuple(
        Expression(query["Id"], query["Expression"], query.get("Label"))
        if "Expression" in query
        else _metric(query["Id"], query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], identity)
        for query in record["Metrics"]
    )


def _statistic(record: Properties) -> str:
    """CloudWatch takes a percentile as an extended statistic, and nothing else as one."""
    statistic: str = record.get("Statistic") or record["ExtendedStatistic"]
    assert ("ExtendedStatistic" in record) == statistic.startswith("p")
    return statistic


def _metric(id_: str, metric: Properties, statistic: str, identity: dict[str, Any]) -> Metric:
    found = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", ())}
    own = found and found.items() <= identity.items()
    dimensions = None if own else tuple(Dimension(name, value) for name, value in found.items())
    return Metric(id_, metric["Namespace"], metric["MetricName"], statistic, dimensions)


def _what(metric: Query) -> tuple[object, ...]:
    assert isinstance(metric, Metric)
    return metric.namespace, metric.name, metric.statistic, metric.dimensions


def _cores(queries: tuple[Query, ...]) -> int:
    cpu, per_core = queries
    assert _what(cpu) == _CPU
    assert isinstance(per_core, Expression)
    divided = re.fullmatch(rf"{cpu.id} / (\d+)", per_core.expression)
    assert divided is not None
    return int(divided[1])


def _steps(name: str, policy: Properties, alarm: Properties, identity: dict[str, Any]) -> StepScaling:
    stepping = policy["StepScalingPolicyConfiguration"]
    (period_seconds,) = periods(alarm)
    return StepScaling(
        name=name,
        direction={"GreaterThanThreshold": "out", "LessThanThreshold": "in"}[alarm["ComparisonOperator"]],
        queries=queries_of(alarm, identity),
        threshold=alarm["Threshold"],
        period_seconds=period_seconds,
        evaluation_periods=alarm["EvaluationPeriods"],
        datapoints_to_alarm=alarm["DatapointsToAlarm"],
        treat_missing_data=alarm["TreatMissingData"],
        adjustment_type=stepping["AdjustmentType"],
        min_adjustment_magnitude=stepping.get("MinAdjustmentMagnitude"),
        cooldown_seconds=stepping["Cooldown"],
        steps=tuple(map(_step, stepping["StepAdjustments"])),
    )


def periods(alarm: Properties) -> set[int]:
    """The periods of all that an alarm looks at."""
    queries = [alarm, *alarm.get("Metrics", ())]
    found = [part.get("Period") for query in queries for part in (query, query.get("MetricStat", {}))]
    return {period for period in found if period is not None}


def _step(step: Properties) -> ScalingStep:
    low, high = step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound")
    return ScalingStep(low, high, step["ScalingAdjustment"])


def _wake(policy: Properties, alarm: Properties) -> WakeFromZero:
    stepping = policy["StepScalingPolicyConfiguration"]
    assert stepping["AdjustmentType"] == "ChangeInCapacity"
    (step,) = map(_step, stepping["StepAdjustments"])
    assert (step.lower_bound, step.upper_bound) == (0, None)
    return WakeFromZero(
        adjustment=step.adjustment,
        evaluation_periods=alarm["EvaluationPeriods"],
        datapoints_to_alarm=alarm["DatapointsToAlarm"],
        cooldown_seconds=stepping["Cooldown"],
    )


def _scheduled(action: Properties) -> ScheduledCapacity:
    bounds = action["ScalableTargetAction"]
    return ScheduledCapacity(
        action["ScheduledActionName"],
        action["Schedule"],
        action["Timezone"],
        bounds.get("MinCapacity"),
        bounds.get("MaxCapacity"),
        action.get("StartTime"),
        action.get("EndTime"),
    )
