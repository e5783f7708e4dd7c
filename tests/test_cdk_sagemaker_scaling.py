"""Laws over the templates that capacity plans make: 50 of them, in one stack of 5 endpoints."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from plans_strategy import allowed_plans, analysed_plans, drawn

from cdk_sagemaker_scaling import (
    EndpointDashboard,
    NotificationTopic,
    RealTimeEndpoint,
    Variant,
    VariantAlarms,
    VariantScaling,
    _metrics,
)
from sagemaker_capacity_plan import Override
from tour.template import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_cdk import Stack
    from conftest import Synthesised

    from sagemaker_capacity_plan import CapacityPlan

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]
    Named = tuple[str, str, int | None, tuple[str, ...]]
    Plans = dict[str, dict[str, CapacityPlan]]

ALARM = "AWS::CloudWatch::Alarm"
CONFIG = "AWS::SageMaker::EndpointConfig"
ENDPOINT = "AWS::SageMaker::Endpoint"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
METRICS = {metric.name for metric in vars(_metrics).values() if isinstance(metric, _metrics.VariantMetric)}


def of(name: str, instance_type: str, **counts: float) -> Variant:
    return Variant(
        name=name,
        image_uri="123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1",
        model_data_url="s3://amzn-s3-demo-bucket/model.tar.gz",
        instance_type=instance_type,
        **counts,
    )


def fill(stack: Stack, plans: Plans) -> None:
    """Endpoints as app.py composes them, a variant for each plan, their weights 1, 2, 3 …."""
    topic = NotificationTopic(stack, "Topic").topic
    for name, of_variant in plans.items():
        endpoint = RealTimeEndpoint(
            stack,
            name,
            variants=[
                of(variant, plan.instance.type, initial_instance_count=plan.scaling.min_capacity, weight=weight)
                for weight, (variant, plan) in enumerate(of_variant.items(), start=1)
            ],
        )
        for variant in endpoint.variants.values():
            plan = of_variant[variant.name]
            VariantScaling.from_plan(stack, f"{name}{variant.name}Scaling", variant=variant, plan=plan)
            VariantAlarms.from_plan(stack, f"{name}{variant.name}Alarms", variant=variant, plan=plan, topic=topic)
        EndpointDashboard(stack, f"{name}Dashboard", endpoint=endpoint, plans=of_variant)


@pytest.fixture(scope="module")
def plans() -> Plans:
    fifty = [*drawn(allowed_plans(), 25), *drawn(analysed_plans(), 25)]
    return {f"E{e}": {f"V{v}": fifty[e * 10 + v] for v in range(10)} for e in range(5)}


@pytest.fixture(scope="module")
def fleet(synthesise: Synthesise, plans: Plans) -> Synthesised:
    return synthesise(lambda stack: fill(stack, plans))


@pytest.fixture(scope="module")
def shipped(synthesise: Synthesise, shipped_plan: CapacityPlan) -> Synthesised:
    return synthesise(lambda stack: fill(stack, {"E": {"V": shipped_plan}}))


def dashboards(synthesised: Synthesised) -> dict[str, list[dict[str, Any]]]:
    """The widgets of every dashboard by logical id, what is known at deploy left as its logical id."""

    def known(part: Any) -> str:  # noqa: ANN401 - JSON
        return part if isinstance(part, str) else str(part.get("Ref") or part["Fn::GetAtt"][0])

    return {
        logical_id: json.loads("".join(map(known, dashboard["DashboardBody"]["Fn::Join"][1])))["widgets"]
        for logical_id, dashboard in synthesised.of_type("AWS::CloudWatch::Dashboard").items()
    }


def metrics_of(part: Any, statistic: str = "", period: int | None = None) -> Iterator[Named]:  # noqa: ANN401
    """Metric, statistic, period and dimensions' names, wherever alarms and policies name a metric."""
    if isinstance(part, list):
        for inner in part:
            yield from metrics_of(inner)
    elif isinstance(part, dict):
        said = part.get("Stat") or part.get("Statistic") or part.get("ExtendedStatistic") or statistic
        minute = part.get("Period", period)
        if "MetricName" in part:
            yield part["MetricName"], said, minute, tuple(d["Name"] for d in part["Dimensions"])
        for key, inner in part.items():
            yield from metrics_of(inner, *((said, minute) if key == "Metric" else ()))


def metrics_shown(synthesised: Synthesised) -> Iterator[Named]:
    """The same of dashboards."""
    for widgets in dashboards(synthesised).values():
        for widget in widgets:
            for row in widget["properties"]["metrics"]:
                if len(row) > 1:
                    _, name, *dimensions, options = row
                    yield name, options["stat"], widget["properties"]["period"], tuple(dimensions[::2])


@pytest.fixture(scope="module")
def named(fleet: Synthesised) -> list[Named]:
    scaled = [*fleet.of_type(ALARM).values(), *fleet.of_type(POLICY).values()]
    return [*metrics_of(scaled), *metrics_shown(fleet)]


def test_the_shipped_plans_numbers_are_the_templates(shipped: Synthesised, shipped_plan: CapacityPlan) -> None:
    (variant,) = Template(shipped.template).variants()
    assert variant.scaling == shipped_plan.scaling
    assert (variant.scaling.min_capacity, variant.scaling.max_capacity) == (1, 8)
    assert variant.scaling.invocations.target_per_instance_per_minute == 4987
    assert '"value":4081' in json.dumps(shipped.template).replace("\\", "")
    assert '"value":9068' in json.dumps(shipped.template).replace("\\", "")


def test_fifty_generated_plans_numbers_are_the_templates(fleet: Synthesised, plans: Plans) -> None:
    read = {(variant.endpoint, variant.name): variant for variant in Template(fleet.template).variants()}
    assert len(read) == 50
    for endpoint, of_variant in plans.items():
        for weight, (name, plan) in enumerate(of_variant.items(), start=1):
            assert read[endpoint, name].scaling == plan.scaling
            assert read[endpoint, name].instance_type == plan.instance.type
            assert read[endpoint, name].initial_instance_count == plan.scaling.min_capacity
            assert read[endpoint, name].weight == weight


def test_the_generated_plans_hold_every_kind_of_policy(plans: Plans) -> None:
    scalings = [plan.scaling for of_variant in plans.values() for plan in of_variant.values()]
    for policies in ([s.cpu_per_core for s in scalings], [s.step_out for s in scalings]):
        assert any(policies)
        assert not all(policies)
    assert any(s.scheduled for s in scalings)
    assert any(plan.overrides for of_variant in plans.values() for plan in of_variant.values())


def test_an_override_of_max_changes_what_shows_it_and_replaces_nothing(
    synthesise: Synthesise, shipped: Synthesised, shipped_plan: CapacityPlan
) -> None:
    raised = replace(shipped_plan, overrides=(Override("max_capacity", 12, "quota raised for launch"),))
    before = shipped.template["Resources"]
    after = synthesise(lambda stack: fill(stack, {"E": {"V": raised}})).template["Resources"]
    assert list(after) == list(before)
    changed = [
        (resource["Type"], key, value, after[logical_id]["Properties"].get(key))
        for logical_id, resource in before.items()
        for key, value in resource.get("Properties", {}).items()
        if after[logical_id]["Properties"].get(key) != value
    ]
    at_maximum = "Variant V runs all of its {} instances and can scale out no more."
    # None of these is create-only, so CloudFormation updates each resource in place.
    assert [change for change in changed if change[1] != "DashboardBody"] == [
        (TARGET, "MaxCapacity", 8, 12),
        (ALARM, "AlarmDescription", at_maximum.format(8), at_maximum.format(12)),
        (ALARM, "Threshold", 8, 12),
    ]
    assert [change[:2] for change in changed][-1] == ("AWS::CloudWatch::Dashboard", "DashboardBody")
    for logical_id, resource in before.items():
        assert resource | {"Properties": 0} == after[logical_id] | {"Properties": 0}
        assert resource.get("Properties", {}).keys() == after[logical_id].get("Properties", {}).keys()


def test_every_step_policy_has_the_one_alarm_that_sets_it_off(fleet: Synthesised) -> None:
    steps = [logical_id for logical_id, p in fleet.of_type(POLICY).items() if p["PolicyType"] == "StepScaling"]
    assert steps
    set_off = Counter(
        action["Ref"]
        for alarm in fleet.of_type(ALARM).values()
        for action in alarm["AlarmActions"]
        if action["Ref"] in fleet.of_type(POLICY)
    )
    assert set_off == Counter(steps)


def test_an_alarm_watches_the_variant_that_its_policy_scales(fleet: Synthesised) -> None:
    for alarm in fleet.of_type(ALARM).values():
        policy = fleet.of_type(POLICY).get(alarm["AlarmActions"][0]["Ref"])
        if policy is None:
            continue
        target = fleet.of_type(TARGET)[policy["ScalingTargetId"]["Ref"]]
        _, endpoint, rest = target["ResourceId"]["Fn::Join"][1]
        assert [d["Value"] for d in alarm["Dimensions"]] == [endpoint, rest.removeprefix("/variant/")]


def test_no_two_target_tracking_policies_of_a_target_share_a_metric(fleet: Synthesised) -> None:
    tracked = Counter(
        (policy["ScalingTargetId"]["Ref"], "predefined" if "PredefinedMetricSpecification" in tracking else "cpu")
        for policy in fleet.of_type(POLICY).values()
        if (tracking := policy.get("TargetTrackingScalingPolicyConfiguration"))
    )
    assert set(tracked.values()) == {1}


def test_a_policy_is_of_one_kind_and_tracks_one_metric(fleet: Synthesised) -> None:
    for policy in fleet.of_type(POLICY).values():
        tracking = policy.get("TargetTrackingScalingPolicyConfiguration")
        assert (tracking is None) == (policy["PolicyType"] == "StepScaling")
        assert (tracking is None) != ("StepScalingPolicyConfiguration" not in policy)
        if tracking is not None:
            assert ("PredefinedMetricSpecification" in tracking) != ("CustomizedMetricSpecification" in tracking)


def test_names_of_policies_are_unique_and_hold_no_number_of_the_plan(
    fleet: Synthesised, shipped: Synthesised
) -> None:
    policies = [policy["PolicyName"] for policy in fleet.of_type(POLICY).values()]
    assert len(set(policies)) == len(policies)
    assert not any("4987" in policy["PolicyName"] for policy in shipped.of_type(POLICY).values())


def test_every_metric_is_sagemakers_and_of_one_variant(named: list[Named]) -> None:
    assert {name for name, *_ in named} == METRICS
    assert {dimensions for *_, dimensions in named} == {("EndpointName", "VariantName")}


def test_invocations_per_instance_is_only_ever_a_sum_over_a_minute(named: list[Named]) -> None:
    found = {(stat, period) for name, stat, period, _ in named if name == "InvocationsPerInstance"}
    assert found == {("Sum", 60)}


def test_latency_is_watched_in_microseconds(fleet: Synthesised, plans: Plans) -> None:
    found = Counter(a["Threshold"] for a in fleet.of_type(ALARM).values() if a.get("MetricName") == "ModelLatency")
    saturations = [plan.saturation for of_variant in plans.values() for plan in of_variant.values()]
    assert found == Counter(round(s.slo_latency_ms * 1000, 3) for s in saturations if s.slo_latency_ms is not None)
    lines = [
        line["value"]
        for widgets in dashboards(fleet).values()
        for widget in widgets
        for line in widget["properties"].get("annotations", {}).get("horizontal", ())
        if "Latency" in widget["properties"]["title"]
    ]
    assert Counter(lines) == found


def test_the_dashboards_band_is_the_plans(fleet: Synthesised, plans: Plans) -> None:
    for (_, widgets), of_variant in zip(dashboards(fleet).items(), plans.values(), strict=True):
        for name, plan in of_variant.items():
            (graph,) = (
                w["properties"]
                for w in widgets
                if w["properties"]["title"] == f"{name}: Invocations per instance and minute"
            )
            band, target, maximum, *_ = graph["annotations"]["horizontal"]
            assert [line["value"] for line in band] == [
                plan.limits.lower_invocations_per_minute,
                plan.limits.upper_invocations_per_minute,
            ]
            assert target["value"] == plan.scaling.invocations.target_per_instance_per_minute
            assert maximum["value"] == plan.limits.max_invocations_per_minute


def test_a_dashboard_has_a_section_of_minutes_for_each_variant_and_no_overlap(
    fleet: Synthesised, plans: Plans
) -> None:
    for widgets in dashboards(fleet).values():
        assert {w["properties"]["period"] for w in widgets} == {60}
        sections = [w["properties"]["title"].split(":")[0] for w in widgets]
        assert list(dict.fromkeys(sections)) == list(plans["E0"])
        assert sections == sorted(sections, key=list(plans["E0"]).index)
        assert all(w["x"] >= 0 and w["x"] + w["width"] <= 24 for w in widgets)
        for a, b in combinations(widgets, 2):
            beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
            above = a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
            assert beside or above


def test_an_endpoint_keeps_what_scaling_reached_and_takes_the_weights(fleet: Synthesised) -> None:
    for endpoint in fleet.of_type(ENDPOINT).values():
        assert endpoint["RetainAllVariantProperties"] is True
        assert endpoint["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]
    for config in fleet.of_type(CONFIG).values():
        assert [v["InitialVariantWeight"] for v in config["ProductionVariants"]] == list(range(1, 11))


def test_nothing_that_an_update_replaces_has_a_fixed_name(fleet: Synthesised) -> None:
    fixed = {
        "AWS::SageMaker::Model": "ModelName",
        CONFIG: "EndpointConfigName",
        ENDPOINT: "EndpointName",
        ALARM: "AlarmName",
        "AWS::CloudWatch::Dashboard": "DashboardName",
        "AWS::IAM::Role": "RoleName",
    }
    for kind, name in fixed.items():
        assert fleet.of_type(kind)
        assert not any(name in properties for properties in fleet.of_type(kind).values())


def test_a_target_names_no_role_and_waits_for_its_endpoint(fleet: Synthesised) -> None:
    assert len(fleet.of_type(TARGET)) == 50
    for target in fleet.of_type(TARGET).values():
        assert "RoleARN" not in target
        (endpoint, attribute) = target["ResourceId"]["Fn::Join"][1][1]["Fn::GetAtt"]
        assert attribute == "EndpointName"
        assert endpoint in fleet.of_type(ENDPOINT)


def test_both_variants_of_an_endpoint_are_scaled(fleet: Synthesised) -> None:
    targets = [target["ResourceId"]["Fn::Join"][1] for target in fleet.of_type(TARGET).values()]
    scaled = {(parts[1]["Fn::GetAtt"][0], parts[2]) for parts in targets}
    assert len(scaled) == 50


def test_an_endpoint_waits_for_its_configuration_and_that_for_its_models(fleet: Synthesised) -> None:
    for endpoint in fleet.of_type(ENDPOINT).values():
        config = fleet.of_type(CONFIG)[endpoint["EndpointConfigName"]["Fn::GetAtt"][0]]
        for variant in config["ProductionVariants"]:
            model = fleet.of_type("AWS::SageMaker::Model")[variant["ModelName"]["Fn::GetAtt"][0]]
            assert model["ExecutionRoleArn"]["Fn::GetAtt"][0] in fleet.of_type("AWS::IAM::Role")


def test_without_a_plan_nothing_is_drawn_over_what_is_measured(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        endpoint = RealTimeEndpoint(stack, "E", variants=[of("V", "ml.c5.large")])
        EndpointDashboard(stack, "Dashboard", endpoint=endpoint)

    ((_, widgets),) = dashboards(synthesise(fill)).items()
    assert len(widgets) == 6
    assert not any("annotations" in widget["properties"] for widget in widgets)
    # Without its vCPUs the CPU is a sum over cores, and is called so.
    (cpu,) = (
        row
        for w in widgets
        for row in w["properties"]["metrics"]
        if row[1] == "CPUUtilization" and row[-1]["stat"] == "Average"
    )
    assert cpu[-1]["label"] == "CPU, summed over cores"


def test_a_variants_own_metrics_are_those_that_its_alarms_watch(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        variant = RealTimeEndpoint(stack, "E", variants=[of("V", "ml.c5.large")]).variants["V"]
        for name in (name for name in dir(variant) if name.startswith("metric_")):
            getattr(variant, name)().create_alarm(stack, name, threshold=1, evaluation_periods=1)

    made = synthesise(fill)
    found = {
        name: (stat, period, dimensions)
        for name, stat, period, dimensions in metrics_of(list(made.of_type(ALARM).values()))
    }
    one_variant = ("EndpointName", "VariantName")
    assert found == {
        "Invocations": ("Sum", 60, one_variant),
        "InvocationsPerInstance": ("Sum", 60, one_variant),
        "Invocation5XXErrors": ("Sum", 60, one_variant),
        "ModelLatency": ("p99", 60, one_variant),
        "OverheadLatency": ("p99", 60, one_variant),
        "CPUUtilization": ("Average", 60, one_variant),
    }
