"""What moves while a command works is for a person at a terminal, and never in what a pipe gets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from sagemaker_capacity._cli import cli
from sagemaker_capacity._progress import tracked, waiting


def worked() -> list[int]:
    with waiting("Asking"):
        return list(tracked(range(3), "Fitting"))


def test_a_pipe_gets_nothing_of_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert worked() == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("terminal")
def test_a_terminal_sees_it_beside_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(tracked(range(3), "Fitting")) == [0, 1, 2]
    with waiting("Asking"):
        pass
    printed, shown = capfd.readouterr()
    assert printed == ""
    assert "Fitting" in shown
    assert "Asking" in shown


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # which rich takes for a terminal
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.usefixtures("terminal")
def test_a_check_shows_what_it_waits_for() -> None:
    plan = Path(__file__).parents[1] / "plans/xgboost/plan.json"
    checked = CliRunner().invoke(cli, ["plan", "--check", str(plan)])
    assert checked.exit_code == 0, checked.output
    assert "anew" in checked.stderr
    assert "anew" not in checked.stdout


@pytest.mark.usefixtures("terminal")
def test_fetching_prices_shows_what_it_waits_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        def get_products(self, **_: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as boto3's
            return {"PriceList": []}

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Empty())
    refused = CliRunner().invoke(cli, ["prices", "--refresh", "--out", str(tmp_path / "prices.csv")])
    assert refused.exit_code == 2, refused.output
    assert "Asking the AWS Price List API for us-east-1" in refused.stderr
