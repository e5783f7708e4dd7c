# ruff: noqa: PLC0415  # each side loads what it needs and no more
"""A log to minutes and groups, each side a process of its own: `python request_logs_minutes.py SIDE FILE`.

Each side prints the same two tables, by memory and concurrency and by minute: the requests, the errors, the mean
and the percentiles of what succeeded; of a group the completions a second as well. `rows:N` writes the log that
the others read.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = (50, 90, 95, 99)
KEYS = ["memory_mb", "concurrency"]
_GROUPS, _PER_SECOND, _FAILING, _PIECE = 30, 2500, 0.02, 1_000_000
_FIRST_ERROR = 400
_LIMIT_US = 2**32


def write_rows(path: Path, count: int) -> None:
    """Thirty groups in turn, 2500 requests a second, 2 % errors, latencies about 15 ms with a long tail."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(20260131)
    start_us = 1_769_850_000_000_000
    writer = None
    for first in range(0, count, _PIECE):
        row = np.arange(first, min(first + _PIECE, count))
        group = row * _GROUPS // count
        table = pa.table(
            {
                "time_utc": pa.array(start_us + row * (1_000_000 // _PER_SECOND), pa.timestamp("us", "UTC")),
                "latency_us": draw.lognormal(9.6, 0.8, len(row)).astype(np.int64),
                "status": np.where(draw.random(len(row)) < _FAILING, 503, 200).astype(np.int32),
                "memory_mb": (1024 * (1 + group // 5)).astype(np.int32),
                "concurrency": (1 + group % 5 * 50).astype(np.int32),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=131_072)
    if writer is not None:
        writer.close()


Answer = tuple["pd.DataFrame", "pd.DataFrame"]


def ours(path: Path) -> Answer:
    """As a user has it."""
    from sagemaker_capacity.request_logs import LogColumns, read_request_logs

    columns = LogColumns(latency="latency_us", status="status", by=tuple(KEYS))
    logs = read_request_logs(path, columns)
    return logs.concurrency, logs.benchmark.frame.drop(columns="time_utc")


def exact_pandas(path: Path) -> Answer:
    """The same rules in pandas' own words, whole columns at a time, so that percentiles are exact."""
    import pandas as pd

    rows = pd.read_parquet(path)
    rows["start_us"] = rows.pop("time_utc").astype("int64")
    rows["end_us"] = rows["start_us"] + rows["latency_us"]
    rows["failed"] = rows.pop("status") >= _FIRST_ERROR
    rows["minute"] = rows["start_us"] // 60_000_000
    succeeded = rows[~rows["failed"]]
    summaries = []
    shares = pd.Series(PERCENTILES) / 100
    for by in (KEYS, ["minute"]):
        summary = rows.groupby(by).agg(
            requests=("failed", "size"), errors=("failed", "sum"), start=("start_us", "min"), end=("end_us", "max")
        )
        latency = succeeded.groupby(by)["latency_us"]
        summary["latency_mean_ms"] = latency.mean() / 1000
        exact = latency.quantile(shares).unstack() / 1000  # noqa: PD010  # of an index
        for percent in PERCENTILES:
            summary[f"latency_p{percent}_ms"] = exact[percent / 100]
        summary["seconds"] = (summary.pop("end") - summary.pop("start")) / 1e6
        summary["completions_per_second"] = (summary["requests"] - summary["errors"]) / summary["seconds"]
        summaries.append(summary.round(6).reset_index())
    return summaries[0], _of_minutes(summaries[1])


def pandas_in_buckets(path: Path) -> Answer:
    """Our buckets in numpy, counted by pandas."""
    import numpy as np
    import pandas as pd

    rows = pd.read_parquet(path)
    latency = rows["latency_us"].to_numpy()
    rows["start_us"] = rows.pop("time_utc").astype("int64")
    rows["end_us"] = rows["start_us"] + latency
    status = rows.pop("status")
    failed = status >= _FIRST_ERROR
    if not (
        rows["start_us"].ge(0) & status.between(100, 599) & (failed | ((latency >= 0) & (latency < _LIMIT_US)))
    ).all():
        raise SystemExit("rows that cannot be used")
    octave = np.maximum(np.frexp(latency)[1] - 7, 0)  # a latency has fewer bits than a double
    rows["bucket"] = np.where(failed, -1, octave * 64 + (latency >> octave))
    rows["minute"] = rows["start_us"] // 60_000_000
    counts = rows.groupby([*KEYS, "minute", "bucket"], as_index=False).agg(
        requests=("latency_us", "size"),
        sum_us=("latency_us", "sum"),
        start_us=("start_us", "min"),
        end_us=("end_us", "max"),
    )
    return _answer(counts)


def bare_duckdb(path: Path) -> Answer:
    """The same histogram in SQL by hand, and DuckDB as it comes."""
    import duckdb

    octaves = " ".join(f"WHEN v < {128 << k} THEN (v >> {k}) + {64 * k}" for k in range(26))
    counts = duckdb.sql(f"""
        SELECT memory_mb, concurrency, t - t % 60000000 AS minute,
               CASE WHEN failed THEN -1 {octaves} END AS bucket, count(*) AS requests,
               sum(v)::BIGINT AS sum_us, min(t) AS start_us, max(t + v) AS end_us
        FROM (SELECT memory_mb, concurrency, epoch_us(time_utc) AS t, latency_us AS v, status >= 400 AS failed
              FROM read_parquet('{path}')) GROUP BY ALL
    """).df()  # noqa: S608  # a path of our own
    return _answer(counts)


def _answer(counts: pd.DataFrame) -> Answer:
    counts["errors"] = counts["requests"].where(counts["bucket"] < 0, 0)
    return _summary(counts, KEYS), _of_minutes(_summary(counts, ["minute"]))


def _of_minutes(minutes: pd.DataFrame) -> pd.DataFrame:
    minutes = minutes.drop(columns=["minute", "seconds", "completions_per_second"])
    of_minute = ["invocations_per_minute", "errors_per_minute", "mean", *(f"p{p}" for p in PERCENTILES)]
    return minutes.set_axis(of_minute, axis="columns").astype(float)


def _summary(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    summary = counts.groupby(by).agg(
        requests=("requests", "sum"), errors=("errors", "sum"), start=("start_us", "min"), end=("end_us", "max")
    )
    histogram = counts[counts["bucket"] >= 0].groupby([*by, "bucket"])[["requests", "sum_us"]].sum()
    of_group = histogram.groupby(level=by)
    total, of_row = of_group["requests"].sum(), of_group["requests"].transform("sum")
    reached = of_group["requests"].cumsum()
    summary["latency_mean_ms"] = of_group["sum_us"].sum() / total / 1000
    for percent in PERCENTILES:
        bucket = reached[reached >= -(-of_row * percent // 100)].reset_index().groupby(by)["bucket"].min()
        octave = (bucket // 64 - 1).clip(lower=0)
        least = (bucket - octave * 64) * 2**octave
        summary[f"latency_p{percent}_ms"] = (2 * least + 2**octave - 1) / 2000
    summary["seconds"] = (summary.pop("end") - summary.pop("start")) / 1e6
    summary["completions_per_second"] = total / summary["seconds"]
    return summary.round(6).reset_index()


SIDES = {"ours": ours, "pandas": exact_pandas, "pandas-in-buckets": pandas_in_buckets, "duckdb": bare_duckdb}

if __name__ == "__main__":
    side, file = sys.argv[1], Path(sys.argv[2])
    if side.startswith("rows:"):
        write_rows(file, int(side.removeprefix("rows:")))
    else:
        for table in SIDES[side](file):
            print(table.to_csv(index=False, lineterminator="\n"))
