"""`sagemaker-capacity measure` and `recommendations`: what AWS measured, as the CSV files that `plan` reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sagemaker_capacity._exits import BadInput, NoAnswer

if TYPE_CHECKING:
    from sagemaker_capacity._benchmark import Benchmark
    from sagemaker_capacity.readers import Recommendation, RecommenderJob, Window

_MEASURE = """\b
Examples:
  sagemaker-capacity measure my-endpoint --start 2026-03-01T10:00Z \\
      --end 2026-03-01T10:30Z --out benchmark.csv
  sagemaker-capacity plan benchmark.csv --instance-type ml.c5.large \\
      --peak-tps 500 --min-tps 70

The endpoint had one instance, and one load that grew. CloudWatch keeps minutes for 15 days, periods
of five minutes for 63 and of an hour for 455, also of an endpoint that was deleted since. It takes
credentials that may call cloudwatch:GetMetricData and sagemaker:DescribeEndpoint.

Exit status: 0 a benchmark, 2 bad input, 3 no answer (no data, several instances, only failures)."""

_RECOMMENDATIONS = """\b
Examples:
  sagemaker-capacity recommendations my-job
  sagemaker-capacity recommendations my-job --out-folder benchmarks/

It takes credentials that may call sagemaker:DescribeInferenceRecommendationsJob, and for the minutes
cloudwatch:GetMetricData.

Exit status: 0 recommendations, 2 bad input, 3 the job did not complete, or its minutes are gone."""


def _instant(_: click.Context, __: click.Parameter, written: str | None) -> datetime | None:
    """A time with its zone: without one it might be of another hour."""
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written!r} is no time in ISO 8601, such as 2026-03-01T10:00Z.") from None
    if time.tzinfo is None:
        raise click.BadParameter(f"{written!r} has no zone: write {written}Z for UTC, or {written}+01:00.")
    return time


_REGION = click.option("--region", help="The Region to ask.  [default: the session's own]")


@click.command(epilog=_MEASURE)
@click.argument("endpoint")
@click.option("--variant", help="The endpoint's variant.  [default: its only one]")
@click.option(
    "--start",
    metavar="TIME",
    callback=_instant,
    required=True,
    help="When the load began, such as 2026-03-01T10:00Z.",
)
@click.option("--end", metavar="TIME", callback=_instant, help="When it ended.  [default: now]")
@_REGION
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.  [default: print]")
def measure(
    endpoint: str,
    *,
    variant: str | None,
    start: datetime,
    end: datetime | None,
    region: str | None,
    out: Path | None,
) -> None:
    """Take an endpoint's minutes under load from CloudWatch, as a benchmark.

    ENDPOINT is the endpoint's name.
    """
    from sagemaker_capacity._aws import client_of  # noqa: PLC0415
    from sagemaker_capacity.readers import Window, as_minutes_csv  # noqa: PLC0415

    now = datetime.now(UTC)
    sagemaker = client_of("sagemaker", region)
    if variant is None:
        variant = _only_variant(sagemaker, endpoint)
    try:
        window = Window(endpoint, variant, start, end or now)
    except ValueError as error:
        raise BadInput(f"{error}.") from error
    benchmark = _measured(client_of("cloudwatch", region), sagemaker, window, now)
    if out is None:
        click.echo(as_minutes_csv(benchmark.frame), nl=False)
    else:
        _write(out, benchmark)
    _tell(benchmark)


@click.command(epilog=_RECOMMENDATIONS)
@click.argument("job")
@click.option(
    "--out-folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also take each recommendation's minutes from CloudWatch, a CSV file each.",
)
@_REGION
@click.option("--json", "as_json", is_flag=True, help="Print the recommendations as JSON.")
def recommendations(job: str, *, out_folder: Path | None, region: str | None, as_json: bool) -> None:
    """Compare what an Inference Recommender job recommends, and take the minutes it measured.

    JOB is its name, or a file of what `aws sagemaker describe-inference-recommendations-job` printed.
    """
    from ._recommendations import document_of, print_job  # noqa: PLC0415

    told = _told(job, region)
    if as_json:
        click.echo(json.dumps(document_of(told), indent=2, ensure_ascii=False, default=datetime.isoformat))
    else:
        print_job(told)
    if told.status != "COMPLETED" or not told.recommendations:
        raise NoAnswer(f"{told.told}: no measurement of it is whole. Run the job again.")
    if out_folder is not None:
        _keep(told, out_folder, region)


def _only_variant(sagemaker: Any, endpoint: str) -> str:  # noqa: ANN401 - boto3's own
    variants = _variants(sagemaker, endpoint)
    if variants is None:
        raise BadInput(
            f"there is no endpoint {endpoint} in {sagemaker.meta.region_name}. Of one that was deleted "
            "CloudWatch may still know: give --variant."
        )
    if len(variants) != 1:
        raise BadInput(
            f"the endpoint {endpoint} has {len(variants)} variants, {', '.join(variants)}: give --variant."
        )
    return variants[0]


def _measured(cloudwatch: Any, sagemaker: Any, window: Window, now: datetime) -> Benchmark:  # noqa: ANN401
    from sagemaker_capacity._aws import answering  # noqa: PLC0415
    from sagemaker_capacity._benchmark import BenchmarkError  # noqa: PLC0415
    from sagemaker_capacity._progress import waiting  # noqa: PLC0415
    from sagemaker_capacity.readers import read_endpoint  # noqa: PLC0415

    try:
        with answering("CloudWatch"), waiting("Asking CloudWatch"):
            return read_endpoint(cloudwatch, window, now=now)
    except BenchmarkError as error:
        variants, region = _variants(sagemaker, window.endpoint_name), sagemaker.meta.region_name
        if variants is None:
            raise BadInput(f"{error} There is no endpoint {window.endpoint_name} in {region}.") from error
        if window.variant_name not in variants:
            has = f"The endpoint has no variant {window.variant_name}, but {', '.join(variants)}."
            raise BadInput(f"{error} {has}") from error
        raise NoAnswer(str(error)) from error
    except ValueError as error:
        raise BadInput(f"{error}.") from error


def _variants(sagemaker: Any, endpoint: str) -> tuple[str, ...] | None:  # noqa: ANN401
    from sagemaker_capacity._aws import answering  # noqa: PLC0415

    from ._endpoint import variants_of  # noqa: PLC0415

    with answering("SageMaker"):
        return variants_of(sagemaker, endpoint)


def _told(job: str, region: str | None) -> RecommenderJob:
    from sagemaker_capacity.readers import describe_job, read_job  # noqa: PLC0415

    if Path(job).is_file():
        try:
            return read_job(Path(job))
        except ValueError as error:
            raise BadInput(str(error)) from error
    from sagemaker_capacity._aws import answering, client_of  # noqa: PLC0415

    with answering("SageMaker"):
        return describe_job(client_of("sagemaker", region), job)


def _keep(job: RecommenderJob, folder: Path, region: str | None) -> None:
    from sagemaker_capacity._aws import answering, client_of  # noqa: PLC0415
    from sagemaker_capacity._benchmark import BenchmarkError  # noqa: PLC0415
    from sagemaker_capacity._progress import waiting  # noqa: PLC0415
    from sagemaker_capacity.readers import read_recommendations  # noqa: PLC0415

    from ._recommendations import comparing_command, file_names  # noqa: PLC0415

    try:
        with answering("CloudWatch"), waiting("Asking CloudWatch"):
            found = read_recommendations(client_of("cloudwatch", region), job, now=datetime.now(UTC))
    except BenchmarkError as error:
        raise NoAnswer(str(error)) from error
    except ValueError as error:
        raise BadInput(f"{error}.") from error
    kept: list[tuple[Recommendation, Path]] = []
    for name, (recommendation, benchmark) in zip(file_names(job), found, strict=True):
        _write(folder / name, benchmark)
        _tell(benchmark)
        kept.append((recommendation, folder / name))
    click.echo(
        f"Compare them, with the latency to keep and the peak to carry:\n  {comparing_command(kept)}", err=True
    )


def _write(out: Path, benchmark: Benchmark) -> None:
    from sagemaker_capacity.readers import as_minutes_csv  # noqa: PLC0415
    from sagemaker_capacity_plan import write_whole  # noqa: PLC0415

    try:
        write_whole(out, as_minutes_csv(benchmark.frame))
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
    click.echo(f"wrote {out}", err=True)


def _tell(benchmark: Benchmark) -> None:
    """What the benchmark is of, beside it: its CSV may be what is printed."""
    rates = benchmark.frame["invocations_per_minute"]
    click.echo(
        f"{benchmark.name}: {len(rates)} rows, {rates.min():g} to {rates.max():g} invocations per minute", err=True
    )
    for warning in benchmark.warnings:
        click.echo(f"- {warning}", err=True)
