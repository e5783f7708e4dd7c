"""What a path holds, told by the first bytes and the last of each file, so that what is no log costs nothing."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import error as zlib_error

from sagemaker_capacity._benchmark import BenchmarkError
from sagemaker_capacity._text_file import UTF_16

TEXT = "VARCHAR"  # what DuckDB calls it; every column of CSV is one

_HEAD_BYTES = 65_536
_PIECE_BYTES = 1_048_576
_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"
_DELIMITERS = ",;\t|"
_PATTERN = re.compile(r"[*?\[\]{}]")
_SHOWN_FAULTS = 12


@dataclass(frozen=True)
class LogFiles:
    """Files of one form: their columns, each with DuckDB's name of its type, and what separates them in CSV."""

    paths: tuple[Path, ...]
    types: dict[str, str]
    delimiter: str | None = None

    def only(self, path: Path) -> LogFiles:
        """One of them."""
        return LogFiles((path,), self.types, self.delimiter)


def find_logs(path: Path, used: Sequence[str], faults_of: Callable[[Mapping[str, str]], list[str]]) -> LogFiles:
    """The logs of a file or a folder, in the order of their names, each looked into but none read through.

    Names that begin with ``.`` or ``_`` are left out, as Spark and Hive do with their own.

    Args:
        path: the file or folder.
        used: the columns that are read, which must be in every file.
        faults_of: what is wrong with the types of those columns, if they are there.

    Raises:
        BenchmarkError: nothing there, what is neither CSV nor Parquet, a column missing, two forms: each file.
    """
    paths = _paths(path)
    faults: list[str] = []
    found: list[LogFiles] = []
    for file in paths:
        if _PATTERN.search(str(file)):
            faults.append(f"{file}: engines would take its name for a pattern: rename it without * ? [ ] {{ }}")
            continue
        try:
            found.append(_look_into(file))
        except (OSError, EOFError, ValueError, zlib_error) as error:  # gzip's are among them
            faults.append(f"{file}: {str(error).splitlines()[0]}")
    if found:
        where = found[0].paths[0]
        faults += _missing(found[0], used) or [f"{where}: {fault}" for fault in faults_of(found[0].types)]
        faults += [fault for other in found[1:] if (fault := _difference(found[0], other, used))]
    if faults:
        raise BenchmarkError(_listed(path, faults))
    return LogFiles(paths, found[0].types, found[0].delimiter)


def refuse_cut_off(files: LogFiles, progress: Callable[[float | None], None] | None = None) -> None:
    """Unpack what gzip packed once, a piece at a time, for the checksum at its end.

    Args:
        files: packed or not.
        progress: told now and then that the work goes on.

    Raises:
        BenchmarkError: a file without its end, or whose bytes are not those that were packed.
    """
    for path in files.paths:
        if path.suffix == ".gz":
            try:
                with gzip.open(path) as unpacked:
                    while unpacked.read(_PIECE_BYTES):
                        if progress is not None:
                            progress(None)
            except (OSError, EOFError, zlib_error) as error:
                raise BenchmarkError(
                    f"the request log {path} was cut off or damaged: {error}. Copy it again."
                ) from error


def _paths(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise BenchmarkError(f"cannot read the request logs {path}: no such file or folder.")
    if not path.is_dir():
        return (path,)
    inside = (file for file in path.rglob("*") if file.is_file())
    paths = tuple(sorted(f for f in inside if not any(p[0] in "._" for p in f.relative_to(path).parts)))
    if not paths:
        raise BenchmarkError(f"the folder {path} holds no request logs: CSV (also .csv.gz) or Parquet, one form.")
    return paths


def _look_into(path: Path) -> LogFiles:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_PARQUET):
        return LogFiles((path,), _parquet_types(path))
    if head.startswith(_GZIP):
        if path.suffix != ".gz":
            raise ValueError("compressed by gzip, but not called .gz, by which engines know: rename it")
        try:
            with gzip.open(path) as unpacked:
                head = unpacked.read(_HEAD_BYTES)
        except (EOFError, zlib_error) as error:
            raise ValueError(f"it was cut off or damaged: {error}. Copy it again") from error
    line, end, _ = head.partition(b"\n")
    if not head.strip():
        raise ValueError("empty: a log has a header and a row a request")
    if head.startswith(UTF_16):
        raise ValueError("UTF-16, as PowerShell writes it: save it as UTF-8")
    if b"\0" in head or (not end and len(head) == _HEAD_BYTES):
        raise ValueError(
            f"neither CSV nor Parquet: no line ends in its first {len(head)} bytes, or they are no text"
        )
    try:
        header = line.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError as error:
        raise ValueError(f"neither CSV in UTF-8 nor Parquet: {error}") from error
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"its header gives {', '.join(map(repr, twice))} twice")
    return LogFiles((path,), dict.fromkeys(names, TEXT), delimiter)


def _parquet_types(path: Path) -> dict[str, str]:
    import duckdb  # noqa: PLC0415  # CSV does without it on Spark

    try:
        with duckdb.connect() as connection:
            found = connection.read_parquet(str(path), hive_partitioning=False)
            return dict(zip(found.columns, map(str, found.types), strict=True))
    except duckdb.Error as error:
        raise ValueError(f"begins as Parquet but does not end so; was it cut off? ({error})") from error


def _missing(files: LogFiles, used: Sequence[str]) -> list[str]:
    where, there = files.paths[0], ", ".join(files.types)
    return [f"{where}: no column {name!r}; there are {there}" for name in used if name not in files.types]


def _difference(first: LogFiles, other: LogFiles, used: Sequence[str]) -> str | None:
    """Why two files are not of one form. CSV has its columns by place, so that each must stand at the same."""
    differ: list[str] = []
    if (first.delimiter is None) != (other.delimiter is None):
        differ = ["one is Parquet, one CSV"]
    elif first.delimiter is not None and (first.delimiter, [*first.types]) != (other.delimiter, [*other.types]):
        differ = [f"its header is {[*other.types]}, not {[*first.types]}"]
    elif first.delimiter is None:
        differ = [
            f"{name!r} is {other.types.get(name, 'missing')}, not {first.types[name]}"
            for name in used
            if name in first.types and other.types.get(name) != first.types[name]
        ]
    return f"{other.paths[0]}: differs from {first.paths[0]}: {'; '.join(differ)}" if differ else None


def _listed(path: Path, faults: list[str]) -> str:
    shown = faults[:_SHOWN_FAULTS]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    return f"the request logs {path} cannot be used:" + "".join(f"\n  - {fault}" for fault in shown)
