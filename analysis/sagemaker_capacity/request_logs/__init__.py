"""Request logs larger than memory to a benchmark a minute and a summary a group, by one Ibis expression.

Every row becomes one of at most 1728 buckets of integer microseconds, inside the engine (DuckDB here, Spark where
one machine is outgrown), which counts them by minute and group; percentiles come from those counts. So memory
grows with minutes and groups, never with rows, and neither threads, nor files, nor the engine change the answer.

A name is imported at its first use, so that who counts by the engine alone does not wait for pandas.
"""

from typing import TYPE_CHECKING

from sagemaker_capacity._lazy_names import lazily

if TYPE_CHECKING:
    from ._columns import LogColumns
    from ._reading import RequestLogs, read_request_logs

_HOMES = {"LogColumns": "_columns", "RequestLogs": "_reading", "read_request_logs": "_reading"}

__all__ = ["LogColumns", "RequestLogs", "read_request_logs"]


__getattr__ = lazily(__name__, _HOMES)
