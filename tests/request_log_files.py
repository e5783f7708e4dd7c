"""Request logs as tests write them, and what plain Python makes of them."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sagemaker_capacity.request_logs import LogColumns, RequestLogs

START = datetime(2026, 1, 31, 9, tzinfo=UTC)
COLUMNS = LogColumns(latency="latency_us", status="status", by=("memory_mb", "concurrency"))

# A time in microseconds after START, a latency in microseconds, a status, a memory, a concurrency.
Row = tuple[int, int, int, int, int]


def some_rows(count: int, *, seed: int) -> list[Row]:
    """Four minutes of requests over four orders of latency; every one of the greatest memory fails."""
    draw = random.Random(seed)  # noqa: S311  # the same rows each time
    rows = []
    for _ in range(count):
        memory = draw.choice((1024, 2048, 6144))
        status = 503 if memory == 6144 else draw.choice((200, 200, 200, 429))
        latency = int(draw.lognormvariate(9, 2))
        rows.append((draw.randrange(240_000_000), latency, status, memory, draw.choice((1, 5, 10))))
    return rows


def table(rows: Sequence[Row]) -> pa.Table:
    times = [START + timedelta(microseconds=row[0]) for row in rows]
    cells = dict(
        zip(("latency_us", "status", "memory_mb", "concurrency"), [*zip(*rows, strict=True)][1:], strict=True)
    )
    return pa.table({"time_utc": pa.array(times, pa.timestamp("us", "UTC")), **cells})


def write_parquet(path: Path, rows: Sequence[Row]) -> Path:
    pq.write_table(table(rows), path)
    return path


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("time_utc", "latency_us", "status", "memory_mb", "concurrency"))
        for time, *rest in rows:
            writer.writerow([(START + timedelta(microseconds=time)).isoformat(), *rest])
    return path


def answer(logs: RequestLogs) -> bytes:
    """All that is said of the logs, as bytes."""
    frames = (logs.benchmark.frame, logs.concurrency)
    return b"".join(frame.to_csv().encode() for frame in frames) + logs.benchmark.sha256.encode()


def bucket(latency_us: int) -> int:
    """By the bits of one number: the 7 highest, and how many are left out."""
    octave = max(latency_us.bit_length() - 7, 0)
    return octave * 64 + (latency_us >> octave)


def nearest_rank(latencies: Sequence[int], percent: int) -> int:
    """The exact percentile: the least value that so many percent do not exceed."""
    return sorted(latencies)[-(-len(latencies) * percent // 100) - 1]
