"""The words of the command line; pandas and matplotlib start only once there is work for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from sagemaker_capacity_plan import CapacityPlan, Demand, Override, PlanError, ScheduledDemand, write_whole

from ._instances import instance_of
from ._lazy_group import LazyGroup
from ._limits import OBJECTIVES_PERCENT, objective_between, objective_named

if TYPE_CHECKING:
    from sagemaker_capacity_plan import Instance, Objective

    from ._planning import Request

BAD_INPUT = 2
NO_ANSWER = 3
_GIVEN = ParameterSource.COMMANDLINE

_OBJECTIVES = ", ".join(f"{name} {percent} %" for name, percent in OBJECTIVES_PERCENT.items())
_EPILOG = """\b
Examples:
  sagemaker-capacity plan plans/xgboost/benchmark.csv --instance-type ml.c5.large \\
      --peak-tps 500 --min-tps 70 --growth 1.2 --objective balanced --out plan.json
  sagemaker-capacity plan --check plan.json --account --region eu-west-1

\b
The benchmark's columns:
  time_utc                  ISO 8601, one row a minute                     required
  invocations_per_minute    what one instance was given                    required
  latency_mean_ms           also latency_p95_ms, latency_p99_ms, _us, _s
  errors_per_minute         4xx, 5xx and model errors together
  cpu_sum_percent           CloudWatch's CPUUtilization: 100 is one full core
  cpu_per_core_percent      or so: 100 is every core full
  memory_percent            also gpu_sum_percent: 100 is one full GPU

\b
What tools wrote is read, too, and told by its content; --format insists:
  cloudwatch       what aws cloudwatch get-metric-data or get-metric-statistics printed
  locust-history, locust-requests, k6-csv, k6-json, jmeter-csv, jmeter-xml, vegeta-csv, vegeta-json
  fmbench, llmperf (a folder of summaries), genai-perf (profile_export.json)
  inference-recommender  tells what became of a job, and where its minutes are
  minutes-csv      the columns above

\b
Exit status: 0 a plan, 2 bad input (nothing was written), 3 no answer (the reasons are told)."""


class _Number(click.FloatRange):
    """A finite number, as a plan writes it: six decimals, an int where it is whole."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Convert, refuse or round what was given."""
        number = click.FLOAT.convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is no finite number.", param, ctx)
        short: float = super().convert(round(number, 6), param, ctx)
        return int(short) if short.is_integer() else short


_NUMBER = _Number()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cdk-sagemaker-scaling")
def cli() -> None:
    """How much one SageMaker instance carries, and so how many are needed, scaled at which target."""


@cli.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="Insist on a form of the benchmark, such as jmeter-csv.  [default: told by its content]",
)
@click.option("--instance-type", metavar="TYPE", help="The type that the benchmark ran on, such as ml.c5.large.")
@click.option("--vcpus", type=click.IntRange(min=1), help="Its vCPUs, where the shipped table lacks the type.")
@click.option(
    "--price-usd-per-hour", type=_Number(min=0, min_open=True), help="What such an instance costs, to be noted."
)
@click.option(
    "--start-up-seconds",
    type=click.IntRange(min=1),
    help="How long a new instance takes until it serves: no cooldown is shorter.",
)
@click.option("--peak-tps", type=_NUMBER, help="The highest rate that the variant must carry, per second.")
@click.option("--min-tps", type=_NUMBER, help="The lowest rate that the variant must carry at once, per second.")
@click.option(
    "--growth", type=_NUMBER, default=1.0, show_default=True, help="Factor on the peak: 1.2 is 20 % more."
)
@click.option(
    "--objective",
    type=click.Choice(list(OBJECTIVES_PERCENT)),
    help=f"Share of the measured maximum to aim at: {_OBJECTIVES}.  [default: balanced]",
)
@click.option(
    "--upper-percent", type=_NUMBER, help="Instead of an objective: the upper limit, which is the target."
)
@click.option("--lower-percent", type=_NUMBER, help="Instead of an objective: the lower limit of the band.")
@click.option(
    "--slo-latency-ms",
    type=_Number(min=0, min_open=True),
    help="Latency not to be exceeded.  [default: twice the median under light load]",
)
@click.option(
    "--slo-statistic", help="Which latency the SLO is on: mean, p95, …  [default: the strictest there is]"
)
@click.option(
    "--slo-error-percent",
    type=_Number(0, 100),
    default=1.0,
    show_default=True,
    help="Share of failed invocations not to be exceeded.",
)
@click.option(
    "--schedule",
    "schedules",
    type=(str, str, str, _NUMBER),
    multiple=True,
    metavar="NAME CRON ZONE TPS",
    help="From then on carry TPS at once: Morning 'cron(30 8 ? * MON-FRI *)' Europe/Berlin 300.",
)
@click.option(
    "--override",
    "overrides",
    type=(str, _NUMBER, str),
    multiple=True,
    metavar="FIELD VALUE REASON",
    help="A number of your own, kept on renewal: max_capacity 12 'quota raised for launch'.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the plan.")
@click.option("--picture/--no-picture", default=True, help="Also draw the benchmark, as SVG beside the plan.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--check", is_flag=True, help="FILE is a plan: is it what its evidence gives today? Writes nothing.")
@click.option("--account", is_flag=True, help="With --check: do the account's Service Quotas allow it, too?")
@click.option("--region", metavar="REGION", help="With --account: where.  [default: of the AWS configuration]")
@click.pass_context
def plan(
    context: click.Context,
    file: Path,
    *,
    form: str | None,
    instance_type: str | None,
    vcpus: int | None,
    price_usd_per_hour: float | None,
    start_up_seconds: int | None,
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
    account: bool,
    region: str | None,
) -> None:
    """Turn a benchmark of one instance into a capacity plan, or check a plan.

    FILE is the benchmark, a CSV file with one row a minute or what a load test's tool wrote, packed with gzip or
    not; with --check it is the plan.
    """
    if check:
        given = {name for name in context.params if context.get_parameter_source(name) is _GIVEN}
        if given - {"account", "region"} != {"file", "check"}:
            _refuse(f"a plan holds all that its check needs: sagemaker-capacity plan --check {out or file}")
        checked = _check(file)
        if account:
            _check_account(checked, region)
        return
    if account or region is not None:
        _refuse("--account and --region belong to a plan's check: sagemaker-capacity plan --check PLAN --account")
    faults: list[str] = []
    with _collected(faults):
        instance = _instance(instance_type, vcpus, price_usd_per_hour)
    with _collected(faults):
        chosen = _objective(objective, upper_percent, lower_percent)
    with _collected(faults):
        demand = _demand(peak_tps, min_tps, growth, schedules)
    with _collected(faults):
        kept = _kept_overrides(out, overrides)
    if faults:
        _refuse("\n".join(faults))
    from ._planning import Request  # noqa: PLC0415

    request = Request(instance, chosen, demand, slo_latency_ms, slo_statistic, slo_error_percent, start_up_seconds)
    made, drawing = _made(file, request, kept, form=form, out=out, picture=picture and out is not None)
    from ._report import print_plan  # noqa: PLC0415 - before anything is written: rich may be missing

    written = _written(out, made, drawing)
    if as_json:
        click.echo(made.to_json(), nl=False)
        return
    print_plan(made, written)


def _made(
    file: Path,
    request: Request,
    overrides: tuple[Override, ...],
    *,
    form: str | None,
    out: Path | None,
    picture: bool,
) -> tuple[CapacityPlan, str | None]:
    from ._benchmark import read_benchmark  # noqa: PLC0415
    from ._planning import NoAnswerError, make_plan  # noqa: PLC0415

    source = Path(os.path.relpath(file, out.parent if out else None)).as_posix()
    try:
        benchmark = read_benchmark(file, form)
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
    picture = out.with_suffix(".svg")
    try:
        if drawing:
            write_whole(picture, drawing)
        made.write(out)  # last, so that no plan stands where the command failed
    except OSError as error:
        _refuse(f"cannot write {error.filename2 or error.filename or out}: {error.strerror or error}.")
    return [out, picture] if drawing else [out]


def _check(path: Path) -> CapacityPlan:
    from ._check import CheckError, check_plan  # noqa: PLC0415

    try:
        made = check_plan(path)
    except (PlanError, CheckError) as error:
        _refuse(str(error))
    click.echo(f"{path}: the plan is what {made.evidence.source} gives today.")
    for override in made.overrides:
        click.echo(f"  overridden: {override.field} = {override.value:g} ({override.reason})")
    return made


def _check_account(made: CapacityPlan, region: str | None) -> None:
    from ._account import compare_with_quotas  # noqa: PLC0415
    from ._aws import answering, client_of  # noqa: PLC0415

    with answering("Service Quotas"):
        answer = compare_with_quotas(made, client_of("service-quotas", region))
    for note in answer.notes:
        click.echo(f"  {note}")
    if answer.faults:
        _refuse("\n".join(answer.faults))
    click.echo("The account's quotas allow the plan, and an update of it by blue/green.")


def _instance(instance_type: str | None, vcpus: int | None, price_usd_per_hour: float | None) -> Instance:
    if instance_type is None:
        raise ValueError("--instance-type is missing: the type that the benchmark ran on, such as ml.c5.large")
    return instance_of(instance_type, vcpus, price_usd_per_hour)


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
    scheduled = tuple(ScheduledDemand(name, cron, zone, tps) for name, cron, zone, tps in schedules)
    return Demand(peak_tps, min_tps, growth, scheduled)


def _kept_overrides(out: Path | None, asked: Iterable[tuple[str, float, str]]) -> tuple[Override, ...]:
    """A person's overrides outlive the plan that they were made over; a new one replaces its namesake."""
    if out is not None and out.suffix == ".svg":
        raise ValueError(
            f"--out is the plan's own file, its picture lies beside it: give {out.with_suffix('.json')}"
        )
    old = CapacityPlan.read(out).overrides if out is not None and out.exists() else ()
    new = [Override(field, value, reason) for field, value, reason in asked]
    replaced = {override.field for override in new}
    return (*(override for override in old if override.field not in replaced), *new)


@contextmanager
def _collected(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        faults.append(str(error))


def _refuse(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(BAD_INPUT)
