"""Prices: a dated snapshot, one's own CSV file, or the AWS Price List API; a missing one is asked for."""

from ._price_list import PriceListClient, fetch_prices
from ._sheet import Price, PriceSheet, read_prices, shipped_prices, sources_of, unit_of

__all__ = [
    "Price",
    "PriceListClient",
    "PriceSheet",
    "fetch_prices",
    "read_prices",
    "shipped_prices",
    "sources_of",
    "unit_of",
]
