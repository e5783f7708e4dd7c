"""CloudWatch's four metric operations over the store, in place of moto's.

Replaced, and why: `CloudWatchBackend.put_metric_data` (the one way in, used by moto's own services too),
`CloudWatchResponse.put_metric_data` (it drops entities), `.get_metric_data` (see the package; it drops paging),
`.get_metric_statistics` (it answers percentiles with nothing and takes dimensions as a filter) and `.list_metrics`.
"""

from __future__ import annotations

import math
from calendar import timegm
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from embedded_aws.metric_store._queries import check_period, get_metric_data, period_start
from embedded_aws.metric_store._series import StatisticSet
from embedded_aws.metric_store._statistics import SIMPLE, NotEmulatedStatistic, Periods, check
from embedded_aws.metric_store._store import NO_UNIT, Metric, MetricStore, MixedUnits, store_of
from embedded_aws.paging import UnknownToken, page

_DATA_A_CALL = 1000
_VALUES_A_DATUM = 150
_METRICS_A_PAGE = 500
_STATISTICS_A_CALL = 1440
_RECENT_SECONDS = 3 * 3600

_Answer = TypeVar("_Answer")


def install() -> None:
    """Put the store in place of moto's metrics."""
    for operation in (_put_metric_data, _get_metric_data, _get_metric_statistics, _list_metrics):
        setattr(CloudWatchResponse, operation.__name__.removeprefix("_"), operation)
    setattr(CloudWatchBackend, "put_metric_data", _write)  # noqa: B010 - mypy refuses the assignment


def _put_metric_data(self: CloudWatchResponse) -> EmptyResult:
    _refuse_others(self, {"Namespace", "MetricData", "StrictEntityValidation"})
    data = self.params.get("MetricData", [])
    if len(data) > _DATA_A_CALL:
        raise InvalidParameterValue(f"The collection MetricData must not have a size greater than {_DATA_A_CALL}.")
    self.cloudwatch_backend.put_metric_data(self.params["Namespace"], data)
    return EmptyResult()


def _write(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    for number, datum in enumerate(metric_data, 1):
        self._validate_parameters_put_metric_data(datum, number)
        _check_numbers(datum, number)
    store = store_of(self.account_id, self.region_name)
    with store.lock:
        for datum in metric_data:
            _write_datum(store, namespace, datum)


def _check_numbers(datum: dict[str, Any], number: int) -> None:
    values = datum.get("Values", [])
    if len(values) > _VALUES_A_DATUM:
        raise InvalidParameterValue(
            f"The collection MetricData.member.{number}.Values must not have a size greater than {_VALUES_A_DATUM}."
        )
    statistics = datum.get("StatisticValues", {})
    told = [datum.get("Value", 0.0), *values, *datum.get("Counts", []), *statistics.values()]
    if not all(math.isfinite(float(value)) for value in told):
        raise InvalidParameterValue(f"A value of MetricData.member.{number} is not a finite number.")
    if not (values or statistics or "Value" in datum):
        raise InvalidParameterCombination(
            f"At least one of the parameters must be specified: MetricData.member.{number}.Value, .Values, "
            ".StatisticValues."
        )


def _write_datum(store: MetricStore, namespace: str, datum: dict[str, Any]) -> None:
    metric = Metric.named(namespace, datum["MetricName"], datum.get("Dimensions", []))
    series = store.series(metric, datum.get("Unit") or NO_UNIT)
    time = timegm((datum.get("Timestamp") or utcnow()).timetuple())
    if datum.get("Values"):
        counts = datum.get("Counts") or [1.0] * len(datum["Values"])
        for value, count in zip(map(float, datum["Values"]), map(float, counts), strict=True):
            series.add_set(StatisticSet(time, count, value * count, value, value))
    elif datum.get("StatisticValues"):
        told = datum["StatisticValues"]
        numbers = (float(told[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum"))
        series.add_set(StatisticSet(time, *numbers))
    else:
        series.add(time, float(datum["Value"]))


def _get_metric_data(self: CloudWatchResponse) -> ActionResult:
    store = store_of(self.current_account, self.region)
    return ActionResult(_asked(lambda: get_metric_data(store, self.params)))


def _get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    store = store_of(self.current_account, self.region)
    return ActionResult(_asked(lambda: _statistics(store, self.params)))


def _statistics(store: MetricStore, asked: dict[str, Any]) -> dict[str, Any]:
    simple, extended = asked.get("Statistics", []), asked.get("ExtendedStatistics", [])
    if not (simple or extended):
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    for name in simple + extended:
        check(name)
    if set(extended) & set(SIMPLE):
        raise InvalidParameterValue(f"ExtendedStatistics are percentiles, got {', '.join(extended)}")
    period = check_period(asked["Period"])
    start, end = period_start(asked["StartTime"], period), timegm(asked["EndTime"].timetuple())
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    if (end - start) / period > _STATISTICS_A_CALL:
        raise InvalidParameterCombination(
            f"You have requested up to {math.ceil((end - start) / period):,} datapoints, which exceeds the limit "
            f"of {_STATISTICS_A_CALL:,}. Increase Period or decrease the time range."
        )
    metric = Metric.named(asked["Namespace"], asked["MetricName"], asked.get("Dimensions", []))
    with store.lock:
        found = store.find(metric, asked.get("Unit"))
        if found is None:
            return {"Label": metric.name, "Datapoints": []}
        unit, series = found
        periods = Periods.of(series.between(start, end), start, period)
        columns = {name: periods.statistic(name).tolist() for name in simple}
        percentiles = {name: periods.statistic(name).tolist() for name in extended}
    return {
        "Label": metric.name,
        "Datapoints": [
            {
                "Timestamp": datetime.fromtimestamp(time, UTC).replace(tzinfo=None),
                "Unit": unit,
                **{name: column[row] for name, column in columns.items()},
                **({"ExtendedStatistics": {n: c[row] for n, c in percentiles.items()}} if percentiles else {}),
            }
            for row, time in enumerate(periods.starts.tolist())
        ],
    }


def _list_metrics(self: CloudWatchResponse) -> ActionResult:
    _refuse_others(self, {"Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive"})
    asked = {name: value for name, value in self.params.items() if name != "NextToken"}
    store = store_of(self.current_account, self.region)
    with store.lock:
        metrics = _matching(store, asked)
    rows, token = _asked(lambda: page(metrics, _METRICS_A_PAGE, self.params.get("NextToken"), asked))
    told = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)],
        }
        for metric in rows
    ]
    return ActionResult({"Metrics": told, **({"NextToken": token} if token else {})})


def _matching(store: MetricStore, asked: dict[str, Any]) -> list[Metric]:
    since = timegm(utcnow().timetuple()) - _RECENT_SECONDS if asked.get("RecentlyActive") else None
    wanted = [(each["Name"], each.get("Value")) for each in asked.get("Dimensions", [])]
    return [
        metric
        for metric, series in store.metrics(asked.get("Namespace"))
        if asked.get("MetricName") in (None, metric.name)
        and all(
            (name, value) in metric.dimensions if value is not None else name in dict(metric.dimensions)
            for name, value in wanted
        )
        and (since is None or max(each.latest() for each in series) >= since)
    ]


def _refuse_others(self: CloudWatchResponse, emulated: set[str]) -> None:
    others = sorted(name for name, value in self.params.items() if value and name not in emulated)
    if others:
        raise ValidationError(f"The parameters {', '.join(others)} are not emulated")


def _asked(question: Callable[[], _Answer]) -> _Answer:
    try:
        return question()
    except UnknownToken as error:
        raise InvalidParameterValue(f"Request parameter NextToken is invalid: {error}") from error
    except (NotEmulatedStatistic, MixedUnits) as error:
        raise ValidationError(str(error)) from error
