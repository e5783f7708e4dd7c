"""What ``aws cloudwatch get-metric-data`` or ``get-metric-statistics`` printed, saved: JSON.

GetMetricStatistics tells one metric a call: append its answers to one file, or keep them in one folder.
GetMetricData tells neither the statistic nor the unit of a series, so that its Id or its Label must name the
statistic of a latency: ``"Id": "model_latency_p99"``, or ``"Label": "ModelLatency p99"``. That of a count is
Sum: every request adds one, so that any other is never above one.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import gcd
from typing import Any

import pandas as pd

from ._endpoint_metrics import METRICS, MINUTE_SECONDS, Series, frame_of
from ._json import documents
from ._measured import Measured, checked
from ._source import Source

_PERIODS_SECONDS = (60, 300, 3600)
_STATISTICS = {"average": "Average", "avg": "Average", "mean": "Average", "sum": "Sum", "maximum": "Maximum"}
_STATISTICS |= {"minimum": "Minimum", "samplecount": "SampleCount"}
_LATENCY = "ModelLatency"
_COUNTS = frozenset(name for name, metric in METRICS.items() if metric.statistics == ("Sum",))
_KNOWN = {name.lower(): name for name in sorted(METRICS, key=len, reverse=True)}  # longer names first
REMEDY = (
    "Ask for Invocations (Sum), ModelLatency (p50, p90, p95, p99), the errors (Sum) and CPUUtilization (Average) "
    "of one variant with Period 60, and name a statistic in the Id: model_latency_p99."
)
_Series = dict[tuple[str, str], "pd.Series[float]"]


def recognises(beginning: str) -> bool:
    """Whether it is JSON with the results of one of the two calls."""
    told = '"MetricDataResults"' in beginning or '"Datapoints"' in beginning
    return beginning.lstrip().startswith("{") and told


def read(source: Source) -> Measured:
    """Read the export.

    Raises:
        BenchmarkError: no JSON, a series that tells no statistic, another unit or period than asked for, bad
            values, no Invocations, less than two periods, or no success.
    """
    faults: list[str] = []
    series, ignored, period = read_series(source, faults)
    measured = frame_of(series, period, faults)
    measured = Measured(measured.frame, ignored, measured.warnings)
    return checked(source, measured, faults, REMEDY)


def read_series(source: Source, faults: list[str]) -> tuple[Series, tuple[str, ...], int]:
    """The points by metric and statistic, what was no metric of the table, and the period in seconds."""
    series: _Series = {}
    ignored: list[str] = []
    for file, document in documents(source):
        for result in document.get("MetricDataResults", []):
            _add_data(result, series, ignored, faults)
        if "Datapoints" in document:
            _add_statistics(file, document, series, ignored, faults)
    period = _period_seconds(series, faults)
    if ("Invocations", "Sum") in series and 0 < series["Invocations", "Sum"].max() <= 1:
        faults.append("Invocations is never above 1: that is its Average, which is 1 by nature; ask for its Sum")
    return series, tuple(sorted(set(ignored))), period


def _add_data(result: dict[str, Any], series: _Series, ignored: list[str], faults: list[str]) -> None:
    """A series of GetMetricData, by what its Id or its Label tells."""
    told = f"{result.get('Id', '')} {result.get('Label', '')}".strip()
    letters = re.sub(r"[^a-z0-9. ]", "", told.lower())
    name = next((name for known, name in _KNOWN.items() if known in letters), None)
    if name is None:
        ignored.append(told)
        return
    statistic = _statistic(told) or ("Average" if METRICS[name].statistics == ("Average",) else None)
    if name in _COUNTS:
        statistic = statistic or "Sum"
    if statistic is None:
        faults.append(f"the series {told!r} tells no statistic: is it p99 of {name}, or another?")
    elif name == _LATENCY and statistic in {"Sum", "SampleCount"}:
        faults.append(f"the series {told!r} is a total over the period, not a latency: ask for percentiles")
    elif result.get("StatusCode", "Complete") not in {"Complete", "PartialData"}:
        faults.append(f"the series {told!r} is {result['StatusCode']}: export it again")
    else:
        _add(name, statistic, dict(zip(result["Timestamps"], result["Values"], strict=True)), series, faults)


def _statistic(told: str) -> str | None:
    percentile = re.search(r"(?<![a-z0-9])p(\d{1,2}(?:[._]\d+)?)(?![a-z0-9])", told.lower())
    if percentile:
        return "p" + percentile[1].replace("_", ".")
    if re.search(r"(?<![a-z])(ts|tc|tm|wm|pr|iqm)\(?\d", told.lower()):
        return "Sum"  # trimmed statistics: ts99 is a sum without the highest hundredth
    words = re.findall(r"[A-Z]?[a-z]+", told)
    return next((_STATISTICS[word.lower()] for word in reversed(words) if word.lower() in _STATISTICS), None)


def _add_statistics(
    file: str, document: dict[str, Any], series: _Series, ignored: list[str], faults: list[str]
) -> None:
    """An answer of GetMetricStatistics, which tells its metric, statistics and units."""
    name = document.get("Label", "")
    if name not in METRICS:
        ignored.append(name)
        return
    points = document["Datapoints"]
    right = {METRICS[name].unit, "Count"} if name in _COUNTS else {METRICS[name].unit}
    if units := {point.get("Unit") for point in points} - right:
        faults.append(f"{file}: {name} is in {', '.join(sorted(map(str, units)))}, not {METRICS[name].unit}")
    for statistic in METRICS[name].statistics:
        values = {
            point["Timestamp"]: value
            for point in points
            if (value := point.get(statistic, point.get("ExtendedStatistics", {}).get(statistic))) is not None
        }
        if values:
            _add(name, statistic, values, series, faults)


def _add(name: str, statistic: str, values: dict[str, float], series: _Series, faults: list[str]) -> None:
    if any(not re.search(r"(Z|[+-]\d{2}:?\d{2})$", time) for time in values):
        faults.append(f"{name} {statistic} has times without a zone: export it again with those of CloudWatch")
        return
    new = pd.Series(list(values.values()), pd.to_datetime(list(values), utc=True, format="ISO8601"), dtype=float)
    old = series.get((name, statistic))
    both = new if old is None else pd.concat([old, new])
    twice = both.index[both.index.duplicated()]
    if len(twice):
        when = f"{twice[0]:%Y-%m-%dT%H:%MZ}"
        faults.append(f"{name} {statistic} has two values of {when}: of two variants, or exported twice?")
        return
    series[name, statistic] = both.sort_index()


def _period_seconds(series: _Series, faults: list[str]) -> int:
    """The period, from the distances between all times: of sparse data the largest that fits them all."""
    times = sorted({int(time.timestamp()) for points in series.values() for time in points.index})
    distances = [later - first for first, later in pairwise(times)]
    apart = gcd(*distances)
    fitting = [period for period in _PERIODS_SECONDS if apart and apart % period == 0 and times[0] % period == 0]
    if len(times) > 1 and not fitting:
        faults.append(f"its times are {apart} s apart, and a rate per minute takes a Period of 60, 300 or 3600")
    return max(fitting, default=MINUTE_SECONDS)
