"""What every command prints alike, for a person in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table


def print_list(console: Console, heading: str, sentences: Sequence[str]) -> None:
    """A heading and sentences below it, each with a bullet; nothing of none."""
    if sentences:
        console.print(f"\n[bold]{heading}[/]")
    for sentence in sentences:
        bullet = Table.grid(padding=(0, 1))
        bullet.add_row("-", escape(sentence))
        console.print(Padding(bullet, (0, 0, 0, 2)))
