from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_cdk import App

from app import make_app

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a file of benchmarks/, which are scripts and so know each other by name alone."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    yield importlib.import_module
    for script in BENCHMARKS.glob("*.py"):
        sys.modules.pop(script.stem, None)


def template(app: App) -> dict[str, Any]:
    """What the app deploys: its template without what names the tree of constructs."""
    found: dict[str, Any] = json.loads(json.dumps(app.synth().get_stack_by_name("ScaledEndpoints").template))
    for resource in found["Resources"].values():
        resource.pop("Metadata", None)
    return found


def test_the_rival_written_by_hand_is_the_same_stack(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    by_hand = template(benchmark("handwritten_l1").make_app(outdir=str(tmp_path / "by_hand")))
    ours = template(make_app(outdir=str(tmp_path / "ours")))
    changed = [name for name, resource in ours["Resources"].items() if by_hand["Resources"].get(name) != resource]
    assert changed == [], "mend benchmarks/handwritten_l1*.py, or the comparison is not one of equals"
    assert by_hand == ours


def test_the_rival_is_written_without_a_construct_of_ours() -> None:
    for script in BENCHMARKS.glob("handwritten_l1*.py"):
        assert "cdk_sagemaker_scaling" not in script.read_text(encoding="utf-8")


def test_timers_take_turns_after_a_round_that_does_not_count(
    benchmark: Callable[[str], ModuleType],
) -> None:
    calls: list[str] = []

    def timer(name: str) -> Callable[[], float]:
        def run() -> float:
            calls.append(name)
            return len(calls)

        return run

    taken = benchmark("paired").in_turns({"a": timer("a"), "b": timer("b")}, rounds=2)
    assert calls == ["a", "b"] * 3
    assert taken == {"a": (3, 5), "b": (4, 6)}


def test_a_process_that_fails_is_no_time(benchmark: Callable[[str], ModuleType]) -> None:
    with pytest.raises(SystemExit, match="exit status 3\nno such thing"):
        benchmark("paired").seconds(
            [sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"]
        )


@pytest.mark.parametrize(("at_most", "status"), [(None, 0), (2, 0), (1.9, 1)])
def test_a_median_above_what_is_asked_is_told_as_missed(
    benchmark: Callable[[str], ModuleType],
    capsys: pytest.CaptureFixture[str],
    at_most: float | None,
    status: int,
) -> None:
    paired = benchmark("paired")
    measures = [paired.Measure("ours", "s", (9.0, 2.0, 1.0), at_most)]
    assert paired.show("title", measures, as_json=False) == status
    assert ("MISSED" in capsys.readouterr().out) == bool(status)
    assert paired.show("title", measures, as_json=True) == status
    (measure,) = json.loads(capsys.readouterr().out)["measures"]
    assert measure["median"] == 2
    assert measure["met"] is (None if at_most is None else not status)
