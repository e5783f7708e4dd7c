"""Raw results larger than memory: counted by an engine, they say what the toolkit's small file says."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import serverless_folders as folders
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from request_log_files import bucket
from serverless_folders import CONCURRENCY, INVOCATIONS, STABILITY

from sagemaker_capacity.request_logs._buckets import bounds_us
from sagemaker_capacity.serverless import Counting, Group, read_concurrency, read_results
from sagemaker_capacity.serverless._command import serverless
from sagemaker_capacity.serverless._counts import COMPILED, COMPILED_FOR, compiled_sql, count_groups
from sagemaker_capacity.serverless._groups import CONCURRENCY_KEYS, STABILITY_KEYS, Counted, whole_seconds
from sagemaker_capacity.serverless._raw import raw_columns
from sagemaker_capacity.serverless._summaries import summary_row, warm_and_cold

WITHIN = 1 / 128
SECONDS = st.floats(-1e6, 1e6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with throttles, one group that failed altogether, and cold starts in another."""
    made = folders.made_folder(tmp_path_factory.mktemp("results"), throttled_share=0.3)
    group = {"max_concurrency": 2, "num_clients": 2, "memory_size": 4096}
    failed = [folders.failed(2000.0 + i, "throttle_exception") | group for i in range(5)]
    cold = [folders.succeeded(2001.0 + 9 * i, 7000) | group | {"memory_size": 2048} for i in range(3)]
    file = made / CONCURRENCY / INVOCATIONS
    folders.rewrite(file, list(folders.read(file)[0]), [*failed, *cold])
    return made


@pytest.fixture(scope="module")
def small(folder: Path) -> tuple[Group, ...]:
    return read_concurrency(folder).groups


@pytest.fixture(scope="module")
def counted(folder: Path) -> tuple[Group, ...]:
    return counts_of(folder / CONCURRENCY / INVOCATIONS)


def counts_of(path: Path, **by: int) -> tuple[Group, ...]:
    return count_groups(path, CONCURRENCY_KEYS, **by)[0]  # type: ignore[arg-type]  # threads


def as_pandas_writes(csv: Path, path: Path) -> Path:
    rows = pd.read_csv(csv)
    flags = [column for column in rows if rows[column].dropna().isin([True, False]).all()]
    rows.astype({**dict.fromkeys(flags, "boolean"), "invocation_latency": float}).to_parquet(path, index=False)
    return path


def test_counted_or_read_whole_the_groups_are_the_same_but_for_the_width_of_a_bucket(
    small: Sequence[Group], counted: Sequence[Group]
) -> None:
    assert [group.key for group in counted] == [group.key for group in small]
    for ours, exact in zip(counted, small, strict=True):
        assert replace(ours, latencies_ms=exact.latencies_ms, response_bytes=exact.response_bytes) == exact
        for found, true in zip(warm_and_cold(ours), warm_and_cold(exact), strict=True):
            assert len(found) == len(true)
            assert found.mean is true.mean or found.mean == pytest.approx(true.mean, abs=0.0005)  # in whole µs
            for percent in (1, 50, 95, 99, 100):
                exactly = true.percentile(percent)
                assert found.percentile(percent) == (exactly and pytest.approx(exactly, rel=WITHIN))


def test_a_group_that_failed_altogether_is_shown_and_a_cold_start_is_a_class_of_its_own(
    counted: Sequence[Group],
) -> None:
    rows = {group.key: summary_row(group) for group in counted}
    failed = rows[4096, 2, 2]
    assert (failed["invocations"], failed["successes"], failed["throttled"]) == (5, 0, 5)
    assert (failed["latency_mean_ms"], failed["cold_starts"], failed["tps"], failed["tps_max"]) == (None, 0, 0, 0)
    cold = rows[2048, 2, 2]
    assert cold["cold_starts"] == 3
    assert cold["cold_start_median_ms"] == pytest.approx(7000, rel=WITHIN)
    assert cold["latency_max_ms"] == pytest.approx(115, rel=0.02)


def test_threads_forms_order_and_parts_never_matter(tmp_path: Path, folder: Path, counted: Sequence[Group]) -> None:
    csv = folder / CONCURRENCY / INVOCATIONS
    parquet = as_pandas_writes(csv, tmp_path / "raw.parquet")
    packed = tmp_path / "raw.csv.gz"
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    rows = pq.read_table(parquet)
    parts = tmp_path / "parts"
    parts.mkdir()
    order = random.Random(4).sample(range(len(rows)), len(rows))  # noqa: S311  # the same order each time
    for i, (start, end) in enumerate(((0, 10), (10, 900), (900, len(rows)))):
        pq.write_table(rows.take(order[start:end]), parts / f"{i}.parquet")
    assert {name: COMPILED_FOR[name] for name in raw_columns(CONCURRENCY_KEYS)} == COMPILED_FOR
    for path in (parquet, packed, parts):
        assert counts_of(path) == counted
    for threads in (1, 2, 4):
        assert counts_of(parquet, threads=threads) == counted


def test_the_sql_that_is_shipped_is_what_ibis_says_today(folder: Path, tmp_path: Path) -> None:
    from sagemaker_capacity.serverless import _counts  # noqa: PLC0415

    shipped = Path(_counts.__file__).with_name(COMPILED)
    today = compiled_sql("duckdb", COMPILED_FOR, CONCURRENCY_KEYS)
    assert shipped.read_text(encoding="utf-8") == today, "renew it: python -m sagemaker_capacity.serverless._counts"
    # and it is the one that such a file takes
    parquet = as_pandas_writes(folder / CONCURRENCY / INVOCATIONS, tmp_path / "raw.parquet")
    asked = (
        "import sys; from pathlib import Path; from sagemaker_capacity.serverless._command import serverless; "
        f"serverless([{str(parquet)!r}, '--summary', '--json'], standalone_mode=False); "
        "sys.exit(sorted({'ibis', 'pandas', 'numpy', 'pyarrow'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr.strip() == "[]", "what takes long to load is loaded for nothing"
    assert len(json.loads(done.stdout)) == 5


def test_a_plan_is_the_same_from_raw_results_of_either_size(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    folders.made_folder(whole, throttled_share=0.3)
    words = ["--peak-tps", "40", "--request-bytes", "1000", "--slo-ms", "300", "--json"]
    runner = CliRunner()
    exact = json.loads(runner.invoke(serverless, [str(whole), *words]).stdout)
    for benchmark in (STABILITY, CONCURRENCY):
        csv = whole / benchmark / INVOCATIONS
        as_pandas_writes(csv, csv.with_suffix(".parquet"))
        csv.unlink()
    found = json.loads(runner.invoke(serverless, [str(whole), *words]).stdout)
    assert found["plan"]["computed"] == exact["plan"]["computed"]
    assert found["payload"] == exact["payload"]
    assert found["plan"]["evidence"]["rows"] == exact["plan"]["evidence"]["rows"]
    assert found["plan"]["evidence"]["sha256"] != exact["plan"]["evidence"]["sha256"]
    for ours, its in zip(found["memory_sizes"], exact["memory_sizes"], strict=True):
        assert ours["max_concurrency"] == its["max_concurrency"]
        assert ours["latency_ms"] == pytest.approx(its["latency_ms"], rel=WITHIN)


def test_raw_results_that_are_there_twice_are_refused(tmp_path: Path) -> None:
    made = folders.made_folder(tmp_path)
    csv = made / STABILITY / INVOCATIONS
    as_pandas_writes(csv, csv.with_suffix(".parquet"))
    with pytest.raises(ValueError, match=r"raw results twice: keep one of .*\.csv, .*\.parquet"):
        read_results(made)


def test_a_csv_file_too_large_to_be_read_whole_is_counted(
    folder: Path, counted: Sequence[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sagemaker_capacity.serverless._invocations._EXACT_BYTES", 100)
    assert read_concurrency(folder, Counting(threads=1)).groups == counted
    stability = read_results(folder).stability
    assert stability is not None
    assert [group.response_bytes for group in stability] == [500 * group.successes for group in stability]
    assert count_groups(folder / STABILITY / INVOCATIONS, STABILITY_KEYS)[0] == stability


def test_the_summary_fits_a_terminal_and_needs_no_traffic(folder: Path) -> None:
    runner = CliRunner(env={"COLUMNS": "80"})
    shown = runner.invoke(serverless, [str(folder), "--summary"])
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) == 6
    assert max(len(line.rstrip()) for line in shown.output.splitlines()) <= 80
    refused = runner.invoke(serverless, [str(folder), "--summary", "--peak-tps", "3"])
    assert (refused.exit_code, "a summary is no plan" in refused.output) == (2, True)
    missing = runner.invoke(serverless, [str(folder)])
    assert (missing.exit_code, "--peak-tps is missing" in missing.output) == (2, True)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 9)), min_size=1, max_size=30), st.floats(0, 1))
def test_counted_numbers_have_the_quantiles_of_the_numbers_told_one_by_one(
    pairs: list[tuple[float, int]], share: float
) -> None:
    counted = Counted.of((value, count, value * count, 0) for value, count in pairs)
    one_by_one = sorted(value for value, count in pairs for _ in range(count))
    assert len(counted) == len(one_by_one)
    assert counted.quantile(share) == pytest.approx(float(np.quantile(one_by_one, share)), abs=1e-6)
    rank = max(1, -(-len(one_by_one) * round(100 * share) // 100))
    assert counted.percentile(round(100 * share)) == one_by_one[rank - 1]
    below, above = counted.split(share * 1e6)
    assert len(below) == sum(value <= share * 1e6 for value in one_by_one)
    assert len(below) + len(above) == len(counted)


@given(st.lists(st.integers(0, 10**7), min_size=100, max_size=100))
def test_a_quantile_of_one_rank_lies_within_its_bucket(latencies_us: list[int]) -> None:
    buckets = Counter(bucket(latency) for latency in latencies_us)
    entries = [(*bounds_us(value), count) for value, count in buckets.items()]
    counted = Counted.of(((least + most) / 2, count, 0, most - least) for least, most, count in entries)
    for rank in (1, 25, 50, 75, 100):
        least, most = bounds_us(bucket(sorted(latencies_us)[rank - 1]))
        found = counted.quantile((rank - 1) / 99)
        assert found is not None
        assert least - 1e-6 <= found <= most + 1e-6


def test_an_iqr_of_evenly_spread_latencies_is_exact_though_buckets_are_wide() -> None:
    latencies_us = range(100_000, 120_000)
    buckets = Counter(map(bucket, latencies_us))
    entries = [(*bounds_us(value), count) for value, count in buckets.items()]
    counted = Counted.of(((least + most) / 2, count, 0, most - least) for least, most, count in entries)
    q1, q3 = counted.quantile(0.25), counted.quantile(0.75)
    assert q1 is not None
    assert q3 is not None
    assert q3 - q1 == pytest.approx(10_000, rel=0.001)


@given(SECONDS, SECONDS)
def test_whole_seconds_lie_between_both_times(one: float, other: float) -> None:
    start, end = sorted((one, other))
    whole = whole_seconds(start, end)
    assert all(start <= second and second + 1 <= end for second in (*whole[:1], *whole[-1:]))
    assert end - start - 2 < len(whole) <= end - start + 1e-9
