"""CloudWatch: alarms on metrics and on other alarms, and dashboards."""

from typing import Any

from botocore import xform_name

from embedded_aws.cloudformation.kind import Context, Physical
from embedded_aws.kinds.api import call, gone_is_fine, is_gone
from embedded_aws.kinds.resource import AlreadyExistsError, Resource, changed, some
from embedded_aws.kinds.tagging import Tagging

TAGS = Tagging("cloudwatch", resource="ResourceARN")
PUT = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)


COMPOSITE_PUT = (
    "ActionsEnabled",
    "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod",
    "ActionsSuppressorWaitPeriod",
    "AlarmActions",
    "AlarmDescription",
    "AlarmRule",
    "InsufficientDataActions",
    "OKActions",
)
TYPES = ("MetricAlarm", "CompositeAlarm")


class _Alarm(Resource):
    """An alarm of a type; Ref is its name. Each put replaces the whole of it.

    Attributes:
        operation: "PutMetricAlarm".
        listed: the member of DescribeAlarms's answer that has it.
        put: the properties that the operation takes.
    """

    operation = ""
    listed = ""
    put: tuple[str, ...] = ()

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the alarm, unless there is one of any type: the put would overwrite it."""
        name = properties.get("AlarmName") or context.name(logical_id, limit=255)
        found = call(context.client("cloudwatch"), "describe_alarms", AlarmNames=[name], AlarmTypes=list(TYPES))
        if found["MetricAlarms"] or found["CompositeAlarms"]:
            raise AlreadyExistsError(f"{self.type}: alarm {name} already exists")
        return Physical(name, {})

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the alarm."""
        cloudwatch = context.client("cloudwatch")
        if changed(old, new, *self.put):
            call(cloudwatch, xform_name(self.operation), AlarmName=physical.id, **some(new, *self.put))
        TAGS.apply(context, self._described(context, physical)["AlarmArn"], new)

    def read(self, context: Context, physical: Physical, properties: dict[str, Any]) -> Physical:
        """Describes the alarm, and makes sure that it is what was put."""
        described = self._described(context, physical)
        model = context.client("cloudwatch").meta.service_model
        shape = model.operation_model(self.operation).input_shape
        self.refuse_what_was_lost(shape, some(properties, *self.put), described)
        return Physical(physical.id, {"Arn": described["AlarmArn"]})

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the alarm."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("cloudwatch"), "delete_alarms", AlarmNames=[physical.id])

    def _described(self, context: Context, physical: Physical) -> dict[str, Any]:
        found = call(
            context.client("cloudwatch"), "describe_alarms", AlarmNames=[physical.id], AlarmTypes=list(TYPES)
        )
        alarm: dict[str, Any] = found[self.listed][0]
        return alarm


class Alarm(_Alarm):
    """An alarm on a metric or on metric math."""

    type = "AWS::CloudWatch::Alarm"
    operation, listed, put = "PutMetricAlarm", "MetricAlarms", PUT
    carried = frozenset({"AlarmName", "Tags", *PUT})


class CompositeAlarm(_Alarm):
    """An alarm on other alarms."""

    type = "AWS::CloudWatch::CompositeAlarm"
    operation, listed, put = "PutCompositeAlarm", "CompositeAlarms", COMPOSITE_PUT
    carried = frozenset({"AlarmName", "Tags", *COMPOSITE_PUT})


class Dashboard(Resource):
    """A dashboard; Ref is its name."""

    type = "AWS::CloudWatch::Dashboard"
    carried = frozenset({"DashboardBody", "DashboardName", "Tags"})

    def make(self, context: Context, logical_id: str, properties: dict[str, Any]) -> Physical:
        """Names the dashboard, unless there is one: PutDashboard would overwrite it."""
        name = properties.get("DashboardName") or context.name(logical_id, limit=255)
        cloudwatch = context.client("cloudwatch")
        try:
            call(cloudwatch, "get_dashboard", DashboardName=name)
        except cloudwatch.exceptions.ClientError as error:
            if not is_gone(error):
                raise
            return Physical(name, {})
        raise AlreadyExistsError(f"{self.type}: dashboard {name} already exists")

    def configure(self, context: Context, physical: Physical, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Puts the dashboard, and sets its tags."""
        del old
        body = new["DashboardBody"]
        cloudwatch = context.client("cloudwatch")
        answer = call(cloudwatch, "put_dashboard", DashboardName=physical.id, DashboardBody=body)
        messages = answer.get("DashboardValidationMessages", [])
        if messages:
            raise ValueError(f"{self.type}: {messages}")
        arn = call(cloudwatch, "get_dashboard", DashboardName=physical.id)["DashboardArn"]
        TAGS.apply(context, arn, new)

    def delete(self, context: Context, logical_id: str, physical: Physical, properties: dict[str, Any]) -> None:
        """Deletes the dashboard."""
        del logical_id, properties
        with gone_is_fine():
            call(context.client("cloudwatch"), "delete_dashboards", DashboardNames=[physical.id])
