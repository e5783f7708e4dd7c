"""What a policy or an alarm looks at, in the contract's own records, from AWS's records of it."""

from __future__ import annotations

import re
from typing import Any

from sagemaker_capacity_plan import Dimension, Expression, Metric, Query

Record = dict[str, Any]

_OWN_DIMENSIONS = {"EndpointName", "VariantName"}


def queries_of(record: Record) -> tuple[Query, ...]:
    """The queries of an alarm or of a customised metric: its list of them, or the one metric that it names.

    AWS keeps no id of a metric that stands alone; it is given its name in small letters, as analysis does.
    """
    if record.get("Metrics"):  # an answer has an empty list beside the one metric
        return tuple(_query(query) for query in record["Metrics"])
    name = record["MetricName"]
    statistic = record.get("Statistic") or record["ExtendedStatistic"]
    return (_metric(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), record, statistic),)


def _query(query: Record) -> Query:
    if "Expression" in query:
        return Expression(query["Id"], query["Expression"], query.get("Label"))
    return _metric(query["Id"], query["MetricStat"]["Metric"], query["MetricStat"]["Stat"])


def _metric(id_: str, metric: Record, statistic: str) -> Metric:
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", ())}
    own = dimensions.keys() == _OWN_DIMENSIONS
    return Metric(
        id_,
        metric["Namespace"],
        metric["MetricName"],
        statistic,
        None if own else tuple(Dimension(name, str(value)) for name, value in dimensions.items()),
    )
