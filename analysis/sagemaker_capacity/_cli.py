"""The words of the command line; pandas and matplotlib start only once there is work for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from sagemaker_capacity_plan import CapacityPlan, Demand, Override, PlanError, ScheduledDemand, write_whole

from ._instances import instance_of
from ._limits import OBJECTIVES_PERCENT, objective_between, objective_named

if TYPE_CHECKING:
    from sagemaker_capacity_plan import Instance, Objective

    from ._planning import Request

BAD_INPUT = 2
NO_ANSWER = 3

_OBJECTIVES = ", ".join(f"{name} {percent} %" for name, percent in OBJECTIVES_PERCENT.items())
_EPILOG = """\b
Examples:
  sagemaker-capacity plan plans/xgboost/benchmark.csv --instance-type ml.c5.large \\
      --peak-tps 500 --min-tps 70 --growth 1.2 --objective balanced --out plan.json
  sagemaker-capacity plan --check plan.json

\b
The benchmark's columns:
  time_utc                  ISO 8601, one row a minute                     required
  invocations_per_minute    what one instance was given                    required
  latency_mean_ms           also latency_p95_ms, latency_p99_ms, _us, _s
  errors_per_minute         4xx, 5xx and model errors together
  cpu_sum_percent           CloudWatch's CPUUtilization: 100 is one full core
  cpu_per_core_percent      or so: 100 is every core full

\b
Exit status: 0 a plan, 2 bad input (nothing was written), 3 no answer (the reasons are told)."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cdk-sagemaker-scaling")
def cli() -> None:
    """How much one SageMaker instance carries, and so how many are needed, scaled at which target."""


@cli.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--instance-type", metavar="TYPE", help="The type that the benchmark ran on, such as ml.c5.large.")
@click.option("--vcpus", type=click.IntRange(min=1), help="Its vCPUs, where the shipped table lacks the type.")
@click.option("--peak-tps", type=float, help="The highest rate that the variant must carry, per second.")
@click.option("--min-tps", type=float, help="The lowest rate that the variant must carry at once, per second.")
@click.option("--growth", type=float, default=1.0, show_default=True, help="Factor on the peak: 1.2 is 20 % more.")
@click.option(
    "--objective",
    type=click.Choice(list(OBJECTIVES_PERCENT)),
    help=f"Share of the measured maximum to aim at: {_OBJECTIVES}.  [default: balanced]",
)
@click.option("--upper-percent", type=float, help="Instead of an objective: the upper limit, which is the target.")
@click.option("--lower-percent", type=float, help="Instead of an objective: the lower limit of the band.")
@click.option(
    "--slo-latency-ms",
    type=click.FloatRange(min=0, min_open=True),
    help="Latency not to be exceeded.  [default: twice the median under light load]",
)
@click.option(
    "--slo-statistic", help="Which latency the SLO is on: mean, p95, …  [default: the strictest there is]"
)
@click.option(
    "--slo-error-percent",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="Share of failed invocations not to be exceeded.",
)
@click.option(
    "--schedule",
    "schedules",
    type=(str, str, str, float),
    multiple=True,
    metavar="NAME CRON ZONE TPS",
    help="From then on carry TPS at once: Morning 'cron(30 8 ? * MON-FRI *)' Europe/Berlin 300.",
)
@click.option(
    "--override",
    "overrides",
    type=(str, float, str),
    multiple=True,
    metavar="FIELD VALUE REASON",
    help="A number of your own, kept on renewal: max_capacity 12 'quota raised for launch'.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the plan.")
@click.option("--picture/--no-picture", default=True, help="Also draw the benchmark, as SVG beside the plan.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--check", is_flag=True, help="FILE is a plan: is it what its evidence gives today? Writes nothing.")
def plan(
    file: Path,
    *,
    instance_type: str | None,
    vcpus: int | None,
    peak_tps: float | None,
    min_tps: float | None,
    growth: float,
    objective: str | None,
    upper_percent: float | None,
    lower_percent: float | None,
    slo_latency_ms: float | None,
    slo_statistic: str | None,
    slo_error_percent: float,
    schedules: tuple[tuple[str, str, str, float], ...],
    overrides: tuple[tuple[str, float, str], ...],
    out: Path | None,
    picture: bool,
    as_json: bool,
    check: bool,
) -> None:
    """Turn a benchmark of one instance into a capacity plan, or check a plan.

    FILE is the benchmark, a CSV file with one row a minute; with --check it is the plan.
    """
    if check:
        if out or instance_type or peak_tps is not None:
            _refuse(f"a plan holds all that its check needs: sagemaker-capacity plan --check {out or file}")
        _check(file)
        return
    faults: list[str] = []
    with _collected(faults):
        instance = _instance(instance_type, vcpus)
    with _collected(faults):
        chosen = _objective(objective, upper_percent, lower_percent)
    with _collected(faults):
        demand = _demand(peak_tps, min_tps, growth, schedules)
    with _collected(faults):
        kept = _kept_overrides(out, overrides)
    if faults:
        _refuse("\n".join(faults))
    from ._planning import Request  # noqa: PLC0415

    request = Request(instance, chosen, demand, slo_latency_ms, slo_statistic, slo_error_percent)
    made, drawing = _made(file, request, kept, out=out, picture=picture and out is not None)
    written = _written(out, made, drawing)
    if as_json:
        click.echo(made.to_json(), nl=False)
        return
    from ._report import print_plan  # noqa: PLC0415

    print_plan(made, written)


def _made(
    file: Path, request: Request, overrides: tuple[Override, ...], *, out: Path | None, picture: bool
) -> tuple[CapacityPlan, str | None]:
    from ._benchmark import read_benchmark  # noqa: PLC0415
    from ._planning import NoAnswerError, make_plan  # noqa: PLC0415

    source = Path(os.path.relpath(file, out.parent if out else None)).as_posix()
    try:
        benchmark = read_benchmark(file)
        made = make_plan(benchmark, request, source=source, overrides=overrides)
    except ValueError as error:
        _refuse(str(error))
    except NoAnswerError as reasons:
        click.echo(str(reasons), err=True)
        sys.exit(NO_ANSWER)
    if not picture:
        return made, None
    from ._picture import draw  # noqa: PLC0415

    name = file.resolve().parent.name if file.stem == "benchmark" else file.stem
    return made, draw(benchmark, made, f"{name} on {request.instance.type}")


def _written(out: Path | None, made: CapacityPlan, drawing: str | None) -> list[Path]:
    if out is None:
        return []
    texts = {out: made.to_json()} | ({out.with_suffix(".svg"): drawing} if drawing else {})
    try:
        for path, text in texts.items():
            write_whole(path, text)
    except OSError as error:
        _refuse(f"cannot write {error.filename or out}: {error.strerror or error}.")
    return list(texts)


def _check(path: Path) -> None:
    from ._check import CheckError, check_plan  # noqa: PLC0415

    try:
        made = check_plan(path)
    except (PlanError, CheckError) as error:
        _refuse(str(error))
    click.echo(f"{path}: the plan is what {made.evidence.source} gives today.")
    for override in made.overrides:
        click.echo(f"  overridden: {override.field} = {override.value:g} ({override.reason})")


def _instance(instance_type: str | None, vcpus: int | None) -> Instance:
    if instance_type is None:
        raise ValueError("--instance-type is missing: the type that the benchmark ran on, such as ml.c5.large")
    return instance_of(instance_type, vcpus)


def _objective(name: str | None, upper_percent: float | None, lower_percent: float | None) -> Objective:
    if upper_percent is None and lower_percent is None:
        return objective_named(name or "balanced")
    if name is not None:
        raise ValueError("an objective brings its own limits: give --objective, or the two percents, not both")
    if upper_percent is None or lower_percent is None:
        raise ValueError("--upper-percent and --lower-percent go together: give both, or an --objective")
    return objective_between(lower_percent, upper_percent)


def _demand(
    peak_tps: float | None,
    min_tps: float | None,
    growth: float,
    schedules: Iterable[tuple[str, str, str, float]],
) -> Demand:
    given = {"--peak-tps": peak_tps, "--min-tps": min_tps}
    missing = [option for option, value in given.items() if value is None]
    if peak_tps is None or min_tps is None:
        raise ValueError(f"{' and '.join(missing)} missing: what the variant must carry, per second")
    scheduled = tuple(ScheduledDemand(name, cron, zone, _whole(tps)) for name, cron, zone, tps in schedules)
    return Demand(_whole(peak_tps), _whole(min_tps), _whole(growth), scheduled)


def _kept_overrides(out: Path | None, asked: Iterable[tuple[str, float, str]]) -> tuple[Override, ...]:
    """A person's overrides outlive the plan that they were made over; a new one replaces its namesake."""
    old = CapacityPlan.read(out).overrides if out is not None and out.exists() else ()
    new = [Override(field, _whole(value), reason) for field, value, reason in asked]
    replaced = {override.field for override in new}
    return (*(override for override in old if override.field not in replaced), *new)


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number


@contextmanager
def _collected(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        faults.append(str(error))


def _refuse(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(BAD_INPUT)
