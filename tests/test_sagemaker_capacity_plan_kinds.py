"""What holds within one kind of scaling: bounds, names, quotas, zero, and that no metric is tracked twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from plans_strategy import allowed_plans
from scaling_strategy import names

from sagemaker_capacity_plan import (
    AsynchronousScaling,
    BacklogTarget,
    CapacityPlan,
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
    RealTimeScaling,
    ScalingStep,
    ScheduledCapacity,
    ServerlessScaling,
    StepScaling,
    WakeFromZero,
    name_faults,
    schedule_faults,
)

PACE = {"scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 300}
WAKE = WakeFromZero(adjustment=1, evaluation_periods=1, datapoints_to_alarm=1, cooldown_seconds=300)
REAL_TIME = RealTimeScaling(min_capacity=2, max_capacity=8, invocations=InvocationsTarget(5000, **PACE))
ASYNCHRONOUS = AsynchronousScaling(
    min_capacity=0, max_capacity=8, backlog=BacklogTarget(5, **PACE), wake_from_zero=WAKE
)
COMPONENT = ComponentScaling(
    min_capacity=0, max_capacity=8, copy=CopyRequirements(min_memory_mb=1024), wake_from_zero=WAKE
)
PROVISIONED = ProvisionedConcurrency(initial_concurrency=5, min_capacity=1, max_capacity=10)
SERVERLESS = ServerlessScaling(memory_mb=2048, max_concurrency=10, provisioned=PROVISIONED)


def refused(record: Any, **changes: object) -> str:  # noqa: ANN401 - any record of a plan
    with pytest.raises(ValueError, match=r"\S") as error:
        replace(record, **changes)
    return str(error.value)


def action(name: str = "Night", **bounds: int) -> ScheduledCapacity:
    return ScheduledCapacity(name, "rate(1 day)", "Etc/UTC", **bounds)


def metric_target(name: str, *queries: Metric | Expression) -> MetricTarget:
    return MetricTarget(name, queries, 10, **PACE)


def step_out(name: str) -> StepScaling:
    return StepScaling(
        name=name,
        direction="out",
        queries=(Metric("load", "Shop", "Load", "p99"),),
        threshold=10,
        period_seconds=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        treat_missing_data="missing",
        adjustment_type="ChangeInCapacity",
        cooldown_seconds=300,
        steps=(ScalingStep(0, None, 1),),
    )


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (
            REAL_TIME,
            {"min_capacity": 9},
            "1 <= min_capacity <= max_capacity, got min_capacity 9 and max_capacity 8",
        ),
        (
            REAL_TIME,
            {"min_capacity": 0},
            "1 <= min_capacity <= max_capacity, got min_capacity 0 and max_capacity 8",
        ),
        (COMPONENT, {"min_capacity": -1}, "0 <= min_capacity <= max_capacity, got min_capacity -1"),
        (
            PROVISIONED,
            {"min_capacity": 11},
            "0 <= min_capacity <= max_capacity, got min_capacity 11 and max_capacity 10",
        ),
        (PROVISIONED, {"initial_concurrency": 0}, "initial_concurrency must be at least 1, got 0"),
        (SERVERLESS, {"memory_mb": 1536}, "memory_mb must be 1024 to 6144 in steps of 1024, got 1536"),
        (SERVERLESS, {"memory_mb": 7168}, "memory_mb must be 1024 to 6144 in steps of 1024, got 7168"),
        (SERVERLESS, {"max_concurrency": 201}, "max_concurrency must be 1 to 200, got 201"),
        (
            SERVERLESS,
            {"max_concurrency": 9},
            "provisioned.max_capacity must not be above max_concurrency 9, got 10",
        ),
        (
            SERVERLESS,
            {"max_concurrency": 4},
            "provisioned.initial_concurrency must not be above max_concurrency 4, got 5",
        ),
        (
            SERVERLESS,
            {"provisioned": replace(PROVISIONED, scheduled=(action(max_capacity=11),))},
            "provisioned.scheduled.Night.max_capacity must not be above max_concurrency 10, got 11",
        ),
    ],
)
def test_capacity_is_within_what_aws_takes(record: object, changes: dict[str, object], said: str) -> None:
    assert said in refused(record, **changes)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        (
            {"min_capacity": 9},
            "asks for at least 9, above max_capacity 8: raise max_capacity, give the action its own",
        ),
        ({"min_capacity": 0}, "min_capacity of 'Night' must be at least 1, got 0"),
        (
            {"max_capacity": 1},
            "allows at most 1, below min_capacity 2: lower min_capacity, give the action its own",
        ),
    ],
)
def test_a_scheduled_action_keeps_the_bounds_in_order(bounds: dict[str, int], said: str) -> None:
    assert said in refused(REAL_TIME, scheduled=(action(**bounds),))


@pytest.mark.parametrize(
    "bounds", [{"min_capacity": 9, "max_capacity": 20}, {"min_capacity": 1, "max_capacity": 1}, {"min_capacity": 8}]
)
def test_an_action_that_sets_both_bounds_may_leave_the_targets(bounds: dict[str, int]) -> None:
    assert replace(REAL_TIME, scheduled=(action(**bounds),)).scheduled == (action(**bounds),)


def test_a_bound_that_is_known_only_at_deploy_is_not_compared() -> None:
    actions = (action(min_capacity=9), action("Day", max_capacity=1))
    assert len(schedule_faults(actions, min_capacity=2, max_capacity=8)) == 2
    assert schedule_faults(actions, min_capacity=None, max_capacity=None) == []


@pytest.mark.parametrize("record", [ASYNCHRONOUS, COMPONENT], ids=lambda record: record.KIND)
def test_what_scales_in_to_zero_needs_what_wakes_it(record: AsynchronousScaling | ComponentScaling) -> None:
    said = refused(record, wake_from_zero=None)
    assert "cannot leave zero, got 0 for min_capacity: give wake_from_zero, or a minimum of 1" in said
    night = replace(record, min_capacity=1, scheduled=(action(min_capacity=0),))
    assert "got 0 for min_capacity of 'Night': give wake_from_zero" in refused(night, wake_from_zero=None)
    awake = replace(record, min_capacity=1, wake_from_zero=None)
    assert awake.wake_from_zero is None


@pytest.mark.parametrize(
    "name",
    [
        "Invocations",
        "invocations",
        "CONCURRENCY",
        "CpuPerCore",
        "Backlog",
        "utilization",
        "WakeFromZero",
        "Resource",
        "alarm",
    ],
)
def test_a_name_that_a_construct_takes_is_refused_in_whatever_case(name: str) -> None:
    for changes in ({"step_scaling": (step_out(name),)}, {"scheduled": (action(name, min_capacity=2),)}):
        assert f"the name {name!r} is taken by a construct" in refused(REAL_TIME, **changes)
    assert "choose another" in refused(PROVISIONED, scheduled=(action(name, min_capacity=2),))


@pytest.mark.parametrize("name", ["", "week day", "a/b", "a.b", "Größe", "${Token[1]}", "a\n"])
def test_a_name_that_is_no_id_is_refused(name: str) -> None:
    assert f"made of letters, digits, - and _, got {name!r}" in refused(
        REAL_TIME, scheduled=(action(name, min_capacity=2),)
    )


@given(names)
def test_a_name_stands_for_one_thing_of_a_plan_across_its_lists(name: str) -> None:
    metric = Metric("load", "Shop", "Load", "Average")
    lists: dict[str, tuple[object, ...]] = {
        "metric_tracking": (metric_target(name, metric),),
        "step_scaling": (step_out(name),),
        "scheduled": (action(name, min_capacity=2),),
    }
    for field, records in lists.items():
        assert getattr(replace(REAL_TIME, **{field: records}), field) == records
    said = refused(REAL_TIME, **lists)
    assert f"3 policies or scheduled actions are named {name!r}: rename all but one" in said
    assert len(name_faults([name, name, "Other"])) == 1


OWN = "AWS/SageMaker"


@pytest.mark.parametrize(
    ("record", "fixed", "target", "metric"),
    [
        (REAL_TIME, "invocations", InvocationsTarget(5, **PACE), (OWN, "InvocationsPerInstance")),
        (REAL_TIME, "concurrency", ConcurrencyTarget(5, **PACE), (OWN, "ConcurrentRequestsPerModel")),
        (REAL_TIME, "cpu_per_core", CpuPerCoreTarget(5, 2, **PACE), ("/aws/sagemaker/Endpoints", "CPUUtilization")),
        (ASYNCHRONOUS, "backlog", BacklogTarget(5, **PACE), (OWN, "ApproximateBacklogSizePerInstance")),
        (COMPONENT, "invocations", InvocationsPerCopyTarget(5, **PACE), (OWN, "InvocationsPerCopy")),
        (COMPONENT, "concurrency", ConcurrencyPerCopyTarget(5, **PACE), (OWN, "ConcurrentRequestsPerCopy")),
    ],
)
def test_a_metric_with_a_policy_of_its_own_is_not_tracked_again(
    record: Any,  # noqa: ANN401
    fixed: str,
    target: object,
    metric: tuple[str, str],
) -> None:
    again = metric_target("Again", Metric("again", *metric, "Average"))
    said = refused(record, **{fixed: target}, metric_tracking=(again,))
    assert (
        f"{fixed} and metric_tracking.Again track the same metric, and a target takes one such policy: keep one"
        in said
    )
    elsewhere = metric_target("Again", Metric("again", *metric, "Average", (Dimension("EndpointName", "other"),)))
    assert replace(record, **{fixed: target}, metric_tracking=(elsewhere,)).metric_tracking == (elsewhere,)
    assert replace(record, **{fixed: None}, metric_tracking=(again,)).metric_tracking == (again,)


def test_two_metric_targets_track_two_metrics() -> None:
    one = Metric("one", "Shop", "Load", "Average", (Dimension("A", "1"), Dimension("B", "2")))
    turned = Metric("two", "Shop", "Load", "Maximum", (Dimension("B", "2"), Dimension("A", "1")))
    other = replace(turned, dimensions=(Dimension("A", "1"),))
    share = Expression("share", "one / two")
    sums = metric_target("Sums", one, replace(other, id="two"), share)
    same = (metric_target("First", one), metric_target("Second", turned))
    assert "metric_tracking.First and metric_tracking.Second track the same metric" in refused(
        REAL_TIME, metric_tracking=same
    )
    different = (metric_target("First", one), metric_target("Second", other), sums)
    assert replace(REAL_TIME, metric_tracking=different).metric_tracking == different
    assert "metric_tracking.Sums and metric_tracking.Again track" in refused(
        REAL_TIME, metric_tracking=(sums, replace(sums, name="Again"))
    )


def test_a_target_takes_the_50_policies_of_its_quota() -> None:
    steps = tuple(step_out(f"Step{n}") for n in range(48))
    fits = replace(ASYNCHRONOUS, step_scaling=steps)  # beside the backlog's, and what wakes it
    assert len(fits.step_scaling) == 48
    said = refused(fits, step_scaling=(*steps, step_out("Last")))
    assert "a target takes at most 50 policies, got 51: leave some out" in said


def test_a_target_takes_the_200_scheduled_actions_of_its_quota() -> None:
    actions = tuple(action(f"Day{n}", min_capacity=2) for n in range(200))
    assert replace(REAL_TIME, scheduled=actions).scheduled == actions
    said = refused(REAL_TIME, scheduled=(*actions, action(min_capacity=2)))
    assert "a target takes at most 200 scheduled actions, got 201" in said


@given(allowed_plans())
@settings(max_examples=50, deadline=None)
def test_no_schedule_ever_puts_the_bounds_out_of_order(plan: CapacityPlan) -> None:
    scaling = plan.scaling.provisioned if isinstance(plan.scaling, ServerlessScaling) else plan.scaling
    if scaling is None:
        return
    for each in scaling.scheduled:
        low = scaling.min_capacity if each.min_capacity is None else each.min_capacity
        high = scaling.max_capacity if each.max_capacity is None else each.max_capacity
        assert 0 <= low <= high


def test_all_faults_of_a_scaling_are_told_at_once() -> None:
    said = refused(
        ASYNCHRONOUS,
        max_capacity=-1,
        wake_from_zero=None,
        scheduled=(action("a b", min_capacity=5),),
        step_scaling=(step_out("Backlog"),),
    )
    for fault in ("max_capacity -1", "cannot leave zero", "got 'a b'", "'Backlog' is taken", "at least 5, above"):
        assert fault in said
