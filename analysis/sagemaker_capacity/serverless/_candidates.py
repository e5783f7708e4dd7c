"""Each memory size that was benchmarked: what it costs, how fast it is, what it needs, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sagemaker_capacity._limits import exact
from sagemaker_capacity.prices import PriceSheet
from sagemaker_capacity_plan import Demand

from ._concurrency import MOST_CONCURRENT, in_flight, refused_share, slots_for
from ._cost import Payload, usd_per_invocation
from ._groups import Counted, Group
from ._results import Results
from ._summaries import Row, summary_row, warm_and_cold

MEAN = "mean"
_STANDARD_ERRORS = 3
_STATISTIC = re.compile(r"mean|p(?P<percent>\d{1,2}(\.\d+)?)")


@dataclass(frozen=True)
class Candidate:
    """A memory size. `latency_ms` is the asked statistic of warm successes as the client saw them.

    `service_ms` is the highest mean latency of its benchmarks, which Little's law takes; `throttled` says what
    the concurrency benchmark adds to it. What is in `excluded` cannot be chosen, and says why.
    """

    memory_mb: int
    usd_per_invocation: Fraction | None
    model_ms: float | None
    latency_ms: float | None
    service_ms: float | None
    cold_start_ms: float | None
    in_flight: Fraction | None
    max_concurrency: int | None
    throttled: str
    excluded: tuple[str, ...]


@dataclass(frozen=True)
class _Throttles:
    """What a group of the concurrency benchmark offered, and how much of it was refused."""

    max_concurrency: int
    clients: int
    offered: Fraction
    refused: Fraction
    invocations: int

    def is_beyond_the_formula(self) -> bool:
        """Whether more was refused than Erlang says, by more than three standard errors of so many invocations."""
        expected = refused_share(self.offered, self.max_concurrency)
        variance = expected * (1 - expected) / self.invocations
        return self.refused > expected and (self.refused - expected) ** 2 > _STANDARD_ERRORS**2 * variance


def candidates_of(
    results: Results,
    sheet: PriceSheet,
    payload: Payload,
    demand: Demand,
    *,
    statistic: str,
    error_percent: float,
) -> list[Candidate]:
    """Every memory size in the results, by size.

    Raises:
        ValueError: a price is missing, or the statistic is none that the results have.
    """
    if (match := _STATISTIC.fullmatch(statistic)) is None:
        raise ValueError(f"a statistic of latency is mean, or a percentile such as p99, got {statistic!r}")
    if results.stability is None and statistic != MEAN:
        raise ValueError(
            f"without the stability benchmark's raw results there is no {statistic}, only CloudWatch's mean: "
            "give --slo-statistic mean, or the toolkit's whole folder"
        )
    percent = match["percent"]
    return [
        _candidate(
            memory_mb,
            results,
            sheet,
            payload,
            demand,
            percent=float(percent) if percent else None,
            error_percent=error_percent,
        )
        for memory_mb in _memory_sizes(results)
    ]


def _candidate(
    memory_mb: int,
    results: Results,
    sheet: PriceSheet,
    payload: Payload,
    demand: Demand,
    *,
    percent: float | None,
    error_percent: float,
) -> Candidate:
    model_ms = _metric(results, memory_mb, "model_ms")
    excluded = [] if model_ms is not None else ["no ModelLatency, which is what is billed"]
    excluded += _instability(results.stability, memory_mb, error_percent)
    warm, cold = _latencies(results.stability, memory_mb)
    means = [] if warm.mean is None else [warm.mean]
    if results.stability is None and model_ms is not None:
        overhead_ms = _metric(results, memory_mb, "overhead_ms")
        if overhead_ms is None:
            excluded.append("no OverheadLatency, without which the client's latency is unknown")
        else:
            means.append(model_ms + overhead_ms)
    latency_ms = None if percent is None else warm.percentile(percent)
    if latency_ms is None:
        latency_ms = next(iter(means), None)
    under_load = [
        (group, summary_row(group)) for group in results.concurrency or () if group.memory_mb == memory_mb
    ]
    means += [mean_ms for _, row in under_load if (mean_ms := row["latency_mean_ms"]) is not None]
    cold = Counted.of((*cold.entries, *_latencies(results.concurrency, memory_mb)[1].entries))
    service_ms = max(means, default=None)
    offered = None if service_ms is None else in_flight(demand.peak_tps, service_ms, demand.growth)
    slots, throttled = None, ""
    if offered is not None:
        slots, throttled = _checked(slots_for(offered, error_percent), offered, under_load, error_percent)
        if slots is None:
            excluded.append(
                f"{float(offered):.1f} at once on average need more than the {MOST_CONCURRENT} that SageMaker "
                f"allows, if at most {error_percent:g} % are to be refused"
            )
    return Candidate(
        memory_mb=memory_mb,
        usd_per_invocation=None if model_ms is None else usd_per_invocation(sheet, memory_mb, model_ms, payload),
        model_ms=model_ms,
        latency_ms=latency_ms,
        service_ms=service_ms,
        cold_start_ms=_cold_start_ms(results, memory_mb, cold, service_ms),
        in_flight=offered,
        max_concurrency=slots,
        throttled=throttled,
        excluded=tuple(excluded),
    )


def _memory_sizes(results: Results) -> list[int]:
    benchmarked = {group.memory_mb for group in (*(results.stability or ()), *(results.concurrency or ()))}
    return sorted(benchmarked | {int(size) for size in results.metrics.index})


def _metric(results: Results, memory_mb: int, name: str) -> float | None:
    if memory_mb not in results.metrics.index:
        return None
    value = float(results.metrics[name][memory_mb])
    return None if value != value else value  # noqa: PLR0124 - NaN: no data


def _instability(stability: Sequence[Group] | None, memory_mb: int, error_percent: float) -> Iterator[str]:
    """Why the stability benchmark says that a memory size does not hold."""
    if stability is None:
        return
    ours = next((group for group in stability if group.memory_mb == memory_mb), None)
    if ours is None:
        yield "not in the stability benchmark"
        return
    most = max(group.invocations for group in stability)
    failed = ours.invocations - ours.successes
    if not ours.successes:
        yield f"all {failed} invocations failed"
    elif memory := ours.outcomes.get("out_of_memory"):
        yield f"{memory} of {ours.invocations} invocations ran out of memory"
    elif 100 * failed / ours.invocations > error_percent:
        yield f"{failed} of {ours.invocations} invocations failed, more than {error_percent:g} %"
    elif failed and ours.invocations < most:
        yield f"its benchmark was stopped by {failed} failures after {ours.invocations} of {most} invocations"


def _latencies(groups: Sequence[Group] | None, memory_mb: int) -> tuple[Counted, Counted]:
    """Warm and cold, each group told apart by its own fence."""
    told = [warm_and_cold(group) for group in groups or () if group.memory_mb == memory_mb]
    warm = Counted.of(entry for of_group, _ in told for entry in of_group.entries)
    return warm, Counted.of(entry for _, of_group in told for entry in of_group.entries)


def _cold_start_ms(results: Results, memory_mb: int, cold: Counted, service_ms: float | None) -> float | None:
    if (median := cold.percentile(50)) is not None:
        return median
    setup_ms = _metric(results, memory_mb, "model_setup_ms")
    return None if setup_ms is None or service_ms is None else setup_ms + service_ms


def _checked(
    slots: int | None, offered: Fraction, groups: Sequence[tuple[Group, Row]], error_percent: float
) -> tuple[int | None, str]:
    """Erlang's number of slots, raised where the concurrency benchmark was throttled more than Erlang says.

    Where it was, the share of the slots in use is kept to the highest at which the benchmark was not.
    """
    measured = list(_throttles(groups))
    if not measured:
        return slots, "no concurrency benchmark checks it"
    surprises = [
        group for group in measured if 100 * group.refused > exact(error_percent) and group.is_beyond_the_formula()
    ]
    if not surprises:
        return slots, f"none of {len(measured)} groups of clients was throttled beyond what the formula gives"
    worst = min(surprises, key=lambda group: (group.offered / group.max_concurrency, group.max_concurrency))
    found = (
        f"{worst.clients} clients on a max concurrency of {worst.max_concurrency} were throttled "
        f"{float(100 * worst.refused):.1f} % of the time, more than the formula gives"
    )
    limit = worst.offered / worst.max_concurrency
    clean = [
        share
        for group in measured
        if 100 * group.refused <= exact(error_percent) and (share := group.offered / group.max_concurrency) < limit
    ]
    if slots is None or not clean:
        return slots, f"{found}, and no group with less load shows how much more would do"
    raised = max(slots, -(-offered // max(clean)))
    kept = f"{found}; so at most {float(100 * max(clean)):.0f} % are used on average, as where it was not"
    return (raised, kept) if raised <= MOST_CONCURRENT else (None, kept)


def _throttles(groups: Sequence[tuple[Group, Row]]) -> Iterator[_Throttles]:
    for group, row in groups:
        offered_per_second, mean_ms = row["tps_offered"], row["latency_mean_ms"]
        if offered_per_second is not None and mean_ms is not None:
            _, max_concurrency, clients = group.key
            refused = Fraction(group.outcomes.get("throttled", 0), group.invocations)
            offered = in_flight(offered_per_second, mean_ms)
            yield _Throttles(max_concurrency, clients, offered, refused, group.invocations)
