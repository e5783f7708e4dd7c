"""How a command ends that does not do what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


class BadInput(click.ClickException):
    """What was asked cannot be done as asked; nothing was written."""

    exit_code = 2


class NoAnswer(click.ClickException):
    """What was measured supports no answer; the message gives the reasons."""

    exit_code = 3


@contextmanager
def collected(faults: list[str]) -> Iterator[None]:
    """Keep what is wrong instead of raising it, so that all that is wrong is told at once."""
    try:
        yield
    except ValueError as error:
        faults.append(str(error))
