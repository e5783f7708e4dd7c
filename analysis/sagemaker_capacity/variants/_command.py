"""The words of `sagemaker-capacity compare-variants`; pandas starts only once there is work for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from sagemaker_capacity._exits import BadInput, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sagemaker_capacity.readers import Window

    from ._comparison import Comparison
    from ._measurements import VariantPeriods

_PERCENTILES = ("p50", "p90", "p95", "p99")
_TIME = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])
_EPILOG = """\b
Examples:
  sagemaker-capacity compare-variants Current Next --endpoint shop \\
      --minutes 180
  sagemaker-capacity compare-variants Current Next --endpoint shop \\
      --start 2026-03-01T10:00Z --end 2026-03-01T16:00Z \\
      --latency-percent 10 --out a-b.svg
  sagemaker-capacity compare-variants current.json next.json --json

The first variant is the baseline. Errors are compared by their share, latencies by their ratio in
each minute in which both were asked.

\b
The answer is about differences that matter:
  better, worse   the difference is surely there, and as large as matters
  same            it is surely smaller than matters
  unknown         neither is sure yet; how many more minutes it takes is told

Without --endpoint the variants are files, what `aws cloudwatch get-metric-data` printed of each.
Live, it takes credentials that may call cloudwatch:GetMetricData.

Exit status: 0 a verdict, 2 bad input, 3 not enough data (the reasons are told)."""


@click.command("compare-variants", epilog=_EPILOG)
@click.argument("variants", metavar="BASELINE CHALLENGER...", nargs=-1, required=True)
@click.option("--endpoint", metavar="NAME", help="Ask CloudWatch for variants of this endpoint.")
@click.option("--region", help="The Region to ask.  [default: the session's own]")
@click.option("--minutes", type=click.IntRange(min=1), help="How long until now.  [default: 180]")
@click.option("--start", type=_TIME, metavar="TIME", help="Since when, such as 2026-03-01T10:00Z.")
@click.option("--end", type=_TIME, metavar="TIME", help="Until when.  [default: now]")
@click.option(
    "--period-seconds",
    type=click.Choice(["60", "300", "3600"]),
    default="60",
    show_default=True,
    help="How long a period is: longer ones have more requests, as high percentiles need.",
)
@click.option(
    "--latency",
    "latencies",
    type=click.Choice(_PERCENTILES),
    multiple=True,
    default=("p50", "p90", "p99"),
    show_default=True,
    help="A percentile to compare; may be given again.",
)
@click.option(
    "--latency-percent",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="The least change of a latency that matters, in percent.",
)
@click.option(
    "--error-points",
    type=click.FloatRange(0, 100, min_open=True),
    default=0.5,
    show_default=True,
    help="The least change of the share of errors that matters, in percentage points.",
)
@click.option(
    "--confidence-percent",
    type=click.FloatRange(50, 100, max_open=True),
    default=95.0,
    show_default=True,
    help="Of all intervals together.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw a picture there: .svg or .png.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
def compare_variants(
    variants: tuple[str, ...],
    *,
    endpoint: str | None,
    region: str | None,
    minutes: int | None,
    start: datetime | None,
    end: datetime | None,
    period_seconds: str,
    latencies: tuple[str, ...],
    latency_percent: float,
    error_points: float,
    confidence_percent: float,
    out: Path | None,
    as_json: bool,
) -> None:
    """Tell whether a variant of an endpoint is better than another, worse, or the same.

    Each of BASELINE and CHALLENGER is a variant's name with --endpoint, or else a file.
    """
    if out is not None and out.suffix not in {".svg", ".png"}:
        raise BadInput(f"--out is to end in .svg or .png, got {out}.")
    if endpoint is None and any((minutes, start, end, region)):
        raise BadInput("--minutes, --start, --end and --region are of an endpoint that is asked: give --endpoint.")
    from sagemaker_capacity.readers import Window  # noqa: PLC0415

    from ._comparison import Question, compare  # noqa: PLC0415
    from ._document import document_of  # noqa: PLC0415

    question = Question(latency_percent, error_points, tuple(dict.fromkeys(latencies)), confidence_percent / 100)
    if endpoint is None:
        measured = _exported([Path(file) for file in variants])
    else:
        window = _window(minutes, start, end)
        windows = [Window(endpoint, variant, *window) for variant in dict.fromkeys(variants)]
        measured = _live(windows, region, int(period_seconds))
    try:
        comparisons = compare(measured[0], measured[1:], question)
    except ValueError as error:
        raise BadInput(f"{error}.") from error
    document = document_of(comparisons, question)
    if out is not None:
        _draw(out, comparisons, endpoint or " and ".join(variant.name for variant in measured))
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        from ._report import print_comparison  # noqa: PLC0415

        print_comparison(document)
    if unknown := [c for c in document["comparisons"].values() if c["outcome"] == "unknown"]:
        raise NoAnswer(" ".join(comparison["verdict"] for comparison in unknown))


def _window(minutes: int | None, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    if minutes is not None and start is not None:
        raise BadInput("--minutes and --start both say when it begins: give one of them.")
    until = end or datetime.now(UTC)
    begin = start or until - timedelta(minutes=minutes or 180)
    if begin >= until:
        raise BadInput(f"--start {begin:%Y-%m-%dT%H:%M%z} is to be before the end, {until:%Y-%m-%dT%H:%M%z}.")
    return begin, until


def _live(windows: Sequence[Window], region: str | None, period_seconds: int) -> list[VariantPeriods]:
    from sagemaker_capacity._aws import answering, client_of  # noqa: PLC0415
    from sagemaker_capacity._progress import waiting  # noqa: PLC0415

    from ._measurements import read_live  # noqa: PLC0415

    client = client_of("cloudwatch", region)
    try:
        with answering("CloudWatch"), waiting("Asking CloudWatch"):
            return read_live(client, windows, period_seconds=period_seconds)
    except ValueError as error:
        raise NoAnswer(str(error)) from error


def _exported(files: Sequence[Path]) -> list[VariantPeriods]:
    from ._measurements import read_exported  # noqa: PLC0415

    try:
        return [read_exported(file) for file in files]
    except ValueError as error:
        raise BadInput(str(error)) from error


def _draw(out: Path, comparisons: Sequence[Comparison], title: str) -> None:
    from ._picture import draw  # noqa: PLC0415

    try:
        out.write_bytes(draw(comparisons, title, cast("Literal['svg', 'png']", out.suffix[1:])))
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
