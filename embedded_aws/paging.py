"""Answers in pages, as AWS gives them: so many items, and an opaque token where more remain."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


class UnknownToken(ValueError):  # noqa: N818 - named for what it is
    """A token that no page of this question gave."""


def page(
    items: Sequence[_Item], size: int, token: str | None, question: object = None
) -> tuple[list[_Item], str | None]:
    """One page of the items, with the token of the next one, which is None after the last.

    Args:
        items: all of them, in an order that stays the same from page to page.
        size: the most that one page holds.
        token: what the page before gave, or None for the first page.
        question: what was asked for; a token continues the question that it came from and no other.

    Raises:
        UnknownToken: the token does not belong to this question.
    """
    start = 0 if token is None else _position(token, question)
    end = start + size
    return list(items[start:end]), token_at(end, question) if end < len(items) else None


def token_at(position: int, question: object = None) -> str:
    """The token that continues a question from a position."""
    return base64.urlsafe_b64encode(f"{_digest(question)}:{position}".encode()).decode()


def _position(token: str, question: object) -> int:
    try:
        digest, _, position = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if digest == _digest(question):
            return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise UnknownToken(f"the token {token!r} does not continue this question")


def _digest(question: object) -> str:
    return hashlib.sha256(repr(question).encode()).hexdigest()[:16]
