"""Latency, failures and throughput of each group of invocations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ._groups import FAILURES, Counted, Group

if TYPE_CHECKING:
    import pandas as pd

_FENCE_IQR = 5  # the toolkit's own factor, about the upper quartile instead of the mean
_FENCE_MEDIAN = 2
_PERCENTILES = (50, 95, 99)

Row = dict[str, "float | None"]


def summarise(groups: Iterable[Group], keys: tuple[str, ...]) -> pd.DataFrame:
    """One row a group, also where all of it failed: counts, latency, cold starts and completions per second.

    ``latency_*_ms`` are of warm successes: a failure has no latency, and a cold start is a class of its own
    (``cold_starts``, ``cold_start_*_ms``). ``tps`` is the successes over the time from the group's first start
    to its last end; ``tps_p25`` … ``tps_max`` are over the whole seconds of the clock in between, those without a
    completion counted.
    """
    import pandas as pd  # noqa: PLC0415  # a summary that is only printed does without

    return pd.DataFrame(summary_rows(groups, keys)).set_index(list(keys))


def summary_rows(groups: Iterable[Group], keys: tuple[str, ...]) -> list[Row]:
    """The rows of `summarise`, by their keys; None where there is nothing to say."""
    ordered = sorted(groups, key=lambda group: group.key)
    return [{**dict(zip(keys, group.key, strict=True)), **summary_row(group)} for group in ordered]


def summary_row(group: Group) -> Row:
    """What is said of one group."""
    return dict(_said(group))


def warm_and_cold(group: Group) -> tuple[Counted, Counted]:
    """The latencies of a group's warm successes and of its cold starts, in milliseconds.

    A cold start is a success slower than q3 + 5 IQR (Tukey's fence, at the toolkit's factor) and than twice the
    median; whatever else is as slow counts as one.
    """
    q1, median, q3 = (group.latencies_ms.quantile(share) for share in (0.25, 0.5, 0.75))
    if q1 is None or median is None or q3 is None:
        return group.latencies_ms, group.latencies_ms
    return group.latencies_ms.split(max(q3 + _FENCE_IQR * (q3 - q1), _FENCE_MEDIAN * median))


def _said(group: Group) -> Iterator[tuple[str, float | None]]:
    yield from (("invocations", group.invocations), ("successes", group.successes))
    yield from ((name, group.outcomes.get(name, 0)) for name in FAILURES)
    yield "error_percent", 100 * (group.invocations - group.successes) / group.invocations
    warm, cold = warm_and_cold(group)
    yield "latency_min_ms", warm.least
    yield "latency_mean_ms", warm.mean
    yield from ((f"latency_p{percent}_ms", warm.percentile(percent)) for percent in _PERCENTILES)
    yield "latency_max_ms", warm.greatest
    q1, q3 = warm.quantile(0.25), warm.quantile(0.75)
    yield "latency_iqr_ms", None if q1 is None or q3 is None else q3 - q1
    yield "cold_starts", len(cold)
    yield "cold_start_median_ms", cold.percentile(50)
    yield "cold_start_max_ms", cold.greatest
    elapsed_seconds = group.end_seconds - group.start_seconds
    yield "tps_offered", group.invocations / elapsed_seconds if elapsed_seconds > 0 else None
    yield "tps", group.successes / elapsed_seconds if elapsed_seconds > 0 else None
    for name, share in (("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("max", 1.0)):
        yield f"tps_{name}", group.completions.quantile(share)
