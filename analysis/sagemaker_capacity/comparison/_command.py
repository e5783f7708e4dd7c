"""`sagemaker-capacity compare`: benchmarks of several instance types in, the cheapest within the SLO out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_capacity._exits import BadInput, NoAnswer, collected
from sagemaker_capacity._limits import OBJECTIVES_PERCENT

if TYPE_CHECKING:
    from sagemaker_capacity.prices import PriceSheet

    from ._candidates import Candidate

_OBJECTIVES = ", ".join(f"{name} {percent} %" for name, percent in OBJECTIVES_PERCENT.items())
_EPILOG = """\b
Examples:
  sagemaker-capacity compare --slo-latency-ms 100 --peak-tps 500 \\
      ml.c5.large=c5.csv ml.m5.xlarge=m5.csv --price ml.m5.xlarge=0.23
  sagemaker-capacity compare --slo-latency-ms 100 \\
      --peak-tps 500 plans/*.json --price prices.csv

A rate is sustained where three minutes had as much load, the latency and the errors keep the SLO and
the throughput still grows. A cost is reckoned at the rate that is sustained with a confidence of
97.5 %, and so is the most that it may be.

Exit status: 0 a comparison, 2 bad input, 3 no type holds the SLO (the reasons are told)."""


@click.command(epilog=_EPILOG)
@click.argument("words", metavar="TYPE=BENCHMARK|PLAN...", nargs=-1, required=True)
@click.option(
    "--slo-latency-ms",
    type=click.FloatRange(min=0, min_open=True),
    required=True,
    help="Latency not to be exceeded, on every type.",
)
@click.option(
    "--slo-statistic", help="Which latency the SLO is on: mean, p95, …  [default: the strictest that all have]"
)
@click.option(
    "--slo-error-percent",
    type=click.FloatRange(0, 100, max_open=True),
    default=1.0,
    show_default=True,
    help="Share of failed invocations not to be exceeded.",
)
@click.option(
    "--peak-tps",
    type=click.FloatRange(min=0, min_open=True),
    required=True,
    help="The highest rate to be carried, per second.",
)
@click.option(
    "--growth",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Factor on the peak: 1.2 is 20 % more.",
)
@click.option(
    "--objective",
    type=click.Choice(list(OBJECTIVES_PERCENT)),
    help=f"Give an instance but a share of what it sustains: {_OBJECTIVES}.  [default: all of it]",
)
@click.option(
    "--price",
    "prices",
    metavar="TYPE=USD|FILE",
    multiple=True,
    help="What an hour of a type costs, or a CSV file of prices, over those shipped.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(
    words: tuple[str, ...],
    *,
    slo_latency_ms: float,
    slo_statistic: str | None,
    slo_error_percent: float,
    peak_tps: float,
    growth: float,
    objective: str | None,
    prices: tuple[str, ...],
    seed: int,
    as_json: bool,
) -> None:
    """Which instance type serves a million requests at the least cost within the SLO.

    Each type is given with a benchmark of one instance of it, such as ml.c5.large=c5.csv in any form that `plan`
    reads, or by a plan, which names both.
    """
    from sagemaker_capacity._progress import tracked, waiting  # noqa: PLC0415
    from sagemaker_capacity.fitting import Criteria  # noqa: PLC0415

    from ._comparing import ServiceLevel, compared  # noqa: PLC0415

    with waiting("Reading the benchmarks"):
        candidates, sheet = _gathered(words, prices)
    try:
        statistic = _statistic(candidates, slo_statistic)
    except ValueError as error:
        raise BadInput(str(error)) from error
    level = ServiceLevel(
        statistic,
        Criteria(slo_latency_ms, slo_error_percent / 100),
        peak_tps,
        growth,
        share_percent=OBJECTIVES_PERCENT[objective] if objective else 100,
    )
    comparison = compared(tracked(candidates, "Fitting"), sheet, level, seed=seed)
    from ._document import document_of  # noqa: PLC0415
    from ._report import print_comparison  # noqa: PLC0415

    if as_json:
        click.echo(json.dumps(document_of(comparison, level, seed), indent=2, ensure_ascii=False))
    elif comparison.offers:
        print_comparison(comparison, level)
    if not comparison.offers:
        told = "".join(f"\n  - {type_}: {' '.join(reasons)}" for type_, reasons in comparison.refused.items())
        raise NoAnswer(f"no type is known to hold the SLO:{told}")


def _gathered(words: Sequence[str], prices: Sequence[str]) -> tuple[list[Candidate], PriceSheet]:
    """What is compared and what it costs; all faults of both at once."""
    from sagemaker_capacity.prices import shipped_prices  # noqa: PLC0415

    from ._prices import prices_of  # noqa: PLC0415

    faults: list[str] = []
    candidates: list[Candidate] = []
    sheet = shipped_prices()
    for word in words:
        with collected(faults):
            candidates.append(_candidate(word))
    types = [candidate.instance.type for candidate in candidates]
    twice = sorted({type_ for type_ in types if types.count(type_) > 1})
    faults += [f"{type_} is given more than once: keep one of its benchmarks" for type_ in twice]
    with collected(faults):
        sheet = prices_of(candidates, prices)
    if faults:
        raise BadInput("\n".join(faults))
    return candidates, sheet


def _candidate(word: str) -> Candidate:
    from ._candidates import candidate_of_benchmark, candidate_of_plan  # noqa: PLC0415

    instance_type, named, file = word.partition("=")
    if named and instance_type.startswith("ml."):
        return candidate_of_benchmark(instance_type, Path(file))
    return candidate_of_plan(Path(word))


def _statistic(candidates: Sequence[Candidate], asked: str | None) -> str:
    from ._comparing import statistic_of_all  # noqa: PLC0415

    if asked is None:
        return statistic_of_all(candidates)
    lacking = [each.instance.type for each in candidates if asked not in each.benchmark.latency_statistics]
    if lacking:
        raise ValueError(f"--slo-statistic {asked}: the benchmark of {', '.join(lacking)} has no such latency")
    return asked
