"""The table of SageMaker's metrics agrees with itself, with CloudWatch and with Application Auto Scaling."""

from __future__ import annotations

import re
from functools import cache
from itertools import chain

import pytest
from botocore.session import get_session

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._metrics import KINDS, Kind, SageMakerMetric

READINGS = [value for value in vars(metrics).values() if isinstance(value, SageMakerMetric)]
PUBLISHED = frozenset(chain.from_iterable(kind.metrics for kind in KINDS))
A_KIND = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
A_READING = pytest.mark.parametrize(
    "metric", READINGS, ids=[f"{metric.namespace}/{metric.name}/{metric.statistic}" for metric in READINGS]
)


@cache
def words(service: str, shape: str) -> frozenset[str]:
    """What a service takes where it takes one word of a list."""
    return frozenset(get_session().get_service_model(service).shape_for(shape).metadata["enum"])


PREDEFINED = sorted(word for word in words("application-autoscaling", "MetricType") if word.startswith("SageMaker"))


def names(kind: Kind) -> set[str]:
    return {metric.name for metric in kind.metrics}


@A_READING
def test_a_metric_is_read_by_a_statistic_that_cloudwatch_knows_and_that_is_valid_for_it(
    metric: SageMakerMetric,
) -> None:
    assert metric.statistic in words("cloudwatch", "Statistic") or re.fullmatch(r"p\d\d", metric.statistic)
    assert metric.allows(metric.statistic)
    assert (metric.valid_statistics or set()) <= words("cloudwatch", "Statistic")


@A_READING
def test_a_unit_is_cloudwatchs_and_goes_with_the_statistic(metric: SageMakerMetric) -> None:
    assert metric.unit is None or metric.unit in words("cloudwatch", "StandardUnit")
    if metric.unit == "Percent":
        assert metric.statistic in {"Average", "SampleCount"}
    if metric.statistic.startswith("p"):
        assert metric.unit in {"Microseconds", "Milliseconds"}
    if metric.statistic == "Sum":
        assert metric.unit in {"Count", "None", None}


@A_READING
def test_a_metric_is_published_under_one_of_three_sets_of_dimensions(metric: SageMakerMetric) -> None:
    assert metric.dimensions in {
        ("EndpointName", "VariantName"),
        ("EndpointName",),
        ("InferenceComponentName",),
    }


@A_READING
def test_every_metric_is_published_for_some_kind(metric: SageMakerMetric) -> None:
    assert metric in PUBLISHED or metrics.with_statistic(metric, "Average") in PUBLISHED


@A_KIND
def test_no_kind_has_two_metrics_of_one_name(kind: Kind) -> None:
    assert len(names(kind)) == len(kind.metrics)


@A_KIND
def test_a_metric_is_found_by_its_namespace_and_name_in_the_kinds_that_publish_it(kind: Kind) -> None:
    for metric in PUBLISHED:
        found = metrics.published(kind, metric.namespace, metric.name)
        assert found == metric if metric in kind.metrics else found not in PUBLISHED - kind.metrics


@pytest.mark.parametrize("type_", PREDEFINED)
def test_each_predefined_metric_of_sagemaker_is_tracked_by_one_kind_that_publishes_it(type_: str) -> None:
    (kind,) = [kind for kind in KINDS if type_ in kind.predefined]
    tracked = kind.predefined[type_]
    assert tracked in kind.metrics
    assert tracked.name.removeprefix("Serverless") in type_
    assert type_.endswith("HighResolution") == (tracked.period_seconds < metrics.PERIOD_SECONDS)


@A_KIND
def test_a_kind_takes_no_other_predefined_metrics(kind: Kind) -> None:
    assert set(kind.predefined) <= set(PREDEFINED)


def test_an_asynchronous_endpoint_publishes_nothing_that_counts_requests_as_they_come() -> None:
    missing = {"Invocations", "InvocationsPerInstance", "OverheadLatency", "InvocationModelErrors"}
    assert missing <= names(metrics.REAL_TIME)
    assert not missing & names(metrics.ASYNCHRONOUS)


def test_the_queue_is_the_endpoints_and_what_was_processed_is_the_variants() -> None:
    of_endpoint = {metric.name for metric in metrics.ASYNCHRONOUS.metrics if metric.dimensions == ("EndpointName",)}
    assert of_endpoint == {
        "ApproximateBacklogSize",
        "ApproximateBacklogSizePerInstance",
        "ApproximateAgeOfOldestRequest",
        "HasBacklogWithoutCapacity",
    }


def test_a_serverless_variant_has_neither_instances_nor_gpus() -> None:
    assert metrics.CPU_UTILIZATION not in metrics.SERVERLESS.metrics
    assert not [name for name in names(metrics.SERVERLESS) if "PerInstance" in name or "GPU" in name]


def test_requests_to_a_component_are_counted_by_it_and_not_by_the_variant_that_hosts_it() -> None:
    assert {metric.dimensions for metric in metrics.INFERENCE_COMPONENT.metrics} == {("InferenceComponentName",)}
    assert {metric.namespace for metric in metrics.COMPONENT_HOST.metrics} == {"/aws/sagemaker/Endpoints"}


def test_requests_to_a_component_are_read_as_those_to_a_variant() -> None:
    for of_component in metrics.INFERENCE_COMPONENT.metrics:
        of_variant = metrics.published(metrics.REAL_TIME, of_component.namespace, of_component.name)
        if of_variant is not None:
            assert (of_variant.statistic, of_variant.unit, of_variant.valid_statistics) == (
                of_component.statistic,
                of_component.unit,
                of_component.valid_statistics,
            )


@pytest.mark.parametrize("statistic", ["Average", "Maximum", "p99"])
def test_shares_of_a_request_are_summed_or_nothing(statistic: str) -> None:
    assert not metrics.INVOCATIONS_PER_INSTANCE.allows(statistic)
    assert not metrics.INVOCATIONS_PER_COPY.allows(statistic)


def test_a_fleet_has_a_series_of_its_own_under_its_endpoint_configuration() -> None:
    assert metrics.of_one_fleet(metrics.MODEL_LATENCY).dimensions == (
        "EndpointName",
        "VariantName",
        "EndpointConfigName",
    )


@pytest.mark.parametrize("metric", [metrics.CPU_UTILIZATION, metrics.BACKLOG_SIZE, metrics.COMPONENT_INVOCATIONS])
def test_no_fleet_is_told_from_another_where_aws_documents_none(metric: SageMakerMetric) -> None:
    with pytest.raises(ValueError, match=f"{metric.name} tells no fleet from another"):
        metrics.of_one_fleet(metric)


def test_a_latency_in_microseconds_is_as_exact_as_in_milliseconds() -> None:
    assert metrics.microseconds(2.01) == 2010
    assert metrics.microseconds(0.0005) == 0.5


def test_the_mean_of_a_plan_is_cloudwatchs_average() -> None:
    assert metrics.with_statistic(metrics.MODEL_LATENCY, "mean").statistic == "Average"
    assert metrics.with_statistic(metrics.MODEL_LATENCY, "p95").statistic == "p95"
