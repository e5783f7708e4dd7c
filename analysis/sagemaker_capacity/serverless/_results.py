"""The serverless benchmarking toolkit's folder to groups of invocations and checked frames, units in the columns.

The toolkit is aws-samples' SageMaker Serverless Inference Benchmarking Toolkit, as of version 0.2.3.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ._files import File
from ._groups import CONCURRENCY_KEYS, MAX_CONCURRENCY, MEMORY, STABILITY_KEYS, Group
from ._invocations import Counting, Invocations, raw_results, read_invocations
from ._metrics import METRICS_COLUMNS, METRICS_REMEDY, measured, recorded
from ._raw import CONCURRENCY_FOLDER, STABILITY_FOLDER, ResultsError

if TYPE_CHECKING:
    from collections.abc import Iterable

_METRICS = "endpoint_metrics.csv"
_COSTS = "cost_analysis_summary_results/metrics_with_cost.csv"


@dataclass(frozen=True)
class Results:
    """What the toolkit recorded of one model at several memory sizes; what is not there is None.

    `stability` has a group of invocations for each memory size, `concurrency` one for each memory size, maximum
    concurrency and number of clients. `metrics` has a row a memory size, with CloudWatch's averages: `model_ms`,
    `overhead_ms`, `model_setup_ms`, `memory_percent`; `metrics_under_load` has one for each memory size and
    maximum concurrency. `costs` is the toolkit's own reckoning.
    """

    name: str
    sha256: str
    rows: int
    start_utc: str
    end_utc: str
    stability: tuple[Group, ...] | None
    concurrency: tuple[Group, ...] | None
    metrics: pd.DataFrame
    metrics_under_load: pd.DataFrame | None
    costs: pd.DataFrame | None


def read_results(folder: Path, counting: Counting | None = None) -> Results:
    """Read and check the folder that the toolkit wrote (its ``result_save_path``).

    Needed are the stability benchmark's endpoint metrics, or, where only that was kept, the toolkit's cost
    analysis (``metrics_with_cost.csv``, which lost its memory sizes and must have all six rows).

    Args:
        folder: the toolkit's.
        counting: by what raw results are counted that are too large to be read whole.

    Raises:
        ResultsError: no such folder or files, or bad cells in one.
    """
    if not folder.is_dir():
        raise ResultsError(f"{folder} is no folder: give the one that the toolkit saved its results in.")
    metrics = _opened(folder, f"{STABILITY_FOLDER}/{_METRICS}", METRICS_COLUMNS)
    under_load = _opened(folder, f"{CONCURRENCY_FOLDER}/{_METRICS}", (*METRICS_COLUMNS, *CONCURRENCY_KEYS[1:]))
    costs = _opened(folder, _COSTS, ("ModelLatency", "cost_per_invocation"))
    if metrics is None and costs is None:
        raise ResultsError(
            f"{folder} has neither {STABILITY_FOLDER}/{_METRICS} nor {_COSTS}, so nothing says how long the model "
            "ran: give the folder that the toolkit saved its results in."
        )
    stability = _invocations(folder, STABILITY_FOLDER, STABILITY_KEYS, counting)
    concurrency = _invocations(folder, CONCURRENCY_FOLDER, CONCURRENCY_KEYS, counting)
    of_costs = None if costs is None else recorded(costs)
    of_load = None if under_load is None else measured(under_load, [MEMORY, MAX_CONCURRENCY])
    if metrics is not None:
        of_metrics = measured(metrics, [MEMORY])
    else:
        assert of_costs is not None  # noqa: S101 - refused above
        of_metrics = of_costs[["model_ms", "overhead_ms", "model_setup_ms", "memory_percent"]]
    opened = [file for file in (metrics, under_load, costs) if file is not None]
    raw = [invocations for invocations in (stability, concurrency) if invocations is not None]
    start, end = _window(metrics)
    return Results(
        name=folder.name,
        sha256=_sha256(folder, [*(file.path for file in opened), *(path for one in raw for path in one.paths)]),
        rows=sum(len(file.texts) for file in opened) + sum(one.rows for one in raw),
        start_utc=start,
        end_utc=end,
        stability=None if stability is None else stability.groups,
        concurrency=None if concurrency is None else concurrency.groups,
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


def _invocations(
    folder: Path, benchmark: str, keys: tuple[str, ...], counting: Counting | None
) -> Invocations | None:
    path = raw_results(folder / benchmark)
    return None if path is None else read_invocations(path, keys, counting)


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


def _sha256(folder: Path, paths: Iterable[Path]) -> str:
    """Of the lines that `sha256sum` prints for the files, sorted by name."""
    listed = []
    for path in paths:
        with path.open("rb") as file:
            listed.append((path.relative_to(folder).as_posix(), hashlib.file_digest(file, "sha256").hexdigest()))
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(listed)).encode()).hexdigest()
