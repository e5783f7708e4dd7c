"""What a person sees while work takes longer than a second: on a terminal, beside the output, until it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

_WAITED_SECONDS = 1
Step = TypeVar("Step")


def tracked(steps: Iterable[Step], doing: str) -> Iterable[Step]:
    """The steps, with a bar that counts them."""
    from rich.console import Console  # noqa: PLC0415 - some commands are done before they need it
    from rich.progress import track  # noqa: PLC0415

    console = Console(stderr=True)
    return track(steps, doing, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def waiting(doing: str) -> Iterator[None]:
    """A sign of life while somebody else works."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(doing):
        yield


@contextmanager
def progress_shown(what: str) -> Iterator[Callable[[float | None], None] | None]:
    """Give what is to be told of the percent done; a bar stands on standard error once a second has gone by.

    Gives None, so that nobody asks an engine how far it is, where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as drawing:
        yield _bar(what, drawing)


def _bar(what: str, drawing: ExitStack) -> Callable[[float | None], None]:
    begin = time.monotonic()
    update: Callable[[float | None], None] | None = None

    def told(percent: float | None) -> None:
        nonlocal update
        if update is None and time.monotonic() - begin >= _WAITED_SECONDS:
            update = _drawn(what, drawing)
        if update is not None:
            update(percent)

    return told


def _drawn(what: str, drawing: ExitStack) -> Callable[[float | None], None]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    bar = drawing.enter_context(Progress(console=Console(stderr=True), transient=True))
    task = bar.add_task(what, total=None)

    def update(percent: float | None) -> None:
        if percent is not None and percent >= 0:  # below 0 until the engine knows
            bar.update(task, total=100, completed=percent)

    return update
