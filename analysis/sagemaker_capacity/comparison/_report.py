"""A comparison for a person, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sagemaker_capacity._sustained import Sustained
from sagemaker_capacity.prices import sources_of

from ._comparing import Comparison, Offer, ServiceLevel

_NO_CENTS_FROM = 1000
_HEADINGS = {
    "instance type": "left",
    "sustains\na minute": "right",
    "ended\nby": "left",
    "uses\n%": "left",
    "USD\nan hour": "right",
    "USD a\nmillion": "right",
    "at\npeak": "right",
    "USD\na month": "right",
}


def print_comparison(comparison: Comparison, level: ServiceLevel, console: Console | None = None) -> None:
    """Print the cheapest of some, every offer, why the other types make none, and where the prices come from."""
    console = console or Console(highlight=False, emoji=False)
    for sentence in _said(comparison, level):
        console.print(f"\n{escape(sentence)}")
    console.print()
    console.print(_table(comparison))
    for type_, reasons in comparison.refused.items():
        console.print(escape(f"\nNo answer for {type_}: {' '.join(reasons)}"))
    console.print()
    for sentence in sources_of(offer.price for offer in comparison.offers):
        console.print(escape(sentence))


def _said(comparison: Comparison, level: ServiceLevel) -> Iterator[str]:
    first, peak = comparison.offers[0], comparison.cheapest_at_peak
    errors = f"errors <= {level.criteria.error_share * 100:.3g} %"
    within = f"{level.statistic} latency <= {level.criteria.latency:g} ms, {errors}"
    cost = f"at most {_usd(first.usd_per_million)} USD per million invocations"
    yield f"Within the SLO ({within}) {first.instance_type} costs least: {cost}."
    if comparison.rivals:
        rivals = ", ".join(comparison.rivals)
        yield f"That is not certain: {rivals} may cost as little, for the 95 % intervals overlap."
    elif len(comparison.offers) > 1:
        yield "That is certain as far as the benchmarks go: no 95 % interval of another reaches its own."
    if peak is not None and peak.usd_per_month < first.usd_per_month:
        yield (
            f"For this peak {peak.instance_type} costs less all the same: {peak.instances} of it, "
            f"{_usd(peak.usd_per_month)} USD a month, for less of its last instance stands idle."
        )


def _table(comparison: Comparison) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    for heading, justify in _HEADINGS.items():
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # both are among rich's own words
    for offer in comparison.offers:
        table.add_row(
            offer.instance_type,
            _rate(offer.sustained),
            offer.sustained.limited_by or "",
            "\n".join(f"{name} {percent:.3g}" for name, percent in offer.used_percent.items()),
            f"{offer.price.usd:f}",
            _cost(offer),
            str(offer.instances),
            _usd(offer.usd_per_month),
        )
    return table


def _rate(sustained: Sustained) -> str:
    if sustained.interval is None:
        return f"at least\n{sustained.at_least_per_minute:.10g}"
    low, high = sustained.interval
    return f"{sustained.per_minute:.4g}\n{low:.4g} to {high:.4g}"


def _cost(offer: Offer) -> str:
    most, least = _usd(offer.usd_per_million), offer.least_usd_per_million
    return most if least is None else f"{most}\nfrom {_usd(least)}"


def _usd(amount: Fraction) -> str:
    if amount >= _NO_CENTS_FROM:
        return f"{float(amount):,.0f}"
    return f"{float(amount):,.4g}" if amount < 1 else f"{float(amount):,.2f}"
