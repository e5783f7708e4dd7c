"""What alarms watch on every kind of endpoint, read back from one template and taken by CloudFormation."""

from __future__ import annotations

from inspect import signature
from math import inf
from typing import TYPE_CHECKING, Any

import pytest
from alarm_kinds import ALARM, KINDS, SECONDS, alarms_of, fill, read_by
from aws_cdk import App, CfnParameter, Stack
from boards import some
from stack_bench import StackBench

from cdk_sagemaker_scaling import NotificationTopic, _metrics
from sagemaker_capacity_plan import alarm_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Synthesised

    from embedded_aws import EmbeddedAws

pytest_plugins = ["embedded_aws.fixture"]

A_KIND = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(scope="module")
def made(synthesise: Callable[[Callable[[Stack], object]], Synthesised]) -> Synthesised:
    return synthesise(fill)


@A_KIND
def test_an_alarm_reads_what_sagemaker_publishes_for_its_kind_under_its_dimensions(
    made: Synthesised, name: str
) -> None:
    kind = KINDS[name]
    alarms = alarms_of(made, f"all {name}")
    assert set(alarms) == set(kind.reads)
    for id_, expected in kind.reads.items():
        assert set(expected) <= kind.measured.kind.metrics
        read = {
            (namespace, metric): (statistic, dimensions)
            for namespace, metric, statistic, _, dimensions in read_by(alarms[id_])
        }
        assert read == {
            (metric.namespace, metric.name): (statistic, kind.measured.dimensions(metric))
            for metric, statistic in expected.items()
        }


@A_KIND
def test_each_threshold_makes_its_one_alarm_and_none_makes_none(made: Synthesised, name: str) -> None:
    kind = KINDS[name]
    props = set(signature(kind.alarms.__init__).parameters) - {"self", "scope", "id", kind.prop, "topic"}
    assert props - {"latency_statistic", "vcpus", "endpoint_config_name"} == set(kind.thresholds)
    assert alarms_of(made, f"none {name}") == {}
    ids = []
    for prop, value in kind.thresholds.items():
        ((id_, alarm),) = alarms_of(made, f"{prop} {name}").items()
        assert alarm["Threshold"] == (40500 if prop == "latency_ms" else value)
        ids.append(id_)
    assert ids == list(kind.reads)


def test_every_alarm_tells_the_topic_when_it_goes_off_and_when_it_is_over(made: Synthesised) -> None:
    (topic,) = made.of_type("AWS::SNS::Topic")
    for alarm in made.of_type(ALARM).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] == "notBreaching"
        told = str(alarm["AlarmDescription"])  # of a token, with its reference
        at_threshold = "can scale out no more." in told or "maximum concurrency" in told
        assert (alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold") == at_threshold
        periods = {period for *_, period, _ in read_by(alarm)}
        assert len(periods) == 1
        assert alarm_faults(periods.pop(), alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == []


@pytest.mark.parametrize("seconds", SECONDS)
def test_three_instances_are_three_however_often_they_report_and_for_a_quarter_of_an_hour(
    made: Synthesised, seconds: int
) -> None:
    alarm = alarms_of(made, f"every {seconds}")["AtMaximum"]
    ((_, _, statistic, period, _),) = read_by(alarm)
    assert statistic == "SampleCount"
    reports = 3 * period // seconds
    (*_, last) = alarm.get("Metrics", [{"Expression": "samples"}])
    assert eval(last["Expression"], {"samples": reports}) == alarm["Threshold"] == 3  # noqa: S307 - arithmetic
    assert 900 <= alarm["EvaluationPeriods"] * period < 900 + period


@A_KIND
def test_a_plans_numbers_are_the_alarms(made: Synthesised, name: str) -> None:
    kind = KINDS[name]
    seen: set[str] = set()
    for number, plan in enumerate(some(kind.measured.kind)):
        alarms, saturation, scaling = alarms_of(made, f"plan{number} {name}"), plan.saturation, plan.scaling
        low, high = getattr(scaling, "min_capacity", 0), getattr(scaling, "max_capacity", 0)
        load = saturation.highest_invocations_per_minute if saturation and name == "real-time" else None
        latency = saturation.slo_latency_ms if saturation else None
        expected = {
            "Errors": saturation.slo_error_percent if saturation else 1,
            "Latency": None if latency is None else round(latency * 1000, 3),
            "Load": load,
            "AtMaximum": high if low < high else None,
        }
        found = {id_: alarms[id_]["Threshold"] if id_ in alarms else None for id_ in expected}
        assert found == expected
        if latency is not None:
            (*_, (_, _, statistic, _, _)) = read_by(alarms["Latency"])
            assert statistic == saturation.slo_statistic.replace("mean", "Average")
        seen |= {id_ for id_, value in found.items() if value is not None}
    assert seen == {"Errors", "Latency", "Load", "AtMaximum"} & set(kind.reads) - (
        {"Load"} if name == "inference component" else set()
    )


def test_cpu_is_of_each_core(made: Synthesised) -> None:
    assert [query.get("Expression") for query in alarms_of(made, "all real-time")["CpuPerCore"]["Metrics"]] == [
        None,
        "cpu / 4",
    ]


def test_numbers_known_only_at_deploy_are_let_through(made: Synthesised) -> None:
    alarms = alarms_of(made, "tokens")
    assert set(alarms) == {"Errors", "CpuPerCore", "AtMaximum"}
    assert all(alarm["Threshold"] == {"Ref": "Number"} for alarm in alarms.values())
    assert alarms["CpuPerCore"]["Metrics"][-1]["Expression"] == {"Fn::Join": ["", ["cpu / ", {"Ref": "Number"}]]}
    assert "e+28" not in str(made.template)


def test_a_rollback_is_for_the_new_fleets_requests_alone_and_waits_for_no_endpoint(made: Synthesised) -> None:
    ((config, _),) = made.of_type("AWS::SageMaker::EndpointConfig").items()
    ((endpoint, properties),) = made.of_type("AWS::SageMaker::Endpoint").items()
    alarms = alarms_of(made, "RollBack")
    assert endpoint not in str(alarms)
    fleet = {"EndpointName": "rolled", "VariantName": "V"}
    of_config = {**fleet, "EndpointConfigName": {"Fn::GetAtt": [config, "EndpointConfigName"]}}
    dimensions = {id_: [read[-1] for read in read_by(alarm)] for id_, alarm in alarms.items()}
    assert dimensions == {"Errors": [of_config, of_config], "Latency": [of_config], "AtMaximum": [fleet]}
    watched = [
        each["AlarmName"]["Ref"] for each in properties["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    ]
    assert {made.of_type(ALARM)[each]["AlarmDescription"] for each in watched} == {
        alarm["AlarmDescription"] for alarm in alarms.values()
    }


def test_cloudformation_makes_every_alarm(made: Synthesised, embedded_aws: EmbeddedAws) -> None:
    bench = StackBench(embedded_aws, "alarms")
    number = {"Number": made.template["Parameters"]["Number"]}
    assert bench.deploy(made.template["Resources"], Parameters=number) == "CREATE_COMPLETE", bench.reasons
    pages = embedded_aws.client("cloudwatch").get_paginator("describe_alarms").paginate()
    assert len([alarm for page in pages for alarm in page["MetricAlarms"]]) == len(made.of_type(ALARM))


@pytest.fixture(scope="module")
def stack() -> Stack:
    stack = Stack(App(), "Refused")
    NotificationTopic(stack, "Topic")
    return stack


@pytest.mark.parametrize(
    ("name", "props", "told"),
    [
        ("real-time", {"error_percent": -1}, ["error_percent must be 0 to 100, got -1"]),
        (
            "real-time",
            {"latency_ms": 0, "max_capacity": 0},
            ["latency_ms must be above 0", "max_capacity must be at least 1"],
        ),
        (
            "real-time",
            {"latency_ms": 1, "latency_statistic": "median"},
            ["mean or a percentile such as p95, got 'median'"],
        ),
        ("real-time", {"cpu_percent_per_core": 80, "vcpus": None}, ["cpu_percent_per_core needs vcpus"]),
        (
            "real-time",
            {"cpu_percent_per_core": 101, "vcpus": 0},
            ["0 to 100, got 101", "vcpus must be at least 1, got 0"],
        ),
        (
            "real-time",
            {"invocations_per_instance_per_minute": 0},
            ["invocations_per_instance_per_minute must be above 0"],
        ),
        (
            "asynchronous",
            {"expired_per_minute": -1, "failures_per_minute": -2},
            ["failures_per_minute", "expired_per_minute"],
        ),
        ("asynchronous", {"oldest_request_seconds": 0}, ["oldest_request_seconds must be above 0, got 0"]),
        ("serverless", {"concurrency_utilization": 90}, ["concurrency_utilization must be 0 to 1, got 90"]),
        (
            "serverless",
            {"memory_percent": inf, "spillover_per_minute": -1},
            ["memory_percent", "spillover_per_minute"],
        ),
        ("inference component", {"no_capacity_failures_per_minute": -1}, ["must be at least 0, got -1"]),
    ],
)
def test_an_alarm_that_could_say_nothing_is_refused_with_all_faults(
    stack: Stack, name: str, props: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"^alarms of (variant 'V'|inference component 'summaries'): ") as refused:
        KINDS[name].make(stack, f"Refused{len(stack.node.children)}", **props)
    assert all(part in str(refused.value) for part in told)


def test_a_latency_known_only_at_deploy_cannot_be_turned_into_microseconds(stack: Stack) -> None:
    latency = CfnParameter(stack, "Latency", type="Number").value_as_number
    with pytest.raises(ValueError, match="latency_ms is turned into microseconds, so it must be a number"):
        KINDS["real-time"].make(stack, "Token", latency_ms=latency)


@A_KIND
def test_alarms_take_a_plan_of_their_kind_alone(stack: Stack, name: str) -> None:
    kind = KINDS[name]
    other = some(_metrics.SERVERLESS if name != "serverless" else _metrics.REAL_TIME)[0]
    with pytest.raises(ValueError, match=r"takes a plan of kind .*, got one of kind"):
        kind.from_plan(stack, f"Plan {name}", other)
