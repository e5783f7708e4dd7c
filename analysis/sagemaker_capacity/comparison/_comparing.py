"""From benchmarks of several types to what a million requests cost on each within the SLO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sagemaker_capacity._benchmark import INVOCATIONS, strictest, used_percent
from sagemaker_capacity._cost import usd_per_million_invocations, usd_per_month
from sagemaker_capacity._limits import exact, instances_for
from sagemaker_capacity._sustained import Sustained, sustained_rate
from sagemaker_capacity.fitting import Criteria
from sagemaker_capacity.prices import Price, PriceSheet

from ._candidates import Candidate


@dataclass(frozen=True)
class ServiceLevel:
    """What every type is held to, and how much it is to carry.

    `share_percent` of what an instance is sure to sustain is what it is given: below 100, the rest is headroom.
    """

    statistic: str
    criteria: Criteria
    peak_tps: float
    growth: float = 1
    share_percent: float = 100


@dataclass(frozen=True)
class Offer:
    """A type that holds the SLO, and its cost.

    Attributes:
        instance_type: the type.
        price: of an hour of it.
        sustained: what one instance sustains.
        per_minute: what one instance is given: the share of what it is sure to sustain.
        usd_per_million: what a million invocations cost at that rate, which is at most what they cost.
        least_usd_per_million: at the upper end of the 95 % interval; None where the type never saturated, for
            then nobody knows how much more it carries.
        instances: that carry the peak.
        usd_per_month: what they cost if all run all of a month.
        used_percent: the highest use that was measured up to that rate, by what is used.
    """

    instance_type: str
    price: Price
    sustained: Sustained
    per_minute: float
    usd_per_million: Fraction
    least_usd_per_million: Fraction | None
    instances: int
    usd_per_month: Fraction
    used_percent: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Offers, the cheapest per million invocations first, and why the other types make none."""

    offers: tuple[Offer, ...]
    refused: Mapping[str, tuple[str, ...]]

    @property
    def rivals(self) -> tuple[str, ...]:
        """The types that may be as cheap as the first or cheaper: their 95 % intervals overlap with its own."""
        if not self.offers:
            return ()
        first, *others = self.offers
        return tuple(
            other.instance_type
            for other in others
            if other.least_usd_per_million is None or other.least_usd_per_million <= first.usd_per_million
        )

    @property
    def cheapest_at_peak(self) -> Offer | None:
        """The offer whose whole instances cost least for the peak: a large type may leave much of one idle."""
        return min(self.offers, key=lambda offer: (offer.usd_per_month, offer.instance_type), default=None)


def compared(
    candidates: Iterable[Candidate], prices: PriceSheet, level: ServiceLevel, *, seed: int = 0
) -> Comparison:
    """What each type costs within the SLO.

    Args:
        candidates: one a type.
        prices: of an hour of each type.
        level: what all are held to.
        seed: of the bootstrap that the intervals come from.

    Raises:
        ValueError: a price is missing.
    """
    offers, refused = [], {}
    for candidate in candidates:
        type_ = candidate.instance.type
        price = prices.price_of(type_)
        sustained = sustained_rate(candidate.benchmark, level.criteria, level.statistic, seed=seed)
        if (offer := offer_of(candidate, price, sustained, level)) is None:
            refused[type_] = sustained.reasons
        else:
            offers.append(offer)
    offers.sort(key=lambda offer: (offer.usd_per_million, offer.instance_type))
    return Comparison(tuple(offers), dict(sorted(refused.items())))


def statistic_of_all(candidates: Sequence[Candidate]) -> str:
    """The strictest latency statistic that every benchmark has: only the same one can be compared.

    Raises:
        ValueError: there is none.
    """
    common = set.intersection(*(set(each.benchmark.latency_statistics) for each in candidates))
    if (statistic := strictest(common)) is None:
        measured = "".join(
            f"\n  - {each.instance.type}: {', '.join(each.benchmark.latency_statistics) or 'no latency'}"
            for each in candidates
        )
        raise ValueError(f"no latency statistic is in every benchmark, so none can be held to one SLO:{measured}")
    return statistic


def offer_of(candidate: Candidate, price: Price, sustained: Sustained, level: ServiceLevel) -> Offer | None:
    """What a type costs that sustains so much; None where nobody knows what it sustains."""
    if sustained.at_least_per_minute is None:
        return None
    share = exact(level.share_percent) / 100
    per_minute = float(exact(sustained.at_least_per_minute) * share)
    hourly = price.exact_usd
    up_to = candidate.benchmark.frame[INVOCATIONS] <= per_minute
    used = used_percent(candidate.benchmark, candidate.instance.vcpus, up_to)
    instances = max(1, instances_for(level.peak_tps, per_minute, level.growth))
    return Offer(
        instance_type=candidate.instance.type,
        price=price,
        sustained=sustained,
        per_minute=per_minute,
        usd_per_million=usd_per_million_invocations(hourly, per_minute),
        least_usd_per_million=None
        if sustained.interval is None
        else usd_per_million_invocations(hourly, sustained.interval[1]) / share,
        instances=instances,
        usd_per_month=usd_per_month(hourly, instances),
        used_percent={name: round(percent, 2) for name, percent in used.items()},
    )
