"""Targets, policies and schedules by hand, read back from their template, and what synthesis warns of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from least import Elsewhere, scaled, scaled_copies, scaled_queue, scaled_warmth
from templates import ALARM, LONE, POLICY, TARGET, ScaledTemplate, queries_of

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    CpuPerCoreTrackingPolicy,
    InferenceComponent,
    InvocationsTrackingPolicy,
    MetricTrackingPolicy,
    RealTimeEndpoint,
    ScalingStep,
    ScheduledScaling,
    ServerlessEndpoint,
    StepScalingInPolicy,
    StepScalingOutPolicy,
    Suspended,
    VariantScaling,
    WakeFromZeroPolicy,
)
from sagemaker_capacity_plan import Dimension, Expression, Metric, MetricTarget, ScheduledCapacity, StepScaling

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk.aws_cloudwatch import IMetric
    from conftest import Synthesised

    Synthesise = Callable[[Callable[[Stack], object]], Synthesised]

OUT = [ScalingStep(0, 10, 20), ScalingStep(10, None, 50)]
IN = [ScalingStep(-10, 0, -20), ScalingStep(None, -10, -50)]
CPU = Metric("cpu", "/aws/sagemaker/Endpoints", "CPUUtilization", "Average")


def read(synthesise: Synthesise, fill: Callable[[Stack], object]) -> ScaledTemplate:
    return ScaledTemplate(synthesise(fill).template["Resources"])


def step_policy(synthesise: Synthesise, metric: Callable[[VariantScaling], IMetric], **given: Any) -> StepScaling:  # noqa: ANN401
    """The one step policy of a real-time variant, as its template has it."""

    def fill(stack: Stack) -> None:
        scaling = scaled(stack)
        props = {"threshold": 70, "steps": OUT, "metric": metric(scaling)} | given
        StepScalingOutPolicy(scaling, "StepOut", scaling=scaling, **props)

    (policy,) = read(synthesise, fill).real_time("Scaling").step_scaling
    return policy


def test_steps_look_at_the_load_of_each_instance_or_copy_unless_told_otherwise(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        for scaling in (scaled(stack), scaled_copies(stack)):
            StepScalingOutPolicy(scaling, "StepOut", scaling=scaling, threshold=100, steps=OUT)

    template = read(synthesise, fill)
    of_instances, of_copies = template.real_time("Scaling"), template.component("CopiesScaling")
    (out,) = of_instances.step_scaling
    assert out == StepScaling(
        name="StepOut",
        direction="out",
        queries=(Metric(LONE, "AWS/SageMaker", "InvocationsPerInstance", "Sum"),),
        threshold=100,
        period_seconds=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="notBreaching",
        adjustment_type="PercentChangeInCapacity",
        cooldown_seconds=300,
        steps=tuple(OUT),
    )
    (out,) = of_copies.step_scaling
    assert out.queries == (Metric(LONE, "AWS/SageMaker", "InvocationsPerCopy", "Sum"),)


@pytest.mark.parametrize("scaling_of", [scaled_queue, scaled_warmth])
def test_what_publishes_no_load_of_an_instance_needs_a_metric(
    stack: Stack, scaling_of: Callable[[Stack], VariantScaling]
) -> None:
    scaling = scaling_of(stack)
    with pytest.raises(ValueError, match="publishes no load per instance or copy: give metric"):
        StepScalingOutPolicy(scaling, "StepOut", scaling=scaling, threshold=1, steps=OUT)


def test_steps_look_at_a_metric_as_it_is_given(synthesise: Synthesise) -> None:
    policy = step_policy(
        synthesise,
        lambda scaling: scaling.resource.metric_model_latency("p99.9").with_(period=Duration.minutes(5)),
        datapoints_to_alarm=2,
        evaluation_periods=3,
        treat_missing_data="ignore",
        min_adjustment_magnitude=2,
        cooldown_seconds=0,
    )
    assert policy.queries == (Metric(LONE, "AWS/SageMaker", "ModelLatency", "p99.9"),)
    assert policy.period_seconds == 300
    assert (policy.datapoints_to_alarm, policy.evaluation_periods) == (2, 3)
    assert (policy.treat_missing_data, policy.min_adjustment_magnitude, policy.cooldown_seconds) == ("ignore", 2, 0)


def test_steps_look_at_metric_math_by_its_own_ids_the_inner_ones_first(synthesise: Synthesise) -> None:
    def metric(scaling: VariantScaling) -> IMetric:
        variant = scaling.resource
        share = cloudwatch.MathExpression(
            expression="100 * failed / MAX([failed, all])",
            using_metrics={"failed": variant.metric_errors_5xx(), "all": variant.metric_invocations()},
        )
        return cloudwatch.MathExpression(
            expression="MAX([share, cpu / 2, failed])",
            using_metrics={
                "share": share,
                "cpu": variant.metric_cpu_utilization(),
                "failed": variant.metric_errors_5xx(),
            },
            label="worst",
            period=Duration.minutes(1),
        )

    policy = step_policy(synthesise, metric)
    errors = [
        Metric(id_, "AWS/SageMaker", n, "Sum")
        for id_, n in (("failed", "Invocation5XXErrors"), ("all", "Invocations"))
    ]
    *inner, last = policy.queries
    assert inner == [*errors, Expression("share", "100 * failed / MAX([failed, all])"), CPU]
    assert (last.expression, last.label) == ("MAX([share, cpu / 2, failed])", "worst")
    assert policy.period_seconds == 60


def test_a_policy_sums_up_datapoints_as_its_alarm_does_or_by_their_average(synthesise: Synthesise) -> None:
    sums_up = {
        "Minimum": "Minimum",
        "Maximum": "Maximum",
        "Average": "Average",
        "SampleCount": "Average",
        "p90": "Average",
    }

    def fill(stack: Stack) -> None:
        scaling = scaled(stack)
        for statistic in sums_up:
            metric = scaling.resource.metric_cpu_utilization(statistic)
            StepScalingOutPolicy(scaling, statistic, scaling=scaling, threshold=1, steps=OUT, metric=metric)

    policies = read(synthesise, fill).policies("Scaling")
    assert {
        name: policy["StepScalingPolicyConfiguration"]["MetricAggregationType"] for name, policy in policies.items()
    } == sums_up


def test_any_metric_is_tracked_by_its_own_dimensions(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        scaling = scaled(stack)
        orders = cloudwatch.Metric(
            namespace="Shop",
            metric_name="OrdersPerInstance",
            dimensions_map={"Shop": "Berlin"},
            statistic="Average",
        )
        MetricTrackingPolicy(
            scaling, "Orders", scaling=scaling, metric=orders, target_value=3, disable_scale_in=True
        )
        MetricTrackingPolicy(
            scaling,
            "PerCore",
            scaling=scaling,
            metric=scaling.resource.metric_cpu_utilization_per_core(2),
            target_value=50,
            scale_in_cooldown_seconds=1,
            scale_out_cooldown_seconds=2,
        )

    orders, per_core = read(synthesise, fill).real_time("Scaling").metric_tracking
    pace = {"scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 300}
    of_shop = (Metric(LONE, "Shop", "OrdersPerInstance", "Average", (Dimension("Shop", "Berlin"),)),)
    assert orders == MetricTarget("Orders", of_shop, 3, **pace, disable_scale_in=True)
    assert per_core.queries[0] == CPU
    assert (per_core.scale_in_cooldown_seconds, per_core.scale_out_cooldown_seconds) == (1, 2)


def test_an_alarm_that_wakes_looks_twice_and_adds_one(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        for scaling in (scaled_queue(stack, min_capacity=0), scaled_copies(stack, min_capacity=0)):
            WakeFromZeroPolicy(scaling, "WakeFromZero", scaling=scaling)

    template = read(synthesise, fill)
    for woken in (template.asynchronous("QueueScaling"), template.component("CopiesScaling")):
        wakes = woken.wake_from_zero
        assert (wakes.adjustment, wakes.evaluation_periods, wakes.datapoints_to_alarm) == (1, 2, 2)


def test_scheduled_actions_gather_at_their_target_in_order(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        scaling = scaled(stack, suspended=Suspended(scale_out=True))
        ScheduledScaling(stack, "Morning", scaling=scaling, schedule="rate(1 day)", min_capacity=2)
        at_night = autoscaling.Schedule.cron(hour="20", minute="0")
        ScheduledScaling(
            stack, "Night", scaling=scaling, schedule=at_night, timezone="Europe/Berlin", max_capacity=1
        )
        scaling.schedule(
            ScheduledCapacity("Once", "at(2030-01-31T09:00:00)", "Etc/UTC", 1, 2, end_utc="2030-02-01T00:00:00Z")
        )

    scaling = read(synthesise, fill).real_time("Scaling")
    assert scaling.suspended == Suspended(scale_out=True)
    assert scaling.scheduled == (
        ScheduledCapacity("Morning", "rate(1 day)", "Etc/UTC", 2),
        ScheduledCapacity("Night", "cron(0 20 * * ? *)", "Europe/Berlin", None, 1),
        ScheduledCapacity("Once", "at(2030-01-31T09:00:00)", "Etc/UTC", 1, 2, end_utc="2030-02-01T00:00:00Z"),
    )


def test_endpoints_that_exist_already_are_scaled_and_measured_under_their_names(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        types, of_queue = {"V": "ml.c5.large"}, {"variant_name": "Q", "instance_type": "ml.m5.large"}
        instances = {
            "Named": RealTimeEndpoint.from_endpoint_name(stack, "N", "old", instance_types=types).variants["V"],
            "Known": RealTimeEndpoint.from_endpoint(stack, "K", Elsewhere(), instance_types=types).variants["V"],
            "Queue": AsynchronousEndpoint.from_endpoint_name(stack, "Q", "old", **of_queue).variants["Q"],
            "KnownQueue": AsynchronousEndpoint.from_endpoint(stack, "KQ", Elsewhere(), **of_queue).variants["Q"],
        }
        for name, variant in instances.items():
            scaled(stack, name, variant=variant)
            variant.metric_cpu_utilization().create_alarm(stack, f"{name}Alarm", threshold=1, evaluation_periods=1)
        serverless = ServerlessEndpoint.from_endpoint_name(stack, "S", "old").variants["AllTraffic"]
        known = ServerlessEndpoint.from_endpoint(stack, "KS", Elsewhere(), variant_name="W").variants["W"]
        scaled_warmth(stack, "Serverless", variant=serverless)
        scaled_warmth(stack, "KnownServerless", variant=known)
        scaled_copies(stack, "Copies", component=InferenceComponent.from_inference_component_name("component"))

    template = read(synthesise, fill)
    targets = {template.path(id_): target["ResourceId"] for id_, target in template.of_type(TARGET).items()}
    assert targets == {
        "Named": "endpoint/old/variant/V",
        "Known": "endpoint/Elsewhere/variant/V",
        "Queue": "endpoint/old/variant/Q",
        "KnownQueue": "endpoint/Elsewhere/variant/Q",
        "Serverless": "endpoint/old/variant/AllTraffic",
        "KnownServerless": "endpoint/Elsewhere/variant/W",
        "Copies": "inference-component/component",
    }
    for id_, alarm in template.of_type(ALARM).items():
        _, endpoint, _, variant = targets[template.path(id_).removesuffix("Alarm")].split("/")
        assert [d["Value"] for d in alarm["Dimensions"]] == [endpoint, variant]


def warned(made: Synthesised) -> set[tuple[str, str]]:
    """Construct and rule of each warning in the assembly."""
    metadata = json.loads((made.folder / "Stack.metadata.json").read_text(encoding="utf-8"))
    return {
        (path.removeprefix("/Stack/"), entry["data"].rpartition("[ack: ")[2].rstrip("]"))
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
    }


def test_a_step_in_beside_target_tracking_is_warned_of_in_either_order(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        tracked_first, stepped_first, alone, out = (scaled(stack, f"S{n}") for n in range(4))
        for scaling in (tracked_first, out):
            InvocationsTrackingPolicy(scaling, "Track", scaling=scaling, target_per_instance_per_minute=1)
        for scaling in (tracked_first, stepped_first, alone):
            StepScalingInPolicy(scaling, "In", scaling=scaling, threshold=1, steps=IN)
        InvocationsTrackingPolicy(stepped_first, "Track", scaling=stepped_first, target_per_instance_per_minute=1)
        StepScalingOutPolicy(out, "Out", scaling=out, threshold=1, steps=OUT)

    rule = "cdk-sagemaker-scaling:StepInBesideTracking"
    assert warned(synthesise(fill)) == {("S0/In", rule), ("S1/Track", rule)}


def test_a_cooldown_shorter_than_the_start_up_is_warned_of(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        scaling = scaled(stack, start_up_seconds=400)
        for seconds in (399, 400):
            StepScalingOutPolicy(
                stack, f"Out{seconds}", scaling=scaling, threshold=1, steps=OUT, cooldown_seconds=seconds
            )
        InvocationsTrackingPolicy(
            stack,
            "ShortOut",
            scaling=scaling,
            target_per_instance_per_minute=1,
            scale_out_cooldown_seconds=399,
            scale_in_cooldown_seconds=400,
        )
        CpuPerCoreTrackingPolicy(
            stack,
            "ShortIn",
            scaling=scaling,
            target_percent_per_core=50,
            vcpus=2,
            scale_out_cooldown_seconds=400,
            scale_in_cooldown_seconds=399,
        )
        unknown = scaled(stack, "Unknown")
        StepScalingOutPolicy(stack, "Out0", scaling=unknown, threshold=1, steps=OUT, cooldown_seconds=0)

    rule = "cdk-sagemaker-scaling:CooldownBelowStartUp"
    assert warned(synthesise(fill)) == {("Out399", rule), ("ShortOut", rule)}


def test_an_expression_reads_its_metrics_under_the_ids_that_it_names(synthesise: Synthesise) -> None:
    def fill(stack: Stack) -> None:
        scaling = scaled(stack)
        CpuPerCoreTrackingPolicy(scaling, "CpuPerCore", scaling=scaling, target_percent_per_core=50, vcpus=4)

    template = read(synthesise, fill)
    ((_, policy),) = template.of_type(POLICY).items()
    specification = policy["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    target = template.properties(template.at("Scaling", TARGET))
    cpu, per_core = queries_of(specification, template.identity(target))
    assert (cpu, per_core.expression) == (CPU, "cpu / 4")
    assert per_core.references == {cpu.id}
