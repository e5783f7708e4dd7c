"""A file of text that a person wrote, taken into memory; what is larger, or no text, is something else."""

from __future__ import annotations

import codecs
from pathlib import Path

_MOST_BYTES = 2**26
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, what: str) -> str:
    """The text of a file in UTF-8, with a byte order mark or without.

    Args:
        path: the file.
        what: how to call it in an error, such as ``the prices``.

    Raises:
        ValueError: no such file, one larger than 64 MiB, or no text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot read {what} {path}: {error.strerror or error}.") from error
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{what} {path} cannot be read: above {_MOST_BYTES:,} bytes it is something else.")
    return decoded(content, f"{what} {path}")


def decoded(content: bytes, what: str) -> str:
    """Bytes as text.

    Args:
        content: the bytes.
        what: how to call them in an error, such as ``the prices prices.csv``.

    Raises:
        ValueError: they are no UTF-8; the message names the line and the remedy.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(UTF_16):
            said = "UTF-16, as PowerShell writes it"
        else:
            line = content.count(b"\n", 0, error.start) + 1
            said = f"no text in UTF-8, for line {line} has the byte 0x{content[error.start]:02x}"
        raise ValueError(f"{what} is {said}: save it as UTF-8, if it is text.") from error
