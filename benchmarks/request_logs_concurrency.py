# ruff: noqa: PLC0415  # each side loads what it needs and no more
"""The serverless concurrency summary, a process a side: `python request_logs_concurrency.py SIDE FILE`.

Each side prints what `sagemaker-capacity serverless FILE --summary --json` does: of every memory size, maximum
concurrency and number of clients the failures by class, the latency of warm successes, the cold starts behind a
fence about the quartiles, and the completions a second. `rows:N` writes the raw results that the others read.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["memory_size", "max_concurrency", "num_clients"]
FLAGS = ["throttle_exception", "insufficient_memory_error", "other_model_error"]
PERCENTILES = (50, 95, 99)
_FAILING = (0.03, 0.005, 0.005)
_COLD, _SECONDS_A_CALL, _PIECE = 0.002, 0.06, 1_000_000  # two clients are busy nearly all the time, sixteen less
_OCTAVES = 26  # of 64 buckets each, the first of 128


def write_rows(path: Path, count: int) -> None:
    """The toolkit's 11 combinations on six memory sizes, one after the other, as pandas writes them to Parquet."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(20260131)
    pairs = sorted({(most, math.ceil(most * times)) for most in (2, 4, 8) for times in (1, 1.5, 1.75, 2)})
    groups = np.array([(memory, *pair) for memory in range(1024, 6144 + 1, 1024) for pair in pairs])
    writer = None
    for first in range(0, count, _PIECE):
        row = np.arange(first, min(first + _PIECE, count))
        of_kind = np.searchsorted(np.cumsum(_FAILING), draw.random(len(row)), side="right")
        warm_ms = np.minimum(draw.lognormal(4.6, 0.15, len(row)), 190)
        latency_ms = np.where(draw.random(len(row)) < _COLD, draw.normal(6000, 500, len(row)), warm_ms)
        start = 1000 + row * _SECONDS_A_CALL + draw.random(len(row)) * 0.2
        failed = of_kind < len(FLAGS)
        # As the toolkit writes them: of a call that was throttled nothing is known of what would come after.
        flags = {flag: pa.array(of_kind == i, mask=(of_kind == 0) & (i > 0)) for i, flag in enumerate(FLAGS)}
        table = pa.table(
            {
                "invocation_latency": np.where(failed, -1.0, latency_ms),
                "response_size": pa.array(draw.integers(400, 600, len(row)).astype(float), mask=failed),
                **flags,
                "start_time": start,
                "end_time": start + np.where(failed, 20, latency_ms) / 1000,
                **dict(zip(KEYS, groups[row * len(groups) // count].T, strict=True)),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def ours(path: Path) -> None:
    """As a user has it, the command line and all."""
    from sagemaker_capacity.__main__ import main

    sys.argv = ["sagemaker-capacity", "serverless", str(path), "--summary", "--json"]
    main()


def exact_pandas(path: Path) -> None:
    """The same rules in pandas' own words, whole columns at a time, every latency exact."""
    import numpy as np
    import pandas as pd

    rows = pd.read_parquet(path)
    answered = (rows["invocation_latency"] > 0) & (rows["response_size"] > 0)
    raised = [rows[flag].fillna(False).to_numpy(dtype=bool) for flag in FLAGS]  # noqa: FBT003
    outcome = np.select([*raised, ~answered], [1, 2, 3, 4], 0)
    by_key = rows.groupby(KEYS)
    summary = by_key.agg(start=("start_time", "min"), end=("end_time", "max"), invocations=("end_time", "size"))
    rows["group"] = by_key.ngroup()
    counts = np.bincount(rows["group"] * 5 + outcome, minlength=5 * len(summary)).reshape(-1, 5)
    for i, name in enumerate(("successes", "throttled", "out_of_memory", "model_error", "other_error")):
        summary[name] = counts[:, i]
    summary["error_percent"] = 100 * (1 - summary["successes"] / summary["invocations"])
    keys = summary.index
    summary = summary.reset_index(drop=True)
    succeeded = rows.loc[outcome == 0, ["group", "invocation_latency", "end_time"]]
    quarters = succeeded.groupby("group")["invocation_latency"].quantile([0.25, 0.5, 0.75]).unstack()  # noqa: PD010
    fence = np.maximum(quarters[0.75] + 5 * (quarters[0.75] - quarters[0.25]), 2 * quarters[0.5])
    is_warm = succeeded["invocation_latency"].to_numpy() <= fence.to_numpy()[succeeded["group"]]
    warm = succeeded[is_warm].groupby("group")["invocation_latency"]
    cold = succeeded[~is_warm].groupby("group")["invocation_latency"]
    for name in ("min", "mean", "max"):
        summary[f"latency_{name}_ms"] = warm.agg(name)
    middle = warm.quantile([0.25, 0.75]).unstack()  # noqa: PD010
    summary["latency_iqr_ms"] = middle[0.75] - middle[0.25]
    ranks = warm.quantile([p / 100 for p in PERCENTILES], interpolation="nearest").unstack()  # noqa: PD010
    for percent in PERCENTILES:
        summary[f"latency_p{percent}_ms"] = ranks[percent / 100]
    summary["cold_starts"] = cold.size().reindex(summary.index, fill_value=0)
    summary["cold_start_median_ms"] = cold.quantile(0.5, interpolation="lower")  # by nearest rank, as ours
    summary["cold_start_max_ms"] = cold.max()
    _print(_with_throughput(summary, succeeded).set_axis(keys))


def _with_throughput(summary: pd.DataFrame, succeeded: pd.DataFrame) -> pd.DataFrame:
    import numpy as np

    start, end = summary.pop("start"), summary.pop("end")
    summary["tps_offered"] = summary["invocations"] / (end - start)
    summary["tps"] = summary["successes"] / (end - start)
    first, length = np.ceil(start).astype(int), (np.floor(end) - np.ceil(start)).astype(int)
    second = np.floor(succeeded["end_time"]).astype(int) - first.to_numpy()[succeeded["group"]]
    is_whole = (second >= 0) & (second < length.to_numpy()[succeeded["group"]])
    offset = np.cumsum(length.to_numpy()) - length.to_numpy()
    place = offset[succeeded["group"][is_whole]] + second[is_whole]
    per_second = np.split(np.bincount(place, minlength=int(length.sum())), offset[1:])
    for name, share in (("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("max", 1)):
        summary[f"tps_{name}"] = [np.quantile(counted, share) for counted in per_second]
    return summary


def pandas_in_buckets(path: Path) -> None:
    """Our buckets in numpy, counted by numpy: what pandas can be brought to."""
    import numpy as np
    import pandas as pd

    rows = pd.read_parquet(path)
    latency_ms = rows["invocation_latency"].to_numpy()
    raised = [rows[flag].fillna(False).to_numpy(dtype=bool) for flag in FLAGS]  # noqa: FBT003
    answered = (latency_ms > 0) & (rows["response_size"].to_numpy() > 0)
    codes, keys = pd.factorize((rows[KEYS[0]] * 2**10 + rows[KEYS[1]]) * 2**10 + rows[KEYS[2]], sort=True)
    latency_us = np.floor(latency_ms * 1000 + 0.5).astype(np.int64)
    octave = np.maximum(np.frexp(latency_us)[1] - 7, 0)
    failed = np.select([*raised, ~answered], [3, 2, 1, 0], -1)
    value = np.where(failed >= 0, failed, 4 + octave * 64 + (latency_us >> octave))
    width = 4 + 64 * (_OCTAVES + 1)
    place = codes * width + value
    number = np.bincount(place, minlength=width * len(keys))
    total = np.bincount(place, latency_us)  # below 2**53, so that doubles are exact
    found = np.flatnonzero(number)
    counts = [
        (*_unpacked(keys[p // width]), 0, p % width - 4, int(number[p]), int(total[p]), *[None] * 5)
        for p in found.tolist()
    ]
    by_key = rows.groupby(codes)
    start, end = by_key["start_time"].min(), by_key["end_time"].max()
    second = np.floor(rows["end_time"].to_numpy()).astype(np.int64)[failed < 0]
    ended, completions = np.unique(codes[failed < 0] * 2**40 + second, return_counts=True)
    seconds = pd.DataFrame({"group": ended >> 40, "value": completions, "second": ended % 2**40})
    spans = seconds.groupby(["group", "value"])["second"].agg(["size", "min", "max"])
    for (group, value), *span in spans.itertuples():
        number, first, last = map(int, span)
        counts.append(
            (*_unpacked(keys[group]), 1, value, number, None, None, start[group], end[group], first, last)
        )
    _print_counts(counts)


def _unpacked(packed: int) -> tuple[int, int, int]:
    return int(packed >> 20), int(packed >> 10 & 1023), int(packed & 1023)


def bare_duckdb(path: Path) -> None:
    """The same histogram in SQL by hand, unchecked, and DuckDB as it comes."""
    import duckdb

    octaves = " ".join(f"WHEN us < {128 << k} THEN (us >> {k}) + {64 * k}" for k in range(_OCTAVES))
    keys = ", ".join(KEYS)
    failed = """CASE WHEN throttle_exception THEN -1 WHEN insufficient_memory_error THEN -2
        WHEN other_model_error THEN -3 WHEN NOT coalesce(response_size > 0, false) THEN -4 ELSE 0 END"""
    counts = duckdb.sql(f"""
        SELECT {keys}, 0, CASE WHEN failed < 0 THEN failed {octaves} END AS bucket, count(*), sum(us),
               NULL, NULL, NULL, NULL, NULL
        FROM (SELECT {keys}, floor(invocation_latency * 1000 + 0.5)::BIGINT AS us, {failed} AS failed
              FROM read_parquet('{path}')) GROUP BY ALL
        UNION ALL
        SELECT {keys}, 1, n, count(*), NULL, NULL, min(s), max(e), min(second), max(second)
        FROM (SELECT {keys}, floor(end_time)::BIGINT AS second, count(*) FILTER (failed = 0) AS n,
                     min(start_time) AS s, max(end_time) AS e
              FROM (SELECT {keys}, start_time, end_time, {failed} AS failed FROM read_parquet('{path}'))
              GROUP BY ALL) GROUP BY ALL
    """).fetchall()  # noqa: S608  # a path of our own
    _print_counts(counts)


def _print_counts(counts: list[tuple[Any, ...]]) -> None:
    """What is made of the counts is as cheap for every side."""
    from sagemaker_capacity.serverless._counts import groups_of
    from sagemaker_capacity.serverless._groups import CONCURRENCY_KEYS
    from sagemaker_capacity.serverless._plain import as_text
    from sagemaker_capacity.serverless._summaries import summary_rows

    print(as_text(summary_rows(groups_of(counts, len(KEYS)), CONCURRENCY_KEYS)))


def _print(summary: pd.DataFrame) -> None:
    from sagemaker_capacity.serverless._plain import as_text

    rows = summary.reset_index().rename(columns={"memory_size": "memory_mb"}).to_dict("records")
    print(as_text(rows))


SIDES = {"ours": ours, "pandas": exact_pandas, "pandas-in-buckets": pandas_in_buckets, "duckdb": bare_duckdb}

if __name__ == "__main__":
    side, file = sys.argv[1], Path(sys.argv[2])
    if side.startswith("rows:"):
        write_rows(file, int(side.removeprefix("rows:")))
    else:
        SIDES[side](file)
