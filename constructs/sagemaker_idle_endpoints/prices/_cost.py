from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sagemaker_idle_endpoints.prices._table import PriceTable
from sagemaker_idle_endpoints.reading._fleet import Variant

HOURS_PER_MONTH = 730
"""As AWS's pricing calculator has it: 365 * 24 / 12."""
_SECONDS_PER_HOUR = 3600
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Cost:
    """What keeping an endpoint costs while nobody calls it, over all its variants.

    `usd_per_month` is exact to the cent; None where a part is not known, which `unknown` names.
    """

    usd_per_month: Decimal | None = None
    unknown: tuple[str, ...] = ()


def cost_of(
    variants: Iterable[Variant], instance_types: Mapping[str, str], *, region: str, prices: PriceTable
) -> Cost:
    """Add up what the variants have: instances by the hour, provisioned concurrency by the second.

    Args:
        variants: All of the endpoint, shadows included.
        instance_types: The type of each variant's instances, by its name.
        region: Whose prices hold.
        prices: What is known of them.
    """
    usd, unknown = Decimal(0), []
    for variant in variants:
        for count, item, units_per_month in _held(variant, instance_types):
            price = prices.price_of(item, region)
            if price is None:
                unknown.append(f"the price of {item} in {region}")
            else:
                usd += count * price * units_per_month
        if not variant.serverless and variant.name not in instance_types and not variant.pools:
            unknown.append(f"the instance type of {variant.name}")
    if unknown:
        return Cost(None, tuple(dict.fromkeys(unknown)))
    return Cost(usd.quantize(_CENT))


def _held(variant: Variant, instance_types: Mapping[str, str]) -> Iterable[tuple[int, str, int]]:
    """How many of which item a variant keeps, and for how many of its units a month has."""
    if variant.serverless:
        item = f"provisioned_{variant.serverless.memory_mb}_mb"
        held = [(variant.serverless.provisioned_concurrency, item, HOURS_PER_MONTH * _SECONDS_PER_HOUR)]
    elif variant.pools:
        held = [(count, item, HOURS_PER_MONTH) for item, count in variant.pools]
    elif variant.name in instance_types:
        held = [(variant.instance_count or 0, instance_types[variant.name], HOURS_PER_MONTH)]
    else:
        held = []
    return [each for each in held if each[0]]  # what there is none of costs nothing, whatever its price
