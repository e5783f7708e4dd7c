"""The words of `sagemaker-capacity fit`; scipy starts only once there is work for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from ._fit import LoadFit
    from ._queue_fit import LoadIs
    from ._resampling import Resampled

BAD_INPUT = 2
NO_ANSWER = 3

_EPILOG = """\b
Examples:
  sagemaker-capacity fit ramp.csv --load users \\
      --throughput requests_per_minute
  sagemaker-capacity fit ramp.csv --load rate --throughput answers \\
      --latency p95_ms --slo-ms 200 --json

\b
The columns may have any name; each row is as long a measurement, as a minute:
  load         what was asked: requests per minute or second, users,
               requests in flight
  throughput   what was answered, per minute or second
  latency      in milliseconds, a mean or a percentile; blank where none is
  errors       what failed, in the throughput's unit

Exit status: 0 a saturation, or a bound below it; 2 bad input; 3 no answer (the reasons are told)."""


@click.command(epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--load", required=True, metavar="COLUMN", help="The column of the load.")
@click.option("--throughput", required=True, metavar="COLUMN", help="The column of the throughput.")
@click.option("--latency", metavar="COLUMN", help="The column of the latency, in milliseconds.")
@click.option("--errors", metavar="COLUMN", help="The column of what failed.")
@click.option("--slo-ms", type=click.FloatRange(min=0, min_open=True), help="Latency not to be exceeded.")
@click.option(
    "--slo-error-percent",
    type=click.FloatRange(0, 100, max_open=True),
    default=1.0,
    show_default=True,
    help="Share of failed requests not to be exceeded.",
)
@click.option(
    "--sustained-rows",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How many rows must have had a load for it to count: one may be noise.",
)
@click.option(
    "--load-is",
    type=click.Choice(["rate", "users"]),
    help="A rate of requests, or users who wait for answers.  [default: a rate if it comes out as throughput]",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def fit(
    file: Path,
    *,
    load: str,
    throughput: str,
    latency: str | None,
    errors: str | None,
    slo_ms: float | None,
    slo_error_percent: float,
    sustained_rows: int,
    load_is: LoadIs | None,
    seed: int,
    as_json: bool,
) -> None:
    """How much load one instance sustains, from a table of load and throughput.

    FILE is a CSV file of one load test of one instance.
    """
    if slo_ms is not None and latency is None:
        _refuse("--slo-ms is on a latency: name its column with --latency")
    columns = {"load": load, "throughput": throughput, "latency": latency, "errors": errors}
    fitted = _fitted(file, {role: name for role, name in columns.items() if name is not None}, load_is)

    from ._document import document_of  # noqa: PLC0415
    from ._report import print_fit  # noqa: PLC0415
    from ._saturation import Criteria, find_saturation  # noqa: PLC0415

    criteria = Criteria(slo_ms, slo_error_percent / 100, sustained_rows)
    resampled = _resampled(fitted, seed)
    saturation = find_saturation(resampled, criteria)
    document = document_of(resampled, criteria, saturation)
    if as_json:
        click.echo(json.dumps({"file": file.as_posix()} | columns | {"seed": seed} | document, indent=2))
    else:
        print_fit(document)
    if saturation.at_least_load is None:
        click.echo(f"No answer: {' '.join(saturation.reasons)}", err=True)
        sys.exit(NO_ANSWER)


def _fitted(file: Path, columns: dict[str, str], load_is: LoadIs | None) -> LoadFit:
    from ._fit import NoFitError, fit_load_table  # noqa: PLC0415
    from ._table import LoadTableError, read_load_table  # noqa: PLC0415

    try:
        return fit_load_table(read_load_table(file, columns), load_is)
    except LoadTableError as error:
        _refuse(str(error))
    except NoFitError as reasons:
        click.echo(f"No answer: {reasons}", err=True)
        sys.exit(NO_ANSWER)


def _resampled(fitted: LoadFit, seed: int) -> Resampled:
    import numpy as np  # noqa: PLC0415

    from sagemaker_capacity._progress import tracked  # noqa: PLC0415

    from ._resampling import resample  # noqa: PLC0415

    return resample(fitted, np.random.default_rng(seed), track=lambda draws: tracked(draws, "Resampling"))


def _refuse(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(BAD_INPUT)
