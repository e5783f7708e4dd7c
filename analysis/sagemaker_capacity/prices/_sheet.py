"""Prices, each with its unit, its date and who says so; read from a CSV file, the shipped one or one's own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from sagemaker_capacity._text_file import read_text

_SHIPPED = "data/prices_2022_us.csv"
_COLUMNS = ("item", "unit", "price_usd", "region", "recorded", "source")
_NEEDED = _COLUMNS[:3]
_UNITS = {
    re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+"): "hour",
    re.compile(r"(serverless|provisioned|provisioned_usage)_(1024|2048|3072|4096|5120|6144)_mb"): "second",
    re.compile(r"data_(in|out)"): "gb",
}
_ITEMS = "ml.c5.large, serverless_2048_mb, provisioned_2048_mb, provisioned_usage_2048_mb, data_in or data_out"
_REMEDY = (
    "Give it in a CSV file (item,unit,price_usd) by --price, or fetch all by `sagemaker-capacity prices --refresh`"
)


@dataclass(frozen=True)
class Price:
    """What one unit of an item costs: an instance's hour, a second of a memory size, a GB (1024^3) of payload.

    `usd` is the decimal as it was written, exact.
    """

    item: str
    unit: str
    usd: Decimal
    region: str
    recorded: str
    source: str

    @property
    def exact_usd(self) -> Fraction:
        """The price as a fraction, to reckon with."""
        return Fraction(self.usd)


@dataclass(frozen=True)
class PriceSheet:
    """Prices by item; what it lacks it asks for."""

    prices: Mapping[str, Price]

    def price_of(self, item: str) -> Price:
        """The price of an item.

        Raises:
            ValueError: the sheet has none; the message says how to give it.
        """
        if item not in self.prices:
            unit = unit_of(item)
            if unit is None:
                raise ValueError(f"there is no item {item!r} to have a price: items are {_ITEMS}")
            raise ValueError(f"the price of {item} (USD per {unit}) is missing. {_REMEDY}.")
        return self.prices[item]

    def has(self, item: str) -> bool:
        """Whether the sheet knows the item's price."""
        return item in self.prices

    def under(self, newer: PriceSheet) -> PriceSheet:
        """This sheet, with a newer one's prices in the place of its own."""
        return PriceSheet({**self.prices, **newer.prices})

    def to_csv(self) -> str:
        """The sheet as a CSV file's text, sorted by item: the same sheet is always the same bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for _, price in sorted(self.prices.items()):
            writer.writerow([price.item, price.unit, f"{price.usd:f}", price.region, price.recorded, price.source])
        return text.getvalue()


def shipped_prices() -> PriceSheet:
    """The snapshot that comes with this package: of 2022, for US Regions, from a published toolkit's constants."""
    text = files(__package__).joinpath(_SHIPPED).read_text(encoding="utf-8")
    return _parse(text, _SHIPPED)


def read_prices(path: Path) -> PriceSheet:
    """Read prices from a CSV file: item, unit, price_usd, and where known region, recorded and source.

    Raises:
        ValueError: no such file, missing columns, an unknown item, a wrong unit, no price: all faults at once.
    """
    text = read_text(path, "the prices")
    try:
        return _parse(text, str(path))
    except csv.Error as error:
        raise ValueError(f"the prices {path} are no CSV file: {error}.") from error


def unit_of(item: str) -> str | None:
    """What an item is sold by: hour, second or gb; None where there is no such item."""
    return next((unit for pattern, unit in _UNITS.items() if pattern.fullmatch(item)), None)


def _parse(text: str, name: str) -> PriceSheet:
    rows = csv.DictReader(io.StringIO(text, newline=None), skipinitialspace=True)
    if missing := [column for column in _NEEDED if column not in (rows.fieldnames or ())]:
        raise ValueError(
            f"the prices {name} lack the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}: "
            f"the columns are {', '.join(_NEEDED)} and where known {', '.join(_COLUMNS[3:])}."
        )
    faults: list[str] = []
    prices: dict[str, Price] = {}
    for row in rows:
        where = f"line {rows.line_num}"
        price = _price(row, name, where, faults)
        if price.item in prices:
            faults.append(f"{where}: a second price of {price.item}: keep one")
        prices[price.item] = price
    if not prices:
        faults.append("no prices: the file has no row")
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise ValueError(f"the prices {name} cannot be used:{listed}\nOne row an item, its price in USD per unit.")
    return PriceSheet(prices)


def _price(row: Mapping[str, str | None], name: str, where: str, faults: list[str]) -> Price:
    item, unit, written, region, recorded, source = (str(row.get(column) or "").strip() for column in _COLUMNS)
    expected = unit_of(item)
    if expected is None:
        faults.append(f"{where}: there is no item {item!r}: items are {_ITEMS}")
    elif unit != expected:
        faults.append(f"{where}: {item} is sold by the {expected}, got the unit {unit!r}: convert the price")
    usd = _positive(written)
    if usd is None:
        faults.append(f"{where}: price_usd of {item} must be a number above 0, got {written!r}")
    return Price(
        item, unit, usd or Decimal(0), region or "not stated", recorded or "not dated", source or f"given in {name}"
    )


def _positive(written: str) -> Decimal | None:
    try:
        usd = Decimal(written)
    except InvalidOperation:
        return None
    return usd if usd.is_finite() and usd > 0 else None


def sources_of(prices: Iterable[Price]) -> Iterator[str]:
    """One sentence a source: which prices came from it, of which Region and date."""
    by_source: dict[tuple[str, str, str], list[str]] = {}
    for price in sorted(set(prices), key=lambda price: price.item):
        by_source.setdefault((price.source, price.region, price.recorded), []).append(
            f"{price.item} {price.usd:f} USD per {price.unit}"
        )
    for (source, region, recorded), items in sorted(by_source.items()):
        yield f"Prices ({source}; Region {region}, {recorded}): {', '.join(items)}."
