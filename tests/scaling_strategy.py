"""The records of a plan's scaling for property tests: policies there or not, numbers within invariants."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

from hypothesis import strategies as st

from sagemaker_capacity_plan import (
    STATISTICS,
    AsynchronousScaling,
    BacklogTarget,
    ComponentScaling,
    ConcurrencyPerCopyTarget,
    ConcurrencyTarget,
    CopyRequirements,
    CpuPerCoreTarget,
    Dimension,
    Direction,
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
    name_faults,
)

_SCHEDULES = ("cron(30 8 ? * MON-FRI *)", "rate(12 hours)", "at(2030-01-31T09:00:00)")
_ZONES = ("Europe/Berlin", "America/New_York", "Etc/UTC")
_TIMES = ("2029-12-31T23:59:59Z", "2030-01-01T00:00:00Z", "2030-02-28T12:30:00Z")
_PERIODS_SECONDS = {10: 8640, 20: 4320, 30: 2880, 60: 1440, 300: 288, 3600: 168, 86400: 7}  # the most that fit

cooldowns = st.integers(0, 3600)
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,9}", fullmatch=True).filter(lambda name: not name_faults([name]))
words = st.text("abcdefgh XYZ-_/.", min_size=1, max_size=12).filter(str.strip)


def numbers(lowest: float, highest: float) -> st.SearchStrategy[float]:
    """Numbers as a plan writes them: of at most six decimals, an int where whole."""
    return st.one_of(
        st.integers(ceil(lowest), int(highest)),
        st.floats(lowest, highest).map(lambda x: round(x, 6)).filter(lambda x: lowest <= x <= highest),
    )


def tracking(record: type, *fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """A record of target tracking, from its own fields."""
    return st.builds(
        record,
        *fields,
        scale_in_cooldown_seconds=cooldowns,
        scale_out_cooldown_seconds=cooldowns,
        disable_scale_in=st.booleans(),
    )


@st.composite
def metrics(draw: st.DrawFn, id_: str, statistics: st.SearchStrategy[str], unlike: str) -> Metric:
    """A metric that no policy but one looks at: its name ends with what is `unlike` all others."""
    dimension_names = draw(st.none() | st.lists(names, max_size=3, unique=True))
    return Metric(
        id_,
        draw(st.sampled_from(["AWS/SageMaker", "/aws/sagemaker/Endpoints", "Shop/Orders"])),
        draw(names) + unlike,
        draw(statistics),
        None if dimension_names is None else tuple(Dimension(name, draw(words)) for name in dimension_names),
    )


@st.composite
def queries(draw: st.DrawFn, statistics: st.SearchStrategy[str], unlike: str = "") -> tuple[Query, ...]:
    """One metric alone, or an expression over up to three."""
    ids = draw(
        st.lists(st.from_regex(r"[a-z][a-zA-Z0-9_]{0,6}", fullmatch=True), min_size=2, max_size=4, unique=True)
    )
    if draw(st.booleans()):
        return (draw(metrics(ids[0], statistics, unlike)),)
    *of, last = ids
    expression = Expression(last, f"SUM([{', '.join(of)}]) / {len(of)}", draw(st.none() | words))
    return (*(draw(metrics(id_, statistics, unlike)) for id_ in of), expression)


@st.composite
def steps(draw: st.DrawFn, direction: Direction, *, exact: bool) -> tuple[ScalingStep, ...]:
    """Steps from the threshold outwards, one to the twenty that AWS takes."""
    between = sorted(draw(st.sets(numbers(1, 100_000), max_size=19)))
    offsets: list[float | None] = [0, *between, None]
    adjustment = st.integers(0, 500) if exact else st.integers(1, 500)
    if direction == "out":
        return tuple(ScalingStep(near, far, draw(adjustment)) for near, far in pairwise(offsets))
    sign = 1 if exact else -1
    below = [None if offset is None else -offset for offset in offsets]
    return tuple(ScalingStep(far, near, sign * draw(adjustment)) for near, far in pairwise(below))


@st.composite
def step_scalings(draw: st.DrawFn, name: str) -> StepScaling:
    """Any step policy with its alarm."""
    direction: Direction = draw(st.sampled_from(["out", "in"]))
    adjustment_type = draw(st.sampled_from(["PercentChangeInCapacity", "ChangeInCapacity", "ExactCapacity"]))
    percent = adjustment_type == "PercentChangeInCapacity"
    period_seconds = draw(st.sampled_from(list(_PERIODS_SECONDS)))
    evaluation_periods = draw(st.integers(1, _PERIODS_SECONDS[period_seconds]))
    return StepScaling(
        name=name,
        direction=direction,
        queries=draw(queries(st.sampled_from([*STATISTICS, "p50", "p99.9", "p100"]))),
        threshold=draw(numbers(-1000, 1_000_000)),
        period_seconds=period_seconds,
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=draw(st.integers(1, evaluation_periods)),
        treat_missing_data=draw(st.sampled_from(["missing", "ignore", "breaching", "notBreaching"])),
        adjustment_type=adjustment_type,
        min_adjustment_magnitude=draw(st.none() | st.integers(1, 9)) if percent else None,
        cooldown_seconds=draw(cooldowns),
        steps=draw(steps(direction, exact=adjustment_type == "ExactCapacity")),
    )


@st.composite
def wakes(draw: st.DrawFn) -> WakeFromZero:
    """What wakes from zero, within the day that an alarm of a minute looks back."""
    evaluation_periods = draw(st.integers(1, 1440))
    return WakeFromZero(
        adjustment=draw(st.integers(1, 20)),
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=draw(st.integers(1, evaluation_periods)),
        cooldown_seconds=draw(cooldowns),
    )


@st.composite
def scheduled(
    draw: st.DrawFn, name: str, *, lowest: int, smallest: int, largest: int, most: int
) -> ScheduledCapacity:
    """An action that keeps a target's bounds in order: a minimum, a maximum or both."""
    sets_min, sets_max = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    low = draw(st.integers(lowest, most if sets_max else largest)) if sets_min else None
    high = draw(st.integers(smallest if low is None else low, most)) if sets_max else None
    start_utc, end_utc = (draw(st.none() | st.just(time)) for time in sorted(draw(st.permutations(_TIMES)))[:2])
    return ScheduledCapacity(
        name,
        draw(st.sampled_from(_SCHEDULES)),
        draw(st.sampled_from(_ZONES)),
        low,
        high,
        start_utc,
        end_utc,
    )


suspensions = st.sets(st.sampled_from(["scale_in", "scale_out", "scheduled"]), min_size=1).map(
    lambda held: Suspended(**dict.fromkeys(held, True))
)


@st.composite
def shared(draw: st.DrawFn, lowest: int) -> dict[str, object]:
    """The fields that all that is counted in instances or copies have in common."""
    smallest = draw(st.integers(lowest, 50))
    largest = draw(st.integers(max(1, smallest), 5000))
    ids = draw(st.lists(names, max_size=6, unique=True))
    first, second = sorted(draw(st.tuples(st.integers(0, len(ids)), st.integers(0, len(ids)))))
    bounds = {"lowest": lowest, "smallest": smallest, "largest": largest, "most": 6000}
    of_targets = st.sampled_from(STATISTICS)
    return {
        "min_capacity": smallest,
        "max_capacity": largest,
        "metric_tracking": tuple(
            draw(tracking(MetricTarget, st.just(id_), queries(of_targets, str(n)), numbers(0.001, 1_000_000)))
            for n, id_ in enumerate(ids[:first])
        ),
        "step_scaling": tuple(draw(step_scalings(id_)) for id_ in ids[first:second]),
        "scheduled": tuple(draw(scheduled(id_, **bounds)) for id_ in ids[second:]),
        "suspended": draw(st.none() | suspensions),
    }


def real_time_scalings(vcpus: int) -> st.SearchStrategy[RealTimeScaling]:
    """Any scaling of a real-time variant."""
    return st.builds(
        lambda fields, **fixed: RealTimeScaling(**fields, **fixed),
        shared(lowest=1),
        invocations=st.none() | tracking(InvocationsTarget, numbers(1, 1_000_000)),
        concurrency=st.none() | tracking(ConcurrencyTarget, numbers(0.1, 1000)),
        cpu_per_core=st.none() | tracking(CpuPerCoreTarget, numbers(1, 100), st.just(vcpus)),
    )


def _waking(draw: st.DrawFn, fields: dict[str, object]) -> WakeFromZero | None:
    minima = [fields["min_capacity"], *(action.min_capacity for action in fields["scheduled"])]
    return draw(wakes() if 0 in minima else st.none() | wakes())


@st.composite
def asynchronous_scalings(draw: st.DrawFn, vcpus: int) -> AsynchronousScaling:
    """Any scaling of an asynchronous variant."""
    fields = draw(shared(lowest=0))
    return AsynchronousScaling(
        **fields,
        wake_from_zero=_waking(draw, fields),
        backlog=draw(st.none() | tracking(BacklogTarget, numbers(0.1, 1000))),
        cpu_per_core=draw(st.none() | tracking(CpuPerCoreTarget, numbers(1, 100), st.just(vcpus))),
    )


@st.composite
def component_scalings(draw: st.DrawFn) -> ComponentScaling:
    """Any scaling of an inference component."""
    fields = draw(shared(lowest=0))
    return ComponentScaling(
        **fields,
        wake_from_zero=_waking(draw, fields),
        copy=CopyRequirements(
            min_memory_mb=draw(st.integers(128, 100_000)),
            cpu_cores=draw(st.none() | numbers(0.25, 96)),
            accelerators=draw(st.none() | numbers(1, 8)),
        ),
        invocations=draw(st.none() | tracking(InvocationsPerCopyTarget, numbers(1, 1_000_000))),
        concurrency=draw(st.none() | tracking(ConcurrencyPerCopyTarget, numbers(0.1, 1000))),
    )


@st.composite
def provisioned(draw: st.DrawFn, max_concurrency: int) -> ProvisionedConcurrency:
    """Provisioned concurrency within what may run at once."""
    largest = draw(st.integers(1, max_concurrency))
    smallest = draw(st.integers(0, largest))
    bounds = {"lowest": 0, "smallest": smallest, "largest": largest, "most": max_concurrency}
    return ProvisionedConcurrency(
        initial_concurrency=draw(st.integers(1, max_concurrency)),
        min_capacity=smallest,
        max_capacity=largest,
        utilization=draw(st.none() | tracking(ProvisionedConcurrencyTarget, numbers(0.01, 1))),
        scheduled=tuple(draw(scheduled(id_, **bounds)) for id_ in draw(st.lists(names, max_size=3, unique=True))),
        suspended=draw(st.none() | suspensions),
    )


@st.composite
def serverless_scalings(draw: st.DrawFn) -> ServerlessScaling:
    """Any serverless variant."""
    max_concurrency = draw(st.integers(1, 200))
    return ServerlessScaling(
        memory_mb=draw(st.sampled_from([1024, 2048, 3072, 4096, 5120, 6144])),
        max_concurrency=max_concurrency,
        provisioned=draw(st.none() | provisioned(max_concurrency)),
    )
