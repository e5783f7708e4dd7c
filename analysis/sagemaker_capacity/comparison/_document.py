"""A comparison as a document for machines."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sagemaker_capacity._cost import HOURS_PER_MONTH

from ._comparing import Comparison, Offer, ServiceLevel

_DIGITS = 6  # significant: what is written is the same on every machine


def document_of(comparison: Comparison, level: ServiceLevel, seed: int) -> dict[str, Any]:
    """All that a comparison says; null where there is no number."""
    first, peak = next(iter(comparison.offers), None), comparison.cheapest_at_peak
    return {
        "slo": {
            "statistic": level.statistic,
            "latency_ms": level.criteria.latency,
            "error_percent": _written(level.criteria.error_share * 100),
            "sustained_minutes": level.criteria.sustained_rows,
        },
        "peak_tps": level.peak_tps,
        "growth": level.growth,
        "share_percent": level.share_percent,
        "hours_per_month": HOURS_PER_MONTH,
        "seed": seed,
        "cheapest": None if first is None else first.instance_type,
        "certain": None if first is None else not comparison.rivals,
        "rivals": list(comparison.rivals),
        "cheapest_at_peak": None if peak is None else peak.instance_type,
        "offers": [_offer(offer) for offer in comparison.offers],
        "no_answer": {type_: list(reasons) for type_, reasons in comparison.refused.items()},
    }


def _offer(offer: Offer) -> dict[str, Any]:
    sustained, least = offer.sustained, offer.least_usd_per_million
    return {
        "instance_type": offer.instance_type,
        "at_least_per_minute": _written(sustained.at_least_per_minute),
        "sustained_per_minute": _written(sustained.per_minute),
        "sustained_interval": None if sustained.interval is None else [_written(end) for end in sustained.interval],
        "limited_by": sustained.limited_by,
        "reasons": list(sustained.reasons),
        "given_per_minute": _written(offer.per_minute),
        "used_percent": dict(offer.used_percent),
        "price_usd_per_hour": f"{offer.price.usd:f}",  # a text, so that no reader rounds it
        "price_source": offer.price.source,
        "usd_per_million": _written(offer.usd_per_million),
        "usd_per_million_interval": [_written(least), _written(offer.usd_per_million)],
        "instances_for_peak": offer.instances,
        "usd_per_month": _written(offer.usd_per_month),
    }


def _written(value: float | Fraction | None) -> float | None:
    return None if value is None else float(f"{float(value):.{_DIGITS}g}")
