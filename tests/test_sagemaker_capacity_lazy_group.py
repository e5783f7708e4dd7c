"""The command line's help waits for nothing that only work needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
    for name in ("plan", *LazyGroup.LAZY):
        assert f"\n  {name} " in printed
    assert not imported & HEAVY


@pytest.mark.parametrize("name", ["plan", *LazyGroup.LAZY])
def test_the_help_of_a_command_starts_nothing_heavy(name: str) -> None:
    printed, imported = told(name, "--help")
    assert printed.startswith("Usage:")
    assert not imported & HEAVY
