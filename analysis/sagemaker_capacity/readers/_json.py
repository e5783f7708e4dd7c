"""JSON as tools write it: a document, several in a row, or one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sagemaker_capacity._benchmark import BenchmarkError

from ._source import Source

_DECODER = json.JSONDecoder()


def documents(source: Source) -> Iterator[tuple[str, Any]]:
    """Every document of every file with where it stands, several a file where a tool appended them.

    Raises:
        BenchmarkError: it is no JSON in UTF-8, or was cut off.
    """
    for file, content in source.contents():
        text, at = source.text(content), 0
        while at < len(text.rstrip()):
            at += len(text[at:]) - len(text[at:].lstrip())
            try:
                document, at = _DECODER.raw_decode(text, at)
            except json.JSONDecodeError as error:
                raise BenchmarkError(
                    f"the benchmark {file} is no JSON in line {error.lineno}: {error.msg}. "
                    "Was it cut off? Export it again."
                ) from error
            yield source.label(file), document


def lines(source: Source, faults: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The object of each line with the line's number; a line that holds none becomes a fault."""
    for number, line in enumerate(source.text(source.content()).splitlines(), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(f"line {number}: no JSON: {error.msg}; was the file cut off?")
            continue
        if isinstance(document, dict):
            yield number, document
        else:
            faults.append(f"line {number}: no JSON object, got {line[:40]!r}")
