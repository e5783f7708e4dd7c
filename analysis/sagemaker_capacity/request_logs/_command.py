"""`sagemaker-capacity requests`: a log of single requests, however large, to a benchmark of minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sagemaker_capacity._exits import BadInput
from sagemaker_capacity_plan import write_whole

if TYPE_CHECKING:
    import pandas as pd

_EPILOG = """\b
Examples:
  sagemaker-capacity requests logs/ --time start --latency elapsed_ms \\
      --status code --out minutes.csv
  sagemaker-capacity plan minutes.csv --instance-type ml.c5.large \\
      --peak-tps 500 --min-tps 70 --out plan.json

A row a request, in CSV (also .csv.gz) or Parquet, one file or a folder of them. Percentiles are within 1 %.

Exit status: 0 read, 2 bad input (nothing was written)."""


@click.command(epilog=_EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--time", default="time_utc", show_default=True, help="Column of a request's time.")
@click.option("--time-unit", type=click.Choice(["s", "ms", "us"]), help="Of a time that is a number since 1970.")
@click.option("--time-is", type=click.Choice(["start", "end"]), default="start", show_default=True)
@click.option("--latency", default="latency_ms", show_default=True, help="Column of its latency.")
@click.option(
    "--latency-unit", type=click.Choice(["s", "ms", "us"]), help="[default: what the column's name ends in]"
)
@click.option("--status", help="Column of its HTTP status: 400 and above is an error.")
@click.option("--error", help="Column of what went wrong: blank is a success.")
@click.option("--by", multiple=True, help="Column to summarise by, such as concurrency; may be given again.")
@click.option("--engine", default="duckdb", show_default=True, help="Or a Spark's master: spark://HOST:7077.")
@click.option("--threads", type=click.IntRange(min=1), help="Of DuckDB.  [default: one a processor]")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the benchmark, a row a minute.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def requests(
    path: Path,
    *,
    out: Path | None,
    as_json: bool,
    engine: str,
    threads: int | None,
    **columns: Any,  # noqa: ANN401 - those of LogColumns
) -> None:
    """Gather a log of single requests, larger than memory, into a benchmark that plan takes."""
    from sagemaker_capacity._progress import progress_shown  # noqa: PLC0415

    from . import LogColumns, read_request_logs  # noqa: PLC0415 - once there is work for it

    try:
        with progress_shown("Counting requests") as progress:
            read = LogColumns(**columns)
            logs = read_request_logs(path, read, engine=engine, threads=threads, progress=progress)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if out is not None:
        from sagemaker_capacity.readers import as_minutes_csv  # noqa: PLC0415

        try:
            write_whole(out, as_minutes_csv(logs.benchmark.frame))
        except OSError as error:
            raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
    if as_json:
        click.echo(logs.concurrency.to_json(orient="records", double_precision=6))
        return
    _print(logs.concurrency, len(logs.benchmark.frame))
    if out is not None:
        click.echo(f"wrote {out}")


_HEADINGS = {  # for 80 columns
    f"latency_{statistic}_ms": f"{statistic} ms" for statistic in ("mean", "p50", "p90", "p95", "p99")
} | {"completions_per_second": "TPS"}


def _print(summary: pd.DataFrame, minutes: int) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for name in summary:
        table.add_column(_HEADINGS.get(str(name), str(name)), justify="right")
    for row in summary.itertuples(index=False):
        table.add_row(*(f"{value:.5g}" if isinstance(value, float) else str(value) for value in row))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{minutes} minute{'' if minutes == 1 else 's'}")
