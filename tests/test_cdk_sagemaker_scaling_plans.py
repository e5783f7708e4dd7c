"""Laws over what generated plans of every kind become, a stack a kind, read back from its template."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pytest
from plan_stacks import KINDS, Kind, Plans, told
from templates import ALARM, POLICY, TARGET, ScaledTemplate, periods

from cdk_sagemaker_scaling import _metrics
from sagemaker_capacity_plan import MetricTarget, StepScaling, TargetTracking, WakeFromZero

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_cdk import Stack
    from conftest import Synthesised


@dataclass(frozen=True)
class Deployed:
    """The plans of one kind by the ids of their targets, and the template that they became."""

    kind: Kind
    plans: Plans
    template: ScaledTemplate

    @property
    def scalings(self) -> list[Any]:
        """What Application Auto Scaling is told."""
        return [scaling for plan in self.plans.values() if (scaling := told(plan))]

    def policies(self, type_: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each policy of a type, with its target."""
        for policy in self.template.of_type(POLICY).values():
            if policy["PolicyType"] == type_:
                yield self.template.properties(policy["ScalingTargetId"]["Ref"]), policy


@pytest.fixture(scope="module", params=KINDS.values(), ids=KINDS)
def deployed(
    request: pytest.FixtureRequest, synthesise: Callable[[Callable[[Stack], object]], Synthesised]
) -> Deployed:
    kind: Kind = request.param
    plans = kind.plans()
    made = synthesise(lambda stack: kind.fill(stack, plans))
    return Deployed(kind, plans, ScaledTemplate(made.template["Resources"]))


def policies_of(scaling: Any) -> Iterator[Any]:  # noqa: ANN401 - a kind's own
    """The records of a plan that each become a policy."""
    for value in vars(scaling).values():
        if isinstance(value, TargetTracking | WakeFromZero):
            yield value
        elif isinstance(value, tuple):
            yield from (record for record in value if isinstance(record, MetricTarget | StepScaling))


def metrics_in(part: Any, statistic: str = "") -> Iterator[tuple[str, str, str, dict[str, Any]]]:  # noqa: ANN401
    """Namespace, name, statistic and dimensions, wherever alarms and policies name a metric."""
    for inner in part if isinstance(part, list) else ():
        yield from metrics_in(inner)
    if isinstance(part, dict):
        said = part.get("Stat") or part.get("Statistic") or part.get("ExtendedStatistic") or statistic
        if "MetricName" in part:
            dimensions = {d["Name"]: d["Value"] for d in part.get("Dimensions", ())}
            yield part["Namespace"], part["MetricName"], said, dimensions
        for key, inner in part.items():
            yield from metrics_in(inner, said if key == "Metric" else "")


def test_a_plan_is_what_its_template_says(deployed: Deployed) -> None:
    for name, plan in deployed.plans.items():
        assert deployed.kind.read(deployed.template, name) == plan.scaling


def test_the_generated_plans_have_all_that_a_plan_can_have(deployed: Deployed) -> None:
    for field in fields(deployed.kind.record):
        assert any(getattr(scaling, field.name) for scaling in deployed.scalings), field.name


def test_there_are_no_policies_and_alarms_but_the_plans(deployed: Deployed) -> None:
    records = [record for scaling in deployed.scalings for record in policies_of(scaling)]
    assert len(deployed.template.of_type(TARGET)) == len(deployed.scalings)
    assert len(deployed.template.of_type(POLICY)) == len(records)
    stepping = [record for record in records if isinstance(record, StepScaling | WakeFromZero)]
    assert len(deployed.template.of_type(ALARM)) == len(stepping)


def test_each_step_policy_is_set_off_by_one_alarm_that_does_nothing_else(deployed: Deployed) -> None:
    stepping = Counter(
        logical_id
        for logical_id, policy in deployed.template.of_type(POLICY).items()
        if policy["PolicyType"] == "StepScaling"
    )
    actions = [alarm["AlarmActions"] for alarm in deployed.template.of_type(ALARM).values()]
    assert Counter(action["Ref"] for of_alarm in actions for action in of_alarm) == stepping
    assert all(len(of_alarm) == 1 for of_alarm in actions)


def test_a_policy_sums_up_datapoints_as_its_alarm_does(deployed: Deployed) -> None:
    for _, policy in deployed.policies("StepScaling"):
        alarm = deployed.template.alarm_of(policy)
        statistic = alarm.get("Statistic")
        agreed = statistic if statistic in {"Minimum", "Maximum"} else "Average"
        assert policy["StepScalingPolicyConfiguration"]["MetricAggregationType"] == agreed
        assert len(periods(alarm)) == 1


def test_what_wakes_looks_each_minute_whether_one_request_met_no_capacity(deployed: Deployed) -> None:
    waking = [p for target in deployed.plans for id_, p in policies_at(deployed, target) if id_ == "WakeFromZero"]
    assert bool(waking) == hasattr(deployed.scalings[0], "wake_from_zero")
    metric = {
        _metrics.ASYNCHRONOUS: _metrics.HAS_BACKLOG_WITHOUT_CAPACITY,
        _metrics.INFERENCE_COMPONENT: _metrics.NO_CAPACITY_INVOCATION_FAILURES,
    }.get(deployed.kind.measured)
    for policy in waking:
        alarm = deployed.template.alarm_of(policy)
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
            metric.namespace,
            metric.name,
            metric.statistic,
        )
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
        assert (alarm["Period"], alarm["TreatMissingData"]) == (60, "missing")


def policies_at(deployed: Deployed, target: str) -> list[tuple[str, dict[str, Any]]]:
    template = deployed.template
    return list(template.policies(target).items()) if template.find(target, TARGET) else []


def test_no_two_target_tracking_policies_of_a_target_share_a_metric(deployed: Deployed) -> None:
    for target in deployed.plans:
        tracked: Counter[str] = Counter()
        for _, policy in policies_at(deployed, target):
            if policy["PolicyType"] == "TargetTrackingScaling":
                tracked[what_it_tracks(deployed, policy)] += 1
        assert set(tracked.values()) <= {1}


def what_it_tracks(deployed: Deployed, policy: dict[str, Any]) -> str:
    """Namespace, name and dimensions of a metric, predefined or not, or the whole of an expression."""
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    if "CustomizedMetricSpecification" in tracking:
        tracked = tracking["CustomizedMetricSpecification"]
        return json.dumps({key: value for key, value in tracked.items() if key != "Statistic"})
    metric = deployed.kind.measured.predefined[tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]]
    identity = deployed.template.identity(deployed.template.properties(policy["ScalingTargetId"]["Ref"]))
    dimensions = [{"Name": name, "Value": identity[name]} for name in metric.dimensions]
    return json.dumps({"Dimensions": dimensions, "MetricName": metric.name, "Namespace": metric.namespace})


def test_a_metric_of_what_is_scaled_has_the_dimensions_that_sagemaker_publishes_it_under(
    deployed: Deployed,
) -> None:
    found = Counter()
    for type_ in ("TargetTrackingScaling", "StepScaling"):
        for target, policy in deployed.policies(type_):
            identity = deployed.template.identity(target)
            looks_at = policy if type_ == "TargetTrackingScaling" else deployed.template.alarm_of(policy)
            for namespace, name, _, dimensions in metrics_in(looks_at):
                if dimensions and dimensions.items() <= identity.items():
                    metric = _metrics.published(deployed.kind.measured, namespace, name)
                    assert set(dimensions) == set(metric.dimensions)
                    found[metric.dimensions] += 1
    assert set(found) == {m.dimensions for m in deployed.kind.measured.metrics} or not found
    assert bool(found) == (deployed.kind.measured is not _metrics.SERVERLESS)
