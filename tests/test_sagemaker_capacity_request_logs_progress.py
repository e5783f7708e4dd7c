"""What takes longer than a second shows on a terminal how far it is, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from request_log_files import COLUMNS, answer, some_rows, write_parquet

from sagemaker_capacity._progress import progress_shown
from sagemaker_capacity.request_logs import read_request_logs

ROWS = some_rows(20_000, seed=9)
# The command as it is, but for its patience.
COMMAND = """
import sys
from sagemaker_capacity._cli import cli
from sagemaker_capacity import _progress
from sagemaker_capacity.request_logs import _engines
_engines._TOLD_EVERY_SECONDS = _progress._WAITED_SECONDS = 0.0001
cli(["requests", sys.argv[1], "--latency", "latency_us", "--status", "status", "--json"])
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_parquet(tmp_path / "log.parquet", ROWS)


def test_a_terminal_sees_a_bar_on_standard_error_and_the_answer_is_alone_on_standard_output(log: Path) -> None:
    ours, terminal = os.openpty()
    command = [sys.executable, "-c", COMMAND, log]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, text=True, check=True)  # noqa: S603
    os.close(terminal)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "Counting requests" in shown
    piped = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert (piped.stdout, piped.stderr) == (done.stdout, "")


def test_where_standard_error_is_no_terminal_nobody_is_asked_how_far_it_is() -> None:
    with progress_shown("Counting") as progress:
        assert progress is None


def test_the_engine_says_how_far_it_is_and_the_answer_stays_the_same(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sagemaker_capacity.request_logs._engines._TOLD_EVERY_SECONDS", 0.0001)
    told: list[float | None] = []
    watched = read_request_logs(log, COLUMNS, progress=told.append)
    assert answer(watched) == answer(read_request_logs(log, COLUMNS))
    assert told
    assert all(percent is None or percent <= 100 for percent in told)


def test_who_interrupts_the_waiting_ends_the_query(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sagemaker_capacity.request_logs._engines._TOLD_EVERY_SECONDS", 0.0001)

    def interrupted(_: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_request_logs(log, COLUMNS, progress=interrupted)
