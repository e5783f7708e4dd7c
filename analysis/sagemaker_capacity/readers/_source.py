"""What a reader is given: the bytes of a file or of a folder's files, unpacked, and where they came from."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sagemaker_capacity._benchmark import BenchmarkError
from sagemaker_capacity._text_file import decoded

_HEAD_BYTES = 65_536
_GZIP = b"\x1f\x8b"
_MOST_BYTES = 2**30  # of a file, unpacked, since it is taken into memory whole
_SHOWN_FAULTS = 12


@dataclass(frozen=True)
class Source:
    """One file or several, in the order of their names.

    `name` and `sha256` are of the evidence as it lies there, packed or not; of a folder it is the digest of
    each file's name and digest. `head` is enough of the first file to tell its format by.
    """

    path: Path
    files: tuple[Path, ...]
    head: bytes

    @property
    def name(self) -> str:
        """The file's or the folder's own name."""
        return self.path.name or self.path.resolve().name

    @property
    def sha256(self) -> str:
        """The digest by which a plan recognises its evidence."""
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in self.files]
        if self.files == (self.path,):
            return digests[0]
        listed = (f"{digest}  {self.label(file)}\n" for file, digest in zip(self.files, digests, strict=True))
        return hashlib.sha256("".join(listed).encode()).hexdigest()

    @property
    def beginning(self) -> str:
        """The head as text, as far as it is text."""
        return self.head.decode("utf-8-sig", errors="ignore")

    def label(self, file: Path) -> str:
        """The name of one of the files, in a folder with the folders between."""
        return file.name if file == self.path else file.relative_to(self.path).as_posix()

    def contents(self) -> Iterator[tuple[Path, bytes]]:
        """Each file with its bytes, unpacked."""
        for file in self.files:
            yield file, _unpacked(file)

    def content(self) -> bytes:
        """The bytes of the one file.

        Raises:
            BenchmarkError: it is a folder of several.
        """
        if len(self.files) > 1:
            raise BenchmarkError(
                f"the benchmark {self.path} holds {len(self.files)} files of a tool that writes one a run: "
                f"give one of them, such as {self.files[0]}."
            )
        return _unpacked(self.files[0])

    def text(self, content: bytes) -> str:
        """Bytes of it as text.

        Raises:
            BenchmarkError: they are no UTF-8.
        """
        try:
            return decoded(content, f"the benchmark {self.path}")
        except ValueError as error:
            raise BenchmarkError(str(error)) from error

    @contextmanager
    def built_like(self, what: str) -> Iterator[None]:
        """Read it as that: what a reader then stumbles over is told, for a tool's document is what others wrote.

        Raises:
            BenchmarkError: a part is missing, or of another kind.
        """
        try:
            yield
        except BenchmarkError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            said = f"{type(error).__name__}: {error}"
            raise BenchmarkError(
                f"the benchmark {self.path} begins like {what}, but a part of it is missing or of another kind "
                f"({said}): export it again."
            ) from error

    def error(self, faults: list[str], remedy: str) -> BenchmarkError:
        """All faults of the evidence at once, with what to do about them."""
        shown = faults[:_SHOWN_FAULTS]
        if len(faults) > len(shown):
            shown.append(f"and {len(faults) - len(shown)} more")
        listed = "".join(f"\n  - {fault}" for fault in shown)
        return BenchmarkError(f"the benchmark {self.path} cannot be used:{listed}\n{remedy}")


def open_source(path: Path) -> Source:
    """Find the file, or the files of a folder, and read as much as tells the format.

    Raises:
        BenchmarkError: there is none, it cannot be read, or it is a broken gzip file.
    """
    try:
        files = _files_of(path) if path.is_dir() else (path,)
        if not files:
            raise BenchmarkError(f"cannot read the benchmark {path}: the folder holds no file.")
        return Source(path, files, _unpacked(files[0], _HEAD_BYTES))
    except OSError as error:
        raise BenchmarkError(f"cannot read the benchmark {path}: {error.strerror or error}.") from error


def _files_of(folder: Path) -> tuple[Path, ...]:
    """Every file of a folder and of those in it, but for hidden ones, which file managers leave behind."""
    return tuple(sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")))


def _unpacked(file: Path, size: int = -1) -> bytes:
    """The first bytes of a file, all by default; a gzip file is told by its first two and unpacked."""
    with file.open("rb") as plain:
        start = plain.read(len(_GZIP))
        plain.seek(0)
        if start != _GZIP:
            _refuse_large(file, file.stat().st_size if size < 0 else 0)
            return plain.read(size)
        try:
            with gzip.open(plain) as unpacked:
                content = unpacked.read(_MOST_BYTES + 1 if size < 0 else size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BenchmarkError(
                f"the benchmark {file} is a broken gzip file, cut off or damaged ({error}): "
                f"see `gzip --test {file.name}`, and fetch it again."
            ) from error
        _refuse_large(file, len(content))
        return content


def _refuse_large(file: Path, size: int) -> None:
    if size > _MOST_BYTES:
        raise BenchmarkError(
            f"the benchmark {file} is larger than the {_MOST_BYTES:,} bytes that are read: is it one? A log of "
            f"requests becomes minutes first: sagemaker-capacity requests {file.name} --out minutes.csv"
        )
