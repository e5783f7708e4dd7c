"""The prices of one Region from the AWS Price List API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from ._sheet import Price, PriceSheet, unit_of

SERVICE_CODE = "AmazonSageMaker"
ENDPOINT_REGION = "us-east-1"  # one of the few Regions that answer for all the others
_GIGABYTE_MB = 1024
_SOURCE = "AWS Price List API, GetProducts, AmazonSageMaker, on demand"
# A usage type is what a bill is counted in: USE1-Host:ml.c5.large, EU-ServerlessInf:Mem-4GB.
_USAGE = {
    re.compile(r"(?:.+-)?Host:(?P<item>ml\..+)"): "{item}",
    re.compile(r"(?:.+-)?ServerlessInf:Mem-(?P<gb>\d+)GB"): "serverless_{mb}_mb",
    re.compile(r"(?:.+-)?ProvisionedConcurrency:Mem-(?P<gb>\d+)GB"): "provisioned_{mb}_mb",
    re.compile(r"(?:.+-)?ProvisionedConcurrency:Usage-(?P<gb>\d+)GB"): "provisioned_usage_{mb}_mb",
    re.compile(r"(?:.+-)?Hst:Data-Bytes-In"): "data_in",
    re.compile(r"(?:.+-)?Hst:Data-Bytes-Out"): "data_out",
}
_UNITS = {"hrs": "hour", "hour": "hour", "hours": "hour", "second": "second", "seconds": "second", "gb": "gb"}


class PriceListClient(Protocol):
    """What is needed of ``boto3.client("pricing")``."""

    def get_products(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401
        """One page of products."""


def fetch_prices(client: PriceListClient, region: str) -> PriceSheet:
    """Every price of endpoints in a Region, dated by AWS's own publication.

    Raises:
        ValueError: the Region has no such prices, one item has two, or a unit is not understood.
    """
    prices: dict[str, Price] = {}
    faults: list[str] = []
    for product in _products(client, region):
        attributes = product["product"].get("attributes", {})
        usage = attributes.get("usagetype", "")
        item = _item_of(usage)
        if item is None:
            continue
        for usd, unit in _on_demand(product):
            if unit != unit_of(item):
                faults.append(f"{usage} is sold by {unit!r}, not by the {unit_of(item)} that was expected")
                continue
            price = Price(item, unit, usd, region, product["publicationDate"], _SOURCE)
            if prices.setdefault(item, price).usd != usd:
                faults.append(f"{item} has two prices, {prices[item].usd:f} and {usd:f} USD per {unit}")
    if not prices and not faults:
        faults.append("there is no price of an endpoint: check the Region's code")
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in sorted(set(faults)))
        raise ValueError(
            f"the price list of {region} cannot be used:{listed}\nGive the prices in a CSV file instead: --price."
        )
    return PriceSheet(prices)


def _products(client: PriceListClient, region: str) -> Iterator[Mapping[str, Any]]:
    request: dict[str, Any] = {
        "ServiceCode": SERVICE_CODE,
        "FormatVersion": "aws_v1",
        "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}],
    }
    while True:
        page = client.get_products(**request)
        yield from (json.loads(product) for product in page.get("PriceList", ()))
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]


def _item_of(usage: str) -> str | None:
    for pattern, item in _USAGE.items():
        if match := pattern.fullmatch(usage):
            found = match.groupdict()
            name = item.format(**found, mb=int(found.get("gb", 0)) * _GIGABYTE_MB)
            return name if unit_of(name) else None
    return None


def _on_demand(product: Mapping[str, Any]) -> Iterator[tuple[Decimal, str]]:
    """What is paid past the free tier, which the list shows as a range of its own at no price."""
    for offer in product.get("terms", {}).get("OnDemand", {}).values():
        ranges = sorted(
            offer["priceDimensions"].values(), key=lambda dimension: Decimal(dimension.get("beginRange", "0"))
        )
        for dimension in ranges:
            usd = Decimal(dimension["pricePerUnit"].get("USD", "0"))
            if usd > 0:
                yield usd, _UNITS.get(dimension["unit"].lower(), dimension["unit"])
                break
