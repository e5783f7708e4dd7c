"""Serverless against instances that run all month: where one stops to be cheaper than the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from sagemaker_capacity._cost import HOURS_PER_MONTH
from sagemaker_capacity._limits import exact
from sagemaker_capacity.prices import PriceSheet

from ._cost import rounded

_SECONDS_PER_HOUR = 3600
# The toolkit's steps of a table: below so many invocations, one row each so many.
_STRIDES = ((200_000, 10_000), (1_000_000, 50_000), (2_000_000, 100_000), (5_000_000, 200_000))
_LAST_STRIDE = 500_000


@dataclass(frozen=True)
class SavingsRow:
    """A month of so many invocations, by either way."""

    invocations_per_month: int
    serverless_usd: Fraction
    instance_usd: Fraction
    is_break_even: bool = False

    @property
    def savings_percent(self) -> Decimal:
        """What serverless saves of the instances' price, to two decimals."""
        return rounded(100 * (1 - self.serverless_usd / self.instance_usd), 2)


@dataclass(frozen=True)
class InstanceOption:
    """An instance type to compare with, and how much one carries within the SLO, where that was measured."""

    type: str
    tps: float | None

    def __post_init__(self) -> None:
        if self.tps is not None and not 0 < self.tps < math.inf:
            raise ValueError(f"what one {self.type} carries must be above 0 TPS and finite, got {self.tps}")


@dataclass(frozen=True)
class Alternative:
    """Instances in the place of serverless, as many as the peak needs.

    `break_even_per_month` is None where they are no alternative: their capacity is unknown, or serverless is
    cheaper at every load that they can carry, or at none.
    """

    type: str
    instances: int | None
    usd_per_month: Fraction
    carries_per_month: Fraction | None
    break_even_per_month: Fraction | None
    said: str
    rows: tuple[SavingsRow, ...] = ()


def savings_rows(usd_per_invocation: Fraction, fixed_usd: Fraction, instance_usd: Fraction) -> Iterator[SavingsRow]:
    """The toolkit's rows below the break-even, and the break-even itself as the last."""
    break_even = (instance_usd - fixed_usd) / usd_per_invocation
    at = math.floor(break_even)
    for invocations in _steps(break_even):
        if invocations < at:
            yield SavingsRow(invocations, fixed_usd + invocations * usd_per_invocation, instance_usd)
    yield SavingsRow(at, fixed_usd + at * usd_per_invocation, instance_usd, is_break_even=True)


def toolkit_rows(usd_per_invocation: Fraction, instance_usd: Fraction) -> Iterator[SavingsRow]:
    """The toolkit's rows: multiples of a stride below the break-even, which has no row of its own."""
    for invocations in _steps(instance_usd / usd_per_invocation):
        yield SavingsRow(invocations, invocations * usd_per_invocation, instance_usd)


def compare(
    option: InstanceOption,
    sheet: PriceSheet,
    *,
    usd_per_invocation: Fraction,
    fixed_usd: Fraction,
    peak_tps: float,
    growth: float,
) -> Alternative:
    """Break-even against as many instances of a type as carry the peak, never beyond what they carry in a month.

    Args:
        option: the instance type.
        sheet: the prices.
        usd_per_invocation: what serverless costs a call.
        fixed_usd: what it costs a month whatever is called: provisioned concurrency.
        peak_tps: the highest rate, per second.
        growth: factor on the peak.

    Raises:
        ValueError: the instance's price is missing.
    """
    per_instance = sheet.price_of(option.type).exact_usd * HOURS_PER_MONTH
    if option.tps is None:
        nominal = (per_instance - fixed_usd) / usd_per_invocation
        rate = nominal / (HOURS_PER_MONTH * _SECONDS_PER_HOUR)
        return Alternative(
            option.type,
            None,
            per_instance,
            None,
            None,
            f"no alternative until its capacity is known: one would have to carry {rounded(nominal, 1):,} a month, "
            f"{rounded(rate, 2)} TPS day and night; give --instance {option.type} TPS",
        )
    count = math.ceil(exact(peak_tps) * exact(growth) / exact(option.tps))
    instance_usd = count * per_instance
    carries = count * exact(option.tps) * HOURS_PER_MONTH * _SECONDS_PER_HOUR
    break_even = (instance_usd - fixed_usd) / usd_per_invocation
    found = Alternative(option.type, count, instance_usd, carries, None, "")
    if break_even <= 0:
        return replace(found, said="they cost less at any load: provisioned concurrency alone costs as much")
    if break_even > carries:
        return replace(
            found,
            said=f"no alternative: they would break even at {rounded(break_even, 1):,} a month and carry at most "
            f"{rounded(carries, 0):,}",
        )
    rows = tuple(savings_rows(usd_per_invocation, fixed_usd, instance_usd))
    said = f"they cost less above {rounded(break_even, 1):,} a month, serverless below"
    return replace(found, break_even_per_month=break_even, said=said, rows=rows)


def _steps(break_even: Fraction) -> range:
    stride = next((stride for below, stride in _STRIDES if break_even < below), _LAST_STRIDE)
    return range(stride, math.ceil(break_even), stride)
