from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

_SHIPPED = "prices_2022_us.csv"
_NEEDED = ("item", "unit", "price_usd")
# The Regions of the snapshot's "US": in us-west-1 and in GovCloud AWS asks for more.
_US = frozenset({"us-east-1", "us-east-2", "us-west-2"})
_ANYWHERE = ""


@dataclass(frozen=True)
class PriceTable:
    """USD by Region and item: an instance type by the hour, ``provisioned_2048_mb`` by the second.

    A price that is given for no Region holds in all of them. What is missing is not known; nothing is assumed.
    """

    prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def price_of(self, item: str, region: str) -> Decimal | None:
        """The price of one unit of an item in a Region."""
        places = (region, "US", _ANYWHERE) if region in _US else (region, _ANYWHERE)
        return next((self.prices[place, item] for place in places if (place, item) in self.prices), None)

    def under(self, newer: PriceTable) -> PriceTable:
        """This table, with a newer one's prices in the place of its own, whatever Region these are of."""
        items = {item for _, item in newer.prices}
        kept = {key: price for key, price in self.prices.items() if key[1] not in items}
        return PriceTable({**kept, **newer.prices})


def shipped_prices() -> PriceTable:
    """The snapshot that comes with this package: of 2022, for US Regions, of a few instance types."""
    return _parse(files(__package__).joinpath(_SHIPPED).read_text(encoding="utf-8"), _SHIPPED)


def read_prices(path: Path) -> PriceTable:
    """Read prices from a CSV file with the columns item, unit, price_usd and, where they differ, region.

    Raises:
        ValueError: no such file, missing columns, or a price that is none; all faults at once.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the prices {path}: {error}") from error
    return _parse(text, str(path))


def _parse(text: str, name: str) -> PriceTable:
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    if missing := [column for column in _NEEDED if column not in (rows.fieldnames or ())]:
        raise ValueError(
            f"the prices {name} lack {', '.join(missing)}: the columns are {', '.join(_NEEDED)}, region"
        )
    prices: dict[tuple[str, str], Decimal] = {}
    faults = []
    for row in rows:
        item, region = (row["item"] or "").strip(), (row.get("region") or "").strip()
        place = _ANYWHERE if region == "not stated" else region
        price = _price(row["price_usd"])
        if price is None:
            faults.append(
                f"line {rows.line_num}: price_usd of {item} must be a number above 0, got {row['price_usd']!r}"
            )
        else:
            prices[place, item] = price
    if faults:
        raise ValueError(f"the prices {name} cannot be used: {'; '.join(faults)}")
    return PriceTable(prices)


def _price(written: str | None) -> Decimal | None:
    try:
        price = Decimal((written or "").strip())
    except InvalidOperation:
        return None
    return price if price.is_finite() and price > 0 else None
