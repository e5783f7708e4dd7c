"""From the toolkit's results to the plan of a serverless variant, and what was weighed against it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import pandas as pd

from sagemaker_capacity._cost import HOURS_PER_MONTH
from sagemaker_capacity._limits import DEFAULT_COOLDOWN_SECONDS, exact
from sagemaker_capacity.planning._plan import NoAnswerError
from sagemaker_capacity.prices import PriceSheet, shipped_prices
from sagemaker_capacity_plan import (
    SERVERLESS_OBJECTIVES,
    CapacityPlan,
    ComparedInstance,
    Demand,
    Evidence,
    Override,
    ProvisionedConcurrency,
    ProvisionedConcurrencyTarget,
    Saturation,
    ServerlessObjective,
    ServerlessScaling,
)

from ._candidates import MEAN, Candidate, candidates_of
from ._concurrency import in_flight
from ._cost import Payload, payload_of
from ._groups import CONCURRENCY_KEYS, STABILITY_KEYS
from ._reasons import Weighed, reasons_for, warnings_for
from ._results import Results
from ._savings import Alternative, InstanceOption, compare
from ._summaries import summarise
from ._toolkit import ToolkitChoice, toolkit_choice

FORMAT = "serverless-toolkit"
_DEFAULT_STATISTIC = "p99"
_T = TypeVar("_T")


@dataclass(frozen=True)
class ServerlessRequest:
    """What a serverless plan is asked for.

    `objective` is ``cost``, ``latency``, ``weighted`` (both, each as a multiple of the best of its kind, the cost
    with `cost_weight_percent`) or ``slo``: the cheapest whose latency holds `slo_ms`. `slo_statistic` is ``mean``
    or a percentile; p99 where the raw results are there, or else the mean. The bytes are the mean encoded lengths
    of the bodies; `instances` are the types to compare with.
    """

    demand: Demand
    objective: str = "cost"
    slo_ms: float | None = None
    slo_statistic: str | None = None
    error_percent: float = 1
    cost_weight_percent: float = 50
    request_bytes: float | None = None
    response_bytes: float | None = None
    instances: tuple[InstanceOption, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if self.objective not in SERVERLESS_OBJECTIVES:
            faults.append(
                f"the objective must be one of {', '.join(SERVERLESS_OBJECTIVES)}, got {self.objective!r}"
            )
        if self.objective == "slo" and self.slo_ms is None:
            faults.append("the objective slo needs a latency to hold: give --slo-ms")
        if self.slo_ms is not None and not 0 < self.slo_ms < math.inf:
            faults.append(f"the latency objective must be finite and above 0 ms, got {self.slo_ms}")
        if not 0 < self.error_percent < 100:  # noqa: PLR2004
            faults.append(
                f"the errors allowed must be above 0 and below 100 percent, got {self.error_percent}: "
                "no number of slots refuses nobody"
            )
        if not 0 <= self.cost_weight_percent <= 100:  # noqa: PLR2004
            faults.append(f"the weight of the cost must be 0 to 100 percent, got {self.cost_weight_percent}")
        for name, size in (("request", self.request_bytes), ("response", self.response_bytes)):
            if size is not None and not 0 <= size < math.inf:
                faults.append(f"the {name} must be 0 bytes or more and finite, got {size}")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True)
class ServerlessAnswer:
    """A plan, with all that was weighed: the memory sizes, the summaries, the instances, the toolkit's choice."""

    plan: CapacityPlan
    chosen: Candidate
    candidates: tuple[Candidate, ...]
    statistic: str
    payload: Payload
    alternatives: tuple[Alternative, ...]
    stability: pd.DataFrame | None
    concurrency: pd.DataFrame | None
    toolkit: ToolkitChoice | str


def plan_serverless(
    results: Results,
    request: ServerlessRequest,
    sheet: PriceSheet,
    *,
    source: str,
    prices: str | None = None,
    overrides: tuple[Override, ...] = (),
) -> ServerlessAnswer:
    """Choose a memory size and what goes with it.

    Args:
        results: the toolkit's.
        request: what is asked for.
        sheet: the prices.
        source: how the plan names its evidence.
        prices: how it names the file of prices that was given, None where none was.
        overrides: a person's numbers, kept.

    Raises:
        ValueError: a price, a size or a statistic is missing.
        NoAnswerError: no memory size will do; the reasons are told.
    """
    payload = payload_of(results, sheet, request.request_bytes, request.response_bytes)
    statistic = request.slo_statistic or (_DEFAULT_STATISTIC if results.stability is not None else MEAN)
    candidates = candidates_of(
        results, sheet, payload, request.demand, statistic=statistic, error_percent=request.error_percent
    )
    chosen = _best(candidates, request, statistic)
    computed = _scaling(chosen, request)
    warm_usd = _warm_usd_per_month(computed, sheet)
    alternatives = tuple(
        compare(
            option,
            sheet,
            usd_per_invocation=_known(chosen.usd_per_invocation),
            fixed_usd=warm_usd or Fraction(0),
            peak_tps=request.demand.peak_tps,
            growth=request.demand.growth,
        )
        for option in request.instances
    )
    concurrency = None if results.concurrency is None else summarise(results.concurrency, CONCURRENCY_KEYS)
    weighed = Weighed(
        request,
        chosen,
        tuple(candidates),
        computed,
        statistic,
        payload,
        alternatives,
        _toolkit(results, payload),
        warm_usd,
        sheet,
    )
    plan = CapacityPlan(
        evidence=Evidence(source, results.sha256, results.rows, results.start_utc, results.end_utc, FORMAT),
        instance=None,
        start_up_seconds=None,
        objective=ServerlessObjective(
            name=request.objective,
            statistic=statistic,
            cost_weight_percent=request.cost_weight_percent,
            request_bytes=request.request_bytes,
            response_bytes=request.response_bytes,
            compared_with=tuple(ComparedInstance(each.type, each.tps) for each in request.instances),
            prices=prices,
        ),
        demand=request.demand,
        limits=None,
        saturation=_saturation(results, request, chosen, concurrency, statistic),
        computed=computed,
        reasons=tuple(reasons_for(weighed)),
        warnings=tuple(warnings_for(weighed, results)),
        overrides=overrides,
    )
    return ServerlessAnswer(
        plan=plan,
        chosen=chosen,
        candidates=weighed.candidates,
        statistic=statistic,
        payload=payload,
        alternatives=alternatives,
        stability=None if results.stability is None else summarise(results.stability, STABILITY_KEYS),
        concurrency=concurrency,
        toolkit=weighed.toolkit,
    )


def _best(candidates: Sequence[Candidate], request: ServerlessRequest, statistic: str) -> Candidate:
    able = [candidate for candidate in candidates if not candidate.excluded]
    if not able:
        listed = "".join(f"\n  - {c.memory_mb} MB: {'; '.join(c.excluded)}" for c in candidates)
        raise NoAnswerError(f"no plan: no memory size that was benchmarked will do:{listed}")
    cost = {c.memory_mb: _known(c.usd_per_invocation) for c in able}
    latency = {c.memory_mb: exact(_known(c.latency_ms)) for c in able}
    if request.objective == "slo" and request.slo_ms is not None:
        within = [c for c in able if latency[c.memory_mb] <= exact(request.slo_ms)]
        if not within:
            listed = "".join(f"\n  - {c.memory_mb} MB: {c.latency_ms:.1f} ms" for c in able)
            raise NoAnswerError(
                f"no plan: no memory size has a {statistic} latency of at most {request.slo_ms:g} ms:{listed}\n"
                "Loosen the objective, or benchmark a real-time instance: sagemaker-capacity plan."
            )
        able = within
    weight = {"latency": Fraction(0), "weighted": exact(request.cost_weight_percent) / 100}.get(
        request.objective, 1
    )
    cheapest, fastest = min(cost.values()), min(latency.values())

    def score(candidate: Candidate) -> tuple[Fraction, Fraction, int]:
        memory_mb = candidate.memory_mb
        weighed = weight * cost[memory_mb] / cheapest + (1 - weight) * latency[memory_mb] / fastest
        return weighed, cost[memory_mb], memory_mb

    return min(able, key=score)


def _scaling(chosen: Candidate, request: ServerlessRequest) -> ServerlessScaling:
    slots, service_ms = _known(chosen.max_concurrency), _known(chosen.service_ms)
    provisioned = None
    if request.slo_ms is not None and chosen.cold_start_ms is not None and chosen.cold_start_ms > request.slo_ms:
        always = min(slots, max(1, math.ceil(in_flight(request.demand.min_tps, service_ms))))
        in_use = math.floor(100 * _known(chosen.in_flight) / slots)
        provisioned = ProvisionedConcurrency(
            initial_concurrency=always,
            min_capacity=always,
            max_capacity=slots,
            utilization=ProvisionedConcurrencyTarget(
                max(1, in_use) / 100,
                scale_in_cooldown_seconds=DEFAULT_COOLDOWN_SECONDS,
                scale_out_cooldown_seconds=DEFAULT_COOLDOWN_SECONDS,
            ),
        )
    return ServerlessScaling(memory_mb=chosen.memory_mb, max_concurrency=slots, provisioned=provisioned)


def _warm_usd_per_month(computed: ServerlessScaling, sheet: PriceSheet) -> Fraction | None:
    """What is paid for the least that is kept warm, called or not; None where its price is missing."""
    if computed.provisioned is None:
        return Fraction(0)
    item = f"provisioned_{computed.memory_mb}_mb"
    if not sheet.has(item):
        return None
    return computed.provisioned.min_capacity * sheet.price_of(item).exact_usd * HOURS_PER_MONTH * 3600


def _saturation(
    results: Results,
    request: ServerlessRequest,
    chosen: Candidate,
    concurrency: pd.DataFrame | None,
    statistic: str,
) -> Saturation:
    """The objective, and the highest rate of the concurrency benchmark within it: at least so much."""
    rate = None
    if concurrency is not None and request.slo_ms is not None:
        column = f"latency_{statistic}_ms"
        if column in concurrency:
            within = concurrency[
                (concurrency.index.get_level_values(0) == chosen.memory_mb)
                & (concurrency[column] <= request.slo_ms)
                & (concurrency["error_percent"] <= request.error_percent)
            ]
            rate = None if within.empty else round(float(within["tps"].max()) * 60, 6)
    return Saturation(
        slo_latency_ms=request.slo_ms,
        slo_statistic=None if request.slo_ms is None else statistic,
        slo_given=request.slo_ms is not None,
        slo_error_percent=request.error_percent,
        errors_measured=results.stability is not None or results.concurrency is not None,
        highest_invocations_per_minute=rate,
        least_invocations_per_minute=rate,
        is_lower_bound=rate is not None,
        min_capacity=None,
        max_capacity=None,
    )


def _toolkit(results: Results, payload: Payload) -> ToolkitChoice | str:
    try:
        return toolkit_choice(results, shipped_prices(), None if payload.is_worked_back else payload.request_bytes)
    except ValueError as error:
        return str(error)


def _known(value: _T | None) -> _T:
    if value is None:  # what lacks it was excluded
        raise AssertionError("a memory size was chosen that lacks a number")
    return value
