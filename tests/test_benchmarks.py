from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_cdk import App
from jsii._kernel.providers.process import _NodeProcess

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
    for script in (*BENCHMARKS.glob("handwritten_l1*.py"), BENCHMARKS / "variants_by_hand.py"):
        assert not re.search(r"(from|import) cdk_sagemaker_scaling", script.read_text(encoding="utf-8"))


def test_the_variants_written_by_hand_are_the_same_but_for_their_names(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    for variants in benchmark("variants").SIZES:
        ours, by_hand = (
            renamed(
                benchmark(side)
                .make_app(variants, outdir=str(tmp_path / f"{side}{variants}"))
                .synth()
                .get_stack_by_name("Variants")
                .template
            )
            for side in ("variants_ours", "variants_by_hand")
        )
        assert by_hand == ours


def renamed(template: dict[str, Any]) -> dict[str, Any]:
    """A template with every resource called by what it is, all that it refers to included.

    Policies lose their names, which CDK makes of the place in its tree as it does logical ids.
    """
    resources: dict[str, Any] = template["Resources"]
    names = [resource["Properties"].pop("PolicyName", id_) for id_, resource in resources.items()]
    assert len({*names}) == len(names), "each policy has a name of its own"

    @cache
    def name(logical_id: str) -> str:
        return sha256(json.dumps(without_ids(resources[logical_id]), sort_keys=True).encode()).hexdigest()

    def without_ids(part: object) -> object:
        match part:
            case {"Ref": str(target)} if target in resources:
                return {"Ref": name(target)}
            case {"Fn::GetAtt": [target, attribute]}:
                return {"Fn::GetAtt": [name(target), attribute]}
            case dict():
                return {key: without_ids(value) for key, value in part.items()}
            case list():
                return [without_ids(value) for value in part]
        return part

    called = {name(logical_id): without_ids(resource) for logical_id, resource in resources.items()}
    assert len(called) == len(resources), "no two are alike, so that what is called the same is the same"
    return {**template, "Resources": called}


def test_the_constructs_load_no_large_module_that_few_stacks_need() -> None:
    """A program waits for each before its first line."""
    loaded = "import sys, cdk_sagemaker_scaling; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)  # noqa: S603
    assert "cdk_sagemaker_scaling" in done.stdout.split()
    assert {"aws_cdk.aws_ec2", "aws_cdk.aws_lambda", "aws_cdk.aws_s3"}.isdisjoint(done.stdout.split())


def test_each_further_variant_asks_node_as_often(
    benchmark: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What makes the time linear in the variants, told without a clock."""
    asked = 0
    send = _NodeProcess.send

    def counted(self: _NodeProcess, *args: object) -> object:
        nonlocal asked
        asked += 1
        return send(self, *args)

    monkeypatch.setattr(_NodeProcess, "send", counted)

    def calls(variants: int) -> int:
        before = asked
        benchmark("variants_ours").make_app(variants, outdir=str(tmp_path))
        return asked - before

    calls(1)  # what is asked once a process
    one, two, ten = map(calls, (1, 2, 10))
    assert ten - two == 8 * (two - one) > 0


@pytest.mark.parametrize(("power", "met"), [(1, True), (2, False)])
def test_a_time_that_grows_faster_than_the_variants_is_told_as_missed(
    benchmark: Callable[[str], ModuleType], *, power: int, met: bool
) -> None:
    variants, spent = benchmark("variants"), benchmark("paired").Spent
    taken = {
        f"{size} {side}": (spent(seconds=0, processor_seconds=2 + size**power),)
        for size in variants.SIZES
        for side in variants.APPS
    }
    assert [measure.met for measure in variants.growth(taken) if measure.at_most] == [met]


def test_the_processors_time_is_that_of_all_processes_and_no_wait(
    benchmark: Callable[[str], ModuleType],
) -> None:
    """Of a process that waits for another, which works for a while."""
    work = "import time\nwhile time.process_time() < 0.2: pass"
    wait = f"import subprocess, sys, time; time.sleep(1); subprocess.run([sys.executable, '-c', {work!r}])"
    taken = benchmark("paired").spent([sys.executable, "-c", wait])
    assert 0.2 <= taken.processor_seconds < taken.seconds


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
