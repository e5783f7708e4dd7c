"""CloudWatch's alarms as AWS has them, where moto differs. No alarm changes its state by data here.

Replaced, and why: `CloudWatchResponse.put_metric_alarm` (it checks little) and `.describe_alarms` (it tells also
composite alarms, unasked), `CloudWatchBackend.put_metric_alarm` (it has no trimmed means, and new alarms are OK).
`put_composite_alarm` is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

_moto_put = CloudWatchResponse.put_metric_alarm
_moto_describe = CloudWatchResponse.describe_alarms
_moto_store = CloudWatchBackend.put_metric_alarm

_SHORT_PERIODS = (10, 20, 30)
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
_NUMBER = r"\d+(?:\.\d+)?"
_EXTENDED = re.compile(
    rf"p{_NUMBER}|IQM|(?:tm|wm|tc|ts){_NUMBER}|(?:TM|WM|TC|TS|PR)\((?:{_NUMBER}%?)?:(?:{_NUMBER}%?)?\)"
)
_STATE_OF = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s()]+))\s*\)")
_RULE_WORDS = re.compile(r"(?:AND|OR|NOT|TRUE|FALSE|[()\s])*")
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def install() -> None:
    """Put these functions in place of moto's, and add PutCompositeAlarm, which it lacks."""
    for operation in (put_metric_alarm, put_composite_alarm, describe_alarms):
        setattr(CloudWatchResponse, operation.__name__, operation)
    setattr(CloudWatchBackend, "put_metric_alarm", _store)  # noqa: B010 - mypy refuses the assignment


def put_metric_alarm(self: CloudWatchResponse) -> ActionResult:
    """PutMetricAlarm: moto takes whatever is given."""
    asked = self.params
    if ("MetricName" in asked) == bool(asked.get("Metrics")):
        raise InvalidParameterCombination("An alarm watches either a MetricName or Metrics.")
    faults = [*_of_metrics(asked["Metrics"])] if asked.get("Metrics") else [*_of_metric(asked)]
    faults += _of_evaluation(asked)
    if faults:
        raise ValidationError(" ".join(faults))
    return _moto_put(self)


def put_composite_alarm(self: CloudWatchResponse) -> EmptyResult:
    """PutCompositeAlarm: the alarms that its rule and its suppressor name must exist."""
    asked, backend = self.params, self.cloudwatch_backend
    suppression = [name for name in _SUPPRESSION if name in asked]
    if suppression and len(suppression) < len(_SUPPRESSION):
        raise InvalidParameterCombination(f"{', '.join(_SUPPRESSION)} are given together, got {suppression}")
    named = [*_alarms_of(asked["AlarmRule"]), *([asked["ActionsSuppressor"]] if suppression else [])]
    missing = [name for name in named if name.rpartition(":alarm:")[2] not in backend.alarms]
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    alarm: Alarm = backend.put_metric_alarm(
        name=asked["AlarmName"],
        rule=asked["AlarmRule"],
        description=asked.get("AlarmDescription"),
        actions_enabled=asked.get("ActionsEnabled", True),
        alarm_actions=asked.get("AlarmActions", []),
        ok_actions=asked.get("OKActions", []),
        insufficient_data_actions=asked.get("InsufficientDataActions", []),
        tags=asked.get("Tags", []),
        **_NOT_OF_A_COMPOSITE,
    )
    # moto's answer finds a member by its name among the attributes.
    vars(alarm).update({name: asked[name] for name in suppression})
    return EmptyResult()


_NOT_OF_A_COMPOSITE: dict[str, Any] = {
    "namespace": None,
    "metric_name": None,
    "comparison_operator": None,
    "evaluation_periods": None,
    "period": None,
    "threshold": None,
    "statistic": None,
    "dimensions": [],
}


def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    """DescribeAlarms: metric alarms, unless AlarmTypes asks for the other ones."""
    found: Any = _moto_describe(self).result
    types = self.params.get("AlarmTypes") or ["MetricAlarm"]
    return ActionResult({f"{type_}s": found[f"{type_}s"] if type_ in types else [] for type_ in _TYPES})


_TYPES = ("MetricAlarm", "CompositeAlarm")


def _store(self: CloudWatchBackend, *, extended_statistic: str | None = None, **named: Any) -> Alarm:  # noqa: ANN401
    """Keep the statistic from moto, which knows percentiles alone; and of what nothing is measured, say so."""
    alarm = _moto_store(self, **named)
    alarm.extended_statistic = extended_statistic
    if alarm.rule is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    return alarm


def _of_metric(asked: dict[str, Any]) -> Iterator[str]:
    if ("Statistic" in asked) == ("ExtendedStatistic" in asked):
        yield "An alarm on a metric has either a Statistic or an ExtendedStatistic."
    extended = asked.get("ExtendedStatistic")
    if extended is not None and not _EXTENDED.fullmatch(extended):
        raise InvalidParameterValue(f"The value {extended} for parameter ExtendedStatistic is not supported.")
    if "Period" not in asked:
        yield "An alarm on a metric has a Period."


def _of_metrics(queries: list[dict[str, Any]]) -> Iterator[str]:
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids):
        yield f"The Ids of Metrics are unique, got {', '.join(ids)}."
    for query in queries:
        if ("Expression" in query) == ("MetricStat" in query):
            yield f"{query['Id']} has either an Expression or a MetricStat."
        unknown = sorted(_ids_in(query.get("Expression", "")) - set(ids))
        if unknown:
            yield f"The expression of {query['Id']} refers to {', '.join(unknown)}, which Metrics has not."
    returned = [query["Id"] for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        yield f"Exactly one of Metrics returns data, got {', '.join(returned) or 'none'}."


def _ids_in(expression: str) -> set[str]:
    """The ids of an expression, which begin with a small letter; what is quoted is none."""
    return set(re.findall(r"\b[a-z]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)))


def _of_evaluation(asked: dict[str, Any]) -> Iterator[str]:
    periods, points = asked["EvaluationPeriods"], asked.get("DatapointsToAlarm")
    if points is not None and points > periods:
        yield f"DatapointsToAlarm is at most EvaluationPeriods, got {points} and {periods}."
    seconds = [asked["Period"]] if "Period" in asked else []
    for query in asked.get("Metrics", []):
        seconds += [query["Period"]] if "Period" in query else []
        seconds += [query["MetricStat"]["Period"]] if "MetricStat" in query else []
    for period in seconds:
        if period not in _SHORT_PERIODS and period % _MINUTE:
            yield f"A Period is 10, 20, 30 or a multiple of 60 seconds, got {period}."
        most = _DAY if period < _HOUR else _WEEK
        if period * periods > most:
            yield f"An alarm looks back {most} seconds at most, got {periods} periods of {period} seconds."


def _alarms_of(rule: str) -> list[str]:
    """The alarms that a rule names.

    Raises:
        ValidationError: it is no rule.
    """
    rest = _STATE_OF.sub(" ", rule)
    if not _RULE_WORDS.fullmatch(rest) or rest.count("(") != rest.count(")"):
        raise ValidationError(f"AlarmRule is no expression of alarms' states: {rule}")
    return ["".join(names) for names in _STATE_OF.findall(rule)]
