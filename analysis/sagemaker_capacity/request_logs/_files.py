"""What a path holds, told by the first bytes and the last of each file, so that what is no log costs nothing."""

from __future__ import annotations

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from zlib import error as zlib_error

import pyarrow as pa
import pyarrow.parquet as pq

from sagemaker_capacity._benchmark import BenchmarkError

from ._columns import LogColumns

_HEAD_BYTES = 65_536
_PIECE_BYTES = 1_048_576
_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"
_DELIMITERS = ",;\t|"
_PATTERN = re.compile(r"[*?\[\]{}]")
_SHOWN_FAULTS = 12


@dataclass(frozen=True)
class LogFiles:
    """Files of one form: their columns with the type of each, and what separates them where they are CSV."""

    paths: tuple[Path, ...]
    types: dict[str, str]
    delimiter: str | None = None

    def only(self, path: Path) -> LogFiles:
        """One of them."""
        return LogFiles((path,), self.types, self.delimiter)


def find_logs(path: Path, columns: LogColumns) -> LogFiles:
    """The logs of a file or a folder, in the order of their names, each looked into but none read through.

    Names that begin with ``.`` or ``_`` are left out, as Spark and Hive do with their own.

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
        except (OSError, EOFError, ValueError, zlib_error) as error:  # Arrow's and gzip's are among them
            faults.append(f"{file}: {str(error).splitlines()[0]}")
    if found:
        faults += _column_faults(found[0], columns)
        faults += [fault for other in found[1:] if (fault := _difference(found[0], other, columns))]
    if faults:
        raise BenchmarkError(_listed(path, faults))
    return LogFiles(paths, found[0].types, found[0].delimiter)


def refuse_cut_off(files: LogFiles) -> None:
    """Unpack what gzip packed once, a piece at a time, for the checksum at its end.

    Raises:
        BenchmarkError: a file without its end, or whose bytes are not those that were packed.
    """
    for path in files.paths:
        if path.suffix == ".gz":
            try:
                with gzip.open(path) as unpacked:
                    while unpacked.read(_PIECE_BYTES):
                        pass
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
        return LogFiles((path,), {field.name: str(field.type) for field in _parquet_schema(path)})
    if head.startswith(_GZIP):
        if path.suffix != ".gz":
            raise ValueError("compressed by gzip, but not called .gz, by which engines know: rename it")
        with gzip.open(path) as unpacked:
            head = unpacked.read(_HEAD_BYTES)
    line, end, _ = head.partition(b"\n")
    if not head.strip():
        raise ValueError("empty: a log has a header and a row a request")
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
    return LogFiles((path,), dict.fromkeys(names, "text"), delimiter)


def _parquet_schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except pa.ArrowException as error:
        raise ValueError(f"begins as Parquet but does not end so; was it cut off? ({error})") from error


def _column_faults(files: LogFiles, columns: LogColumns) -> list[str]:
    where, there = files.paths[0], ", ".join(files.types)
    faults = [f"{where}: no column {name!r}; there are {there}" for name in columns.used if name not in files.types]
    time = files.types.get(columns.time, "text")
    if columns.time_unit is None and not time.startswith(("timestamp", "string", "large_string", "text")):
        faults.append(f"{where}: {columns.time!r} is a number ({time}): give time_unit, one of s, ms, us")
    if columns.time_unit is not None and time.startswith("timestamp"):
        faults.append(f"{where}: {columns.time!r} is a timestamp already: leave time_unit out")
    return faults


def _difference(first: LogFiles, other: LogFiles, columns: LogColumns) -> str | None:
    """Why two files are not of one form. CSV has its columns by place, so that each must stand at the same."""
    differ: list[str] = []
    if (first.delimiter is None) != (other.delimiter is None):
        differ = ["one is Parquet, one CSV"]
    elif first.delimiter is not None and (first.delimiter, [*first.types]) != (other.delimiter, [*other.types]):
        differ = [f"its header is {[*other.types]}, not {[*first.types]}"]
    elif first.delimiter is None:
        differ = [
            f"{name!r} is {other.types.get(name, 'missing')}, not {first.types[name]}"
            for name in columns.used
            if name in first.types and other.types.get(name) != first.types[name]
        ]
    return f"{other.paths[0]}: differs from {first.paths[0]}: {'; '.join(differ)}" if differ else None


def _listed(path: Path, faults: list[str]) -> str:
    shown = faults[:_SHOWN_FAULTS]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    return f"the request logs {path} cannot be used:" + "".join(f"\n  - {fault}" for fault in shown)
