"""How many calls CloudWatch counted, by variant and by inference component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._refusals import REFUSALS, explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
    )

    from sagemaker_idle_endpoints._window import Window

_QUERIES_PER_CALL = 500  # GetMetricData's own limit
_PERIOD_SECONDS = 86_400


@dataclass(frozen=True)
class VariantSeries:
    """The calls to one variant. Exactly these two dimensions: enhanced metrics repeat them by instance."""

    endpoint_name: str
    variant_name: str

    @property
    def dimensions(self) -> list[DimensionTypeDef]:
        return [
            {"Name": "EndpointName", "Value": self.endpoint_name},
            {"Name": "VariantName", "Value": self.variant_name},
        ]


@dataclass(frozen=True)
class ComponentSeries:
    """The calls to one inference component, whose name is unique in its account and region."""

    component_name: str

    @property
    def dimensions(self) -> list[DimensionTypeDef]:
        return [{"Name": "InferenceComponentName", "Value": self.component_name}]


Series = VariantSeries | ComponentSeries


@dataclass(frozen=True)
class Reading:
    """A sum of calls, None without a data point; with a `fault` the sum says nothing."""

    invocations: float | None = None
    fault: str = ""


def read_invocations(
    cloudwatch: CloudWatchClient, series: Sequence[Series], window: Window
) -> dict[Series, Reading]:
    """Read every series over the window, 500 to a call; a call that fails costs only its own 500."""
    readings: dict[Series, Reading] = {}
    for first in range(0, len(series), _QUERIES_PER_CALL):
        batch = series[first : first + _QUERIES_PER_CALL]
        try:
            sums = _read_batch(cloudwatch, batch, window)
        except REFUSALS as error:
            sums = [Reading(fault=explain(error))] * len(batch)
        readings.update(zip(batch, sums, strict=True))
    return readings


def _read_batch(cloudwatch: CloudWatchClient, batch: Sequence[Series], window: Window) -> list[Reading]:
    tallies = {f"q{number}": _Tally() for number in range(len(batch))}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(query_id, series) for query_id, series in zip(tallies, batch, strict=True)],
        StartTime=window.start,
        EndTime=window.end,
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            tallies[result["Id"]].add(result)
    return [tally.reading() for tally in tallies.values()]


def _query(query_id: str, series: Series) -> MetricDataQueryTypeDef:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocations",
                "Dimensions": series.dimensions,
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Sum",
        },
    }


class _Tally:
    """One query's answer while its pages come in: a running sum instead of the pages."""

    def __init__(self) -> None:
        self._invocations: float | None = None
        self._status = ""
        self._error = ""

    def add(self, result: MetricDataResultTypeDef) -> None:
        values = result.get("Values", [])
        if values:
            self._invocations = (self._invocations or 0.0) + sum(values)
        self._status = result.get("StatusCode", "")
        if self._status in ("InternalError", "Forbidden"):
            # Kept whatever follows: a page that failed may be one whose calls we never saw.
            told = [message.get("Value", "") for message in result.get("Messages", [])]
            self._error = f"{self._status}: {' '.join(told) or 'no message'}"

    def reading(self) -> Reading:
        if self._error:
            return Reading(fault=f"GetMetricData: {self._error}")
        if self._status == "Complete":
            return Reading(self._invocations)
        # PartialData promises a further page; without one, as without any answer, calls may be missing.
        return Reading(fault=f"GetMetricData: the answer ends with {self._status or 'no status'}")
