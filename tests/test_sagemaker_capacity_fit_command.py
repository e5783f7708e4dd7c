"""The command `fit`: any table of load and throughput in, a saturation out, or the reasons why there is none."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from published_usl import SPECSDM91

from sagemaker_capacity.fitting._command import fit

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "plans/xgboost/benchmark.csv"
RATE = "invocations_per_minute"
LATENCY = ["--latency", "latency_mean_ms"]


def run(file: Path, *words: str, load: str = RATE, throughput: str = RATE) -> Result:
    return CliRunner().invoke(fit, [str(file), "--load", load, "--throughput", throughput, *words])


def written(folder: Path, *rows: str) -> Path:
    file = folder / "load.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def specsdm91(folder: Path) -> Path:
    return written(folder, "load,throughput", *(f"{n},{x}" for n, x in zip(*SPECSDM91, strict=True)))


def document(file: Path, *words: str, **columns: str) -> dict[str, Any]:
    result = run(file, "--json", *words, **columns)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_published_table_gives_its_law_with_intervals(tmp_path: Path) -> None:
    found = document(specsdm91(tmp_path), load="load", throughput="throughput")
    assert found["usl"]["sigma"] == 0.0277285
    assert found["usl"]["kappa"] == 0.000104365
    assert found["usl"]["lambda"] == 89.9952
    assert found["usl"]["peak_load"] == 96.5196
    for curve, names in (("usl", ("sigma", "kappa", "lambda")), ("queue", ("ceiling", "knee_load", "population"))):
        for name in names:
            low, high = found[curve]["intervals"][name]
            assert low < found[curve][name] < high
    assert found["supported"] in found["aicc"]


def test_the_recorded_benchmark_saturates_before_its_maximum() -> None:
    with RECORDED.open(encoding="utf-8") as lines:
        maximum = max(float(row[RATE]) for row in csv.DictReader(lines))
    found = document(RECORDED, *LATENCY, "--slo-ms", "20")["saturation"]
    assert found["limit"] == "latency"
    assert 8433 < found["load"] < 8949 < maximum  # the minutes of 17.6 and 26.3 ms
    low, high = found["load_interval"]
    assert low == found["at_least_load"] < found["load"] < high


def test_the_recorded_benchmark_alone_tells_of_no_saturation() -> None:
    found = document(RECORDED)
    assert found["supported"] == "line"
    assert found["queue"] is None
    assert found["saturation"]["load"] is None
    assert found["saturation"]["at_least_load"] == 9010  # three minutes had as much


def test_twice_the_same_command_prints_the_same_bytes() -> None:
    words = [*LATENCY, "--slo-ms", "20", "--json"]
    assert run(RECORDED, *words).stdout == run(RECORDED, *words).stdout
    assert run(RECORDED, *words).stdout != run(RECORDED, *words, "--seed", "1").stdout


def test_the_order_of_the_lines_does_not_matter(tmp_path: Path) -> None:
    header, *rows = RECORDED.read_text(encoding="utf-8").splitlines()
    turned = document(written(tmp_path, header, *reversed(rows)), *LATENCY, "--slo-ms", "20")
    straight = document(RECORDED, *LATENCY, "--slo-ms", "20")
    assert turned | {"file": ""} == straight | {"file": ""}


def test_a_person_reads_the_saturation_and_every_parameter() -> None:
    result = run(RECORDED, *LATENCY, "--slo-ms", "20")
    assert result.exit_code == 0
    load = document(RECORDED, *LATENCY, "--slo-ms", "20")["saturation"]["load"]
    assert f"Saturates at a load of {load:g}: above it the latency is more than 20." in result.stdout
    for words in ("throughput there", "latency servers", "usl sigma", "straight line", "waits for no answers"):
        assert words in result.stdout


def test_a_person_reads_a_bound_as_one() -> None:
    assert "Sustains a load of at least 9010: up to the highest load" in run(RECORDED).stdout


def test_an_objective_that_was_never_met_has_no_answer() -> None:
    result = run(RECORDED, *LATENCY, "--slo-ms", "2", "--json")
    assert result.exit_code == 3
    assert result.stderr.startswith("No answer: the latency is above 2 at the lightest load measured")
    assert json.loads(result.stdout)["saturation"]["at_least_load"] is None


def test_few_rows_have_no_answer(tmp_path: Path) -> None:
    result = run(written(tmp_path, "n,x", "1,10", "2,20"), load="n", throughput="x")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "No answer: a curve takes at least 4 different loads in 6 rows; got 2 in 2.\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((), "has no column n, x. It is empty."),
        (("load,x", "1,2"), "has no column n. Its columns are load, x."),
        (("n,x",), "no row below the header"),
        (("n,x", "1,2", "2,many"), "line 3: x must be a number of at least 0, got 'many'"),
        (("n,x", "1,2", "-2,4"), "line 3: n must be a number of at least 0, got '-2'"),
        (("n,x", "1,nan", "2"), "line 2: x must be a number of at least 0, got 'nan'\n  - line 3: x must be"),
    ],
)
def test_bad_input_names_the_file_the_line_and_the_remedy(tmp_path: Path, rows: tuple[str, ...], told: str) -> None:
    file = written(tmp_path, *rows)
    result = run(file, load="n", throughput="x")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: the table {file}")
    assert told in result.stderr
    assert result.stdout == ""


def test_many_faults_are_told_up_to_a_dozen(tmp_path: Path) -> None:
    result = run(written(tmp_path, "n,x", *["1,?"] * 40), load="n", throughput="x")
    assert result.stderr.count("got '?'") == 12
    assert "and 28 more\nMend or drop these rows." in result.stderr


def test_no_such_file_and_no_text_are_bad_input(tmp_path: Path) -> None:
    missing = run(tmp_path / "none.csv")
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\x1f\x8b\x08\x00\xff")
    assert run(binary).exit_code == 2
    assert "is no text in UTF-8, for line 1 has the byte" in run(binary).stderr


def test_an_objective_takes_a_column_to_be_on() -> None:
    result = run(RECORDED, "--slo-ms", "20")
    assert result.exit_code == 2
    assert result.stderr == "Error: --slo-ms is on a latency: name its column with --latency\n"


def test_a_line_that_is_there_twice_is_told(tmp_path: Path) -> None:
    rows = [f"{n},{np.minimum(n, 5) * 10 + n / 10}" for n in range(1, 13)]
    found = document(written(tmp_path, "n,x", *rows, rows[4]), load="n", throughput="x")
    assert found["notes"] == ["line 14 is the same as line 6: it counts once."]


def test_the_words_of_the_command_start_without_scipy() -> None:
    code = "import sys; from sagemaker_capacity.fitting._command import fit; print(sorted(sys.modules))"
    path = f"{ROOT / 'analysis'}:{ROOT / 'constructs'}"
    loaded = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": path}
    ).stdout
    assert "'click'" in loaded
    assert not [heavy for heavy in ("scipy", "numpy", "rich", "pandas") if f"'{heavy}'" in loaded]
