"""Raw results to groups: exactly where they are as small as the toolkit's own, or else counted by an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ._counts import count_groups
from ._groups import CLIENTS, CONCURRENCY_KEYS, Group
from ._raw import CONCURRENCY_FOLDER, REMEDY, ResultsError, raw_columns

if TYPE_CHECKING:
    from sagemaker_capacity.request_logs._engines import Progress

_NAME = "invocation_benchmark_results"
_FORMS = (".csv", ".csv.gz", ".parquet", "")  # the last, a folder of them
_TOLERANCE = 1.01  # of two clocks
_EXACT_BYTES = 16 * 2**20  # some 150,000 rows, which pandas reads in a second


@dataclass(frozen=True)
class Counting:
    """By what raw results are counted that are too large to be read whole.

    Attributes:
        engine: ``duckdb``, or a Spark's master such as ``spark://host:7077`` or ``spark://local[2]``.
        threads: how many DuckDB takes; by default as many as there are processors.
        progress: told how many percent of the work are done, a few times a second; None where nobody knows.
    """

    engine: str = "duckdb"
    threads: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class Invocations:
    """The groups of raw results, how many rows they are of, and the files."""

    groups: tuple[Group, ...]
    paths: tuple[Path, ...]

    @property
    def rows(self) -> int:
        """All invocations."""
        return sum(group.invocations for group in self.groups)


def raw_results(folder: Path) -> Path | None:
    """A benchmark's raw results in the folder where the toolkit puts them, as CSV, or converted since.

    Raises:
        ResultsError: they are there in more forms than one.
    """
    there = [path for form in _FORMS if (path := folder / f"{_NAME}{form}").exists()]
    if len(there) > 1:
        raise ResultsError(f"{folder} has its raw results twice: keep one of {', '.join(p.name for p in there)}.")
    return there[0] if there else None


def read_invocations(path: Path, keys: tuple[str, ...], counting: Counting | None = None) -> Invocations:
    """Read raw results: a file of CSV (also .csv.gz) or Parquet, or a folder of files of one form, however large.

    A CSV file of at most 16 MiB is read whole, and its latencies are exact; of whatever is larger, or no CSV,
    they are within 1/128, means, counts and times exact.

    Raises:
        ResultsError: files or rows that cannot be used.
        ValueError: no such engine.
    """
    if path.suffix == ".csv" and path.is_file() and path.stat().st_size <= _EXACT_BYTES:
        from ._files import File  # noqa: PLC0415  # pandas is not waited for where an engine counts
        from ._rows import exact_groups  # noqa: PLC0415

        found = Invocations(exact_groups(File(path, raw_columns(keys)), keys), (path,))
    else:
        by = counting or Counting()
        groups, files = count_groups(path, keys, engine=by.engine, threads=by.threads, progress=by.progress)
        found = Invocations(groups, files.paths)
    _refuse_wrong_units(path, found.groups)
    return found


def read_concurrency(path: Path, counting: Counting | None = None) -> Invocations:
    """The concurrency benchmark's invocations, of the toolkit's folder or of raw results that lie anywhere.

    Raises:
        ResultsError: files or rows that cannot be used.
        ValueError: no such engine.
    """
    found = raw_results(path / CONCURRENCY_FOLDER) or raw_results(path) or path
    return read_invocations(found, CONCURRENCY_KEYS, counting)


def _refuse_wrong_units(path: Path, groups: tuple[Group, ...]) -> None:
    """A client waits for one answer at a time, so that all latencies take no longer than all clients' time."""
    for group in groups:
        clients = group.key[CONCURRENCY_KEYS.index(CLIENTS)] if len(group.key) == len(CONCURRENCY_KEYS) else 1
        seconds = (group.latencies_ms.mean or 0) * len(group.latencies_ms) / 1000
        there_were = clients * (group.end_seconds - group.start_seconds)
        if seconds > _TOLERANCE * there_were:
            one_or_more = f"{clients} client{'s' if clients > 1 else ''} on {group.memory_mb} MB"
            raise ResultsError(
                f"{path}: {one_or_more} cannot have waited {seconds:.6g} s in {there_were / clients:.6g} s: "
                f"is a latency in ms, a time in s? {REMEDY}"
            )
