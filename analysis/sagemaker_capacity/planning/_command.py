"""`sagemaker-capacity plan`: a benchmark in, a capacity plan out; or a plan checked against its benchmark."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sagemaker_capacity._exits import BadInput, NoAnswer, collected
from sagemaker_capacity_plan import CapacityPlan, Override, PlanError, write_whole

from ._options import Number, asked_for_options
from ._request import request_of

if TYPE_CHECKING:
    from ._plan import Request

_EPILOG = """\b
Examples:
  sagemaker-capacity plan plans/xgboost/benchmark.csv \\
      --instance-type ml.c5.large --peak-tps 500 --min-tps 70 \\
      --growth 1.2 --objective balanced --out plan.json
  sagemaker-capacity plan benchmark.csv --instance-type ml.c5.large \\
      --daily-profile day.csv --timezone Europe/Berlin \\
      --start-up-seconds 420 --min-instances 2 --out plan.json
  sagemaker-capacity plan --check plan.json --account --region eu-west-1

\b
The benchmark's columns:
  time_utc                  ISO 8601, one row a minute; never missing
  invocations_per_minute    what one instance was given; never missing
  latency_mean_ms           also latency_p95_ms, latency_p99_ms, _us, _s
  errors_per_minute         4xx, 5xx and model errors together
  cpu_sum_percent           CloudWatch's CPUUtilization: 100 is one full core
  cpu_per_core_percent      or so: 100 is every core full
  memory_percent            also gpu_sum_percent: 100 is one full GPU

\b
What tools wrote is read, too, and told by its content; --format insists:
  cloudwatch       what aws cloudwatch get-metric-data printed,
                   or get-metric-statistics
  locust-history, locust-requests, k6-csv, k6-json,
  jmeter-csv, jmeter-xml, vegeta-csv, vegeta-json
  fmbench, llmperf (a folder of summaries), genai-perf (profile_export.json),
  aiperf (profile_export.jsonl)
  inference-recommender  tells what became of a job, and where its minutes are
  minutes-csv      the columns above

Exit status: 0 a plan, 2 bad input (nothing was written), 3 no answer (the reasons are told)."""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="Insist on a form of the benchmark, such as jmeter-csv.  [default: told by its content]",
)
@asked_for_options
@click.option(
    "--override",
    "overrides",
    type=(str, Number(), str),
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
    /,
    file: Path,
    *,
    form: str | None,
    overrides: tuple[tuple[str, float, str], ...],
    out: Path | None,
    picture: bool,
    as_json: bool,
    check: bool,
    account: bool,
    region: str | None,
    **asked: Any,  # noqa: ANN401 - of each option its own type: request_of names them
) -> None:
    """Turn a benchmark of one instance into a capacity plan, or check a plan.

    FILE is the benchmark, a CSV file with one row a minute or what a load test's tool wrote, packed with gzip or
    not; with --check it is the plan.
    """
    if check:
        said = ParameterSource.COMMANDLINE
        given = {name for name in context.params if context.get_parameter_source(name) is said}
        if given - {"account", "region"} != {"file", "check"}:
            raise BadInput(f"a plan holds all that its check needs: sagemaker-capacity plan --check {out or file}")
        checked = _check(file)
        if account:
            _check_account(checked, region)
        return
    if account or region is not None:
        raise BadInput(
            "--account and --region belong to a plan's check: sagemaker-capacity plan --check PLAN --account"
        )
    request, kept = _asked(asked, out, overrides)
    made, drawing = _made(file, request, kept, form=form, out=out, picture=picture and out is not None)
    from ._report import print_plan  # noqa: PLC0415 - before anything is written: rich may be missing

    written = _written(out, made, drawing)
    if as_json:
        click.echo(made.to_json(), nl=False)
        return
    print_plan(made, written)


def _asked(
    asked: dict[str, Any], out: Path | None, overrides: Iterable[tuple[str, float, str]]
) -> tuple[Request, tuple[Override, ...]]:
    faults: list[str] = []
    request: Request | None = None
    kept: tuple[Override, ...] = ()
    with collected(faults):
        request = request_of(**asked)
    with collected(faults):
        kept = _kept_overrides(out, overrides)
    if faults or request is None:
        raise BadInput("\n".join(faults))
    return request, kept


def _made(
    file: Path,
    request: Request,
    overrides: tuple[Override, ...],
    *,
    form: str | None,
    out: Path | None,
    picture: bool,
) -> tuple[CapacityPlan, str | None]:
    from sagemaker_capacity._benchmark import read_benchmark  # noqa: PLC0415
    from sagemaker_capacity._progress import tracked, waiting  # noqa: PLC0415

    from ._plan import NoAnswerError, make_plan  # noqa: PLC0415

    source = Path(os.path.relpath(file, out.parent if out else None)).as_posix()
    try:
        with waiting(f"Reading {file}"):
            benchmark = read_benchmark(file, form)
        made = make_plan(
            benchmark,
            request,
            source=source,
            overrides=overrides,
            track=lambda draws: tracked(draws, "How sure is that"),
        )
    except ValueError as error:
        raise BadInput(str(error)) from error
    except NoAnswerError as reasons:
        raise NoAnswer(str(reasons)) from reasons
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
        raise BadInput(
            f"cannot write {error.filename2 or error.filename or out}: {error.strerror or error}."
        ) from error
    return [out, picture] if drawing else [out]


def _check(path: Path) -> CapacityPlan:
    from sagemaker_capacity._progress import waiting  # noqa: PLC0415

    from ._check import CheckError, check_plan  # noqa: PLC0415

    try:
        with waiting(f"Making {path} anew"):
            made = check_plan(path)
    except (PlanError, CheckError) as error:
        raise BadInput(str(error)) from error
    click.echo(f"{path}: the plan is what {made.evidence.source} gives today.")
    for override in made.overrides:
        click.echo(f"  overridden: {override.field} = {override.value:g} ({override.reason})")
    return made


def _check_account(made: CapacityPlan, region: str | None) -> None:
    from sagemaker_capacity._aws import answering, client_of  # noqa: PLC0415
    from sagemaker_capacity._progress import waiting  # noqa: PLC0415

    from ._account import compare_with_quotas  # noqa: PLC0415

    with answering("Service Quotas"), waiting("Asking Service Quotas"):
        answer = compare_with_quotas(made, client_of("service-quotas", region))
    for note in answer.notes:
        click.echo(f"  {note}")
    if answer.faults:
        raise BadInput("\n".join(answer.faults))
    click.echo("The account's quotas allow the plan, and an update of it by blue/green.")


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
