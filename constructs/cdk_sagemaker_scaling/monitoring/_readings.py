"""What graphs show and alarms watch, in a plan's own words: queries of CloudWatch, of which the last one counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import in_words
from cdk_sagemaker_scaling.endpoints._measured import Measured
from sagemaker_capacity_plan import Dimension, Expression, Metric, Query

Reading: TypeAlias = tuple[Query, ...]

_OF_REQUESTS = metrics.INVOCATIONS.namespace
COPIES = metrics.with_statistic(metrics.COMPONENT_CPU_UTILIZATION, "SampleCount")
_IN_A_MILLISECOND = {"Microseconds": 1000, "Milliseconds": 1}


def plain(metric: metrics.SageMakerMetric, statistic: str | None = None) -> Reading:
    """A metric as it is published."""
    return (_query("measured", metric if statistic is None else metrics.with_statistic(metric, statistic)),)


def milliseconds(metric: metrics.SageMakerMetric, statistic: str | None = None) -> Reading:
    """A latency in milliseconds, whatever its unit."""
    latency, factor = plain(metric, statistic), _IN_A_MILLISECOND[metric.unit or ""]
    return latency if factor == 1 else (*latency, Expression("milliseconds", f"measured / {factor}"))


def failed_percent() -> Reading:
    """Failed requests in percent of all requests: none where there were none."""
    return (
        _query("failed", metrics.ERRORS_5XX),
        _query("requests", metrics.INVOCATIONS),
        Expression(
            "error_percent", "IF(requests > 0, 100 * FILL(failed, 0) / requests, 0)", "Failed requests, percent"
        ),
    )


def failed_percent_of_answers() -> Reading:
    """The same where requests are not counted: 1 is sent for a failure and 0 for a success, and averaged here."""
    return (
        _query("share", metrics.with_statistic(metrics.ERRORS_5XX, "Average")),
        Expression("error_percent", "100 * share", "Failed requests, percent"),
    )


def cpu_per_core(vcpus: float) -> Reading:
    """CPU in percent of each core: 100 is every core full."""
    return (
        _query("cpu", metrics.CPU_UTILIZATION),
        Expression("cpu_per_core", f"cpu / {in_words(vcpus)}", "CPU of each core, percent"),
    )


def count(metric: metrics.SageMakerMetric, publish_seconds: int) -> Reading:
    """How many instances or copies there are: their reports in a period, of which each makes one a publication.

    A period is a minute, or that of publication where it is longer, which then holds one report of each.
    """
    samples = _query("samples", metric)
    if publish_seconds >= metrics.PERIOD_SECONDS:
        return (samples,)
    return samples, Expression("counted", f"samples * {publish_seconds} / {metrics.PERIOD_SECONDS}", "in service")


def cost_per_hour(counted: Reading, price_usd_per_hour: float) -> Reading:
    """What so many instances cost an hour."""
    return (*counted, Expression("cost", f"{counted[-1].id} * {in_words(price_usd_per_hour)}"))


def period_seconds(reading: Reading, measured: Measured) -> int:
    """How long a datapoint is: a minute, or as long as reports are apart."""
    return max(measured.period_seconds(query.namespace) for query in reading if isinstance(query, Metric))


def of_one_fleet(reading: Reading, measured: Measured, endpoint_config_name: str) -> Reading:
    """The same of the fleet of one endpoint configuration alone, where its metrics tell fleets apart."""
    identity = {**measured.identity, "EndpointConfigName": endpoint_config_name}

    def of_fleet(query: Query) -> Query:
        if not isinstance(query, Metric) or query.namespace != _OF_REQUESTS:
            return query
        published = metrics.published(measured.kind, query.namespace, query.name)
        assert published is not None  # noqa: S101 - readings are of what the kind publishes
        names = metrics.of_one_fleet(published).dimensions
        return replace(query, dimensions=tuple(Dimension(name, identity[name]) for name in names))

    return tuple(map(of_fleet, reading))


def _query(id: str, metric: metrics.SageMakerMetric) -> Metric:  # noqa: A002
    return Metric(id, metric.namespace, metric.name, metric.statistic)
