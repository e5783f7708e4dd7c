"""How many calls CloudWatch counted, day by day."""

from __future__ import annotations

from array import array
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._parallel import in_parallel
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, CutOffError, explain, part_of
from sagemaker_idle_endpoints.reading._series import INVOCATIONS, NAMESPACE, OF_VARIANT, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataResultTypeDef

    from sagemaker_idle_endpoints._window import Window

# GetMetricData's own limits.
_QUERIES_PER_CALL = 500
_POINTS_PER_CALL = 100_800
LONGEST_IN_ONE_PAGE_DAYS = _POINTS_PER_CALL // _QUERIES_PER_CALL - 1
"""How many whole days a full call may reach back without a second page; today's is a point too."""


@dataclass(frozen=True)
class Reading:
    """The calls on each day, kept up to the last with any; with a `fault` there may be more.

    `newest` is the last day with a data point, be it 0; None without any. Days are numbers, from 0.
    """

    days: array[float] = field(default_factory=lambda: array("d"))
    newest: int | None = None
    fault: str = ""

    @property
    def has_data(self) -> bool:
        """Whether there is a data point."""
        return self.newest is not None

    @property
    def calls(self) -> float | None:
        """All calls; None without a data point."""
        return sum(self.days) if self.has_data else None

    def is_busy(self, ignored_calls_per_day: float) -> bool:
        """Whether some day had more calls than that."""
        return any(calls > ignored_calls_per_day for calls in self.days)

    def since(self, day: int) -> Reading:
        """What it says of that day and those after it, which becomes the first."""
        newest = self.newest - day if self.newest is not None and self.newest >= day else None
        return Reading(self.days[day:], newest, self.fault)

    def last_day(self, ignored_calls_per_day: float) -> int | None:
        """The number of the last day with more calls than that."""
        busy = [number for number, calls in enumerate(self.days) if calls > ignored_calls_per_day]
        return busy[-1] if busy else None


def together(readings: Iterable[Reading]) -> Reading:
    """What several series say as one: calls are added day by day, and each fault is told once."""
    taken = list(readings)
    days = array("d", bytes(8 * max((len(each.days) for each in taken), default=0)))
    for reading in taken:
        for number, calls in enumerate(reading.days):
            days[number] += calls
    faults = dict.fromkeys(each.fault for each in taken if each.fault)
    newest = max((each.newest for each in taken if each.newest is not None), default=None)
    return Reading(days, newest, "; ".join(faults))


def read_calls(cloudwatch: CloudWatchClient, series: Iterable[Series], window: Window) -> Iterator[Reading]:
    """Read series over a window in their order, 500 to a call; a call that fails costs only its own 500."""

    def read(batch: Sequence[Series]) -> list[Reading]:
        try:
            return _read_batch(cloudwatch, batch, window)
        except REFUSALS as error:
            return [Reading(fault=explain(error))] * len(batch)

    for readings in in_parallel(read, _batches(series)):
        yield from readings


def list_called_variants(cloudwatch: CloudWatchClient) -> dict[str, set[str]]:
    """The variants, by endpoint, that published calls in the last two weeks: ListMetrics forgets the others.

    It only saves calls: what it lacks, or is refused, is asked of SageMaker.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    with suppress(*REFUSALS):
        pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE, MetricName=INVOCATIONS)
        for page in pages:
            for metric in part_of(page, "Metrics", of="ListMetrics"):
                named = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
                if named.keys() == set(OF_VARIANT):
                    found[named["EndpointName"]].add(named["VariantName"])
    return dict(found)


def _batches(series: Iterable[Series]) -> Iterator[list[Series]]:
    rest = iter(series)
    while batch := list(islice(rest, _QUERIES_PER_CALL)):
        yield batch


def _read_batch(cloudwatch: CloudWatchClient, batch: Sequence[Series], window: Window) -> list[Reading]:
    tallies = {f"q{number}": _Tally(window) for number in range(len(batch))}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[series.query(query_id) for query_id, series in zip(tallies, batch, strict=True)],
        StartTime=window.start,
        EndTime=window.end,
    )
    for page in pages:
        for result in part_of(page, "MetricDataResults", of="GetMetricData"):
            tallies[result["Id"]].add(result)
    return [tally.reading() for tally in tallies.values()]


class _Tally:
    """One query's answer while its pages come in: sums by the day instead of the pages."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._days: array[float] = array("d")
        self._newest: int | None = None
        self._status = ""
        self._error = ""

    def add(self, result: MetricDataResultTypeDef) -> None:
        moments, values = result.get("Timestamps", ()), result.get("Values", ())
        if len(moments) != len(values):
            raise CutOffError(f"GetMetricData: the answer is cut off: {len(moments)} times, {len(values)} values")
        for moment, calls in zip(moments, values, strict=True):
            # A first period that CloudWatch lays from before the window on counts for its first day.
            day = max(0, self._window.day_number(moment))
            self._newest = day if self._newest is None else max(self._newest, day)
            if calls:
                self._count(day, calls)
        self._status = result.get("StatusCode", "")
        if self._status in ("InternalError", "Forbidden"):
            # Kept whatever follows: a page that failed may be one whose calls we never saw.
            told = [message.get("Value", "") for message in result.get("Messages", [])]
            self._error = f"{self._status}: {' '.join(told) or 'no message'}"

    def _count(self, day: int, calls: float) -> None:
        missing = day + 1 - len(self._days)
        if missing > 0:
            self._days.extend([0.0] * missing)
        self._days[day] += calls

    def reading(self) -> Reading:
        if self._error:
            return Reading(self._days, self._newest, f"GetMetricData: {self._error}")
        if self._status == "Complete":
            return Reading(self._days, self._newest)
        # PartialData promises a further page; without one, as without any answer, calls may be missing.
        ending = self._status or "no status"
        return Reading(self._days, self._newest, f"GetMetricData: the answer ends with {ending}")


def by_owner(readings: Mapping[Series, Reading]) -> dict[str, Reading]:
    """What each variant and component did; an endpoint's own queue has the empty name."""
    return {
        owner: together(reading for series, reading in readings.items() if series.owner == owner)
        for owner in dict.fromkeys(series.owner for series in readings)
    }
