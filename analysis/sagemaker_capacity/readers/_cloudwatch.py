"""CloudWatch, live: the minutes of an endpoint's variant by GetMetricData, with a client that is handed in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from sagemaker_capacity._benchmark import Benchmark, BenchmarkError

from ._endpoint_metrics import METRICS, Series, frame_of
from ._measured import STATISTICS, checked
from ._minutes_csv import as_minutes_csv
from ._source import Source

_QUERIES_A_CALL = 500
_PERIODS_SECONDS = ((timedelta(days=15), 60), (timedelta(days=63), 300), (timedelta(days=455), 3600))


class CloudWatchClient(Protocol):
    """What is used of boto3's client of CloudWatch."""

    def get_metric_data(self, **asked: Any) -> Any:  # noqa: ANN401 - boto3's own
        """Answer a page of the data of up to 500 queries."""


@dataclass(frozen=True)
class Window:
    """A variant of an endpoint, and when it was put under load; times with their zones."""

    endpoint_name: str
    variant_name: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"a window's times have their zone, got {self.start} to {self.end}: add tzinfo=UTC")
        if not self.start < self.end:
            raise ValueError(f"a window ends after its start, got {self.start} to {self.end}")


def period_seconds(start: datetime, now: datetime) -> int:
    """The shortest period that CloudWatch still keeps of that time: 60 s for 15 days, 300 for 63, 3600 for 455.

    See "Metrics retention" in the user guide of Amazon CloudWatch.

    Raises:
        ValueError: nothing is kept for as long.
    """
    age = now - start
    for kept, seconds in _PERIODS_SECONDS:
        if age <= kept:
            return seconds
    raise ValueError(f"CloudWatch keeps nothing for {age.days} days: its metrics end after {kept.days}")


def read_endpoint(client: CloudWatchClient, window: Window, *, now: datetime) -> Benchmark:
    """Read one variant's minutes; `now` tells the age of the data.

    The benchmark's `sha256` is that of `as_minutes_csv`: written to a file, it is the evidence of a plan.

    Raises:
        BenchmarkError: no data, several instances, less than two periods, or no success.
        ValueError: the data is older than CloudWatch keeps it.
    """
    (benchmark,) = read_endpoints(client, [window], now=now)
    return benchmark


def read_endpoints(client: CloudWatchClient, windows: Sequence[Window], *, now: datetime) -> list[Benchmark]:
    """Read several variants' minutes in as few calls as 500 queries each allow, in the order of the windows.

    Raises:
        BenchmarkError: no data, several instances, less than two periods, or no success.
        ValueError: the data is older than CloudWatch keeps it.
    """
    period = period_seconds(min(window.start for window in windows), now)
    found = read_series(client, windows, period)
    return [_benchmark(window, found[window], period) for window in windows]


def read_series(client: CloudWatchClient, windows: Sequence[Window], period: int) -> dict[Window, Series]:
    """Read the points of all of the table's metrics, by metric and statistic, in periods of so many seconds.

    Raises:
        BenchmarkError: CloudWatch did not answer a query.
    """
    start = _floor(min(window.start for window in windows), period)
    end = max(window.end for window in windows).astimezone(UTC)
    wanted = [
        (window, metric.name, statistic)
        for window, metric in product(windows, METRICS.values())
        for statistic in metric.statistics
    ]
    asked = {f"q{number}": what for number, what in enumerate(wanted)}
    queries = [_query(id_, *what, period) for id_, what in asked.items()]
    found: dict[Window, dict[tuple[str, str], pd.Series[float]]] = {window: {} for window in windows}
    for id_, points in _points(client, queries, start, end).items():
        window, name, statistic = asked[id_]
        found[window][name, statistic] = _within(window, points, period)
    return {
        window: {what: points for what, points in its.items() if not points.empty} for window, its in found.items()
    }


def _query(id_: str, window: Window, name: str, statistic: str, period: int) -> dict[str, Any]:
    metric = METRICS[name]
    dimensions = {"EndpointName": window.endpoint_name, "VariantName": window.variant_name}
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Stat": statistic,
            "Period": period,
        },
    }


def _points(
    client: CloudWatchClient, queries: list[dict[str, Any]], start: datetime, end: datetime
) -> dict[str, dict[datetime, float]]:
    points: dict[str, dict[datetime, float]] = defaultdict(dict)
    for first in range(0, len(queries), _QUERIES_A_CALL):
        batch = queries[first : first + _QUERIES_A_CALL]
        for page in _pages(client, MetricDataQueries=batch, StartTime=start, EndTime=end):
            for result in page["MetricDataResults"]:
                # A page in the midst of a series is PartialData; the others say why there is no answer.
                if result["StatusCode"] not in {"Complete", "PartialData"}:
                    said = f"{result['StatusCode']} for {result.get('Label')}"
                    raise BenchmarkError(f"CloudWatch answered {said}: ask again, with leave to read it.")
                points[result["Id"]] |= zip(result["Timestamps"], result["Values"], strict=True)
    return points


def _pages(client: CloudWatchClient, **asked: Any) -> Iterator[Any]:  # noqa: ANN401
    while True:
        page = client.get_metric_data(ScanBy="TimestampAscending", **asked)
        yield page
        if not (token := page.get("NextToken")):
            return
        asked["NextToken"] = token


def _within(window: Window, points: dict[datetime, float], period: int) -> pd.Series[float]:
    """The points whose periods lie in the window as a whole: a part of a minute has no rate of one."""
    last = window.end - timedelta(seconds=period)
    kept = {time.astimezone(UTC): value for time, value in points.items() if window.start <= time <= last}
    return pd.Series(kept, index=pd.DatetimeIndex(list(kept), tz=UTC), dtype=float).sort_index()


def _benchmark(window: Window, found: Series, period: int) -> Benchmark:
    name = f"{window.endpoint_name}/{window.variant_name}"
    faults: list[str] = []
    where = Source(Path(name), (), b"")
    remedy = f"Asked for {window.start:%Y-%m-%dT%H:%M:%S%z} to {window.end:%Y-%m-%dT%H:%M:%S%z}."
    measured = checked(where, frame_of(found, period, faults), faults, remedy)
    return Benchmark(
        name=name,
        sha256=hashlib.sha256(as_minutes_csv(measured.frame).encode()).hexdigest(),
        frame=measured.frame,
        latency_statistics=tuple(s for s in STATISTICS if s in measured.frame),
        ignored_columns=(),
        format="cloudwatch",
        warnings=measured.warnings,
    )


def _floor(time: datetime, period: int) -> datetime:
    seconds = int(time.timestamp())
    return datetime.fromtimestamp(seconds - seconds % period, UTC)
