"""`sagemaker-capacity serverless`: the toolkit's folder in, the plan of a serverless variant out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_capacity._exits import BadInput, NoAnswer

if TYPE_CHECKING:
    from ._planning import ServerlessAnswer, ServerlessRequest

_EPILOG = """\b
Examples:
  sagemaker-capacity serverless results/ --peak-tps 40 --request-bytes 38000
  sagemaker-capacity serverless results/ --peak-tps 40 --request-bytes 38000 \\
      --objective slo --slo-ms 300 --instance ml.c5.large 35 --out plan.json
  sagemaker-capacity serverless results/ --summary

\b
FOLDER is what the SageMaker Serverless Inference Benchmarking Toolkit saved:
  stability_benchmark_raw_results/
    endpoint_metrics.csv               needed
    invocation_benchmark_results.csv   latency, failures
  concurrency_benchmark_raw_results/
    invocation_benchmark_results.csv   throttles
or, where only that was kept, its metrics_with_cost.csv.

Raw results may also be .parquet, .csv.gz, or a folder of such files in the place of the file, and larger than
memory: above 16 MiB they are counted, means exact, other latencies within 1 %.

With --summary FOLDER may also be raw results of a concurrency benchmark alone, a file or a folder of files.

Exit status: 0 a plan, 2 bad input (nothing was written), 3 no answer (the reasons are told)."""


@click.command(epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--peak-tps", type=float, help="The highest rate to carry, per second; needed for a plan.")
@click.option(
    "--min-tps", type=float, default=0.0, show_default=True, help="The rate that is always there, per second."
)
@click.option("--growth", type=float, default=1.0, show_default=True, help="Factor on the peak: 1.2 is 20 % more.")
@click.option(
    "--objective",
    type=click.Choice(["cost", "latency", "weighted", "slo"]),
    default="cost",
    show_default=True,
    help="The cheapest memory, the fastest, the best of both, or the cheapest within --slo-ms.",
)
@click.option("--slo-ms", type=float, help="Latency not to be exceeded, as the client sees it.")
@click.option("--slo-statistic", help="Which latency: mean, p95, …  [default: p99; mean without raw results]")
@click.option(
    "--slo-error-percent",
    type=float,
    default=1.0,
    show_default=True,
    help="Share that may fail in the benchmark, and that may be refused at the peak.",
)
@click.option(
    "--cost-weight-percent", type=float, default=50.0, show_default=True, help="For weighted: of the cost."
)
@click.option("--request-bytes", type=float, help="Mean encoded length of a request's body.")
@click.option("--response-bytes", type=float, help="Of a response's.  [default: as measured]")
@click.option(
    "--instance",
    "instances",
    type=(str, float),
    multiple=True,
    metavar="TYPE TPS",
    help="Compare with instances of which one carries TPS within the SLO (sagemaker-capacity plan says it).",
)
@click.option("--price", "price_file", type=click.Path(path_type=Path), help="Prices, CSV, over those shipped.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the plan.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan and all that was weighed as JSON.")
@click.option("--summary", is_flag=True, help="Only summarise the concurrency benchmark, a row a group; no plan.")
@click.option("--engine", default="duckdb", show_default=True, help="Or a Spark's master: spark://HOST:7077.")
@click.option("--threads", type=click.IntRange(min=1), help="Of DuckDB.  [default: one a processor]")
def serverless(
    folder: Path,
    *,
    peak_tps: float | None,
    min_tps: float,
    growth: float,
    objective: str,
    slo_ms: float | None,
    slo_statistic: str | None,
    slo_error_percent: float,
    cost_weight_percent: float,
    request_bytes: float | None,
    response_bytes: float | None,
    instances: tuple[tuple[str, float], ...],
    price_file: Path | None,
    out: Path | None,
    as_json: bool,
    summary: bool,
    engine: str,
    threads: int | None,
) -> None:
    """Choose a serverless variant's memory and concurrency from the benchmarking toolkit's results."""
    if summary:
        if out is not None or peak_tps is not None:
            raise BadInput("a summary is no plan: leave --peak-tps and --out away, or --summary")
        _summarise(folder, engine, threads, as_json=as_json)
        return
    if peak_tps is None:
        raise BadInput("--peak-tps is missing: the highest rate to carry, per second")
    from sagemaker_capacity_plan import Demand  # noqa: PLC0415

    from ._planning import ServerlessRequest  # noqa: PLC0415
    from ._savings import InstanceOption  # noqa: PLC0415

    try:
        request = ServerlessRequest(
            demand=Demand(peak_tps, min_tps, growth, ()),
            objective=objective,
            slo_ms=slo_ms,
            slo_statistic=slo_statistic,
            error_percent=slo_error_percent,
            cost_weight_percent=cost_weight_percent,
            request_bytes=request_bytes,
            response_bytes=response_bytes,
            instances=tuple(InstanceOption(*instance) for instance in instances),
        )
        answer = _answered(folder, request, price_file, out, engine=engine, threads=threads)
    except ValueError as error:
        raise BadInput(str(error)) from error
    from ._document import document  # noqa: PLC0415
    from ._report import print_answer  # noqa: PLC0415 - before anything is written: rich may be missing

    if out is not None:
        try:
            answer.plan.write(out)
        except OSError as error:
            raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
    if as_json:
        click.echo(document(answer))
        return
    print_answer(answer, [] if out is None else [out])


def _answered(
    folder: Path,
    request: ServerlessRequest,
    price_file: Path | None,
    out: Path | None,
    *,
    engine: str,
    threads: int | None,
) -> ServerlessAnswer:
    from sagemaker_capacity._progress import progress_shown  # noqa: PLC0415
    from sagemaker_capacity.planning._plan import NoAnswerError  # noqa: PLC0415
    from sagemaker_capacity_plan import CapacityPlan  # noqa: PLC0415

    from ._invocations import Counting  # noqa: PLC0415
    from ._planning import plan_serverless  # noqa: PLC0415
    from ._renewal import price_sheet  # noqa: PLC0415
    from ._results import read_results  # noqa: PLC0415

    sheet = price_sheet(price_file)
    kept = CapacityPlan.read(out).overrides if out is not None and out.exists() else ()
    source = _from(out, folder)
    prices = None if price_file is None else _from(out, price_file)
    with progress_shown("Counting invocations") as progress:
        results = read_results(folder, Counting(engine, threads, progress))
    try:
        return plan_serverless(results, request, sheet, source=source, prices=prices, overrides=kept)
    except NoAnswerError as reasons:
        raise NoAnswer(str(reasons)) from reasons


def _from(out: Path | None, path: Path) -> str:
    """A path as the plan names it: from its own folder."""
    return Path(os.path.relpath(path, out.parent if out else None)).as_posix()


def _summarise(path: Path, engine: str, threads: int | None, *, as_json: bool) -> None:
    from sagemaker_capacity._progress import progress_shown  # noqa: PLC0415

    from ._groups import CONCURRENCY_KEYS  # noqa: PLC0415
    from ._invocations import Counting, read_concurrency  # noqa: PLC0415
    from ._summaries import summary_rows  # noqa: PLC0415

    try:
        with progress_shown("Counting invocations") as progress:
            groups = read_concurrency(path, Counting(engine, threads, progress)).groups
    except ValueError as error:
        raise BadInput(str(error)) from error
    rows = summary_rows(groups, CONCURRENCY_KEYS)
    if as_json:
        from ._plain import as_text  # noqa: PLC0415

        click.echo(as_text(rows))
        return
    from ._summary_report import print_summary  # noqa: PLC0415

    print_summary(rows)
