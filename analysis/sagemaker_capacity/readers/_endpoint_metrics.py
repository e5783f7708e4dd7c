"""CloudWatch's metrics of an endpoint's variant, and the frame that they make, live and from an export alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sagemaker_capacity._benchmark import CPU_SUM, ERRORS, GPU_SUM, INVOCATIONS, MEMORY, TIME

from ._measured import MEAN, PERCENTILES, Measured, nothing

MINUTE_SECONDS = 60
_MICROSECONDS = 0.001  # of a millisecond
_SAME = 0.005  # how far apart two counts of the same may lie


@dataclass(frozen=True)
class Metric:
    """A metric of SageMaker with the statistics that tell something of it."""

    name: str
    statistics: tuple[str, ...]
    unit: str
    namespace: str = "AWS/SageMaker"


# Sum for counts, percentiles for a latency, the average of what is used.
_INSTANCES = "/aws/sagemaker/Endpoints"
_ANSWERS = ("Average", *(f"p{percent}" for percent in PERCENTILES))
METRICS = {
    metric.name: metric
    for metric in (
        Metric("Invocations", ("Sum",), "None"),
        Metric("InvocationsPerInstance", ("Sum",), "None"),
        Metric("InvocationModelErrors", ("Sum",), "None"),
        Metric("Invocation4XXErrors", ("Sum",), "None"),
        Metric("Invocation5XXErrors", ("Sum",), "None"),
        Metric("ModelLatency", _ANSWERS, "Microseconds"),
        Metric("CPUUtilization", ("Average",), "Percent", _INSTANCES),
        Metric("MemoryUtilization", ("Average",), "Percent", _INSTANCES),
        Metric("GPUUtilization", ("Average",), "Percent", _INSTANCES),
    )
}
_USED = {"CPUUtilization": CPU_SUM, "MemoryUtilization": MEMORY, "GPUUtilization": GPU_SUM}
Series = Mapping[tuple[str, str], "pd.Series[float]"]


def frame_of(series: Series, period_seconds: int, faults: list[str]) -> Measured:
    """The rows of the periods that have Invocations, each count as a rate per minute.

    Errors are the larger of InvocationModelErrors, which counts every answer that was none or not 2XX, and of
    4XX and 5XX together, for they tell of the same requests. Latency is ModelLatency, as SageMaker sees it.
    """
    invocations = series.get(("Invocations", "Sum"))
    if invocations is None or invocations.empty:
        faults.append("no data of Invocations: is it the endpoint's and the variant's name, and the window in UTC?")
        return Measured(nothing())
    for (name, statistic), values in series.items():
        faults += [
            f"{name} {statistic} of {time:%Y-%m-%dT%H:%MZ} must be a number of at least 0, got {value}"
            for time, value in values[~values.between(0, float("inf"), inclusive="left")].items()
        ]
    per_minute = MINUTE_SECONDS / period_seconds
    times = invocations.index
    frame = pd.DataFrame({TIME: times, INVOCATIONS: invocations * per_minute})
    per_instance = series.get(("InvocationsPerInstance", "Sum"))
    if per_instance is not None and (shared := per_instance.sum()) < invocations.sum() * (1 - _SAME) and shared > 0:
        faults.append(
            f"{invocations.sum():g} invocations, {shared:g} of them an instance: several instances answered, "
            "and a benchmark is of one"
        )
    counts = {
        name: series[name, "Sum"].reindex(times).fillna(0)
        for name in ("InvocationModelErrors", "Invocation4XXErrors", "Invocation5XXErrors")
        if (name, "Sum") in series
    }
    if counts:
        zero = pd.Series(0.0, index=times)
        by_status = counts.get("Invocation4XXErrors", zero) + counts.get("Invocation5XXErrors", zero)
        failed = counts.get("InvocationModelErrors", zero).combine(by_status, max)
        frame[ERRORS] = failed * per_minute
    for statistic in _ANSWERS:
        if ("ModelLatency", statistic) in series:
            microseconds = series["ModelLatency", statistic].reindex(times)
            frame[MEAN if statistic == "Average" else statistic] = microseconds * _MICROSECONDS
    for name, column in _USED.items():
        if (name, "Average") in series:
            frame[column] = series[name, "Average"].reindex(times)
    warnings: tuple[str, ...] = ()
    if period_seconds != MINUTE_SECONDS:
        warnings = (f"CloudWatch has periods of {period_seconds} s there: a rate is the mean of its period.",)
    return Measured(frame, warnings=warnings)
