"""Every ``metric_*`` method of all that is measured agrees with the table of what SageMaker publishes."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Duration, Stack
from least import asynchronous, component, host, real_time, serverless
from templates import ALARM, COMPONENT, ENDPOINT, ScaledTemplate

from cdk_sagemaker_scaling import (
    AsynchronousEndpoint,
    InferenceComponent,
    InferenceComponentEndpoint,
    MetricsConfig,
    RealTimeEndpoint,
    ServerlessEndpoint,
    _metrics,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_cdk.aws_cloudwatch import IMetric, MetricStatConfig
    from conftest import Synthesised

    from cdk_sagemaker_scaling.endpoints._measured import Measured

    Method = Callable[..., IMetric]

TYPE = "ml.c5.large"
IDENTITY = {"EndpointName": "shop", "VariantName": "V", "InferenceComponentName": "copies"}
EXISTING: dict[str, Callable[[Stack], Measured]] = {
    "real-time": lambda stack: RealTimeEndpoint.from_endpoint_name(
        stack, "R", "shop", instance_types={"V": TYPE}
    ).variants["V"],
    "asynchronous": lambda stack: AsynchronousEndpoint.from_endpoint_name(
        stack, "A", "shop", variant_name="V", instance_type=TYPE
    ).variants["V"],
    "serverless": lambda stack: ServerlessEndpoint.from_endpoint_name(
        stack, "S", "shop", variant_name="V"
    ).variants["V"],
    "host": lambda stack: InferenceComponentEndpoint.from_endpoint_name(
        stack, "H", "shop", variant_name="V", instance_type=TYPE
    ).variants["V"],
    "component": lambda _: InferenceComponent.from_inference_component_name("copies"),
}


@pytest.fixture(params=EXISTING.values(), ids=EXISTING)
def measured(request: pytest.FixtureRequest, stack: Stack) -> Measured:
    """One of each kind that exists already, under a literal name."""
    found: Measured = request.param(stack)
    return found


def methods(measured: Measured) -> Iterator[tuple[str, Method]]:
    """The methods that measure, with what they cannot do without."""
    for name in dir(measured):
        if name.startswith("metric_"):
            method = getattr(measured, name)
            needs_vcpus = "vcpus" in signature(method).parameters
            yield name, (lambda *a, m=method, **k: m(2, *a, **k)) if needs_vcpus else method


def stats(metric: IMetric) -> list[MetricStatConfig]:
    """The metrics that a metric or an expression reads."""
    config = metric.to_metric_config()
    if config.metric_stat is not None:
        return [config.metric_stat]
    return [stat for used in config.math_expression.using_metrics.values() for stat in stats(used)]


def seconds(stat: MetricStatConfig) -> float:
    return stat.period.to_seconds()


def test_every_method_reads_what_sagemaker_publishes_by_a_statistic_that_says_something(
    measured: Measured,
) -> None:
    found = dict(methods(measured))
    assert len(found) > 5
    for name, method in found.items():
        for stat in stats(method()):
            metric = _metrics.published(measured.kind, stat.namespace, stat.metric_name)
            assert metric is not None, name
            assert metric.allows(stat.statistic), name
            assert {d.name: d.value for d in stat.dimensions} == {n: IDENTITY[n] for n in metric.dimensions}
            assert seconds(stat) == _metrics.PERIOD_SECONDS
            assert stat.unit_filter is None


def test_every_method_is_called_as_the_one_metric_that_it_reads(measured: Measured) -> None:
    """But the instances, which are counted in reports of their CPU."""
    read = {}
    for name, method in methods(measured):
        if name not in {"metric_instances", "metric_cpu_utilization_per_core"}:
            (stat,) = stats(method())
            words = name.removeprefix("metric_").split("_")
            assert all(word in stat.metric_name.lower() for word in words)
            read[name] = stat.metric_name
    assert len(set(read.values())) == len(read)


def test_no_method_takes_a_statistic_that_says_nothing(measured: Measured) -> None:
    refused = 0
    for name, method in methods(measured):
        (stat, *_) = stats(method())
        metric = _metrics.published(measured.kind, stat.namespace, stat.metric_name)
        takes_one = "statistic" in signature(getattr(measured, name)).parameters
        for statistic in ("Average", "Minimum", "Maximum", "Sum", "SampleCount", "p99"):
            if takes_one and metric.allows(statistic):
                assert stats(method(statistic=statistic))[0].statistic == statistic
            elif takes_one:
                refused += 1
                with pytest.raises(ValueError, match=f"{metric.name} is valid as .* alone, got '{statistic}'"):
                    method(statistic=statistic)
    # Utilisation is a level of each instance, of which no statistic is known to mislead.
    assert refused or measured.kind is _metrics.COMPONENT_HOST


def test_any_metric_of_the_table_is_read_by_its_name(measured: Measured) -> None:
    for metric in measured.kind.metrics:
        (stat,) = stats(measured.metric(metric.name))
        assert (stat.namespace, stat.metric_name, stat.statistic) == (
            metric.namespace,
            metric.name,
            metric.statistic,
        )
    (stat,) = stats(measured.metric(metric.name, period=Duration.minutes(5)))
    assert seconds(stat) == 300


def test_what_a_kind_does_not_publish_is_refused_with_what_it_does(measured: Measured) -> None:
    with pytest.raises(ValueError, match=f"publishes no Nothing for {measured.kind.one}; it publishes ") as told:
        measured.metric("Nothing")
    assert all(metric.name in str(told.value) for metric in measured.kind.metrics)


@pytest.mark.parametrize(("published", "read"), [(10, 60), (30, 60), (60, 60), (300, 300)])
def test_utilisation_is_read_as_often_as_it_is_published_but_not_within_a_minute(
    stack: Stack, published: int, read: int
) -> None:
    config = MetricsConfig(publish_frequency_seconds=published)
    on_instances = [
        real_time(stack, metrics_config=config).variants["V"],
        asynchronous(stack, metrics_config=config).variant,
        host(stack, metrics_config=config).variant,
    ]
    for measured in on_instances:
        for method in (measured.metric_cpu_utilization, measured.metric_memory_utilization):
            assert [seconds(stat) for stat in stats(method())] == [read]
        per_core = measured.metric_cpu_utilization_per_core(4).to_metric_config().math_expression
        assert (per_core.expression, per_core.period) == ("cpu / 4", read)


@pytest.mark.parametrize(("published", "expression"), [(10, "samples * 10 / 60"), (60, None), (300, None)])
def test_each_instance_is_counted_once_however_often_it_reports(
    stack: Stack, published: int, expression: str | None
) -> None:
    config = MetricsConfig(publish_frequency_seconds=published)
    instances = real_time(stack, metrics_config=config).variants["V"].metric_instances()
    math = instances.to_metric_config().math_expression
    assert (math and math.expression) == expression
    (samples,) = stats(instances)
    assert (samples.metric_name, samples.statistic) == ("CPUUtilization", "SampleCount")
    assert seconds(samples) == max(60, published)


def test_what_is_measured_is_that_of_the_endpoint_or_component(
    synthesise: Callable[[Callable[[Stack], object]], Synthesised],
) -> None:
    def fill(stack: Stack) -> None:
        on_host = component(stack)
        of_path: dict[str, Any] = {
            "RealTime": real_time(stack).variants["V"].metric_cpu_utilization(),
            "Asynchronous": asynchronous(stack).variant.metric_backlog_size(),
            "Serverless": serverless(stack).variant.metric_model_setup_time(),
            "ComponentHost": stack.node.find_child("ComponentHost").variant.metric_disk_utilization(),
            "Component": on_host.copies.metric_invocations_per_copy(),
        }
        for path, metric in of_path.items():
            metric.create_alarm(stack, f"Of{path}", threshold=1, evaluation_periods=1)

    template = ScaledTemplate(synthesise(fill).template["Resources"])
    for logical_id, alarm in template.of_type(ALARM).items():
        (first, *_) = alarm["Dimensions"]
        path = template.path(logical_id).removeprefix("Of")
        if path == "Component":
            named = {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": template.at(path, COMPONENT)}]}]}
            assert first == {"Name": "InferenceComponentName", "Value": named}
        else:
            named = {"Fn::GetAtt": [template.at(path, ENDPOINT), "EndpointName"]}
            assert first == {"Name": "EndpointName", "Value": named}
