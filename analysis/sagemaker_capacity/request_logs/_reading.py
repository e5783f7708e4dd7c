"""Request logs to a benchmark, a row a minute, and to a summary, a row a group."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, TIME, Benchmark, BenchmarkError

from ._columns import PERCENTILES, LogColumns
from ._engines import Engine, Progress, engine_named
from ._expression import FAILED, FIRST_US, LAST_US, MINUTE, keys, tally
from ._faults import Asked, refuse_faults
from ._files import LogFiles, find_logs
from ._histogram import COUNT, SUM_US, merged, percentile_us
from ._statements import epoch_microseconds, logs

_MOST_COUNTS = 5_000_000  # of one group, minute and bucket each, which is what memory is needed for
_DECIMALS = 6  # as a plan writes a number


@dataclass(frozen=True)
class RequestLogs:
    """What the logs say, the same bytes for the same rows however they lie in files, and whatever reads them.

    Attributes:
        benchmark: a row a minute in which a request was, over all groups, with the latencies mean, p50, p90, p95
            and p99 of those that succeeded, in ms; its `sha256` is that of the counts, not of any file. The first
            and the last minute may be partly covered.
        concurrency: a row a group of `LogColumns.by`, those with failures alone too: ``requests``, ``errors``,
            ``latency_mean_ms`` (exact), ``latency_p50_ms`` and so on (within 1/128), ``seconds`` from the first
            start to the last end, and ``completions_per_second``, which are successes over those seconds. NaN
            stands for a latency of none, and a rate over no time.
        files: what was read, in order.
    """

    benchmark: Benchmark
    concurrency: pd.DataFrame
    files: tuple[Path, ...]


def read_request_logs(
    path: Path,
    columns: LogColumns | None = None,
    *,
    engine: str = "duckdb",
    threads: int | None = None,
    progress: Progress | None = None,
) -> RequestLogs:
    """Read CSV (also .csv.gz) or Parquet, one file or a folder of one form, however large.

    Args:
        path: a file or folder; for a cluster, where each of its machines has it too.
        columns: what the columns are called; by default ``time_utc`` and ``latency_ms``.
        engine: ``duckdb``, or a Spark's master such as ``spark://host:7077`` or ``spark://local[2]``.
        threads: how many DuckDB takes; by default as many as there are processors.
        progress: told how many percent of the work are done, a few times a second; None where nobody knows.

    Raises:
        BenchmarkError: files or rows that cannot be used, told by file, row and remedy; nothing to read.
        ValueError: no such engine.
    """
    columns = columns or LogColumns()
    files = find_logs(path, columns.used, columns.faults_of)
    with engine_named(engine, threads=threads, progress=progress) as running:
        counts = _counts(running, files, columns, path)
    if counts.empty:
        raise BenchmarkError(f"the request logs {path} hold no row: a header, and a row a request.")
    refuse_faults(counts, Asked(path, files, columns), progress)
    by = keys(columns)
    counts[by] = counts[by].apply(_as_numbers)
    counts = counts.sort_values([*by, MINUTE, "bucket"], ignore_index=True)
    benchmark = Benchmark(
        name=path.name,
        sha256=_sha256(counts, columns),
        frame=_minutes(counts, columns),
        latency_statistics=("mean", *(f"p{percent}" for percent in PERCENTILES)),
        ignored_columns=tuple(name for name in files.types if name not in columns.used),
    )
    return RequestLogs(benchmark, _concurrency(counts, columns), files.paths)


def _counts(running: Engine, files: LogFiles, columns: LogColumns, path: Path) -> pd.DataFrame:
    expression = tally(logs(files.types, columns.used), columns, epoch_microseconds(running))
    try:
        running.open(files)
        counts = running.arrow(expression.limit(_MOST_COUNTS + 1))
    except running.errors as error:
        told = " ".join(str(error).split()[:60])
        raise BenchmarkError(f"the request logs {path} cannot be read to their end: {told}") from error
    if len(counts) > _MOST_COUNTS:
        raise BenchmarkError(
            f"the request logs {path} have more than {_MOST_COUNTS} groups, minutes and latencies to count: "
            f"is one of {', '.join(columns.by) or columns.time} an id? Group by what has few values, or read less."
        )
    frame: pd.DataFrame = counts.to_pandas()
    return frame


def _as_numbers(key: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """A key of CSV sorts as the number that it is, and equals Parquet's."""
    try:
        return pd.to_numeric(key)
    except (TypeError, ValueError):
        return key


def _minutes(counts: pd.DataFrame, columns: LogColumns) -> pd.DataFrame:
    summary = _summary(counts, [MINUTE])
    frame = pd.DataFrame({TIME: pd.to_datetime(summary[MINUTE], unit="us", utc=True)})
    frame[INVOCATIONS] = summary["requests"].astype(float)
    if columns.tells_errors:
        frame[ERRORS] = summary["errors"].astype(float)
    for statistic in ("mean", *(f"p{percent}" for percent in PERCENTILES)):
        frame[statistic] = summary[f"latency_{statistic}_ms"]
    return frame


def _concurrency(counts: pd.DataFrame, columns: LogColumns) -> pd.DataFrame:
    by = keys(columns)
    summary = _summary(counts, by) if by else _summary(counts.assign(all=0), ["all"]).drop(columns="all")
    if not columns.tells_errors:
        summary = summary.drop(columns="errors")
    return summary.rename(columns=dict(zip(by, columns.by, strict=True)))


def _summary(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """A row a group, from whole numbers alone, so that no order of adding them up changes a bit."""
    of_key = counts.groupby(by, dropna=False)
    counts = counts.assign(group=of_key.ngroup(), errors=counts[COUNT].where(counts["bucket"] == FAILED, 0))
    groups = counts.groupby("group").agg(
        {**dict.fromkeys(by, "first"), COUNT: "sum", "errors": "sum", FIRST_US: "min", LAST_US: "max"}
    )
    histogram = merged(counts[counts["bucket"] > FAILED], ["group"])
    succeeded = groups[COUNT] - groups["errors"]
    groups["latency_mean_ms"] = histogram.groupby("group")[SUM_US].sum() / succeeded / 1000
    for percent in PERCENTILES:
        groups[f"latency_p{percent}_ms"] = percentile_us(histogram, percent) / 1000
    groups["seconds"] = (groups.pop(LAST_US) - groups.pop(FIRST_US)) / 1_000_000
    groups["completions_per_second"] = succeeded / groups["seconds"].where(groups["seconds"] > 0)
    return groups.round(_DECIMALS).reset_index(drop=True)


def _sha256(counts: pd.DataFrame, columns: LogColumns) -> str:
    """Of the counts and of what their columns mean, in one form whatever the rows came from."""
    digest = hashlib.sha256(json.dumps([columns.time_is, columns.tells_errors, columns.by]).encode())
    for key in keys(columns):
        codes, values = pd.factorize(counts[key])
        digest.update(codes.astype("<i8").tobytes() + json.dumps([*map(str, values)]).encode())
    for column in (MINUTE, "bucket", COUNT, SUM_US, FIRST_US, LAST_US):
        digest.update(counts[column].fillna(0).to_numpy("<i8").tobytes())
    return digest.hexdigest()
