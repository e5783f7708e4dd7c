"""How a command ends that does not do what it was asked."""

from __future__ import annotations

import click


class BadInput(click.ClickException):
    """What was asked cannot be done as asked; nothing was written."""

    exit_code = 2


class NoAnswer(click.ClickException):
    """What was measured supports no answer; the message gives the reasons."""

    exit_code = 3
