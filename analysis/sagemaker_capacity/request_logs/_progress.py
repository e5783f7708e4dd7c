"""How far the counting is, on a terminal; nothing where the output goes elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

_WAITED_SECONDS = 1


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
    from rich.console import Console  # noqa: PLC0415  # most are done before it is loaded
    from rich.progress import Progress  # noqa: PLC0415

    bar = drawing.enter_context(Progress(console=Console(stderr=True), transient=True))
    task = bar.add_task(what, total=None)

    def update(percent: float | None) -> None:
        if percent is not None and percent >= 0:  # below 0 until the engine knows
            bar.update(task, total=100, completed=percent)

    return update
