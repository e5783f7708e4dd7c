"""What an hour of each type costs: as given, as its plan says, or as a sheet of prices does; never assumed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sagemaker_capacity.prices import Price, PriceSheet, read_prices, shipped_prices, unit_of

from ._candidates import Candidate

_GIVEN = "given"


def prices_of(candidates: Sequence[Candidate], words: Sequence[str]) -> PriceSheet:
    """The prices of all candidates.

    Args:
        candidates: whose plans' prices go before those of a sheet.
        words: ``ml.c5.large=0.102``, which goes before all, or a CSV file, which goes before what is shipped.

    Raises:
        ValueError: a price is missing or no number above 0, a file cannot be read; all faults at once.
    """
    faults: list[str] = []
    sheet, given = shipped_prices(), {}
    for word in words:
        item, named, usd = word.partition("=")
        try:
            if named:
                given[item] = _given(item, usd)
            else:
                sheet = sheet.under(read_prices(Path(word)))
        except ValueError as error:
            faults.append(str(error))
    planned = {each.price.item: each.price for each in candidates if each.price}
    sheet = sheet.under(PriceSheet(planned)).under(PriceSheet(given))
    for type_ in {each.instance.type: None for each in candidates}:
        try:
            sheet.price_of(type_)
        except ValueError as error:
            faults.append(f"{error} Or give it here: --price {type_}=USD.")
    if faults:
        raise ValueError("\n".join(faults))
    return sheet


def _given(item: str, written: str) -> Price:
    if unit_of(item) != "hour":
        raise ValueError(f"--price {item}={written}: an instance type such as ml.c5.large has a price an hour")
    try:
        usd = Decimal(written)
    except InvalidOperation:
        usd = Decimal(0)
    if not (usd.is_finite() and usd > 0):
        raise ValueError(f"--price {item}={written}: the price must be a number of USD above 0, got {written!r}")
    return Price(item, "hour", usd, "not stated", "not dated", _GIVEN)
