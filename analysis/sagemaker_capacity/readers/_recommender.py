"""SageMaker Inference Recommender: what a job recommends, and the minutes that it measured to say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pandas as pd

from sagemaker_capacity._benchmark import Benchmark, BenchmarkError

from ._cloudwatch import CloudWatchClient, Window, read_endpoints
from ._json import documents
from ._source import Source, open_source

_ENDED_WELL = "COMPLETED"


class SageMakerClient(Protocol):
    """What is used of boto3's client of SageMaker."""

    def describe_inference_recommendations_job(self, **asked: Any) -> Any:  # noqa: ANN401 - boto3's own
        """Describe a job."""


@dataclass(frozen=True)
class Recommendation:
    """One configuration that the job put under load; None where the job tells no such figure.

    `window` is when it was under load, which CloudWatch's metrics outlive; None where the job does not tell.
    """

    instance_type: str
    initial_instance_count: int
    window: Window | None
    max_invocations_per_minute: float | None
    model_latency_ms: float | None
    cost_usd_per_hour: float | None
    cost_usd_per_million: float | None
    cpu_percent: float | None
    memory_percent: float | None


@dataclass(frozen=True)
class RecommenderJob:
    """A job of Inference Recommender: `job_type` is Default or Advanced, `status` as AWS says it."""

    name: str
    job_type: str
    status: str
    failure_reason: str | None
    recommendations: tuple[Recommendation, ...]

    @property
    def told(self) -> str:
        """What became of the job, in a sentence. A job that was stopped did not complete."""
        many = len(self.recommendations)
        measured = f"with {many} recommendation{'' if many == 1 else 's'}"
        if self.status == _ENDED_WELL:
            return f"the {self.job_type} job {self.name} completed {measured}"
        reason = f": {self.failure_reason}" if self.failure_reason else ""
        return f"the {self.job_type} job {self.name} is {self.status} {measured}{reason}"

    def compared(self) -> pd.DataFrame:
        """Every recommendation, the cheapest per million requests first; units in the columns, NaN where untold."""
        columns = [name for name in Recommendation.__dataclass_fields__ if name != "window"]
        rows = [{name: getattr(each, name) for name in columns} for each in self.recommendations]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.sort_values(["cost_usd_per_million", "instance_type"], ignore_index=True)


def recognises(beginning: str) -> bool:
    """Whether it is what DescribeInferenceRecommendationsJob answers."""
    named = '"JobName"' in beginning and '"JobType"' in beginning
    return beginning.lstrip().startswith("{") and (named or '"InferenceRecommendations"' in beginning)


def read_job(path: Path) -> RecommenderJob:
    """Read a job that ``aws sagemaker describe-inference-recommendations-job`` printed.

    Raises:
        BenchmarkError: it is no such file.
    """
    return _saved(open_source(path))


def refuse(source: Source) -> NoReturn:
    """Say what became of a saved job, and where its minutes are: the job tells its recommendations alone.

    Raises:
        BenchmarkError: always.
    """
    job = _saved(source)
    windows = "".join(
        f"\n  - {each.instance_type}: {window.endpoint_name}/{window.variant_name}, "
        f"{window.start.isoformat()} to {window.end.isoformat()}"
        for each in job.recommendations
        if (window := each.window)
    )
    where = f" They are CloudWatch's metrics of:{windows}" if windows else ""
    raise BenchmarkError(f"the benchmark {source.path} cannot be used: {job.told}, and tells no minutes.{where}")


def describe_job(client: SageMakerClient, job_name: str) -> RecommenderJob:
    """Ask for a job, whatever became of it."""
    return _job(client.describe_inference_recommendations_job(JobName=job_name))


def read_recommendations(
    cloudwatch: CloudWatchClient, job: RecommenderJob, *, now: datetime
) -> list[tuple[Recommendation, Benchmark]]:
    """The minutes of every recommendation, from CloudWatch, in the job's order.

    Raises:
        BenchmarkError: the job FAILED, was STOPPED or still runs, recommends nothing, does not tell when it
            measured, or CloudWatch has no data of it.
        ValueError: the data is older than CloudWatch keeps it.
    """
    if job.status != _ENDED_WELL or not job.recommendations:
        raise BenchmarkError(f"{job.told}: no measurement of it is whole. Run the job again.")
    windows = [each.window for each in job.recommendations if each.window]
    if len(windows) < len(job.recommendations):
        raise BenchmarkError(f"{job.told} and tells no InvocationStartTime and InvocationEndTime: give the window.")
    return list(zip(job.recommendations, read_endpoints(cloudwatch, windows, now=now), strict=True))


def _saved(source: Source) -> RecommenderJob:
    found = [document for _, document in documents(source)]
    if len(found) != 1 or "Status" not in found[0]:
        raise BenchmarkError(f"the benchmark {source.path} is no answer of DescribeInferenceRecommendationsJob.")
    with source.built_like("a job of Inference Recommender"):
        return _job(found[0])


def _job(told: Mapping[str, Any]) -> RecommenderJob:
    return RecommenderJob(
        name=told["JobName"],
        job_type=told["JobType"],
        status=told["Status"],
        failure_reason=told.get("FailureReason"),
        recommendations=tuple(_recommendation(each) for each in told.get("InferenceRecommendations", [])),
    )


def _recommendation(told: Mapping[str, Any]) -> Recommendation:
    endpoint, metrics = told["EndpointConfiguration"], told.get("Metrics", {})
    begin, end = (_time(told.get(f"Invocation{which}Time")) for which in ("Start", "End"))
    per_inference = _number(metrics, "CostPerInference")
    return Recommendation(
        instance_type=endpoint.get("InstanceType", "serverless"),
        initial_instance_count=endpoint.get("InitialInstanceCount", 1),
        window=Window(endpoint["EndpointName"], endpoint["VariantName"], begin, end) if begin and end else None,
        max_invocations_per_minute=_number(metrics, "MaxInvocations"),
        model_latency_ms=_number(metrics, "ModelLatency"),  # in milliseconds, unlike CloudWatch's
        cost_usd_per_hour=_number(metrics, "CostPerHour"),
        cost_usd_per_million=None if per_inference is None else per_inference * 1_000_000,
        cpu_percent=_number(metrics, "CpuUtilization"),
        memory_percent=_number(metrics, "MemoryUtilization"),
    )


def _time(told: str | float | datetime | None) -> datetime | None:
    """A time; the AWS CLI prints it in ISO 8601, or as it came, in seconds since 1970."""
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told, UTC)
    return datetime.fromisoformat(told) if isinstance(told, str) else told


def _number(metrics: Mapping[str, Any], name: str) -> float | None:
    """A figure; AWS writes NaN, or "NaN" in JSON, for one that it does not have."""
    value = metrics.get(name)
    return None if value is None or isnan(float(value)) else float(value)
