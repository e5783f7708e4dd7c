"""What moves while a command works is for a person at a terminal, and never in what a pipe gets."""

from __future__ import annotations

import pytest

from sagemaker_capacity._progress import tracked, waiting


def worked() -> list[int]:
    with waiting("Asking"):
        return list(tracked(range(3), "Fitting"))


def test_a_pipe_gets_nothing_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert worked() == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


def test_a_terminal_sees_it_beside_the_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # which rich takes for a terminal
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert list(tracked(range(3), "Fitting")) == [0, 1, 2]
    with waiting("Asking"):
        pass
    printed, shown = capfd.readouterr()
    assert printed == ""
    assert "Fitting" in shown
    assert "Asking" in shown
