"""The toolkit's folder is read whole or refused, with the file, the line and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
import serverless_folders as folders
from serverless_folders import CONCURRENCY, INVOCATIONS, METRICS, STABILITY

from sagemaker_capacity.serverless import read_results


def refusal(folder: Path) -> str:
    with pytest.raises(ValueError, match=str(folder)) as refused:
        read_results(folder)
    return str(refused.value)


def changed(folder: Path, file: str, column: str, cell: str, line: int = 3) -> str:
    """What is said of a folder of which one cell was changed."""
    rows = folders.read(folder / file)
    rows[line - 2][column] = cell
    folders.write(folder / file, list(rows[0]), rows)
    return refusal(folder)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("invocation_latency", "-5", "invocation_latency must be at least 0 ms, or -1, got '-5'"),
        ("invocation_latency", "nan", "invocation_latency must be a number, got 'nan'"),
        ("invocation_latency", "", "invocation_latency must be a number, got ''"),
        ("invocation_latency", "inf", "invocation_latency must be a number, got 'inf'"),
        ("response_size", "large", "response_size must be a number, got 'large'"),
        ("throttle_exception", "maybe", "throttle_exception must be True, False or blank, got 'maybe'"),
        ("end_time", "1", "end_time must not be before start_time, got '1'"),
        ("memory_size", "1500", "memory_size must be 1024 … 6144 MB, got '1500'"),
    ],
)
def test_a_bad_cell_is_told_with_its_file_and_line(tmp_path: Path, column: str, cell: str, said: str) -> None:
    folder = folders.made_folder(tmp_path)
    told = changed(folder, f"{STABILITY}/{INVOCATIONS}", column, cell)
    assert f"{STABILITY}/{INVOCATIONS} cannot be used:\n  - line 3: {said}\nGive the toolkit's file" in told


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("num_clients", "0", "num_clients must be a whole number from 1, got '0'"),
        ("max_concurrency", "2.5", "max_concurrency must be a whole number from 1, got '2.5'"),
    ],
)
def test_a_bad_group_is_told_too(tmp_path: Path, column: str, cell: str, said: str) -> None:
    folder = folders.made_folder(tmp_path)
    assert f"line 3: {said}" in changed(folder, f"{CONCURRENCY}/{INVOCATIONS}", column, cell)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("Unit", "Percent", "line 2: Unit of a latency must be a time, got 'Percent'"),
        ("Average", "-1", "line 2: Average must be at least 0, got '-1'"),
        ("Timestamp", "yesterday", "line 2: Timestamp must be an ISO 8601 time, got 'yesterday'"),
    ],
)
def test_a_metric_with_a_wrong_unit_or_time_is_told(tmp_path: Path, column: str, cell: str, said: str) -> None:
    folder = folders.made_folder(tmp_path)
    assert said in changed(folder, f"{STABILITY}/{METRICS}", column, cell, line=2)


def test_two_values_of_one_metric_cannot_be_weighted(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    again = folders.metric_rows(1024, 95.0)[:1]
    folders.rewrite(folder / STABILITY / METRICS, folders.METRIC, again)
    assert "is a second value of one metric, which cannot be weighted: keep one" in refusal(folder)


def test_the_same_endpoint_s_metrics_saved_again_are_not_counted_as_others(tmp_path: Path) -> None:
    under_load = read_results(folders.made_folder(tmp_path)).metrics_under_load
    assert under_load is not None
    assert under_load.index.tolist() == [(2048, 2), (2048, 4)]
    assert under_load["model_ms"].tolist() == [41, 41]


def test_all_metrics_empty_are_no_key_error(tmp_path: Path) -> None:
    folder = folders.made_folder(tmp_path)
    rows = [{"metric_name": name, "memory_size": 1024} for name in ("ModelLatency", "OverheadLatency")]
    folders.write(folder / STABILITY / METRICS, folders.METRIC, rows)
    results = read_results(folder)
    assert results.metrics["model_ms"].isna().all()
    assert (results.start_utc, results.end_utc) == ("not recorded", "not recorded")


def test_the_cost_analysis_alone_must_have_all_six_rows_for_it_lost_its_memory_sizes(tmp_path: Path) -> None:
    folder = folders.recorded_folder(tmp_path)
    rows = folders.read(folder / folders.COSTS)
    folders.write(folder / folders.COSTS, list(rows[0]), rows[:4])
    assert "is one of 4 rows and no column says of which memory size: add memory_size" in refusal(folder)
    named = [{**row, "memory_size": size} for row, size in zip(rows[:2], (2048, 1024), strict=True)]
    folders.write(folder / folders.COSTS, list(named[0]), named)
    assert read_results(folder).metrics["model_ms"].round().to_dict() == {1024: 34, 2048: 73}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty. Its columns are Timestamp"),
        (b"a,b\n1,2\n", "it lacks the columns Timestamp, Average, Unit, metric_name, memory_size"),
        (b"\x1f\x8b\x08" + bytes(range(256)) * 400, "is no such file of the toolkit"),
        (",".join(folders.METRIC).encode() + b"\n", "has no row below its header"),
        (",".join(folders.METRIC).encode() + b"\n\xff\xfe", "is no CSV file in UTF-8"),
    ],
)
def test_a_file_of_something_else_is_refused_by_its_first_line(tmp_path: Path, content: bytes, said: str) -> None:
    folder = folders.made_folder(tmp_path)
    (folder / STABILITY / METRICS).write_bytes(content)
    assert said in refusal(folder)


def test_a_folder_without_the_toolkit_s_files_says_what_is_needed(tmp_path: Path) -> None:
    assert f"neither {STABILITY}/{METRICS} nor" in refusal(tmp_path)
    assert "is no folder" in refusal(tmp_path / "gone")
