"""Why a serverless plan says what it says, and what to be careful of, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sagemaker_capacity._limits import plainly
from sagemaker_capacity.prices import Price, PriceSheet, sources_of
from sagemaker_capacity_plan import ServerlessScaling

from ._candidates import MEAN, Candidate
from ._concurrency import refused_share
from ._cost import Payload, cents, rounded, serverless_item
from ._results import Results
from ._savings import Alternative
from ._toolkit import ToolkitChoice

if TYPE_CHECKING:
    from ._planning import ServerlessRequest

_MILLION = 1_000_000
_SHIPPED_REGION = "US"


@dataclass(frozen=True)
class Weighed:
    """All that a plan was made from, and that its words are about."""

    request: ServerlessRequest
    chosen: Candidate
    candidates: tuple[Candidate, ...]
    computed: ServerlessScaling
    statistic: str
    payload: Payload
    alternatives: tuple[Alternative, ...]
    toolkit: ToolkitChoice | str
    warm_usd: Fraction | None
    sheet: PriceSheet

    @property
    def prices(self) -> list[Price]:
        """Every price that a number of the plan came from."""
        memory_mb = self.computed.memory_mb
        items = [serverless_item(memory_mb), "data_in", "data_out", *(a.type for a in self.alternatives)]
        warm = f"provisioned_{memory_mb}_mb"
        if self.computed.provisioned is not None and self.sheet.has(warm):
            items.append(warm)
        return [self.sheet.price_of(item) for item in items]


def reasons_for(weighed: Weighed) -> Iterator[str]:
    """One sentence a number, with the arithmetic that gave it."""
    request, chosen, computed, payload = weighed.request, weighed.chosen, weighed.computed, weighed.payload
    able = [candidate for candidate in weighed.candidates if not candidate.excluded]
    yield (
        f"Memory {chosen.memory_mb} MB: {_objective(request, weighed.statistic)} of {len(able)} sizes, at "
        f"{_per_million(chosen)} USD per million invocations and a {weighed.statistic} latency of "
        f"{chosen.latency_ms:.1f} ms."
    )
    usd = weighed.sheet.price_of(serverless_item(chosen.memory_mb)).usd
    size = rounded(payload.request_bytes + payload.response_bytes, 0)
    yield (
        f"An invocation costs {usd:f} USD a second x {chosen.model_ms:.3f} ms of ModelLatency, and its {size:,} "
        f"bytes ({payload.source}); overhead is not billed."
    )
    yield from _toolkit_reasons(chosen, weighed.toolkit)
    offered, slots = chosen.in_flight, computed.max_concurrency
    if offered is not None:
        yield (
            f"Max concurrency {slots}: {plainly(request.demand.peak_tps)} TPS x {plainly(request.demand.growth)} "
            f"growth x {chosen.service_ms:.1f} ms are {float(offered):.2f} at once on average (Little's law), and "
            f"of Poisson arrivals {slots} slots refuse {float(100 * refused_share(offered, slots)):.2f} % "
            f"(Erlang's loss formula), at most {plainly(request.error_percent)} %; {chosen.throttled}."
        )
    yield from _provisioned_reasons(request, chosen, computed, weighed.warm_usd)
    for alternative in weighed.alternatives:
        counted = "" if alternative.instances is None else f"{alternative.instances} x "
        yield (
            f"Against {counted}{alternative.type} at {cents(alternative.usd_per_month)} USD a month: "
            f"{alternative.said}."
        )
    yield from (
        f"{candidate.memory_mb} MB was left out: {'; '.join(candidate.excluded)}."
        for candidate in weighed.candidates
        if candidate.excluded
    )
    yield from sources_of(weighed.prices)


def _objective(request: ServerlessRequest, statistic: str) -> str:
    weight = plainly(request.cost_weight_percent)
    return {
        "cost": "the cheapest",
        "latency": "the fastest",
        "weighted": f"the best by cost ({weight} %) and latency together, each as a multiple of the best,",
        "slo": f"the cheapest with a {statistic} latency of at most {plainly(request.slo_ms or 0)} ms",
    }[request.objective]


def _toolkit_reasons(chosen: Candidate, toolkit: ToolkitChoice | str) -> Iterator[str]:
    if isinstance(toolkit, str):
        yield f"The toolkit's own rules give no choice here: {toolkit}."
        return
    same = "the same" if toolkit.memory_mb == chosen.memory_mb else f"{toolkit.memory_mb} MB"
    yield (
        f"The toolkit's own rules choose {same}, at {cents(toolkit.usd_per_invocation * _MILLION)} USD per "
        f"million, and {toolkit.instance_type} above {rounded(toolkit.break_even_per_month, 1):,} a month: they "
        "bill overhead as compute, favour larger sizes by their position, and let one instance carry any load."
    )


def _provisioned_reasons(
    request: ServerlessRequest, chosen: Candidate, computed: ServerlessScaling, warm_usd: Fraction | None
) -> Iterator[str]:
    if request.slo_ms is None:
        yield "No provisioned concurrency: no latency objective was given that a cold start could break."
        return
    if computed.provisioned is None:
        if chosen.cold_start_ms is not None:
            took = f"{chosen.cold_start_ms:.0f} ms"
            yield f"No provisioned concurrency: a cold start takes {took}, within the objective."
        return
    provisioned = computed.provisioned
    cost = "" if warm_usd is None else f", at {cents(warm_usd)} USD a month if no more are ever needed"
    target = provisioned.utilization.target_utilization if provisioned.utilization else 0
    yield (
        f"Provisioned concurrency {provisioned.min_capacity} to {provisioned.max_capacity}{cost}: a cold start "
        f"takes {chosen.cold_start_ms:.0f} ms, above the objective of {plainly(request.slo_ms)} ms. The least "
        f"carries {plainly(request.demand.min_tps)} TPS, at least 1; at a utilisation of {plainly(target)} the "
        "peak needs all."
    )


def warnings_for(weighed: Weighed, results: Results) -> Iterator[str]:
    """What a reviewer should look at before this plan is deployed."""
    request, chosen, computed, used = weighed.request, weighed.chosen, weighed.computed, weighed.prices
    if old := sorted({price.recorded for price in used if price.region == _SHIPPED_REGION}):
        yield (
            f"Prices of {', '.join(old)} for US Regions, as shipped, are in use: renew them with "
            "`sagemaker-capacity prices --refresh` and give the file by --price."
        )
    if len({(price.region, price.recorded) for price in used}) > 1:
        yield "Prices of several Regions or dates are mixed: see where each comes from."
    if weighed.payload.is_worked_back:
        yield (
            "The payload was worked back from the toolkit's cost column, which counts Python objects and a fixed "
            "response: give --request-bytes and --response-bytes, the encoded lengths."
        )
    if results.stability is None:
        yield f"Only CloudWatch's averages are known, so latency is the {MEAN} and failures do not show."
    if computed.provisioned is not None and weighed.warm_usd is None:
        yield (
            f"What provisioned concurrency costs is missing, so break-evens are without it: give the price of "
            f"provisioned_{computed.memory_mb}_mb by --price."
        )
    if chosen.cold_start_ms is None:
        yield "No cold start was measured, so whether one breaks an objective is unknown."
    if request.slo_ms is not None and chosen.latency_ms is not None and chosen.latency_ms > request.slo_ms:
        yield (
            f"The latency of {chosen.latency_ms:.1f} ms is above the objective of {plainly(request.slo_ms)} ms: "
            "--objective slo holds it where a size can."
        )
    yield from (
        f"{alternative.type} is burstable, and SageMaker scales no burstable type."
        for alternative in weighed.alternatives
        if alternative.type.startswith("ml.t") and alternative.type[4:5].isdigit()
    )


def _per_million(candidate: Candidate) -> str:
    return str(cents((candidate.usd_per_invocation or Fraction(0)) * _MILLION))
