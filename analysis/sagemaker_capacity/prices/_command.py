"""`sagemaker-capacity prices`: what the plans reckon with, and how to renew it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sagemaker_capacity._exits import BadInput

if TYPE_CHECKING:
    from ._sheet import PriceSheet

_DEFAULT_OUT = Path("prices.csv")
_EPILOG = """\b
Examples:
  sagemaker-capacity prices
  sagemaker-capacity prices --refresh --region eu-central-1 --out prices.csv
  sagemaker-capacity serverless results/ --peak-tps 40 --price prices.csv

\b
A price file is CSV, one row an item:
  item,unit,price_usd                  and where known region,recorded,source
  ml.c5.large,hour,0.102               a real-time instance
  serverless_2048_mb,second,0.00004    a second of that memory, on demand
  provisioned_2048_mb,second,…         a second of keeping one warm
  data_in,gb,0.016                     payload, in and out

Exit status: 0 prices, 2 bad input (nothing was written)."""


@click.command(epilog=_EPILOG)
@click.option(
    "--price", "price_file", type=click.Path(path_type=Path), help="Show these, over the shipped snapshot."
)
@click.option("--refresh", is_flag=True, help="Fetch a Region's prices from the AWS Price List API.")
@click.option("--region", default="us-east-1", show_default=True, help="The Region to fetch prices of.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where to write what was fetched, as CSV.  [default: {_DEFAULT_OUT}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the prices as JSON.")
def prices(price_file: Path | None, region: str, out: Path | None, *, refresh: bool, as_json: bool) -> None:
    """Show the prices that plans reckon with, or fetch today's.

    The snapshot that comes with the package is of 2022, for US Regions. Fetching needs AWS credentials that may
    call pricing:GetProducts.
    """
    from ._sheet import read_prices, shipped_prices  # noqa: PLC0415

    if refresh and price_file is not None:
        raise BadInput("--refresh fetches prices and --price reads them: give one of them.")
    if out is not None and not refresh:
        raise BadInput("--out is where --refresh writes: give both, or neither.")
    try:
        if refresh:
            sheet = _fetched(region, out or _DEFAULT_OUT)
        else:
            sheet = shipped_prices().under(read_prices(price_file)) if price_file else shipped_prices()
    except ValueError as error:
        raise BadInput(str(error)) from error
    if as_json:
        click.echo(_document(sheet))
        return
    _print(sheet)
    if refresh:
        click.echo(f"wrote {out or _DEFAULT_OUT}")


def _fetched(region: str, out: Path) -> PriceSheet:
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from sagemaker_capacity._progress import waiting  # noqa: PLC0415
    from sagemaker_capacity_plan import write_whole  # noqa: PLC0415

    from ._price_list import ENDPOINT_REGION, fetch_prices  # noqa: PLC0415

    try:
        with waiting(f"Asking the AWS Price List API for {region}"):
            sheet = fetch_prices(boto3.client("pricing", region_name=ENDPOINT_REGION), region)
    except (BotoCoreError, ClientError) as error:
        raise BadInput(
            f"the AWS Price List API did not answer: {error}. It needs credentials that may call "
            "pricing:GetProducts; or give the prices in a CSV file: --price."
        ) from error
    try:
        write_whole(out, sheet.to_csv())
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}.") from error
    return sheet


def _document(sheet: PriceSheet) -> str:
    listed = {
        item: {
            "price_usd": f"{price.usd:f}",  # a text, so that no reader rounds it
            "unit": price.unit,
            "region": price.region,
            "recorded": price.recorded,
            "source": price.source,
        }
        for item, price in sheet.prices.items()
    }
    return json.dumps(listed, sort_keys=True, indent=2, ensure_ascii=False)


def _print(sheet: PriceSheet) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("item", "USD", "per", "Region", "of"):
        table.add_column(heading, justify="right" if heading == "USD" else "left", no_wrap=heading == "item")
    for _, price in sorted(sheet.prices.items()):
        table.add_row(price.item, f"{price.usd:f}", price.unit, price.region, price.recorded)
    console = Console(highlight=False, emoji=False)
    console.print(table)
    for source in sorted({price.source for price in sheet.prices.values()}):
        console.print(f"source: {source}", markup=False)
