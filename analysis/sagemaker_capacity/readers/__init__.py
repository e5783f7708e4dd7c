"""Readers of the benchmarks that people have: each to the one checked frame of a `Benchmark`.

Files are read by `sagemaker_capacity.read_benchmark`, which tells them apart by their content. Live, with clients
of boto3 handed in: `read_endpoint` from CloudWatch, `describe_job` and `read_recommendations` from an Inference
Recommender job.
"""

from ._cloudwatch import Window, period_seconds, read_endpoint, read_endpoints
from ._formats import FORMATS, read
from ._minutes_csv import as_minutes_csv
from ._recommender import Recommendation, RecommenderJob, describe_job, read_job, read_recommendations

__all__ = [
    "FORMATS",
    "Recommendation",
    "RecommenderJob",
    "Window",
    "as_minutes_csv",
    "describe_job",
    "period_seconds",
    "read",
    "read_endpoint",
    "read_endpoints",
    "read_job",
    "read_recommendations",
]
