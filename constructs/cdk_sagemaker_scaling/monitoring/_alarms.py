"""Alarms on one thing that is measured, and how each is made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling._checks import above_zero, at_least, in_words, unresolved, within
from cdk_sagemaker_scaling.endpoints._measured import Measured
from cdk_sagemaker_scaling.scaling._queries import alarmed

from ._readings import Reading, count, cpu_per_core, of_one_fleet, period_seconds, plain

_MINUTES_OF_ERRORS = 5
_MINUTES_OF_LATENCY = 3
MINUTES_FULL = 15  # longer than scaling needs, as a rule, to do something about it
_STATISTIC = re.compile(r"mean|p(\d{1,2}(\.\d+)?|100)")


@dataclass(frozen=True)
class Watch:
    """One alarm: what is read, and beyond what for how long it goes off.

    Attributes:
        id: the construct's id.
        description: what it means when it goes off.
        reading: what is read.
        threshold: in the unit of what is read.
        minutes: for how long without a break.
        at_threshold: whether the threshold itself is too much.
    """

    id: str
    description: str
    reading: Reading
    threshold: float
    minutes: int
    at_threshold: bool = False


class AlarmGroup(Construct):
    """Alarms on one variant or component, each told to a topic when it goes off and when it is over.

    A minute without data is a good one: what has no requests does not fail.
    """

    _made: list[cloudwatch.CfnAlarm]

    @cached_property
    def alarms(self) -> list[cloudwatch.IAlarm]:
        """What was made: to be shown, combined, or given to a deployment as `rollback_alarms`."""
        return [cloudwatch.Alarm.from_alarm_name(alarm, "Alarm", alarm.ref) for alarm in self._made]

    def _watch(
        self,
        measured: Measured,
        topic: sns.ITopic,
        watches: Iterable[Watch],
        endpoint_config_name: str | None = None,
    ) -> None:
        self._made = []
        told = [topic.topic_arn]
        for watch in watches:
            seconds = period_seconds(watch.reading, measured)
            periods = ceil(watch.minutes * 60 / seconds)
            reading = watch.reading
            if endpoint_config_name is not None:
                reading = of_one_fleet(reading, measured, endpoint_config_name)
            alarm = cloudwatch.CfnAlarm(
                self,
                watch.id,
                alarm_description=watch.description,
                comparison_operator=f"GreaterThan{'OrEqualTo' if watch.at_threshold else ''}Threshold",
                threshold=watch.threshold,
                evaluation_periods=periods,
                datapoints_to_alarm=periods,
                treat_missing_data="notBreaching",
                alarm_actions=told,
                ok_actions=told,
                **alarmed(reading, measured, seconds),
            )
            self._made.append(alarm)


def errors(named: str, error_percent: float | None, reading: Reading) -> list[Watch]:
    """On the share of requests that fail."""
    if error_percent is None:
        return []
    what = f"More than {in_words(error_percent)} % of the requests to {named} fail."
    return [Watch("Errors", what, reading, error_percent, _MINUTES_OF_ERRORS)]


def latency(named: str, latency_ms: float | None, statistic: str) -> list[Watch]:
    """On the model's latency, which CloudWatch has in microseconds."""
    if latency_ms is None:
        return []
    what = f"The {statistic} model latency of {named} is above {latency_ms:g} ms."
    slow = plain(metrics.MODEL_LATENCY, statistic)
    return [Watch("Latency", what, slow, metrics.microseconds(latency_ms), _MINUTES_OF_LATENCY)]


def above(
    id: str,  # noqa: A002
    what: str,
    metric: metrics.SageMakerMetric,
    threshold: float | None,
    *,
    minutes: int,
    at_threshold: bool = False,
) -> list[Watch]:
    """On a metric as it is published; ``{}`` in the text stands for the threshold."""
    if threshold is None:
        return []
    return [Watch(id, what.replace("{}", in_words(threshold)), plain(metric), threshold, minutes, at_threshold)]


def full_cores(named: str, cpu_percent_per_core: float | None, vcpus: float | None) -> list[Watch]:
    """On the CPU of each core."""
    if cpu_percent_per_core is None or vcpus is None:
        return []
    what = f"Each core of {named} is more than {in_words(cpu_percent_per_core)} % busy."
    return [Watch("CpuPerCore", what, cpu_per_core(vcpus), cpu_percent_per_core, MINUTES_FULL)]


def at_maximum(
    named: str, of: str, max_capacity: float | None, metric: metrics.SageMakerMetric, publish_seconds: int
) -> list[Watch]:
    """On capacity that is all used up."""
    if max_capacity is None:
        return []
    what = f"{named} runs all of its {in_words(max_capacity)} {of} and can scale out no more."
    counted = count(metric, publish_seconds)
    return [Watch("AtMaximum", what[0].upper() + what[1:], counted, max_capacity, MINUTES_FULL, at_threshold=True)]


def objective_faults(error_percent: float | None, latency_ms: float | None, statistic: str) -> list[str]:
    """Why alarms on an objective could say nothing."""
    faults = within("error_percent", error_percent, 0, 100)
    if latency_ms is None:
        return faults
    faults += above_zero("latency_ms", latency_ms)
    if unresolved(latency_ms):
        faults.append("latency_ms is turned into microseconds, so it must be a number and no token")
    if not _STATISTIC.fullmatch(statistic):
        faults.append(f"latency_statistic must be mean or a percentile such as p95, got {statistic!r}")
    return faults


def capacity_faults(max_capacity: float | None, **loads: float | None) -> list[str]:
    """Why alarms on capacity and on what it carries could say nothing."""
    faults = [fault for name, load in loads.items() if load is not None for fault in above_zero(name, load)]
    return faults + (at_least("max_capacity", max_capacity, 1) if max_capacity is not None else [])


def cpu_faults(cpu_percent_per_core: float | None, vcpus: float | None) -> list[str]:
    """Why an alarm on the CPU of each core could say nothing."""
    faults = within("cpu_percent_per_core", cpu_percent_per_core, 0, 100)
    faults += at_least("vcpus", vcpus, 1) if vcpus is not None else []
    if cpu_percent_per_core is not None and vcpus is None:
        faults.append("cpu_percent_per_core needs vcpus, the cores of an instance, over which CPU is summed")
    return faults
