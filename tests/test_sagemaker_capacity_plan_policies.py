"""A plan's policies and scheduled actions one by one: each invariant names the value got and the remedy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scaling_strategy import steps as joined_steps

from sagemaker_capacity_plan import (
    STATISTICS,
    BacklogTarget,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CpuPerCoreTarget,
    Dimension,
    Direction,
    Expression,
    InvocationsPerCopyTarget,
    InvocationsTarget,
    Metric,
    MetricTarget,
    ProvisionedConcurrencyTarget,
    ScalingStep,
    ScheduledCapacity,
    StepScaling,
    Suspended,
    TargetTracking,
    WakeFromZero,
    alarm_faults,
    query_faults,
    step_faults,
)

DELAYS = {"scale_in_cooldown_seconds": 300, "scale_out_cooldown_seconds": 60}
FAILED = Metric("failed", "AWS/SageMaker", "Invocation5XXErrors", "Sum")
REQUESTS = Metric("requests", "AWS/SageMaker", "Invocations", "Sum", (Dimension("EndpointName", "shop"),))
SHARE = Expression("share", "100 * FILL(failed, 0) / requests", "Failed, percent")
METRIC_TARGET = MetricTarget("Orders", (REQUESTS,), 100, **DELAYS)
CPU = CpuPerCoreTarget(50, 2, **DELAYS)
UTILIZATION = ProvisionedConcurrencyTarget(0.7, **DELAYS)
STEP = StepScaling(
    name="StepOut",
    direction="out",
    queries=(FAILED,),
    threshold=100,
    period_seconds=60,
    evaluation_periods=3,
    datapoints_to_alarm=2,
    treat_missing_data="notBreaching",
    adjustment_type="PercentChangeInCapacity",
    min_adjustment_magnitude=1,
    cooldown_seconds=300,
    steps=(ScalingStep(0, 50, 20), ScalingStep(50, None, 100)),
)
STEP_IN = replace(STEP, direction="in", steps=(ScalingStep(-50, 0, -20), ScalingStep(None, -50, -50)))
WAKE = WakeFromZero(adjustment=1, evaluation_periods=2, datapoints_to_alarm=2, cooldown_seconds=300)
SCHEDULED = ScheduledCapacity(
    "Morning", "cron(30 8 ? * MON-FRI *)", "Europe/Berlin", 2, 8, "2026-01-31T09:00:00Z", "2026-02-28T09:00:00Z"
)


def refused(record: Any, **changes: object) -> str:  # noqa: ANN401 - any record of a plan
    with pytest.raises(ValueError, match=r"\S") as error:
        replace(record, **changes)
    return str(error.value)


@pytest.mark.parametrize(
    "target",
    [
        InvocationsTarget(5000, **DELAYS),
        ConcurrencyTarget(5, **DELAYS),
        InvocationsPerCopyTarget(5000, **DELAYS),
        ConcurrencyPerCopyTarget(5, **DELAYS),
        BacklogTarget(5, **DELAYS),
        METRIC_TARGET,
    ],
    ids=lambda target: type(target).__name__,
)
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_target_is_above_0_and_finite(target: TargetTracking, value: float) -> None:
    (field,) = (name for name in vars(target) if name.startswith("target_"))
    assert refused(target, **{field: value}) == f"{field} must be above 0 and finite, got {value}"


@pytest.mark.parametrize("target", [METRIC_TARGET, CPU, UTILIZATION], ids=lambda target: type(target).__name__)
def test_no_cooldown_is_negative(target: TargetTracking) -> None:
    for field in DELAYS:
        assert refused(target, **{field: -1}) == f"{field} is a time and cannot be negative, got -1"


@pytest.mark.parametrize(
    ("record", "changes", "said"),
    [
        (
            CPU,
            {"target_percent_per_core": 100.5},
            "a percentage of one core and must be above 0 and at most 100, got 100.5",
        ),
        (CPU, {"target_percent_per_core": 0}, "above 0 and at most 100, got 0"),
        (CPU, {"vcpus": 0}, "vcpus must be at least 1, got 0"),
        (UTILIZATION, {"target_utilization": 0}, "a fraction above 0 and at most 1 (0.7 for 70 %), got 0"),
        (UTILIZATION, {"target_utilization": 70}, "at most 1 (0.7 for 70 %), got 70"),
        (
            METRIC_TARGET,
            {"queries": (replace(REQUESTS, statistic="p99"),)},
            f"takes a statistic of {', '.join(STATISTICS)}, got 'p99' of 'requests'",
        ),
        (
            FAILED,
            {"statistic": "Median"},
            f"must be one of {', '.join(STATISTICS)} or a percentile such as p99, got 'Median'",
        ),
        (FAILED, {"statistic": "p101"}, "got 'p101'"),
        (FAILED, {"namespace": ""}, "namespace of metric 'failed' is empty"),
        (FAILED, {"name": ""}, "name of metric 'failed' is empty"),
        (
            FAILED,
            {"id": "Failed"},
            "starts with a lower-case letter and goes on with letters, digits and _, got 'Failed'",
        ),
        (SHARE, {"id": "1st"}, "starts with a lower-case letter and goes on with letters, digits and _, got '1st'"),
        (SHARE, {"expression": " "}, "expression 'share' is empty: write metric math"),
        (
            REQUESTS,
            {"dimensions": (Dimension("A", "1"), Dimension("A", "2"))},
            "'requests' has dimension 'A' twice: keep one",
        ),
        (
            REQUESTS,
            {"dimensions": tuple(Dimension(f"D{n}", "1") for n in range(31))},
            "at most 30 dimensions, got 31",
        ),
        (Dimension("A", "1"), {"value": ""}, "a dimension has a value, got ''"),
        (STEP, {"threshold": float("nan")}, "threshold must be finite, got nan"),
        (STEP, {"queries": ()}, "queries are empty: give at least one metric"),
        (STEP, {"direction": "up"}, "direction must be one of out, in, got 'up'"),
        (
            STEP,
            {"treat_missing_data": "ignored"},
            "must be one of missing, ignore, breaching, notBreaching, got 'ignored'",
        ),
        (
            STEP,
            {"adjustment_type": "Percent"},
            "must be one of PercentChangeInCapacity, ChangeInCapacity, ExactCapacity, got 'Percent'",
        ),
        (
            STEP,
            {"adjustment_type": "ChangeInCapacity"},
            "goes with PercentChangeInCapacity alone, got 1 with ChangeInCapacity: leave it out",
        ),
        (STEP, {"min_adjustment_magnitude": 0}, "min_adjustment_magnitude must be at least 1, got 0"),
        (STEP, {"cooldown_seconds": -1}, "cooldown_seconds is a time and cannot be negative, got -1"),
        (STEP, {"evaluation_periods": 0}, "evaluation_periods must be at least 1, got 0"),
        (STEP, {"datapoints_to_alarm": 0}, "datapoints_to_alarm must be at least 1, got 0"),
        (STEP, {"datapoints_to_alarm": 4}, "datapoints_to_alarm must not be above evaluation_periods, got 4 of 3"),
        (STEP, {"steps": (ScalingStep(0, None, 0),)}, "an adjustment out adds capacity and must be above 0, got 0"),
        (
            STEP_IN,
            {"steps": (ScalingStep(None, 0, 20),)},
            "an adjustment in removes capacity and must be below 0, got 20",
        ),
        (STEP_IN, {"steps": (ScalingStep(None, 0, 0),)}, "must be below 0, got 0"),
        (STEP.steps[0], {"upper_bound": -1}, "upper_bound must be above lower_bound, got 0 to -1"),
        (WAKE, {"adjustment": 0}, "adjustment must be at least 1, got 0"),
        (WAKE, {"datapoints_to_alarm": 3}, "datapoints_to_alarm must not be above evaluation_periods, got 3 of 2"),
        (WAKE, {"evaluation_periods": 1441}, "looks back 1 day at most, got 1441 periods: at most 1440 fit"),
        (WAKE, {"cooldown_seconds": -1}, "cooldown_seconds is a time and cannot be negative, got -1"),
        (SCHEDULED, {"timezone": ""}, "'Morning' needs a time zone, such as Etc/UTC"),
        (
            SCHEDULED,
            {"min_capacity": None, "max_capacity": None},
            "'Morning' changes nothing: give min_capacity, max_capacity or both",
        ),
        (
            SCHEDULED,
            {"min_capacity": 9},
            "min_capacity of 'Morning' must not be above its max_capacity, got 9 and 8",
        ),
        (SCHEDULED, {"min_capacity": -1}, "min_capacity of 'Morning' must be at least 0, got -1"),
        (
            SCHEDULED,
            {"min_capacity": None, "max_capacity": -1},
            "max_capacity of 'Morning' must be at least 0, got -1",
        ),
        (
            SCHEDULED,
            {"start_utc": "2026-02-28T09:00:00Z"},
            "start_utc of 'Morning' must be before its end_utc, got 2026-02-28T09:00:00Z and",
        ),
        (
            SCHEDULED,
            {"end_utc": "2026-02-30T09:00:00Z"},
            "end_utc of 'Morning' must be a time such as 2026-01-31T09:00:00Z, got '2026-02-30T09",
        ),
        (SCHEDULED, {"start_utc": "2026-01-31T09:00Z"}, "such as 2026-01-31T09:00:00Z, got '2026-01-31T09:00Z'"),
        (
            Suspended(scale_in=True),
            {"scale_in": False},
            "nothing is suspended, got false three times: leave suspended out",
        ),
    ],
)
def test_what_breaks_an_invariant_is_refused_with_its_value(
    record: object, changes: dict[str, object], said: str
) -> None:
    assert said in refused(record, **changes)


@pytest.mark.parametrize(
    "schedule",
    ["cron(0 9 * * ? *)", "cron(0/15 * * * ? *)", "rate(1 day)", "rate(90 minutes)", "at(2026-01-31T09:00:00)"],
)
def test_a_schedule_is_one_of_aws(schedule: str) -> None:
    assert replace(SCHEDULED, schedule=schedule).schedule == schedule


@pytest.mark.parametrize(
    "schedule",
    ["", "daily", "cron(0 9 * * *)", "rate(0 days)", "rate(1 week)", "at(2026-01-31)", "cron(0 9 * * ? *"],
)
def test_another_schedule_is_refused_with_one_of_each_form(schedule: str) -> None:
    said = refused(SCHEDULED, schedule=schedule)
    assert f"got {schedule!r}" in said
    for form in ("at(2026-01-31T09:00:00)", "rate(12 hours)", "cron(30 8 ? * MON-FRI *)"):
        assert form in said


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ((SHARE, FAILED, REQUESTS), ["uses 'failed', which is no query before it", "uses 'requests'"]),
        ((FAILED, SHARE), ["expression 'share' uses 'requests'"]),
        ((FAILED, REQUESTS), ["query 'failed' serves nothing", "the last query counts"]),
        ((FAILED, FAILED), ["two queries have the id 'failed': rename one"]),
        ((FAILED, REQUESTS, Expression("loop", "loop + failed + requests")), ["uses 'loop'"]),
    ],
)
def test_queries_that_do_not_lead_to_the_last_one_are_told(queries: tuple[Any, ...], said: list[str]) -> None:
    told = "; ".join(query_faults(queries))
    for fault in said:
        assert fault in told


@pytest.mark.parametrize(
    "expression",
    ["IF(requests > 0, 100 * failed / requests, 0)", "failed / requests * 1e3", "FILL(failed, REPEAT) - requests"],
)
def test_functions_and_numbers_of_metric_math_are_no_ids(expression: str) -> None:
    assert query_faults((FAILED, REQUESTS, Expression("share", expression))) == []


def test_what_is_quoted_is_no_id() -> None:
    search = Expression("found", "SUM(SEARCH('{AWS/SageMaker,EndpointName} invocations', \"Sum\", 60))")
    assert query_faults((search,)) == []


@pytest.mark.parametrize("period_seconds", [0, 1, 15, 45, 90, -60])
def test_an_alarms_period_is_one_of_cloudwatchs(period_seconds: int) -> None:
    assert f"period_seconds must be 10, 20, 30 or a multiple of 60, got {period_seconds}" in alarm_faults(
        period_seconds, 1, 1
    )


@pytest.mark.parametrize(
    ("period_seconds", "most"), [(10, 8640), (30, 2880), (60, 1440), (3540, 24), (3600, 168), (86400, 7)]
)
def test_an_alarm_looks_back_a_day_and_seven_where_its_periods_are_of_an_hour(
    period_seconds: int, most: int
) -> None:
    assert alarm_faults(period_seconds, most, 1) == []
    (said,) = alarm_faults(period_seconds, most + 1, 1)
    assert f"got {most + 1} periods: at most {most} fit" in said


@given(st.data(), st.sampled_from(["out", "in"]), st.booleans())
def test_steps_that_join_from_the_threshold_outwards_are_taken_and_no_other_order_of_them(
    data: st.DataObject,
    direction: Direction,
    exact: bool,  # noqa: FBT001
) -> None:
    steps = data.draw(joined_steps(direction, exact=exact))
    assert step_faults(steps, direction) == []
    assert step_faults(steps, "in" if direction == "out" else "out") != []
    shuffled = tuple(data.draw(st.permutations(steps)))
    assert (step_faults(shuffled, direction) == []) == (shuffled == steps)


@pytest.mark.parametrize(
    ("record", "position", "changes", "said"),
    [
        (STEP, 0, {"upper_bound": 40}, "without gap or overlap, got 40 then 50"),
        (STEP, 0, {"upper_bound": 60}, "without gap or overlap, got 60 then 50"),
        (STEP, 0, {"upper_bound": None}, "without gap or overlap, got None then 50"),
        (STEP, 0, {"lower_bound": 5}, "steps out go from 0 up: the first one starts at 0, got 5"),
        (STEP, 0, {"lower_bound": None}, "the first one starts at 0, got None"),
        (STEP, 1, {"upper_bound": 90}, "the last step out is open above, got 90"),
        (STEP_IN, 0, {"lower_bound": -40}, "without gap or overlap, got -40 then -50"),
        (STEP_IN, 0, {"upper_bound": None}, "steps in go from 0 down: the first one starts at 0, got None"),
        (STEP_IN, 1, {"lower_bound": -90}, "the last step in is open below, got -90"),
    ],
)
def test_a_gap_an_overlap_or_an_end_is_told(
    record: StepScaling, position: int, changes: dict[str, float | None], said: str
) -> None:
    steps = list(record.steps)
    steps[position] = replace(steps[position], **changes)  # type: ignore[arg-type]
    assert said in refused(record, steps=tuple(steps))


@pytest.mark.parametrize(("count", "fits"), [(0, False), (1, True), (20, True), (21, False)])
def test_a_step_policy_has_at_most_the_20_steps_of_its_quota(count: int, *, fits: bool) -> None:
    bounds: list[Any] = [*range(count), None]
    steps = tuple(ScalingStep(a, b, 10) for a, b in pairwise(bounds))
    if fits:
        assert replace(STEP, steps=steps).steps == steps
    else:
        assert f"a step policy has 1 to 20 steps, got {count}" in refused(STEP, steps=steps)


def test_an_exact_capacity_is_0_or_more_in_either_direction() -> None:
    for record in (STEP, STEP_IN):
        exact = {"adjustment_type": "ExactCapacity", "min_adjustment_magnitude": None}
        steps = tuple(replace(step, adjustment=0) for step in record.steps)
        assert replace(record, steps=steps, **exact).steps == steps
        wrong = tuple(replace(step, adjustment=-1) for step in record.steps)
        assert "is a capacity of at least 0, got -1" in refused(record, steps=wrong, **exact)


def test_all_faults_of_a_policy_are_told_at_once() -> None:
    said = refused(STEP, queries=(), cooldown_seconds=-1, datapoints_to_alarm=9, period_seconds=61, steps=())
    for fault in ("queries are empty", "got -1", "got 9 of 3", "got 61", "1 to 20 steps, got 0"):
        assert fault in said
