"""What is known of each variant: a row a period, from CloudWatch or from what was exported of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, TIME
from sagemaker_capacity.readers._cloudwatch import CloudWatchClient, Window
from sagemaker_capacity.readers._cloudwatch import read_series as read_live_series
from sagemaker_capacity.readers._cloudwatch_export import REMEDY
from sagemaker_capacity.readers._cloudwatch_export import read_series as read_exported_series
from sagemaker_capacity.readers._endpoint_metrics import MINUTE_SECONDS, Series, frame_of
from sagemaker_capacity.readers._source import open_source

REQUESTS, FAILED = "requests", "failed"
COUNTS = {
    "errors_4xx": "Invocation4XXErrors",
    "errors_5xx": "Invocation5XXErrors",
    "model_errors": "InvocationModelErrors",
}
PER_INSTANCE = "requests_per_instance"
_PER_INSTANCE = "InvocationsPerInstance"


@dataclass(frozen=True)
class VariantPeriods:
    """A variant's periods in which it was asked anything.

    `frame` is by time (UTC), a row a period: ``requests``; where known ``failed``, ``errors_4xx``, ``errors_5xx``,
    ``model_errors`` and ``requests_per_instance``, all of them counts of the period; in milliseconds the ``mean``
    and ``p50``, ``p90``, ``p95``, ``p99`` of ModelLatency; and what was used, ``cpu_sum_percent`` and its like.
    """

    name: str
    period_seconds: int
    frame: pd.DataFrame


def read_live(
    client: CloudWatchClient, windows: Sequence[Window], *, period_seconds: int = MINUTE_SECONDS
) -> list[VariantPeriods]:
    """Read variants of an endpoint, in as few calls as 500 queries each allow.

    Raises:
        ValueError: CloudWatch has nothing of a variant, or nothing that can be.
    """
    found = read_live_series(client, windows, period_seconds)
    remedy = "CloudWatch keeps minutes for 15 days, five minutes for 63 and hours for 455."
    return [_periods(window.variant_name, found[window], period_seconds, [], remedy) for window in windows]


def read_exported(file: Path, name: str | None = None) -> VariantPeriods:
    """Read what ``aws cloudwatch get-metric-data`` or ``get-metric-statistics`` printed of one variant.

    The variant is called as its file, unless a name is given.

    Raises:
        ValueError: no such file, no JSON, no Invocations, a statistic that tells nothing, or bad values.
    """
    faults: list[str] = []
    source = open_source(file)
    with source.built_like("an export of CloudWatch"):
        series, _, period_seconds = read_exported_series(source, faults)
    return _periods(name or file.name.partition(".")[0], series, period_seconds, faults, f"{file}: {REMEDY}")


def _periods(name: str, series: Series, period_seconds: int, faults: list[str], remedy: str) -> VariantPeriods:
    # A variant has as many instances as it needs, unlike a benchmark.
    of_all = {what: values for what, values in series.items() if what[0] != _PER_INSTANCE}
    frame = frame_of(of_all, period_seconds, faults).frame.set_index(TIME)
    if faults:
        raise ValueError(f"{name} cannot be compared: {'; '.join(faults)}. {remedy}")
    # A count is what happened in a period, and of it statistics are made, not of its rate.
    minutes = period_seconds / MINUTE_SECONDS
    rates = {INVOCATIONS: REQUESTS, ERRORS: FAILED}
    frame = frame.rename(columns=rates)
    for count in {*rates.values()} & {*frame.columns}:
        frame[count] *= minutes
    counted: Mapping[str, str] = COUNTS | {PER_INSTANCE: _PER_INSTANCE}
    for column, metric in counted.items():
        if (metric, "Sum") in series:
            frame[column] = series[metric, "Sum"].reindex(frame.index).fillna(0)
    return VariantPeriods(name, period_seconds, frame[frame[REQUESTS] > 0].sort_index())
