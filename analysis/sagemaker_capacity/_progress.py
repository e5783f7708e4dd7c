"""What a person sees while work takes longer than a second: on a terminal, beside the output, until it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Step = TypeVar("Step")


def tracked(steps: Iterable[Step], doing: str) -> Iterable[Step]:
    """The steps, with a bar that counts them."""
    console = Console(stderr=True)
    return track(steps, doing, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def waiting(doing: str) -> Iterator[None]:
    """A sign of life while somebody else works."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(doing):
        yield
