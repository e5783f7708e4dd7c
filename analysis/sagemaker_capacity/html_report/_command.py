"""`sagemaker-capacity report`: a plan as a page, as a picture, or over live metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from sagemaker_capacity._exits import BadInput
from sagemaker_capacity_plan import write_whole

if TYPE_CHECKING:
    from sagemaker_capacity_plan import CapacityPlan

_EPILOG = """\b
Examples:
  sagemaker-capacity report plans/xgboost/plan.json --out report.html
  sagemaker-capacity report plans/xgboost/plan.json --out picture.png
  sagemaker-capacity report plans/xgboost/plan.json \\
      --widget my-endpoint AllTraffic
  sagemaker-capacity report plans/xgboost/plan.json \\
      --widget my-endpoint AllTraffic --out live.png

\b
What --out ends in says what is made:
  .html           one page that needs no network; its slider shows the plan
                  at every threshold
  .png, .svg      its pictures
  .json           with --widget: the metric widget
  .png            with --widget: CloudWatch's drawing of it, which needs AWS
                  credentials that may call cloudwatch:GetMetricWidgetImage

Exit status: 0 a report, 2 bad input (nothing was written)."""


@click.command(epilog=_EPILOG)
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.option("--title", help="What the plan is of.  [default: its folder, or its file's name]")
@click.option(
    "--widget",
    "endpoint",
    type=(str, str),
    metavar="ENDPOINT VARIANT",
    help="The same picture over an endpoint's live metrics, as JSON of a CloudWatch widget.",
)
def report(plan_file: Path, out: Path | None, title: str | None, endpoint: tuple[str, str] | None) -> None:
    """Show a plan: its evidence, its numbers, their reasons and what other thresholds would give.

    PLAN is a plan's JSON file; its evidence is read from where the plan says.
    """
    from sagemaker_capacity_plan import PlanError  # noqa: PLC0415

    suffix = None if out is None else out.suffix.lower()
    possible = {None, ".json", ".png"} if endpoint else {".html", ".png", ".svg"}
    if suffix not in possible:
        endings = ", ".join(sorted(each for each in possible if each))
        raise BadInput(f"--out is to end in one of {endings}, got {out or 'no --out'}.")
    if out is not None and out.resolve() == plan_file.resolve():
        raise BadInput(f"--out {out} is the plan itself: give another file.")
    try:
        made = _live(plan_file, *endpoint, suffix) if endpoint else _measured(plan_file, title, suffix)
    except PlanError as error:
        raise BadInput(str(error)) from error
    if out is None:
        click.echo(made, nl=False)
        return
    _write(out, made)
    click.echo(f"wrote {out}")


def _measured(plan_file: Path, title: str | None, suffix: str | None) -> bytes:
    from sagemaker_capacity._benchmark import read_benchmark  # noqa: PLC0415
    from sagemaker_capacity._progress import tracked, waiting  # noqa: PLC0415
    from sagemaker_capacity.planning._analysed import analysed  # noqa: PLC0415
    from sagemaker_capacity.planning._check import CheckError, check_plan  # noqa: PLC0415

    from ._fitted import fitted  # noqa: PLC0415

    try:
        # A page of a plan that its evidence does not give would contradict itself.
        with waiting(f"Making {plan_file} anew"):
            plan = check_plan(plan_file)
    except CheckError as error:
        raise BadInput(str(error)) from error
    try:
        statistic = analysed(plan).saturation.slo_statistic
    except ValueError as error:
        raise BadInput(f"a report shows a benchmark of one instance, and {plan_file} has none: {error}.") from error
    benchmark = read_benchmark(plan_file.parent / plan.evidence.source, plan.evidence.format)
    name = title or _name(plan_file)
    curves = fitted(benchmark, statistic, track=lambda draws: tracked(draws, "Fitting"))
    if suffix == ".html":
        from ._page import page  # noqa: PLC0415

        return page(plan, benchmark, name, plan_file.name, curves).encode()
    from ._image import image  # noqa: PLC0415

    return image(plan, benchmark, name, cast("Literal['png', 'svg']", str(suffix)[1:]), curves)


def _live(plan_file: Path, endpoint_name: str, variant_name: str, suffix: str | None) -> bytes:
    from sagemaker_capacity_plan import CapacityPlan  # noqa: PLC0415

    from ._widget import widget, widget_image  # noqa: PLC0415

    plan: CapacityPlan = CapacityPlan.read(plan_file)
    try:
        shown = widget(plan, endpoint_name, variant_name)
    except ValueError as error:
        raise BadInput(f"{plan_file} was not made from a benchmark: {error}.") from error
    if suffix != ".png":
        return (json.dumps(shown, indent=2) + "\n").encode()
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from sagemaker_capacity._progress import waiting  # noqa: PLC0415

    try:
        with waiting("Asking CloudWatch for its drawing"):
            return widget_image(boto3.client("cloudwatch"), shown)
    except (BotoCoreError, ClientError) as error:
        raise BadInput(f"CloudWatch drew nothing: {error}. Without an account, ask for .json.") from error


def _name(plan_file: Path) -> str:
    return plan_file.resolve().parent.name if plan_file.stem == "plan" else plan_file.stem


def _write(out: Path, content: bytes) -> None:
    try:
        write_whole(out, content)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
