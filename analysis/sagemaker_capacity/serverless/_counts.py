"""Raw results of any size, CSV or Parquet, one file or a folder, counted by an engine to groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from sagemaker_capacity._benchmark import BenchmarkError
from sagemaker_capacity.request_logs._buckets import bounds_us
from sagemaker_capacity.request_logs._engines import Progress, engine_named
from sagemaker_capacity.request_logs._files import LogFiles, find_logs

from ._groups import (
    CONCURRENCY_KEYS,
    FAILURES,
    MEMORY_SIZES_MB,
    SUCCESS,
    Counted,
    Group,
    whole_seconds,
)
from ._raw import BAD, LATENCIES, ResultsError, raw_columns

# The concurrency benchmark as pandas writes it to Parquet, by DuckDB's names: for these Ibis said its SQL before.
COMPILED_FOR = dict(
    zip(
        raw_columns(CONCURRENCY_KEYS),
        (*["DOUBLE"] * 2, *["BOOLEAN"] * 3, *["DOUBLE"] * 2, *["BIGINT"] * 3),
        strict=True,
    )
)
COMPILED = "concurrency_of_parquet.sql"

_MOST_COUNTS = 500_000  # of one group and bucket each, which is what memory is needed for
_US_PER_MS = 1000


def count_groups(
    path: Path,
    keys: tuple[str, ...],
    *,
    engine: str = "duckdb",
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[Group, ...], LogFiles]:
    """The groups of raw results, and the files that they lie in.

    Latencies are within 1/128 of what was measured, quartiles spread within their buckets, means exact to half a
    microsecond; all else is exact. The same rows give the same groups, however they lie in files, whichever engine
    and how many threads count them.

    Raises:
        ResultsError: files or rows that cannot be used.
        ValueError: no such engine.
    """
    try:
        found = find_logs(path, raw_columns(keys), lambda _: [])
    except BenchmarkError as error:
        raise ResultsError(str(error)) from error
    with engine_named(engine, threads=threads, progress=progress) as running:
        sql = sql_of(running.dialect, found.types, keys)
        try:
            running.open(found)
            counts = running.rows(f"SELECT * FROM ({sql}) AS counts LIMIT {_MOST_COUNTS + 1}")  # noqa: S608  # ours
        except running.errors as error:
            _refuse_rows(path, found, keys, progress)  # where a cell that is no number was the reason
            told = " ".join(str(error).split()[:60])
            raise ResultsError(f"{path} cannot be read to its end: {told}") from error
    if not counts:
        raise ResultsError(f"{path} has no row below its header: the benchmark recorded nothing. Run it again.")
    if len(counts) > _MOST_COUNTS:
        raise ResultsError(f"{path} has more than {_MOST_COUNTS} groups and latencies: is one of {keys} an id?")
    if any(_is_bad(row, len(keys)) for row in counts):
        _refuse_rows(path, found, keys, progress)
        raise AssertionError(f"{path} has rows that cannot be used, and none was found")
    return groups_of(counts, len(keys)), found


def sql_of(dialect: str, types: Mapping[str, str], keys: tuple[str, ...]) -> str:
    """The expression in the words of an engine; as Ibis said them before, where they are for these columns."""
    used = {name: types[name] for name in raw_columns(keys)}
    if dialect == "duckdb" and used == COMPILED_FOR:
        return resources(__package__).joinpath(COMPILED).read_text(encoding="utf-8")
    return compiled_sql(dialect, used, keys)


def compiled_sql(dialect: str, types: Mapping[str, str], keys: tuple[str, ...]) -> str:
    """The expression as Ibis says it to an engine; `write_compiled` keeps what it says to DuckDB of Parquet."""
    from sagemaker_capacity.request_logs._statements import compiled, logs  # noqa: PLC0415  # half a second

    from ._expression import counted  # noqa: PLC0415

    return compiled(counted(logs(types, types), keys), dialect) + "\n"


def write_compiled() -> None:
    """Renew what is shipped, after a change or another Ibis: `python -m sagemaker_capacity.serverless._counts`."""
    sql = compiled_sql("duckdb", COMPILED_FOR, CONCURRENCY_KEYS)
    Path(__file__).with_name(COMPILED).write_text(sql, encoding="utf-8")


def _refuse_rows(path: Path, found: LogFiles, keys: tuple[str, ...], progress: Progress | None) -> None:
    from ._faults import refuse_rows  # noqa: PLC0415  # Ibis takes its time

    refuse_rows(path, found, keys, progress)


def _is_bad(row: Sequence[Any], keys: int) -> bool:
    (memory_mb, *others), (_, value, *_, first, last, _, _) = row[:keys], row[keys:]
    return (
        value == BAD
        or memory_mb not in MEMORY_SIZES_MB
        or not all(number and number > 0 for number in others)
        or not all(time is None or math.isfinite(time) for time in (first, last))
    )


def groups_of(counts: Sequence[Sequence[Any]], keys: int) -> tuple[Group, ...]:
    """The groups of rows of counts, as the expression gives them after so many keys."""
    of_key: dict[tuple[int, ...], list[Sequence[Any]]] = {}
    for row in counts:
        of_key.setdefault(tuple(row[:keys]), []).append(row[keys:])
    return tuple(_group(key, of_key[key]) for key in sorted(of_key))


def _group(key: tuple[int, ...], counts: Sequence[Sequence[Any]]) -> Group:
    outcomes: Counter[str] = Counter()
    latencies, response_bytes, seconds = [], [], []
    for kind, value, number, latency_us, response, *times in counts:
        if kind != LATENCIES:
            seconds.append((value, number, *times))
        elif value < 0:
            outcomes[FAILURES[-1 - value]] += number
        else:
            outcomes[SUCCESS] += number
            least_us, greatest_us = bounds_us(value)
            middle_ms, width_ms = (least_us + greatest_us) / 2 / _US_PER_MS, (greatest_us - least_us) / _US_PER_MS
            latencies.append((middle_ms, number, latency_us / _US_PER_MS, width_ms))
            response_bytes.append(response)
    start = min(first for _, _, first, *_ in seconds)
    end = max(last for _, _, _, last, *_ in seconds)
    return Group(
        key=key,
        outcomes=outcomes,
        latencies_ms=Counted.of(latencies),
        completions=_completions(seconds, whole_seconds(start, end)),
        start_seconds=start,
        end_seconds=end,
        response_bytes=None if None in response_bytes else Fraction(sum(response_bytes)),
    )


def _completions(seconds: Sequence[tuple[int, int, float, float, int, int]], whole: range) -> Counted:
    """Of the whole seconds alone: of those that were counted, only the first and the last may not be whole."""
    counted = Counter({value: number for value, number, *_ in seconds})
    edges = {min(first for *_, first, _ in seconds), max(last for *_, last in seconds)}
    for edge in edges.difference(whole):
        counted[next(value for value, *_, first, last in seconds if edge in {first, last})] -= 1
    counted[0] = len(whole) - sum(number for value, number in counted.items() if value)
    return Counted.of((value, number, value * number, 0) for value, number in counted.items() if number)


if __name__ == "__main__":
    write_compiled()
