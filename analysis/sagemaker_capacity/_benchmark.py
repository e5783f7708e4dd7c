"""A benchmark, whatever tool measured it: one checked frame, a row a minute, units in the columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TIME = "time_utc"
INVOCATIONS = "invocations_per_minute"
ERRORS = "errors_per_minute"
CPU_SUM = "cpu_sum_percent"
CPU_PER_CORE = "cpu_per_core_percent"
MEMORY = "memory_percent"
GPU_SUM = "gpu_sum_percent"
DECIMALS = 6  # as a plan writes a number

_STATISTIC = re.compile(r"mean|p\d{1,2}(?:\.\d+)?")


class BenchmarkError(ValueError):
    """A benchmark that cannot be read: the message names the file, the rows and the remedy."""


@dataclass(frozen=True)
class Benchmark:
    """One instance under a growing load.

    `frame` is sorted by time, one row a minute: ``time_utc`` (UTC), ``invocations_per_minute``; where measured
    ``errors_per_minute``, ``cpu_sum_percent`` or ``cpu_per_core_percent``, ``memory_percent``,
    ``gpu_sum_percent``, and a column of milliseconds for each of `latency_statistics` (``mean``, ``p95``, …). Of a
    language model also ``input_tokens_per_minute``, ``output_tokens_per_minute`` and
    ``time_to_first_token_p95_ms``, …; where the tool tells it ``users`` or ``concurrency``. NaN stands where a
    minute has no such measurement. A tool that records levels of load instead of minutes gives a row a level, the
    rate per minute still; where it records no times, ``time_utc`` is NaT throughout.

    `format` is the tool's form that was read, `warnings` what its reader had to leave out or to bound.
    """

    name: str
    sha256: str
    frame: pd.DataFrame
    latency_statistics: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    format: str = "minutes-csv"
    warnings: tuple[str, ...] = ()


def strictest(statistics: Iterable[str]) -> str | None:
    """The highest percentile of some statistics of the latency, or else the mean; None of none."""
    return max(statistics, key=lambda name: float(name[1:]) if name.startswith("p") else -1, default=None)


def used_percent(benchmark: Benchmark, vcpus: int, rows: pd.Series[bool]) -> dict[str, float]:
    """The highest use in some rows: CPU of every core together, memory, and GPU where 100 is one full GPU.

    What was not measured there is left out.
    """
    some = benchmark.frame[rows]
    cpu = some[CPU_SUM] / vcpus if CPU_SUM in some else some.get(CPU_PER_CORE)
    used = {"CPU": cpu, "memory": some.get(MEMORY), "GPU": some.get(GPU_SUM)}
    return {
        name: float(values.max()) for name, values in used.items() if values is not None and values.notna().any()
    }


def read_benchmark(path: Path, format: str | None = None) -> Benchmark:  # noqa: A002 - the option's name
    """Read and check a benchmark: a file, packed with gzip or not, or the folder of a tool that writes several.

    Its form is told by its content; `format` insists on one of `sagemaker_capacity.readers.FORMATS`.

    Raises:
        BenchmarkError: no such file, an empty one, one of no known form or not of the form insisted on, missing
            or unreadable columns, bad cells, two rows of one minute; all faults of the file at once.
    """
    from .readers import read  # noqa: PLC0415 - the readers make what is defined here

    source, form, measured = read(path, format)
    return Benchmark(
        name=source.name,
        sha256=source.sha256,
        frame=measured.frame,
        latency_statistics=tuple(str(column) for column in measured.frame if _STATISTIC.fullmatch(str(column))),
        ignored_columns=measured.ignored_columns,
        format=form,
        warnings=measured.warnings,
    )
