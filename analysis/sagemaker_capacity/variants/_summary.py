"""What each variant did by itself: rates, errors and latencies, each with the statistic that is true for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sagemaker_capacity._benchmark import CPU_SUM, GPU_SUM, MEMORY

from ._inference import mean_of, proportion_interval
from ._measurements import COUNTS, FAILED, PER_INSTANCE, REQUESTS, VariantPeriods

STATISTICS = ("mean", "p50", "p90", "p95", "p99")
_USED = (CPU_SUM, GPU_SUM, MEMORY)
_MINUTE_SECONDS = 60
_UNLIKE = 1.5


@dataclass(frozen=True)
class Measure:
    """A number with its interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


def summary_of(variant: VariantPeriods, confidence: float) -> dict[str, Measure]:
    """A variant's numbers by their names, which hold their units.

    Counts are sums; a share of them has Wilson's interval. A latency is that of a typical period, the geometric
    mean of its periods, and what is used the mean of averages.
    """
    frame = variant.frame
    minutes = len(frame) * variant.period_seconds / _MINUTE_SECONDS
    requests = float(frame[REQUESTS].sum())
    found = {"requests": Measure(requests)}
    if frame.empty:
        return found
    found["requests_per_minute"] = Measure(requests / minutes)
    if PER_INSTANCE in frame:
        found["requests_per_instance_per_minute"] = Measure(float(frame[PER_INSTANCE].sum()) / minutes)
    for count in (FAILED, *COUNTS):
        if count in frame:
            failed = min(float(frame[count].sum()), requests)
            low, high = proportion_interval(failed, requests, confidence)
            found[f"{count}_percent"] = Measure(100 * failed / requests, 100 * low, 100 * high)
    for statistic in STATISTICS:
        latencies = frame[statistic].to_numpy(float) if statistic in frame else np.array([])
        if (known := latencies[latencies > 0]).size:
            mean = mean_of(np.log(known))
            interval = mean.interval(confidence) if known.size > 1 else ()  # of one there is none
            found[f"{statistic}_ms"] = Measure(*map(float, np.exp([mean.value, *interval])))
    for used in _USED:
        if used in frame:
            found[used] = Measure(float(frame[used].mean()))
    return found


def cautions(variants: Sequence[VariantPeriods], summaries: Sequence[dict[str, Measure]]) -> list[str]:
    """Where the variants were not asked alike, so that their latencies tell of load as well."""
    name = "requests_per_instance_per_minute"
    loads = {v.name: s[name].value for v, s in zip(variants, summaries, strict=True) if name in s}
    if len(loads) < len(variants) or max(loads.values()) <= _UNLIKE * min(loads.values()):
        return []
    told = ", ".join(f"{variant} {load:.4g}" for variant, load in loads.items())
    return [f"Their instances had unlike loads (requests per minute: {told}), and latency grows with load."]
