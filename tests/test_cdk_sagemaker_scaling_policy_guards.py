"""What targets, policies and schedules refuse, early and in words: the cause, the value got, and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from least import (
    asynchronous,
    real_time,
    scaled,
    scaled_copies,
    scaled_queue,
    scaled_warmth,
    serverless,
    variant,
)
from refusals import refused

from cdk_sagemaker_scaling import (
    BacklogTrackingPolicy,
    ConcurrencyPerCopyTrackingPolicy,
    ConcurrencyTrackingPolicy,
    CpuPerCoreTrackingPolicy,
    InvocationsPerCopyTrackingPolicy,
    InvocationsTrackingPolicy,
    MetricTrackingPolicy,
    ProvisionedConcurrencyTrackingPolicy,
    ScalableTarget,
    ScalingStep,
    ScheduledScaling,
    ServerlessEndpoint,
    StepScalingInPolicy,
    StepScalingOutPolicy,
    VariantScaling,
    WakeFromZeroPolicy,
)
from sagemaker_capacity_plan import Expression, Metric, ScheduledCapacity

if TYPE_CHECKING:
    from collections.abc import Callable

    ScalingOf = Callable[..., ScalableTarget]

ALL = [scaled, scaled_queue, scaled_copies, scaled_warmth]


@pytest.mark.parametrize("scaling_of", ALL)
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"min_capacity": 4}, "min_capacity must not be above max_capacity, got 4 and 3"),
        ({"min_capacity": 0, "max_capacity": 0}, "max_capacity must be at least 1, got 0"),
        ({"min_capacity": -1}, "min_capacity must be at least"),
    ],
)
def test_bounds_out_of_order_are_refused(
    stack: Stack, scaling_of: ScalingOf, given: dict[str, Any], told: str
) -> None:
    resource = scaling_of(stack, "Good").resource
    of = {"component" if scaling_of is scaled_copies else "variant": resource}
    with refused(stack, f"scaling of {resource.name!r}: ", told):
        scaling_of(stack, "Bad", **of, **given)


def test_a_real_time_variant_alone_is_never_at_zero(stack: Stack) -> None:
    endpoint = real_time(stack)
    with refused(stack, "scaling of 'V': min_capacity must be at least 1, got 0"):
        scaled(stack, variant=endpoint.variants["V"], min_capacity=0)
    for scaling_of in (scaled_queue, scaled_copies, scaled_warmth):
        assert scaling_of(stack, min_capacity=0).min_capacity == 0


@pytest.mark.parametrize("type_", ["ml.t2.medium", "ml.t3.large", "ml.t4g.medium"])
def test_a_burstable_type_is_served_but_not_scaled(stack: Stack, type_: str) -> None:
    endpoint = real_time(stack, variants=[variant(instance_type=type_)])
    queue = asynchronous(stack, variant=variant(instance_type=type_))
    for burstable in (endpoint.variants["V"], queue.variant):
        with refused(stack, f"{type_} is burstable and cannot be scaled: take another type"):
            scaled(stack, f"Of{burstable.kind.name[0]}", variant=burstable)


def test_trainium_is_not_burstable(stack: Stack) -> None:
    trainium = real_time(stack, variants=[variant(instance_type="ml.trn1.2xlarge")]).variants["V"]
    assert scaled(stack, variant=trainium).resource is trainium


def test_all_faults_of_a_target_are_told_at_once(stack: Stack) -> None:
    burstable = real_time(stack, variants=[variant(instance_type="ml.t2.medium")]).variants["V"]
    with refused(stack, "is burstable", "at least 1, got 0; ", "got 0 and -1; ", "start_up_seconds must be at"):
        scaled(stack, variant=burstable, min_capacity=0, max_capacity=-1, start_up_seconds=-1)


def test_no_more_concurrency_is_provisioned_than_may_run(stack: Stack) -> None:
    warm = serverless(stack, max_concurrency=20).variant
    with refused(stack, "max_capacity must not be above max_concurrency, got 21 and 20"):
        scaled_warmth(stack, variant=warm, max_capacity=21)
    assert scaled_warmth(stack, "Full", variant=warm, max_capacity=20).max_capacity == 20
    unknown = ServerlessEndpoint.from_endpoint_name(stack, "E", "shop").variants["AllTraffic"]
    assert scaled_warmth(stack, "Unknown", variant=unknown, max_capacity=21).max_capacity == 21


PREDEFINED: list[tuple[type, str, ScalingOf]] = [
    (InvocationsTrackingPolicy, "target_per_instance_per_minute", scaled),
    (ConcurrencyTrackingPolicy, "target_per_model", scaled),
    (InvocationsPerCopyTrackingPolicy, "target_per_copy_per_minute", scaled_copies),
    (ConcurrencyPerCopyTrackingPolicy, "target_per_copy", scaled_copies),
    (ProvisionedConcurrencyTrackingPolicy, "target_utilization", scaled_warmth),
]


@pytest.mark.parametrize(("policy", "target", "right"), PREDEFINED)
def test_a_predefined_metric_is_tracked_where_it_is_published_alone(
    stack: Stack, policy: Callable[..., object], target: str, right: ScalingOf
) -> None:
    for scaling_of in ALL:
        scaling = scaling_of(stack)
        given = {"scaling": scaling, target: 1}
        if scaling_of is right:
            policy(scaling, "Policy", **given)
        else:
            there = f"is not there for {scaling.resource.kind.one}; predefined metrics for it: "
            with refused(stack, f"{policy.__name__} 'Policy': SageMaker", there):
                policy(scaling, "Policy", **given)


@pytest.mark.parametrize(("policy", "target", "right"), PREDEFINED)
def test_a_target_that_cannot_be_tracked_is_refused_with_its_cooldowns(
    stack: Stack, policy: Callable[..., object], target: str, right: ScalingOf
) -> None:
    scaling = right(stack)
    cooldowns = {"scale_in_cooldown_seconds": -1, "scale_out_cooldown_seconds": -2}
    with refused(
        stack,
        f"{target} must be above 0, got 0; ",
        "scale_in_cooldown_seconds must be at least 0, got -1; ",
        "scale_out_cooldown_seconds must be at least 0, got -2",
    ):
        policy(scaling, "Policy", scaling=scaling, **{target: 0}, **cooldowns)


def test_a_utilization_is_a_fraction(stack: Stack) -> None:
    scaling = scaled_warmth(stack)
    with refused(stack, "target_utilization", "got 70 and 1"):
        ProvisionedConcurrencyTrackingPolicy(scaling, "Policy", scaling=scaling, target_utilization=70)


def test_cpu_of_each_core_needs_cores_and_what_has_them(stack: Stack) -> None:
    scaling = scaled(stack)
    with refused(stack, "target_percent_per_core must be above 0, got 0", "vcpus must be at least 1, got 0"):
        CpuPerCoreTrackingPolicy(scaling, "Policy", scaling=scaling, target_percent_per_core=0, vcpus=0)
    for without in (scaled_warmth(stack), scaled_copies(stack)):
        with refused(stack, "SageMaker publishes no /aws/sagemaker/Endpoints CPUUtilization for"):
            CpuPerCoreTrackingPolicy(without, "Policy", scaling=without, target_percent_per_core=50, vcpus=2)


def test_a_backlog_is_tracked_where_there_is_one(stack: Stack) -> None:
    queue = scaled_queue(stack)
    with refused(stack, "target_per_instance must be above 0, got -1"):
        BacklogTrackingPolicy(queue, "Policy", scaling=queue, target_per_instance=-1)
    for scaling in (scaled(stack), scaled_copies(stack), scaled_warmth(stack)):
        with refused(stack, f"{scaling.resource.kind.one} has no backlog: an asynchronous one has"):
            BacklogTrackingPolicy(scaling, "Policy", scaling=scaling, target_per_instance=5)


def test_what_is_never_at_zero_is_not_woken(stack: Stack) -> None:
    for scaling in (scaled(stack), scaled_warmth(stack)):
        told = f"{scaling.resource.kind.one} is never at zero, so there is nothing to wake"
        with refused(stack, told, "asynchronous variants and inference components can be"):
            WakeFromZeroPolicy(scaling, "WakeFromZero", scaling=scaling)


def test_what_wakes_adds_something_within_a_window_that_cloudwatch_takes(stack: Stack) -> None:
    queue = scaled_queue(stack)
    with refused(
        stack,
        "adjustment must be at least 1, got 0; ",
        "cooldown_seconds must be at least 0, got -1; ",
        "datapoints_to_alarm must not be above evaluation_periods, got 3 of 2",
    ):
        WakeFromZeroPolicy(
            queue,
            "W",
            scaling=queue,
            adjustment=0,
            cooldown_seconds=-1,
            evaluation_periods=2,
            datapoints_to_alarm=3,
        )


OUT: list[tuple[list[ScalingStep], str]] = [
    ([], "a step policy has 1 to 20 steps, got 0"),
    ([*(ScalingStep(n, n + 1, 1) for n in range(20)), ScalingStep(20, None, 1)], "1 to 20 steps, got 21"),
    ([ScalingStep(0, 10, 20), ScalingStep(15, None, 50)], "steps must join without gap or overlap, got 10 then 15"),
    ([ScalingStep(0, 10, 20), ScalingStep(5, None, 50)], "steps must join without gap or overlap, got 10 then 5"),
    ([ScalingStep(1, None, 20)], "steps out go from 0 up: the first one starts at 0, got 1"),
    ([ScalingStep(0, 10, 20)], "the last step out is open above, got 10"),
    ([ScalingStep(0, None, -20)], "an adjustment out adds capacity and must be above 0, got -20"),
]
IN: list[tuple[list[ScalingStep], str]] = [
    ([ScalingStep(-10, 0, -20), ScalingStep(None, -15, -50)], "got -10 then -15"),
    ([ScalingStep(None, -1, -20)], "steps in go from 0 down: the first one starts at 0, got -1"),
    ([ScalingStep(-10, 0, -20)], "the last step in is open below, got -10"),
    ([ScalingStep(None, 0, 20)], "an adjustment in removes capacity and must be below 0, got 20"),
]


@pytest.mark.parametrize(
    ("policy", "steps", "told"),
    [*((StepScalingOutPolicy, *case) for case in OUT), *((StepScalingInPolicy, *case) for case in IN)],
)
def test_steps_that_leave_a_gap_overlap_end_or_go_the_wrong_way_are_refused(
    stack: Stack, policy: Callable[..., object], steps: list[ScalingStep], told: str
) -> None:
    scaling = scaled(stack)
    with refused(stack, f"{policy.__name__} 'Steps': cooldown_seconds must be at least 0, got -1; ", told):
        policy(scaling, "Steps", scaling=scaling, threshold=100, steps=steps, cooldown_seconds=-1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"datapoints_to_alarm": 0}, "datapoints_to_alarm must be at least 1, got 0"),
        ({"datapoints_to_alarm": 2}, "datapoints_to_alarm must not be above evaluation_periods, got 2 of 1"),
        ({"evaluation_periods": 0}, "evaluation_periods must be at least 1, got 0"),
        ({"period_seconds": 45}, "period_seconds must be 10, 20, 30 or a multiple of 60, got 45"),
        ({"evaluation_periods": 1441}, "looks back 1 day at most, got 1441 periods: at most 1440 fit"),
        ({"min_adjustment_magnitude": 0}, "min_adjustment_magnitude must be at least 1, got 0"),
        (
            {"min_adjustment_magnitude": 1, "adjustment_type": "ChangeInCapacity"},
            "min_adjustment_magnitude goes with PercentChangeInCapacity alone",
        ),
        ({"adjustment_type": "Percent"}, "adjustment_type must be one of PercentChangeInCapacity, "),
        ({"treat_missing_data": "zero"}, "treat_missing_data must be one of missing, ignore, breaching, "),
        ({"metric": []}, "queries are empty: give at least one metric"),
        (
            {"metric": [Metric("a", "N", "A", "Sum"), Expression("b", "c / 2")]},
            "expression 'b' uses 'c', which is no query before it",
        ),
    ],
)
def test_an_alarm_that_cloudwatch_would_refuse_is_refused(stack: Stack, given: dict[str, Any], told: str) -> None:
    scaling = scaled(stack)
    with refused(stack, told):
        StepScalingOutPolicy(
            scaling, "Out", scaling=scaling, threshold=1, steps=[ScalingStep(0, None, 10)], **given
        )


def test_a_metric_without_dimensions_is_one_that_sagemaker_publishes(stack: Stack) -> None:
    scaling = scaled_queue(stack)
    told = (
        "SageMaker publishes no AWS/SageMaker Invocations for an asynchronous variant: give the metric its own",
        "or take one of ApproximateAgeOfOldestRequest, ApproximateBacklogSize, ",
    )
    unknown = [Metric("load", "AWS/SageMaker", "Invocations", "Sum")]
    with refused(stack, *told):
        MetricTrackingPolicy(scaling, "Track", scaling=scaling, metric=unknown, target_value=1)
    with refused(stack, *told):
        StepScalingOutPolicy(
            scaling, "Out", scaling=scaling, metric=unknown, threshold=1, steps=[ScalingStep(0, None, 1)]
        )


def test_target_tracking_takes_neither_percentiles_nor_periods(stack: Stack) -> None:
    scaling = scaled(stack)
    latency = scaling.resource.metric_model_latency("p99")
    with refused(stack, "target_value must be above 0, got 0", "got 'p99' of ModelLatency: step scaling takes"):
        MetricTrackingPolicy(scaling, "P99", scaling=scaling, metric=latency, target_value=0)
    every_two = scaling.resource.metric_cpu_utilization().with_(period=Duration.minutes(2))
    with refused(stack, "target tracking reads a metric by the minute and has no other period, got 120 s"):
        MetricTrackingPolicy(scaling, "Period", scaling=scaling, metric=every_two, target_value=1)


def test_one_policy_of_a_target_tracks_a_metric(stack: Stack) -> None:
    told = "another policy of this target tracks the same metric, and Application Auto Scaling takes one for each"

    def metric(scaling: VariantScaling, name: str) -> cloudwatch.Metric:
        found = scaling.resource.metric(name)
        assert isinstance(found, cloudwatch.Metric)
        return found

    first, second = scaled(stack, "First"), scaled(stack, "Second")
    InvocationsTrackingPolicy(first, "Predefined", scaling=first, target_per_instance_per_minute=1)
    MetricTrackingPolicy(
        second, "Customised", scaling=second, metric=metric(second, "InvocationsPerInstance"), target_value=1
    )
    for scaling in (first, second):
        with refused(stack, f"{scaling.node.path}/Again: {told}"):
            InvocationsTrackingPolicy(scaling, "Again", scaling=scaling, target_per_instance_per_minute=2)
        with refused(stack, told):
            same = metric(scaling, "InvocationsPerInstance")
            MetricTrackingPolicy(scaling, "Own", scaling=scaling, metric=same, target_value=2)
        own = [Metric("load", "AWS/SageMaker", "InvocationsPerInstance", "Sum")]
        with refused(stack, told):
            MetricTrackingPolicy(scaling, "Named", scaling=scaling, metric=own, target_value=2)
        CpuPerCoreTrackingPolicy(scaling, "Cpu", scaling=scaling, target_percent_per_core=50, vcpus=2)
        with refused(stack, told):
            CpuPerCoreTrackingPolicy(scaling, "CpuAgain", scaling=scaling, target_percent_per_core=60, vcpus=2)
    other = cloudwatch.Metric(
        namespace="AWS/SageMaker",
        metric_name="InvocationsPerInstance",
        dimensions_map={"EndpointName": "other", "VariantName": "V"},
        statistic="Sum",
        period=Duration.minutes(1),
    )
    MetricTrackingPolicy(first, "OfAnother", scaling=first, metric=other, target_value=2)


def test_a_target_takes_fifty_policies(stack: Stack) -> None:
    scaling = scaled(stack)
    steps = [ScalingStep(0, None, 1)]
    for n in range(50):
        StepScalingOutPolicy(scaling, f"Out{n}", scaling=scaling, threshold=n, steps=steps)
    with refused(stack, f"{scaling.node.path}/Out50: a target takes at most 50 policies: leave some out"):
        StepScalingOutPolicy(scaling, "Out50", scaling=scaling, threshold=50, steps=steps)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"schedule": "every day"}, "schedule of 'Morning' must be at(2026-01-31T09:00:00), rate(12 hours) or a"),
        ({"schedule": "cron(0 8 * * *)"}, "a cron of six fields such as cron(30 8 ? * MON-FRI *), got 'cron(0 8"),
        ({"timezone": ""}, "scheduled action 'Morning' needs a time zone, such as Etc/UTC"),
        ({"min_capacity": None}, "scheduled action 'Morning' changes nothing: give min_capacity, max_capacity or"),
        ({"min_capacity": 0}, "min_capacity of 'Morning' must be at least 1, got 0"),
        ({"min_capacity": 4}, "scheduled action 'Morning' asks for at least 4, above max_capacity 3"),
        ({"min_capacity": 4, "max_capacity": 2}, "min_capacity of 'Morning' must not be above its max_capacity"),
        ({"min_capacity": None, "max_capacity": 0}, "allows at most 0, below min_capacity 1"),
        ({"start_utc": "tomorrow"}, "start_utc of 'Morning' must be a time such as 2026-01-31T09:00:00Z, got 'tom"),
    ],
)
def test_a_scheduled_action_out_of_bounds_or_form_is_refused(
    stack: Stack, given: dict[str, Any], told: str
) -> None:
    scaling = scaled(stack)
    with refused(stack, told):
        ScheduledScaling(
            stack, "Morning", scaling=scaling, **({"schedule": "rate(1 day)", "min_capacity": 2} | given)
        )


def test_no_two_scheduled_actions_have_one_name(stack: Stack) -> None:
    scaling = scaled(stack)
    action = ScheduledCapacity("Morning", "rate(1 day)", "Etc/UTC", 2)
    with refused(stack, "scaling of 'V': two scheduled actions are named 'Morning'"):
        scaling.schedule(action, action)
    scaling.schedule(action)
    with refused(stack, "two scheduled actions are named 'Morning'"):
        ScheduledScaling(scaling, "Morning", scaling=scaling, schedule="rate(2 days)", min_capacity=1)
