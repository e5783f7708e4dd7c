"""What watches endpoints: alarms on metrics and on each other, dashboards, and what is logged of events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from kinds_bench import Bench

from embedded_aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_LATENCY: dict[str, Any] = {
    "ComparisonOperator": "GreaterThanThreshold",
    "MetricName": "ModelLatency",
    "Namespace": "AWS/SageMaker",
    "Period": 60,
    "Threshold": 900_000,
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with EmbeddedAws() as aws:
        yield Bench(aws.client)


def test_alarm_on_a_metric(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    properties: dict[str, Any] = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "EndpointName", "Value": "e"}],
        "EvaluationPeriods": "5",
        "DatapointsToAlarm": 5,
        "ExtendedStatistic": "p99",
        "MetricName": "ModelLatency",
        "Namespace": "AWS/SageMaker",
        "Period": 60,
        "Threshold": "900000",
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "OKActions": ["arn:aws:sns:us-east-1:123456789012:t"],
    }
    alarm = bench.create("AWS::CloudWatch::Alarm", **properties, Tags=[{"Key": "a", "Value": "1"}])
    (read,) = cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert (read["AlarmArn"], read["Threshold"], read["EvaluationPeriods"]) == (alarm["Arn"], 900000.0, 5)
    assert read["OKActions"] == properties["OKActions"]
    assert read["StateValue"] == "INSUFFICIENT_DATA", "nothing is measured"
    alarm.update(**{**properties, "Threshold": 5, "OKActions": []})
    (read,) = cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert (read["Threshold"], read["OKActions"]) == (5.0, [])
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["Arn"])["Tags"] == []
    alarm.delete()
    assert cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"] == []


def test_alarm_on_metric_math(bench: Bench) -> None:
    metric = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": [{"Name": "a", "Value": "b"}],
    }
    metrics = [
        {"Id": "failed", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "rate", "Expression": "100 * failed", "Label": "per cent", "ReturnData": True},
    ]
    alarm = bench.create(
        "AWS::CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=metrics,
    )
    (read,) = bench.client("cloudwatch").describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
    assert [each["Id"] for each in read["Metrics"]] == ["failed", "rate"]
    assert read["Metrics"][1]["Expression"] == "100 * failed"
    alarm.delete()


def test_dashboard(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    body = {"widgets": [{"type": "text", "x": 0, "y": 0, "properties": {"markdown": "one"}}]}
    dashboard = bench.create("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody=json.dumps(body))
    assert dashboard.id == "d"
    body["widgets"][0]["x"] = 6
    dashboard.update(DashboardName="d", DashboardBody=json.dumps(body))
    assert json.loads(cloudwatch.get_dashboard(DashboardName="d")["DashboardBody"]) == body
    dashboard.delete()
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_extended_statistics_and_points_out_of_periods(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    properties: dict[str, Any] = {**ON_LATENCY, "EvaluationPeriods": 5, "DatapointsToAlarm": 3, "Period": 10}
    for statistic in ("p99.9", "tm99", "IQM", "TM(10%:90%)", "PR(:300)"):
        alarm = bench.create("AWS::CloudWatch::Alarm", **properties, ExtendedStatistic=statistic)
        (read,) = cloudwatch.describe_alarms(AlarmNames=[alarm.id])["MetricAlarms"]
        assert (read["ExtendedStatistic"], read["DatapointsToAlarm"], read["Period"]) == (statistic, 3, 10)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"DatapointsToAlarm": 6}, "at most EvaluationPeriods, got 6 and 5"),
        ({"Period": 45}, "10, 20, 30 or a multiple of 60"),
        ({"EvaluationPeriods": 1441}, "86400 seconds at most"),
        ({"ExtendedStatistic": "x99"}, "x99"),
        ({"Statistic": "Sum"}, "either a Statistic or an ExtendedStatistic"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "either a MetricName or Metrics"),
    ],
)
def test_an_alarm_that_aws_refuses_is_refused(bench: Bench, changes: dict[str, Any], told: str) -> None:
    properties = {**ON_LATENCY, "EvaluationPeriods": 5, "ExtendedStatistic": "p99", **changes}
    with pytest.raises(ClientError, match=told):
        bench.create("AWS::CloudWatch::Alarm", **properties)


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ([{"Id": "e", "Expression": "100 * failed"}], "refers to failed"),
        ([{"Id": "e", "Expression": "1"}, {"Id": "e", "Expression": "2", "ReturnData": False}], "unique, got e, e"),
        ([{"Id": "e", "Expression": "1"}, {"Id": "f", "Expression": "2"}], "returns data, got e, f"),
        ([{"Id": "e", "Expression": "1", "ReturnData": False}], "returns data, got none"),
        ([{"Id": "e"}], "either an Expression or a MetricStat"),
    ],
)
def test_metric_math_that_aws_refuses_is_refused(bench: Bench, queries: list[dict[str, Any]], told: str) -> None:
    compared = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "EvaluationPeriods": 1}
    with pytest.raises(ClientError, match=told):
        bench.create("AWS::CloudWatch::Alarm", **compared, Metrics=queries)


def test_alarm_on_other_alarms(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    one, other = (
        bench.create("AWS::CloudWatch::Alarm", name, **ON_LATENCY, EvaluationPeriods=1, ExtendedStatistic="p99")
        for name in ("One", "Other")
    )
    properties: dict[str, Any] = {
        "AlarmRule": f'(ALARM("{one["Arn"]}") AND (NOT (OK({other.id}))))',
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"],
        "AlarmDescription": "both",
        "ActionsSuppressor": other["Arn"],
        "ActionsSuppressorWaitPeriod": "60",
        "ActionsSuppressorExtensionPeriod": 120,
    }
    both = bench.create("AWS::CloudWatch::CompositeAlarm", **properties, Tags=[{"Key": "a", "Value": "1"}])

    def read() -> dict[str, Any]:
        told = cloudwatch.describe_alarms(AlarmNames=[both.id], AlarmTypes=["CompositeAlarm"])
        (alarm,) = told["CompositeAlarms"]
        return dict(alarm)

    first = read()
    assert {name: first[name] for name in properties} == {**properties, "ActionsSuppressorWaitPeriod": 60}
    assert first["AlarmArn"] == both["Arn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=both["Arn"])["Tags"] == [{"Key": "a", "Value": "1"}]
    assert both.id not in [each["AlarmName"] for each in cloudwatch.describe_alarms()["MetricAlarms"]]
    both.update(AlarmRule=f"ALARM({one.id})", ActionsEnabled="false")
    assert (read()["AlarmRule"], read()["ActionsEnabled"]) == (f"ALARM({one.id})", False)
    assert "ActionsSuppressor" not in read()
    both.delete()
    with pytest.raises(ValueError, match="not enough values to unpack"):
        read()


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("ALARM(none)", r"alarms \[none\] in the alarm rule do not exist"),
        ("ALARM(none", "no expression"),
        ("MAYBE", "no expression"),
    ],
)
def test_a_rule_names_alarms_that_exist(bench: Bench, rule: str, told: str) -> None:
    with pytest.raises(ClientError, match=told):
        bench.create("AWS::CloudWatch::CompositeAlarm", AlarmRule=rule)


def test_tags_of_a_dashboard_go_with_it(bench: Bench) -> None:
    cloudwatch = bench.client("cloudwatch")
    named: dict[str, Any] = {"DashboardName": "tagged", "DashboardBody": json.dumps({"widgets": []})}
    dashboard = bench.create("AWS::CloudWatch::Dashboard", **named, Tags=[{"Key": "a", "Value": "1"}])
    arn = cloudwatch.get_dashboard(DashboardName="tagged")["DashboardArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    dashboard.delete()
    bench.create("AWS::CloudWatch::Dashboard", **named)
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_events_are_logged_by_a_rule_that_a_policy_permits(bench: Bench) -> None:
    logs, events = bench.client("logs"), bench.client("events")
    group = bench.create("AWS::Logs::LogGroup", RetentionInDays=30)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": group["Arn"],
    }
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": [statement]}
    permits = bench.create("AWS::Logs::ResourcePolicy", PolicyName="events", PolicyDocument=document)
    (read,) = logs.describe_resource_policies()["resourcePolicies"]
    assert (permits.id, json.loads(read["policyDocument"])) == ("events", document)
    with pytest.raises(ValueError, match="policy events already exists"):
        bench.create("AWS::Logs::ResourcePolicy", PolicyName="events", PolicyDocument=document)

    pattern = {
        "source": ["aws.application-autoscaling"],
        "detail-type": ["Application Auto Scaling Scaling Activity"],
    }
    rule = bench.create(
        "AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "log", "Arn": group["Arn"].removesuffix(":*")}]
    )
    assert json.loads(events.describe_rule(Name=rule.id)["EventPattern"]) == pattern
    (target,) = events.list_targets_by_rule(Rule=rule.id)["Targets"]
    assert group.id in target["Arn"]

    permits.update(PolicyName="events", PolicyDocument=json.dumps({**document, "Statement": []}))
    (read,) = logs.describe_resource_policies()["resourcePolicies"]
    assert json.loads(read["policyDocument"])["Statement"] == []
    for made in (rule, permits, group):
        made.delete()
    assert logs.describe_resource_policies()["resourcePolicies"] == []


def test_state_machine(bench: Bench) -> None:
    machines = bench.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/states"
    group = bench.create("AWS::Logs::LogGroup")["Arn"]
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}}
    properties: dict[str, Any] = {
        "DefinitionString": json.dumps(definition).replace('"Wait"', '"${name}"'),
        "DefinitionSubstitutions": {"name": "Wait"},
        "RoleArn": role,
        "LoggingConfiguration": {
            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}],
            "IncludeExecutionData": "true",
            "Level": "ALL",
        },
        "TracingConfiguration": {"Enabled": True},
    }
    machine = bench.create("AWS::StepFunctions::StateMachine", **properties, Tags=[{"Key": "a", "Value": "1"}])
    assert machine.id == machine["Arn"]
    read = machines.describe_state_machine(stateMachineArn=machine.id)
    assert (json.loads(read["definition"]), read["name"], read["type"]) == (definition, machine["Name"], "STANDARD")
    assert read["loggingConfiguration"]["destinations"] == [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    assert read["loggingConfiguration"]["includeExecutionData"] is True
    assert machines.list_tags_for_resource(resourceArn=machine.id)["tags"] == [{"key": "a", "value": "1"}]
    definition["States"]["Wait"]["Seconds"] = 2  # type: ignore[index] # of a nested literal
    machine.update(Definition=definition, RoleArn=role)
    read = machines.describe_state_machine(stateMachineArn=machine.id)
    assert json.loads(read["definition"]) == definition
    assert machines.list_tags_for_resource(resourceArn=machine.id)["tags"] == []
    with pytest.raises(ValueError, match="either a Definition or a DefinitionString"):
        bench.create("AWS::StepFunctions::StateMachine", RoleArn=role)
    machine.delete()
    assert machines.list_state_machines()["stateMachines"] == []
