"""A serverless plan made again from what it says that it was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from sagemaker_capacity.planning._renewal import Renewal
from sagemaker_capacity.prices import PriceSheet, read_prices, shipped_prices
from sagemaker_capacity_plan import CapacityPlan, Saturation, ServerlessObjective

from ._planning import ServerlessRequest, plan_serverless
from ._results import read_results
from ._savings import InstanceOption


def serverless_renewal_of(plan: CapacityPlan, objective: ServerlessObjective, path: Path) -> Renewal:
    """How a serverless plan is made again.

    Raises:
        ValueError: its evidence or its prices cannot be read.
    """
    request, sheet = asked_for(plan, objective), price_sheet(objective.prices and path.parent / objective.prices)
    try:
        results = read_results(path.parent / plan.evidence.source)
    except ValueError as error:
        raise ValueError(f"its evidence cannot be read: {error}") from error

    def make() -> CapacityPlan:
        source, kept = plan.evidence.source, plan.overrides
        answer = plan_serverless(results, request, sheet, source=source, prices=objective.prices, overrides=kept)
        return answer.plan

    return Renewal(results.sha256, make, _command(plan, objective, path))


def price_sheet(file: Path | str | None) -> PriceSheet:
    """The shipped prices, under those of a file where one is given.

    Raises:
        ValueError: the file cannot be read.
    """
    return shipped_prices().under(read_prices(Path(file))) if file else shipped_prices()


def asked_for(plan: CapacityPlan, objective: ServerlessObjective) -> ServerlessRequest:
    """What a serverless plan says that it was asked for."""
    saturation = _saturation(plan)
    return ServerlessRequest(
        demand=plan.demand,
        objective=objective.name,
        slo_ms=saturation.slo_latency_ms,
        slo_statistic=objective.statistic,
        error_percent=saturation.slo_error_percent,
        cost_weight_percent=objective.cost_weight_percent,
        request_bytes=objective.request_bytes,
        response_bytes=objective.response_bytes,
        instances=tuple(InstanceOption(each.type, each.tps) for each in objective.compared_with),
    )


def _saturation(plan: CapacityPlan) -> Saturation:
    if plan.saturation is None:
        raise ValueError("it has no saturation, which a benchmark gives. Review it by hand.")
    return plan.saturation


def _command(plan: CapacityPlan, objective: ServerlessObjective, path: Path) -> str:
    words = ["sagemaker-capacity", "serverless", str(path.parent / plan.evidence.source)]
    return shlex.join([*words, *_words(plan, objective, path), "--out", str(path)])


def _words(plan: CapacityPlan, objective: ServerlessObjective, path: Path) -> Iterator[str]:
    demand, saturation = plan.demand, _saturation(plan)
    yield from ("--peak-tps", str(demand.peak_tps), "--min-tps", str(demand.min_tps))
    yield from ("--growth", str(demand.growth), "--objective", objective.name)
    if saturation.slo_latency_ms is not None:
        yield from ("--slo-ms", str(saturation.slo_latency_ms))
    yield from ("--slo-statistic", objective.statistic, "--slo-error-percent", str(saturation.slo_error_percent))
    yield from ("--cost-weight-percent", str(objective.cost_weight_percent))
    for name, size in (("request", objective.request_bytes), ("response", objective.response_bytes)):
        if size is not None:
            yield from (f"--{name}-bytes", str(size))
    for each in (each for each in objective.compared_with if each.tps is not None):
        yield from ("--instance", each.type, str(each.tps))
    if objective.prices is not None:
        yield from ("--price", str(path.parent / objective.prices))
