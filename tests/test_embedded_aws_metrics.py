import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from emptied import forget_endpoints_and_metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_aws import EmbeddedAws, metric_store

pytest_plugins = ["embedded_aws.fixture"]

Api = Any  # clients, which boto3 makes at run time, and the JSON that they take and give
ACCOUNT = "123456789012"
REGION = "us-east-1"
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ENDPOINTS = 10_000
MINUTES = 1_440


@pytest.fixture
def cloudwatch(embedded_aws: EmbeddedAws) -> Api:
    """CloudWatch without a metric: moto's reset forgets ours too."""
    forget_endpoints_and_metrics()
    return embedded_aws.client("cloudwatch", REGION)


def query(
    name: str = "Invocations", *, id_: str = "q", stat: str = "Sum", period: int = 60, **dimensions: str
) -> Api:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    return {"Id": id_, "MetricStat": {"Metric": metric, "Stat": stat, "Period": period}}


def ask(cloudwatch: Api, *queries: Api, **others: Api) -> list[Api]:
    told = cloudwatch.get_metric_data(
        MetricDataQueries=list(queries), **{"StartTime": MIDNIGHT, "EndTime": MIDNIGHT + DAY, **others}
    )
    return list(told["MetricDataResults"])


def put(cloudwatch: Api, *values: float, namespace: str = "AWS/SageMaker", **datum: Api) -> None:
    """Values of a metric, the first at midnight, one a minute."""
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": "Invocations",
                "Value": value,
                "Timestamp": MIDNIGHT + timedelta(minutes=minute),
                **datum,
            }
            for minute, value in enumerate(values)
        ],
    )


def refusal(call: Api, **parameters: Api) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value)


def test_a_query_sees_its_own_namespace_and_dimensions_alone(cloudwatch: Api) -> None:
    main = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "main"}]
    put(cloudwatch, 1, Dimensions=main)
    put(cloudwatch, 10, Dimensions=main[:1])
    put(cloudwatch, 100)
    put(cloudwatch, 1000, Dimensions=main, namespace="Mine")
    assert ask(cloudwatch, query(EndpointName="e", VariantName="main"))[0]["Values"] == [1]
    assert ask(cloudwatch, query(VariantName="main", EndpointName="e"))[0]["Values"] == [1]
    assert ask(cloudwatch, query(EndpointName="e"))[0]["Values"] == [10]
    assert ask(cloudwatch, query())[0]["Values"] == [100]


def test_an_unknown_metric_is_complete_and_empty(cloudwatch: Api) -> None:
    (told,) = ask(cloudwatch, query("Nothing"))
    assert (told["Id"], told["Label"], told["Values"], told["StatusCode"]) == ("q", "Nothing", [], "Complete")


@given(values=st.lists(st.integers(-1000, 1000), min_size=1, max_size=40), period=st.sampled_from([60, 300, 3600]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_statistic_is_that_of_its_period(cloudwatch: Api, values: list[int], period: int) -> None:
    name = f"metric-{abs(hash((tuple(values), period)))}"
    if cloudwatch.list_metrics(MetricName=name)["Metrics"]:
        return
    put(cloudwatch, *map(float, values), MetricName=name)
    minutes = period // 60
    expected = [values[first : first + minutes] for first in range(0, len(values), minutes)]
    reckoned = {
        "Sum": sum,
        "Minimum": min,
        "Maximum": max,
        "SampleCount": len,
        "Average": lambda part: sum(part) / len(part),
        "p0": min,
        "p100": max,
        "p50": lambda part: sorted(part)[(len(part) + 1) // 2 - 1],
        "p99.9": max,
    }
    queries = [query(name, id_=f"q{number}", stat=stat, period=period) for number, stat in enumerate(reckoned)]
    for told, reckon in zip(ask(cloudwatch, *queries, ScanBy="TimestampAscending"), reckoned.values(), strict=True):
        assert told["Values"] == pytest.approx([reckon(part) for part in expected])
        assert told["Timestamps"] == [MIDNIGHT + timedelta(seconds=period * n) for n in range(len(expected))]


def test_the_newest_comes_first_unless_asked_otherwise(cloudwatch: Api) -> None:
    put(cloudwatch, 1, 2, 3)
    assert ask(cloudwatch, query())[0]["Values"] == [3, 2, 1]
    assert ask(cloudwatch, query(), ScanBy="TimestampAscending")[0]["Values"] == [1, 2, 3]


def test_statistic_sets_and_counts_are_samples_too(cloudwatch: Api) -> None:
    put(cloudwatch, 5)
    cloudwatch.put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {"MetricName": "Invocations", "Values": [1, 2], "Counts": [3, 1], "Timestamp": MIDNIGHT},
            {
                "MetricName": "Sets",
                "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 7},
                "Timestamp": MIDNIGHT,
            },
        ],
    )
    stats = ("SampleCount", "Sum", "p50", "p80", "p90")
    told = ask(cloudwatch, *[query(id_=f"q{n}", stat=stat) for n, stat in enumerate(stats)])
    assert [each["Values"] for each in told] == [[5], [10], [1], [2], [5]]
    told = ask(
        cloudwatch, *[query("Sets", id_=f"q{n}", stat=s) for n, s in enumerate(("Average", "Minimum", "Maximum"))]
    )
    assert [each["Values"] for each in told] == [[2.5], [1], [7]]
    asked = {"MetricDataQueries": [query("Sets", stat="p50")], "StartTime": MIDNIGHT, "EndTime": MIDNIGHT + DAY}
    assert "p50 is not emulated" in refusal(cloudwatch.get_metric_data, **asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"Id": "e", "Expression": "SEARCH('{AWS/SageMaker} x', 'Sum', 60)"},
            "SEARCH('{AWS/SageMaker} x', 'Sum', 60)",
        ),
        ({"Id": "e", "Expression": "q / 2"}, "q / 2"),
        (query(stat="tm99"), "tm99"),
        (query(period=61), "61"),
        (query() | {"Label": "${MAX}"}, "${MAX}"),
        (query() | {"AccountId": ACCOUNT}, "AccountId"),
    ],
)
def test_what_is_not_computed_is_refused_by_name(cloudwatch: Api, asked: Api, told: str) -> None:
    assert told in refusal(
        cloudwatch.get_metric_data, MetricDataQueries=[asked], StartTime=MIDNIGHT, EndTime=MIDNIGHT + DAY
    )


def test_more_than_500_queries_are_refused(cloudwatch: Api) -> None:
    queries = [query(id_=f"q{number}") for number in range(501)]
    asked = {"StartTime": MIDNIGHT, "EndTime": MIDNIGHT + DAY}
    assert "ValidationError" in refusal(cloudwatch.get_metric_data, MetricDataQueries=queries, **asked)
    assert len(ask(cloudwatch, *queries[:500])) == 500


def test_pages_hold_every_point_once(cloudwatch: Api) -> None:
    for name, count in (("a", 7), ("b", 0), ("c", 5)):
        if count:
            metric_store.seed(ACCOUNT, REGION, "AWS/SageMaker", name, {}, MIDNIGHT, 60, np.arange(count))
    pages = list(
        cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query(name, id_=name) for name in "abc"],
            StartTime=MIDNIGHT,
            EndTime=MIDNIGHT + DAY,
            MaxDatapoints=3,
            ScanBy="TimestampAscending",
        )
    )
    assert len(pages) == 4
    results = [result for page in pages for result in page["MetricDataResults"]]
    values = {name: [v for r in results if r["Id"] == name for v in r["Values"]] for name in "abc"}
    assert values == {"a": [0, 1, 2, 3, 4, 5, 6], "b": [], "c": [0, 1, 2, 3, 4]}
    status = [(result["Id"], result["StatusCode"]) for result in results]
    assert [name for name, code in status if code == "Complete"] == ["b", "a", "c"]
    assert all(code in {"Complete", "PartialData"} for _, code in status)
    assert "NextToken" in refusal(
        cloudwatch.get_metric_data,
        MetricDataQueries=[query("c")],
        StartTime=MIDNIGHT,
        EndTime=MIDNIGHT + DAY,
        NextToken=pages[0]["NextToken"],
    )


def test_a_unit_is_a_series_of_its_own(cloudwatch: Api) -> None:
    put(cloudwatch, 1, Unit="Count")
    assert ask(cloudwatch, query())[0]["Values"] == [1]
    put(cloudwatch, 2, Unit="Seconds")
    seconds = query()
    seconds["MetricStat"]["Unit"] = "Seconds"
    assert ask(cloudwatch, seconds)[0]["Values"] == [2]
    asked = {"MetricDataQueries": [query()], "StartTime": MIDNIGHT, "EndTime": MIDNIGHT + DAY}
    assert "Count, Seconds" in refusal(cloudwatch.get_metric_data, **asked)


def test_statistics_and_percentiles_come_together(cloudwatch: Api) -> None:
    put(cloudwatch, 1, 2, 3, 4, Unit="Count")
    asked = {"Namespace": "AWS/SageMaker", "MetricName": "Invocations", "StartTime": MIDNIGHT}
    (told,) = cloudwatch.get_metric_statistics(
        **asked, EndTime=MIDNIGHT + DAY, Period=3600, Statistics=["Sum", "Maximum"], ExtendedStatistics=["p50"]
    )["Datapoints"]
    assert told == {
        "Timestamp": MIDNIGHT,
        "Sum": 10,
        "Maximum": 4,
        "Unit": "Count",
        "ExtendedStatistics": {"p50": 2},
    }
    assert "limit of 1,440" in refusal(
        cloudwatch.get_metric_statistics, **asked, EndTime=MIDNIGHT + 2 * DAY, Period=60, Statistics=["Sum"]
    )


def test_a_metric_is_listed_once_and_in_pages(cloudwatch: Api) -> None:
    for number in range(1201):
        metric_store.seed(ACCOUNT, REGION, "Listed", "m", {"E": str(number), "V": "v"}, MIDNIGHT, 60, np.ones(3))
    put(cloudwatch, 1, 2, 3, namespace="Other")
    pages = list(cloudwatch.get_paginator("list_metrics").paginate(Namespace="Listed"))
    assert [len(page["Metrics"]) for page in pages] == [500, 500, 201]
    assert (
        len({tuple(d["Value"] for d in each["Dimensions"]) for page in pages for each in page["Metrics"]}) == 1201
    )
    found = cloudwatch.list_metrics(MetricName="m", Dimensions=[{"Name": "E", "Value": "7"}, {"Name": "V"}])[
        "Metrics"
    ]
    assert found == [
        {
            "Namespace": "Listed",
            "MetricName": "m",
            "Dimensions": [{"Name": "E", "Value": "7"}, {"Name": "V", "Value": "v"}],
        }
    ]
    assert not cloudwatch.list_metrics(Namespace="Listed", RecentlyActive="PT3H")["Metrics"]
    assert "IncludeLinkedAccounts" in refusal(cloudwatch.list_metrics, IncludeLinkedAccounts=True)


def test_values_that_are_no_numbers_are_refused(cloudwatch: Api) -> None:
    for value in (float("nan"), float("inf")):
        data = [{"MetricName": "m", "Value": value}]
        assert "InvalidParameterValue" in refusal(cloudwatch.put_metric_data, Namespace="N", MetricData=data)
    assert "MetricData" in refusal(cloudwatch.put_metric_data, Namespace="N", MetricData=[{"MetricName": "m"}])


def test_a_day_of_ten_thousand_endpoints_fits_and_is_asked_quickly(cloudwatch: Api) -> None:
    """Memory is bounded by tracemalloc: 8 bytes a point for its value, times shared, 2 KB a series beside."""
    tracemalloc.start()
    for number in range(ENDPOINTS):
        dimensions = {"EndpointName": f"e{number}", "VariantName": "main"}
        metric_store.seed(
            ACCOUNT,
            REGION,
            "AWS/SageMaker",
            "Invocations",
            dimensions,
            MIDNIGHT,
            60,
            np.full(MINUTES, float(number)),
        )
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < ENDPOINTS * (8 * MINUTES + 2048)

    began = time.perf_counter()
    queries = [
        query(id_=f"q{number}", period=3600, EndpointName=f"e{number}", VariantName="main") for number in range(500)
    ]
    told = ask(cloudwatch, *queries)
    took = time.perf_counter() - began
    assert [each["Values"] for each in told] == [[number * 60.0] * 24 for number in range(500)]
    assert took < 5  # a machine under load; 0.2 to 0.4 where this was written
