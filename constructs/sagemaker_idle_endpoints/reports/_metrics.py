"""The findings as metrics, so that a dashboard shows how a fleet's idleness grows and alarms can watch it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from sagemaker_idle_endpoints._activity import Activity
from sagemaker_idle_endpoints.reports._report import FleetReport

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

_DATA_PER_CALL = 1000  # PutMetricData's own limit
IDLE_ENDPOINTS, BUSY_ENDPOINTS, UNKNOWN_ENDPOINTS = "IdleEndpoints", "BusyEndpoints", "UnknownEndpoints"
IDLE_COST = "IdleUsdPerMonth"
DIMENSIONS = ("Account", "Region")


def metric_data(report: FleetReport, now: datetime) -> Iterator[list[MetricDatumTypeDef]]:
    """The data of each region, by account and region, in calls."""
    data = iter(_data(report, now))
    while batch := list(islice(data, _DATA_PER_CALL)):
        yield batch


def _data(report: FleetReport, now: datetime) -> Iterator[MetricDatumTypeDef]:
    for region in report.regions:
        part = FleetReport(
            (region,), report.window, tuple(each for each in report.endpoints if each.region == region)
        )
        values = {
            IDLE_ENDPOINTS: float(len(part.idle)),
            BUSY_ENDPOINTS: float(len(part.having(Activity.BUSY))),
            UNKNOWN_ENDPOINTS: float(len(part.unknown)),
            IDLE_COST: float(part.idle_usd_per_month),
        }
        named = zip(DIMENSIONS, (report.account, region), strict=True)
        dimensions: list[DimensionTypeDef] = [{"Name": name, "Value": value} for name, value in named]
        for name, value in values.items():
            yield {"MetricName": name, "Dimensions": dimensions, "Timestamp": now, "Value": value, "Unit": "None"}
