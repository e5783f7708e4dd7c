"""Request logs: the same bytes however the rows lie, equal to plain Python, percentiles within 1 %."""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from request_log_files import (
    COLUMNS,
    answer,
    bucket,
    nearest_rank,
    some_rows,
    write_csv,
    write_parquet,
)

from sagemaker_capacity.request_logs import LogColumns, read_request_logs
from sagemaker_capacity.request_logs._buckets import LATENCY_LIMIT_US, bounds_us, branches
from sagemaker_capacity.request_logs._histogram import (
    COUNT,
    SUM_US,
    merged,
    percentile_us,
)

ROWS = some_rows(2000, seed=5)
EDGES = sorted({edge + by for k in range(33) for edge in (2**k, 3 * 2**k // 2) for by in (-1, 0, 1)})
latencies_us = st.integers(0, LATENCY_LIMIT_US - 1) | st.integers(0, 5000)


def histogram(latencies: list[int], group: int = 0) -> pd.DataFrame:
    rows = [(group, bucket(latency), 1, latency) for latency in latencies]
    return merged(pd.DataFrame(rows, columns=["group", "bucket", COUNT, SUM_US], dtype=np.int64), ["group"])


def test_a_bucket_is_what_the_bits_of_a_latency_say() -> None:
    latencies = [edge for edge in EDGES if 0 <= edge < LATENCY_LIMIT_US]
    rows = ibis.memtable(pa.table({"us": latencies}))
    found = rows.mutate(bucket=ibis.cases(*branches(rows.us))).order_by("us").to_pyarrow()
    assert found["bucket"].to_pylist() == [bucket(latency) for latency in latencies]


def test_the_buckets_hold_every_latency_once_and_are_at_most_1728() -> None:
    buckets = np.arange(bucket(LATENCY_LIMIT_US - 1) + 1)
    assert len(buckets) == 1728
    least, greatest = bounds_us(buckets)
    assert least[0] == 0
    assert greatest[-1] == LATENCY_LIMIT_US - 1
    assert (least[1:] == greatest[:-1] + 1).all()


@given(st.lists(latencies_us, min_size=1), st.integers(1, 100))
def test_a_percentile_is_within_1_percent_of_the_exact_one(latencies: list[int], percent: int) -> None:
    exact = nearest_rank(latencies, percent)
    (found,) = percentile_us(histogram(latencies), percent)
    assert abs(found - exact) <= exact / 128
    if exact < 128:
        assert found == exact


@given(st.lists(st.lists(latencies_us), min_size=3, max_size=3))
def test_histograms_merge_in_any_order_and_grouping_to_that_of_all_rows(parts: list[list[int]]) -> None:
    a, b, c = (histogram(part, group) for group, part in enumerate(parts, 1))

    def added(*tallies: pd.DataFrame) -> pd.DataFrame:
        return merged(pd.concat(tallies).assign(group=0), ["group"])

    whole = histogram([latency for part in parts for latency in part])
    assert added(a, b, c).equals(whole)
    assert added(added(a, b), c).equals(added(a, added(b, c)))
    assert added(a, b).equals(added(b, a))


@given(st.lists(st.lists(latencies_us, min_size=1), min_size=1, max_size=5), st.integers(1, 100))
def test_the_percentiles_of_many_groups_are_those_of_each_alone(groups: list[list[int]], percent: int) -> None:
    together = pd.concat([histogram(latencies, group) for group, latencies in enumerate(groups)], ignore_index=True)
    alone = [percentile_us(histogram(latencies), percent)[0] for latencies in groups]
    assert percentile_us(together, percent).tolist() == alone


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_parquet(tmp_path_factory.mktemp("logs") / "logs.parquet", ROWS)


@pytest.fixture(scope="module")
def said(one_file: Path) -> bytes:
    return answer(read_request_logs(one_file, COLUMNS))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_never_matter(one_file: Path, said: bytes, threads: int) -> None:
    assert answer(read_request_logs(one_file, COLUMNS, threads=threads)) == said


@pytest.mark.parametrize("seed", range(3))
def test_neither_the_order_of_rows_nor_how_they_are_split_matters(tmp_path: Path, said: bytes, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # the same rows each time
    rows = draw.sample(ROWS, len(ROWS))
    cuts = sorted(draw.sample(range(1, len(rows)), 4))
    for i, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        folder = tmp_path / "logs" / f"day={i % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        write_parquet(folder / f"{i}.parquet", rows[start:end])
    (tmp_path / "logs" / "_SUCCESS").touch()
    logs = read_request_logs(tmp_path / "logs", COLUMNS)
    assert len(logs.files) == 5
    assert answer(logs) == said


def test_csv_says_what_parquet_says(tmp_path: Path, said: bytes) -> None:
    path = write_csv(tmp_path / "logs.csv", ROWS)
    assert answer(read_request_logs(path, COLUMNS)) == said
    packed = tmp_path / "logs.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert answer(read_request_logs(packed, COLUMNS)) == said
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert answer(read_request_logs(path, COLUMNS)) == said


def test_a_row_a_minute_is_what_plain_python_counts(one_file: Path) -> None:
    minutes = defaultdict(list)
    for request in ROWS:
        minutes[request[0] // 60_000_000].append(request)
    benchmark = read_request_logs(one_file, COLUMNS).benchmark
    frame = benchmark.frame
    assert list(frame["time_utc"]) == [
        pd.Timestamp("2026-01-31T09:00Z") + pd.Timedelta(minutes=minute) for minute in sorted(minutes)
    ]
    for minute, row in zip(sorted(minutes), frame.to_dict("records"), strict=True):
        rows = minutes[minute]
        succeeded = [latency for _, latency, status, *_ in rows if status < 400]
        assert row["invocations_per_minute"] == len(rows)
        assert row["errors_per_minute"] == len(rows) - len(succeeded)
        assert row["mean"] == round(sum(succeeded) / len(succeeded) / 1000, 6)
        for percent in (50, 90, 95, 99):
            least, greatest = bounds_us(np.array([bucket(nearest_rank(succeeded, percent))]))
            assert row[f"p{percent}"] == (least[0] + greatest[0]) / 2000
    assert benchmark.latency_statistics == ("mean", "p50", "p90", "p95", "p99")


def test_a_row_a_group_is_what_plain_python_counts(one_file: Path) -> None:
    groups = defaultdict(list)
    for request in ROWS:
        groups[request[3:]].append(request)
    summary = read_request_logs(one_file, COLUMNS).concurrency
    assert list(zip(summary["memory_mb"], summary["concurrency"], strict=True)) == sorted(groups)
    for (_, rows), row in zip(sorted(groups.items()), summary.to_dict("records"), strict=True):
        succeeded = [latency for _, latency, status, *_ in rows if status < 400]
        elapsed_us = max(start + latency for start, latency, *_ in rows) - min(start for start, *_ in rows)
        assert row["requests"] == len(rows)
        assert row["errors"] == len(rows) - len(succeeded)
        assert row["seconds"] == elapsed_us / 1e6
        assert row["completions_per_second"] == round(len(succeeded) / (elapsed_us / 1e6), 6)
        if succeeded:
            exact = nearest_rank(succeeded, 99) / 1000
            assert row["latency_p99_ms"] == pytest.approx(exact, rel=1 / 128)
        else:
            assert row["memory_mb"] == 6144
            assert np.isnan(row["latency_p99_ms"])
            assert np.isnan(row["latency_mean_ms"])


def read_text(folder: Path, text: str, **columns: object) -> pd.DataFrame:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return read_request_logs(path, LogColumns(**columns)).concurrency  # type: ignore[arg-type]  # a case's own


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (("2026-01-31T09:00:00Z", "2026-01-31T09:00:02.5Z"), None),
        (("2026-01-31 09:00:00Z", "2026-01-31T10:00:02.5+01:00"), None),
        (("2026-01-31 09:00", "2026-01-31T09:00:02.5"), None),
        (("2026-01-31T09:00:00.000000999Z", "2026-01-31 09:00:02.500000999+00:00"), None),
        (("1769850000", "1769850002.5"), "s"),
        (("1769850000000", "1769850002500"), "ms"),
    ],
)
@pytest.mark.parametrize("latency", ["latency_us,250000", "latency_ms,250", "latency_s,0.25"])
def test_a_time_and_a_latency_are_the_same_in_every_unit(
    tmp_path: Path, times: tuple[str, str], unit: str | None, latency: str
) -> None:
    name, cell = latency.split(",")
    text = f"time_utc,{name}\n" + "".join(f"{time},{cell}\n" for time in times)
    (row,) = read_text(tmp_path, text, latency=name, time_unit=unit).to_dict("records")
    assert row["latency_mean_ms"] == 250
    assert row["seconds"] == 2.75
    (ended,) = read_text(tmp_path, text, latency=name, time_unit=unit, time_is="end").to_dict("records")
    assert ended == row


def test_a_failed_request_has_no_latency_whatever_its_cell_says(tmp_path: Path) -> None:
    text = "time_utc,latency_ms,error\n" + "".join(
        f"2026-01-31T09:00:0{i}Z,{cells}\n"
        for i, cells in enumerate(("10,", "-1,Throttled", ",timeout", "9000,True", "20,false", "30,None"))
    )
    (row,) = read_text(tmp_path, text, error="error").to_dict("records")
    assert (row["requests"], row["errors"], row["latency_mean_ms"]) == (6, 3, 20)


def test_without_a_column_for_errors_none_are_told(tmp_path: Path) -> None:
    text = "time_utc,latency_ms\n2026-01-31T09:00:00Z,0\n"
    (row,) = read_text(tmp_path, text).to_dict("records")
    assert "errors" not in row
    assert row["seconds"] == 0
    assert np.isnan(row["completions_per_second"])


def test_a_key_that_is_blank_is_a_group_and_numbers_sort_as_such(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-31T09:00:00Z,1,{key}\n" for key in ("10", "9", "", "10"))
    summary = read_text(tmp_path, f"time_utc,latency_ms,clients\n{rows}", by=("clients",))
    assert summary["clients"].tolist()[:2] == [9, 10]
    assert summary["clients"].isna().tolist() == [False, False, True]
    assert summary["requests"].tolist() == [1, 2, 1]
