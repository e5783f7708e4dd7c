"""The serverless benchmarking toolkit's folder to checked frames, units in the columns.

The toolkit is aws-samples' SageMaker Serverless Inference Benchmarking Toolkit, as of version 0.2.3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ._files import File, ResultsError
from ._metrics import METRICS_COLUMNS, METRICS_REMEDY, measured, recorded

MEMORY = "memory_mb"
OUTCOME = "outcome"
LATENCY = "latency_ms"
RESPONSE = "response_bytes"
START = "start_seconds"
END = "end_seconds"
MAX_CONCURRENCY = "max_concurrency"
CLIENTS = "num_clients"
SUCCESS = "success"
FAILURES = ("throttled", "out_of_memory", "model_error", "other_error")
MEMORY_SIZES_MB = range(1024, 6144 + 1, 1024)

_FAILED_MS = -1  # what the toolkit writes for the latency of a failure
_FLAGS = {
    "throttled": "throttle_exception",
    "out_of_memory": "insufficient_memory_error",
    "model_error": "other_model_error",
}
_NUMBERS = ("invocation_latency", "response_size", "start_time", "end_time", "memory_size")
_STABILITY = "stability_benchmark_raw_results"
_CONCURRENCY = "concurrency_benchmark_raw_results"
_INVOCATIONS = "invocation_benchmark_results.csv"
_METRICS = "endpoint_metrics.csv"
_COSTS = "cost_analysis_summary_results/metrics_with_cost.csv"
_REMEDY = "Give the toolkit's file as it wrote it: one row an invocation, latency in ms, times in seconds."


@dataclass(frozen=True)
class Results:
    """What the toolkit recorded of one model at several memory sizes; a frame is None where it is not there.

    `stability` and `concurrency` have a row an invocation: `memory_mb`, `outcome` (``success`` or one of
    `FAILURES`), `latency_ms` and `response_bytes` (both NaN of a failure), `start_seconds` and `end_seconds`; of
    the concurrency benchmark also `max_concurrency` and `num_clients`. `metrics` has a row a memory size, with
    CloudWatch's averages: `model_ms`, `overhead_ms`, `model_setup_ms`, `memory_percent`; `metrics_under_load` has
    one for each memory size and maximum concurrency. `costs` is the toolkit's own reckoning.
    """

    name: str
    sha256: str
    rows: int
    start_utc: str
    end_utc: str
    stability: pd.DataFrame | None
    concurrency: pd.DataFrame | None
    metrics: pd.DataFrame
    metrics_under_load: pd.DataFrame | None
    costs: pd.DataFrame | None


def read_results(folder: Path) -> Results:
    """Read and check the folder that the toolkit wrote (its ``result_save_path``).

    Needed are the stability benchmark's endpoint metrics, or, where only that was kept, the toolkit's cost
    analysis (``metrics_with_cost.csv``, which lost its memory sizes and must have all six rows).

    Raises:
        ResultsError: no such folder or files, or bad cells in one.
    """
    if not folder.is_dir():
        raise ResultsError(f"{folder} is no folder: give the one that the toolkit saved its results in.")
    stability = _opened(folder, f"{_STABILITY}/{_INVOCATIONS}", (*_NUMBERS, *_FLAGS.values()))
    concurrent_columns = (*_NUMBERS, *_FLAGS.values(), MAX_CONCURRENCY, CLIENTS)
    concurrency = _opened(folder, f"{_CONCURRENCY}/{_INVOCATIONS}", concurrent_columns)
    metrics = _opened(folder, f"{_STABILITY}/{_METRICS}", METRICS_COLUMNS)
    under_load = _opened(folder, f"{_CONCURRENCY}/{_METRICS}", (*METRICS_COLUMNS, MAX_CONCURRENCY, CLIENTS))
    costs = _opened(folder, _COSTS, ("ModelLatency", "cost_per_invocation"))
    if metrics is None and costs is None:
        raise ResultsError(
            f"{folder} has neither {_STABILITY}/{_METRICS} nor {_COSTS}, so nothing says how long the model ran: "
            "give the folder that the toolkit saved its results in."
        )
    frames = [None if file is None else _invocations(file) for file in (stability, concurrency)]
    of_costs = None if costs is None else recorded(costs)
    of_load = None if under_load is None else measured(under_load, [MEMORY, MAX_CONCURRENCY])
    if metrics is not None:
        of_metrics = measured(metrics, [MEMORY])
    else:
        assert of_costs is not None  # noqa: S101 - refused above
        of_metrics = of_costs[["model_ms", "overhead_ms", "model_setup_ms", "memory_percent"]]
    opened = [file for file in (stability, concurrency, metrics, under_load, costs) if file is not None]
    start, end = _window(metrics)
    return Results(
        name=folder.name,
        sha256=_sha256(folder, opened),
        rows=sum(len(file.texts) for file in opened),
        start_utc=start,
        end_utc=end,
        stability=frames[0],
        concurrency=frames[1],
        metrics=of_metrics,
        metrics_under_load=of_load,
        costs=of_costs,
    )


def _opened(folder: Path, name: str, needed: tuple[str, ...]) -> File | None:
    """The file where the toolkit puts it; the cost analysis also where it was put alone."""
    for path in (folder / name, *([folder / Path(name).name] if name == _COSTS else [])):
        if path.exists():
            return File(path, needed)
    return None


def _invocations(file: File) -> pd.DataFrame:
    columns = file.texts.columns
    grouping = [column for column in (MAX_CONCURRENCY, CLIENTS) if column in columns]
    latency = file.numbers("invocation_latency")
    response = file.numbers("response_size", blank_allowed=True)
    start, end = file.numbers("start_time"), file.numbers("end_time")
    memory = file.numbers("memory_size")
    file.fault_where((latency < 0) & (latency != _FAILED_MS), "invocation_latency", "must be at least 0 ms, or -1")
    file.fault_where(end < start, "end_time", "must not be before start_time")
    file.fault_where(memory.notna() & ~memory.isin(list(MEMORY_SIZES_MB)), "memory_size", "must be 1024 … 6144 MB")
    frame = pd.DataFrame({MEMORY: memory, START: start, END: end})
    for column in grouping:
        frame[column] = file.numbers(column)
        file.fault_where((frame[column] < 1) | (frame[column] % 1 != 0), column, "must be a whole number from 1")
    outcome = pd.Series(SUCCESS, index=frame.index)
    # A success has a latency and an answer; whatever else the client met, the toolkit writes as no answer.
    outcome[(latency <= 0) | ~(response > 0)] = "other_error"
    for name, flag in reversed(_FLAGS.items()):
        outcome[file.flags(flag)] = name
    frame[OUTCOME] = outcome
    frame[LATENCY] = latency.where(outcome == SUCCESS)
    frame[RESPONSE] = response.where(outcome == SUCCESS)
    file.close(_REMEDY)
    whole = [MEMORY, *grouping]
    return frame.astype(dict.fromkeys(whole, int)).sort_values(list(frame.columns), ignore_index=True)


def _window(metrics: File | None) -> tuple[str, str]:
    """When CloudWatch's periods began, first and last; the invocations have no wall-clock time."""
    if metrics is None:
        return "not recorded", "not recorded"
    cells = metrics.texts["Timestamp"]
    times = pd.to_datetime(cells.where(cells != "", None), utc=True, format="ISO8601", errors="coerce")
    metrics.fault_where(times.isna() & (cells != ""), "Timestamp", "must be an ISO 8601 time")
    metrics.close(METRICS_REMEDY)
    known = times.dropna()
    if known.empty:
        return "not recorded", "not recorded"
    return f"{known.min():%Y-%m-%dT%H:%M:%SZ}", f"{known.max():%Y-%m-%dT%H:%M:%SZ}"


def _sha256(folder: Path, files: list[File]) -> str:
    """Of the lines that `sha256sum` prints for the files, sorted by name."""
    listed = sorted((file.path.relative_to(folder).as_posix(), file.sha256) for file in files)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in listed).encode()).hexdigest()
