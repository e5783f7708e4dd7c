"""What endpoints cost: by a dated snapshot, or by what `sagemaker-capacity prices --refresh` wrote."""

from sagemaker_idle_endpoints.prices._cost import HOURS_PER_MONTH, Cost, cost_of
from sagemaker_idle_endpoints.prices._table import PriceTable, read_prices, shipped_prices

__all__ = ["HOURS_PER_MONTH", "Cost", "PriceTable", "cost_of", "read_prices", "shipped_prices"]
