"""The page, the pictures and the command: each number is one that `sagemaker-capacity plan` gives."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from report_plans import HOSTILE, HOSTILE_PATH, PRICE, made_by, measured, planned

from sagemaker_capacity import read_benchmark
from sagemaker_capacity.html_report import Choice, choices, image, page
from sagemaker_capacity.html_report._command import report
from sagemaker_capacity_plan import CapacityPlan, RealTimeScaling

if TYPE_CHECKING:
    from collections.abc import Sequence

XGBOOST = Path(__file__).parents[1] / "plans/xgboost/plan.json"
KINDS: tuple[Literal["png"], Literal["svg"]] = ("png", "svg")


class Elements(HTMLParser):
    """What an HTML parser makes of a page: its elements, and the text within scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data

    @property
    def rows(self) -> dict[str, Any]:
        """The table that the page came with."""
        rows: dict[str, Any] = json.loads(self.scripts[0])
        return rows


def choices_of(file: Path) -> list[Choice]:
    plan = CapacityPlan.read(file)
    return list(choices(plan, read_benchmark(file.parent / plan.evidence.source)))


def page_of(file: Path, title: str = "a model") -> str:
    plan = CapacityPlan.read(file)
    return page(plan, read_benchmark(file.parent / plan.evidence.source), title)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(report, [str(word) for word in words])


def capacity(made: Sequence[Choice]) -> list[RealTimeScaling]:
    return [
        choice.plan.scaling for choice in made if choice.plan and isinstance(choice.plan.scaling, RealTimeScaling)
    ]


@pytest.mark.parametrize("limits", [[], ["--upper-percent", "52.5", "--lower-percent", "45"]])
def test_each_command_gives_the_plan_that_its_threshold_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: list[str]
) -> None:
    made = choices_of(planned(tmp_path, *limits))
    assert {choice.percent for choice in made} == {*range(1, 101), *([52.5] if limits else [])}
    monkeypatch.chdir(tmp_path)
    assert all(choice.plan for choice in made)
    for choice in made[::11]:  # each runs a command: the numbers of all are read in the browser
        assert choice.plan is not None
        assert made_by(choice.command) == json.loads(choice.plan.to_json())


def test_the_notebook_s_numbers_stand_at_its_threshold() -> None:
    row = Elements(page_of(XGBOOST)).rows["55"]["texts"]
    shown = [row[f"{key}-text"] for key in ("upper", "lower", "max-capacity", "min-capacity", "target")]
    assert shown == ["4987", "4081", "8", "1", "4987"]


def test_the_page_says_what_its_percents_are_of(tmp_path: Path) -> None:
    assert "Share of the maximum" in page_of(XGBOOST)
    file = planned(tmp_path, "--share-of", "saturation")
    saturation, shown = CapacityPlan.read(file).saturation, page_of(file)
    assert saturation is not None
    assert "Share of the saturation" in shown
    least = f"{saturation.least_invocations_per_minute:g} invocations per minute"
    assert f"what one instance surely sustains within the SLO ({least})" in shown


def test_a_higher_threshold_never_takes_more_instances(tmp_path: Path) -> None:
    made = capacity(choices_of(planned(tmp_path)))
    assert len(made) == 100
    for less, more in pairwise(made):
        assert (more.min_capacity, more.max_capacity) <= (less.min_capacity, less.max_capacity)


def test_a_threshold_that_no_target_can_track_says_so(tmp_path: Path) -> None:
    (tmp_path / "benchmark.csv").write_text(
        "time_utc,invocations_per_minute,latency_mean_ms\n2026-01-01T10:00:00Z,20,5\n2026-01-01T10:01:00Z,40,6\n"
    )
    file = tmp_path / "plan.json"
    demand = "--instance-type ml.c5.large --peak-tps 1 --min-tps 1"
    made_by(f"sagemaker-capacity plan {tmp_path / 'benchmark.csv'} {demand} --out {file}")
    rows = Elements(page_of(file)).rows
    assert rows["2"]["texts"]["target-text"] == "none"
    assert "less than one invocation per minute" in rows["2"]["doubts"][0]
    assert rows["3"]["texts"]["target-text"] == "1"


def test_a_threshold_above_the_slo_is_doubted(tmp_path: Path) -> None:
    file = planned(tmp_path)
    saturation, rows = CapacityPlan.read(file).saturation, Elements(page_of(file)).rows
    assert saturation is not None
    assert saturation.highest_invocations_per_minute is not None
    for row in rows.values():
        above = int(row["texts"]["target-text"]) > saturation.highest_invocations_per_minute
        assert any("the endpoint is slow before it scales" in doubt for doubt in row["doubts"]) is above


def test_cost_is_the_plan_s_price_times_what_is_shown(tmp_path: Path) -> None:
    for row in Elements(page_of(planned(tmp_path))).rows.values():
        texts, price = row["texts"], Fraction(PRICE)
        for bound in ("min", "max"):
            assert Fraction(texts[f"cost-{bound}-text"]) == price * int(texts[f"{bound}-capacity-text"])
        hourly = Fraction(texts["cost-million-text"]) * int(texts["target-text"]) * 60 / 1_000_000
        assert float(hourly) == pytest.approx(float(price), rel=1e-3)


def test_without_a_price_no_cost_is_told(tmp_path: Path) -> None:
    html = page_of(planned(tmp_path, price=False))
    assert "this plan knows no price" in html
    assert not [key for key in Elements(html).rows["50"]["texts"] if key.startswith("cost")]


def test_what_a_person_overrode_holds_at_every_threshold(tmp_path: Path) -> None:
    file = planned(tmp_path, "--override", "max_capacity", "40", "quota raised")
    rows = Elements(page_of(file)).rows
    assert rows["50"]["texts"]["max-capacity-text"] == rows["90"]["texts"]["max-capacity-text"] == "40"
    refused = [row for row in rows.values() if row["texts"]["max-capacity-text"] == "none"]
    assert all("min_capacity" in row["doubts"][0] for row in refused)


def test_the_same_plan_is_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    written = set()
    for name in ("one/model", "another/model"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        result = run(file := planned(folder), "--out", folder / "report.html")
        assert result.exit_code == 0, result.output
        plan = CapacityPlan.read(file)
        benchmark = read_benchmark(folder / plan.evidence.source)
        pictures = [image(plan, benchmark, "a model", kind) for kind in KINDS]
        html = (folder / "report.html").read_bytes()
        assert html.count(b'<path class="fit"') == 3  # of throughput, latency and errors
        written.add((html, *pictures))
    assert len(written) == 1


def test_a_person_s_texts_stay_texts(tmp_path: Path) -> None:
    file = planned(tmp_path, "--override", "max_capacity", "40", HOSTILE, benchmark=HOSTILE_PATH)
    elements = Elements(page_of(file, title=HOSTILE))
    tags = [tag for tag, _ in elements.tags]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert len(elements.rows) == 100
    assert HOSTILE_PATH in elements.rows["50"]["texts"]["command"]
    assert not [name for _, attributes in elements.tags for name in attributes if name.startswith("on")]


def test_the_page_asks_for_nothing_and_lets_nothing_in(tmp_path: Path) -> None:
    elements = Elements(page_of(planned(tmp_path)))
    addresses = [
        value for _, attributes in elements.tags for name, value in attributes.items() if name in {"src", "href"}
    ]
    assert addresses == ["data:,"]
    (policy,) = (a["content"] for tag, a in elements.tags if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_ids_are_given_once_and_each_that_a_row_changes_is_there(tmp_path: Path) -> None:
    elements = Elements(page_of(planned(tmp_path)))
    ids = [attributes["id"] for _, attributes in elements.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for row in elements.rows.values():
        assert row["texts"].keys() | row["attributes"].keys() <= set(ids)


def test_what_was_not_measured_is_told_and_not_drawn() -> None:
    html = page_of(XGBOOST)
    assert "Not measured by this benchmark." in html
    assert "errors-band" not in html


def test_a_plan_says_the_same_in_a_picture(tmp_path: Path) -> None:
    file = planned(tmp_path)
    plan = CapacityPlan.read(file)
    benchmark = read_benchmark(tmp_path / plan.evidence.source)
    drawing = image(plan, benchmark, "a $model", "svg").decode()
    assert ET.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    for said in ("a $model", "target 4500", "band 4050 to 4950", "SLO: p99 150 ms", "Errors, % of the invocations"):
        assert f">{said}</text>" in drawing
    assert image(plan, benchmark, "a model", "png").startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--out is to end in one of .html, .png, .svg, got no --out"),
        (["--out", "report.pdf"], "got report.pdf"),
        (["--out", "plan.json", "--widget", "endpoint", "variant"], "is the plan itself"),
        (["--out", "page.html", "--widget", "endpoint", "variant"], "one of .json, .png"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    planned(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    result = run("plan.json", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_plan_that_its_evidence_does_not_give_has_no_page(tmp_path: Path) -> None:
    file, out = planned(tmp_path), tmp_path / "report.html"
    evidence = measured(tmp_path)
    evidence.write_text(evidence.read_text() + "2026-01-01T11:00:00Z,9100,,,,,\n")
    result = run(file, "--out", out)
    assert result.exit_code == 2
    assert "changed" in result.stderr
    assert "sagemaker-capacity plan" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("content", [None, "{}"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)
    for words in (["--out", str(tmp_path / "report.html")], ["--widget", "endpoint", "variant"]):
        result = run(file, *words)
        assert result.exit_code == 2
        assert "sagemaker-capacity plan" in result.stderr


def test_the_command_is_told_without_what_it_needs_to_draw() -> None:
    code = "import sys, sagemaker_capacity.html_report._command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    assert "click" in loaded
    assert not {"boto3", "jinja2", "matplotlib", "pandas"} & set(loaded)
