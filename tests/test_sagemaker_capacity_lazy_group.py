"""The command line's help waits for nothing that only work needs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from sagemaker_capacity._cli import cli
from sagemaker_capacity._lazy_group import LazyGroup

HEAVY = {"boto3", "duckdb", "ibis", "jinja2", "matplotlib", "numpy", "pandas", "rich", "scipy"}
ASK = """
import sys
from sagemaker_capacity._cli import cli
cli(sys.argv[1:], standalone_mode=False)
print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)
"""


def told(*words: str) -> tuple[str, set[str]]:
    """What the command prints and what it imported for that."""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ASK, *words], check=True, capture_output=True, text=True
    )
    return run.stdout, set(run.stderr.split())


def test_help_lists_every_command_with_its_words_and_starts_nothing_heavy() -> None:
    printed, imported = told("--help")
    for name in LazyGroup.LAZY:
        assert f"\n  {name} " in printed
    assert not imported & HEAVY


@pytest.mark.parametrize("name", sorted(LazyGroup.LAZY))
def test_the_help_of_a_command_starts_nothing_heavy(name: str) -> None:
    printed, imported = told(name, "--help")
    assert printed.startswith("Usage:")
    assert not imported & HEAVY


@pytest.mark.parametrize("name", sorted(LazyGroup.LAZY))
def test_every_help_fits_a_terminal_of_80_columns_and_has_an_example(name: str) -> None:
    said = CliRunner().invoke(cli, [name, "--help"], terminal_width=80).stdout
    assert max(map(len, said.splitlines())) <= 80
    assert f"  sagemaker-capacity {name}" in said
    assert "Exit status: 0 " in said
