"""GetMetricData: many metrics in one question, its points in pages."""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError

from embedded_aws.metric_store._series import Numbers, Times
from embedded_aws.metric_store._statistics import Periods, check
from embedded_aws.metric_store._store import Metric, MetricStore
from embedded_aws.paging import page

_QUERIES_A_CALL = 500
_POINTS_A_PAGE = 100_800
_MINUTE = 60
_SHORT_PERIODS = (1, 5, 10, 20, 30)


@dataclass(frozen=True)
class Answer:
    """All that one query gets, before it is cut into pages."""

    id: str
    label: str
    times: Times
    values: Numbers

    def part(self, first: int, last: int) -> dict[str, Any]:
        """The points of a page: complete only where none is left for a further page."""
        moments = self.times[first:last].tolist()
        return {
            "Id": self.id,
            "Label": self.label,
            "Timestamps": [datetime.fromtimestamp(time, UTC).replace(tzinfo=None) for time in moments],
            "Values": self.values[first:last].tolist(),
            "StatusCode": "Complete" if last >= len(self.times) else "PartialData",
        }


def get_metric_data(store: MetricStore, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer GetMetricData's parameters, points of the queries one after the other over the pages.

    Raises:
        ValidationError: what AWS refuses, and what is not emulated (expressions, other accounts).
        InvalidParameterValue: a period that AWS does not know.
        UnknownToken: a token of another question.
        NotEmulatedStatistic: a statistic that is not computed here.
        MixedUnits: a metric with several units, asked for without one.
    """
    queries = asked.get("MetricDataQueries", [])
    _check(queries)
    start, end = timegm(asked["StartTime"].timetuple()), timegm(asked["EndTime"].timetuple())
    if start > end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    size = asked.get("MaxDatapoints") or _POINTS_A_PAGE
    if size > _POINTS_A_PAGE:
        raise ValidationError(f"The parameter MaxDatapoints must be at most {_POINTS_A_PAGE}, got {size}.")
    rising = asked.get("ScanBy") == "TimestampAscending"
    with store.lock:
        answers = [
            _answer(store, query, asked, rising=rising) for query in queries if query.get("ReturnData", True)
        ]
    question = {name: value for name, value in asked.items() if name != "NextToken"}
    places, token = page(range(sum(len(each.times) for each in answers)), size, asked.get("NextToken"), question)
    first_page = not asked.get("NextToken")
    results = _parts(answers, places[0] if places else 0, len(places), empty_too=first_page)
    return {"MetricDataResults": results, "Messages": [], **({"NextToken": token} if token else {})}


def _parts(answers: list[Answer], start: int, length: int, *, empty_too: bool) -> list[dict[str, Any]]:
    """The answers with points at `start` and the `length` - 1 places after it, of all the points in a row.

    Those without any point are told once, on the first page.
    """
    parts = []
    before = 0
    for answer in answers:
        first = max(start - before, 0)
        last = max(first, min(start + length - before, len(answer.times)))
        if first < last or (empty_too and not len(answer.times)):
            parts.append(answer.part(first, last))
        before += len(answer.times)
    return parts


def _answer(store: MetricStore, query: dict[str, Any], asked: dict[str, Any], *, rising: bool) -> Answer:
    stat = query["MetricStat"]
    told = stat["Metric"]
    metric = Metric.named(told["Namespace"], told["MetricName"], told.get("Dimensions", []))
    check(stat["Stat"])
    period = check_period(stat["Period"])
    label = query.get("Label") or metric.name
    found = store.find(metric, stat.get("Unit"))
    if found is None:
        return Answer(query["Id"], label, np.empty(0, np.int64), np.empty(0))
    start = period_start(asked["StartTime"], period)
    periods = Periods.of(found[1].between(start, timegm(asked["EndTime"].timetuple())), start, period)
    step = 1 if rising else -1
    return Answer(query["Id"], label, periods.starts[::step], periods.statistic(stat["Stat"])[::step])


def period_start(time: datetime, period: int) -> int:
    """Where the first period begins: the question's start, rounded down to a minute (or to a shorter period)."""
    start = timegm(time.timetuple())
    return start - start % min(period, _MINUTE)


def check_period(period: int) -> int:
    """A period that CloudWatch knows.

    Raises:
        InvalidParameterValue: any other.
    """
    if period not in _SHORT_PERIODS and (period <= 0 or period % _MINUTE):
        raise InvalidParameterValue(f"The period {period} must be 1, 5, 10, 20, 30 or a multiple of 60 seconds.")
    return period


def _check(queries: list[dict[str, Any]]) -> None:
    if len(queries) > _QUERIES_A_CALL:
        raise ValidationError(
            f"The collection MetricDataQueries must not have a size greater than {_QUERIES_A_CALL}."
        )
    ids = [query["Id"] for query in queries]
    twice = sorted({each for each in ids if ids.count(each) > 1}) if len(set(ids)) < len(ids) else []
    if twice:
        raise ValidationError(f"The Ids of MetricDataQueries must be unique, got twice: {', '.join(twice)}.")
    for number, query in enumerate(queries, 1):
        if "Expression" in query:
            raise ValidationError(
                f"Metric math and Metrics Insights are not emulated: the expression {query['Expression']!r} "
                f"(query {query['Id']}) gets no answer here"
            )
        if "MetricStat" not in query:
            raise ValidationError(f"The parameter MetricDataQueries.member.{number}.MetricStat is required.\n")
        if "AccountId" in query:
            raise ValidationError(f"AccountId (query {query['Id']}) is not emulated")
        if "${" in query.get("Label", ""):
            raise ValidationError(f"The dynamic label {query['Label']!r} (query {query['Id']}) is not emulated")
