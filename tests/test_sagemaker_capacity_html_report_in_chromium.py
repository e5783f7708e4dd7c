"""The page in a browser: what the slider shows is what the command line gives, on a desk, a phone and paper."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chromium import EXECUTABLE, Chromium
from click.testing import CliRunner
from report_plans import HOSTILE, HOSTILE_PATH, made_by, planned

from sagemaker_capacity.html_report._command import report

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="there is no chromium here: apt-get install chromium")

XGBOOST = Path(__file__).parents[1] / "plans/xgboost"
SCHEMES = ["light", "dark"]
TEXTS = """Object.fromEntries(
  [...document.querySelectorAll("[id$=-text], #percent, #command")].map(e => [e.id, e.textContent]))"""
# The colour of each text that is seen, and of the ground that it stands on.
COLOURS = """
[...document.querySelectorAll("h1, h2, p, dt, dd span, b, li, th, td, label, output, code, summary, button")]
  .filter(element => element.checkVisibility())
  .map(element => {
    const grounds = [];
    for (let e = element; e; e = e.parentElement) grounds.push(getComputedStyle(e).backgroundColor);
    const ground = grounds.find(ground => ground !== "rgba(0, 0, 0, 0)");
    return [getComputedStyle(element).color, ground, element.textContent];
  })"""
SPOKEN = ("target", "min-capacity", "max-capacity")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything in it, made by people who mean no good."""
    folder = tmp_path_factory.mktemp("model")
    schedule = ["--schedule", "WeekdayMorning", "cron(30 8 ? * MON-FRI *)", "Europe/Berlin", "300"]
    override = ["--override", "cpu_per_core.target_percent_per_core", "44", HOSTILE]
    file = planned(folder, *schedule, *override, benchmark=HOSTILE_PATH)
    return written(file, "--title", HOSTILE)


@pytest.fixture
def shown(browser: Chromium, report_file: Path) -> Chromium:
    """The page on a desk in daylight, fresh."""
    browser.media()
    browser.size(1280, 900)
    browser.open(report_file)
    return browser


def written(plan: Path, *words: str) -> Path:
    out = plan.with_name("report.html")
    result = CliRunner().invoke(report, [str(plan), "--out", str(out), *words])
    assert result.exit_code == 0, result.output
    return out


def moved_to(browser: Chromium, position: int) -> dict[str, str]:
    """What the page shows once the slider stands at a position."""
    browser.value(f"slider.value = {position}; slider.dispatchEvent(new Event('input'))")
    texts: dict[str, str] = browser.value(TEXTS)
    return texts


def test_each_percent_shows_what_the_command_line_gives(
    browser: Chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(XGBOOST, tmp_path, dirs_exist_ok=True)
    browser.open(written(tmp_path / "plan.json"))
    monkeypatch.chdir(tmp_path)
    for percent in range(1, 101):
        texts = moved_to(browser, percent)
        made = made_by(texts["command"])
        assert texts["percent"] == f"{percent} %"
        assert made["objective"]["target_percent"] == percent
        limits, computed = made["limits"], made["computed"]
        assert {key.removesuffix("-text"): text for key, text in texts.items() if key.endswith("-text")} == {
            "target": f"{computed['invocations']['target_per_instance_per_minute']}",
            "upper": f"{limits['upper_invocations_per_minute']}",
            "lower": f"{limits['lower_invocations_per_minute']}",
            "min-capacity": f"{computed['min_capacity']}",
            "max-capacity": f"{computed['max_capacity']}",
            "cpu": f"{computed['cpu_per_core']['target_percent_per_core']}",
        }
    assert browser.complaints == []


def test_the_page_makes_no_other_request_and_no_complaint(shown: Chromium, report_file: Path) -> None:
    moved_to(shown, 97)
    assert shown.requests == [report_file.as_uri()]
    assert shown.complaints == []


def test_a_person_s_texts_do_nothing(shown: Chromium) -> None:
    assert shown.value("document.querySelectorAll('img').length") == 0
    assert shown.value("document.querySelector('h1').textContent") == HOSTILE
    assert shown.value("document.title").startswith("Capacity plan: </script>")


def test_the_keyboard_moves_the_slider_and_a_screen_reader_is_told(shown: Chromium) -> None:
    shown.value("slider.focus()")
    for key, percent in (("ArrowRight", 51), ("ArrowLeft", 50), ("End", 100), ("Home", 1)):
        shown.press(key)
        assert shown.value("at('percent').textContent") == f"{percent} %"
        target, least, most = (shown.value(f"at('{key}-text').textContent") for key in SPOKEN)
        ((name, value),) = shown.accessible("slider")
        assert name == "Share of the maximum"
        assert value == f"{percent} %: target {target}, {least} to {most} instances"


def test_every_picture_has_a_name_and_says_what_is_in_it(shown: Chromium) -> None:
    names = [name for name, _ in shown.accessible("image")] or [name for name, _ in shown.accessible("img")]
    assert [name.split()[0] for name in names] == ["Throughput", "Latency", "Latency", "Errors", "CPU"]
    assert "with the curve that was fitted; SLO: p99 150 ms" in names[1]
    assert "percentile of the requests" in names[2]


def test_a_button_jumps_to_an_objective_and_back(shown: Chromium) -> None:
    for button, percent in (("cost, 70 %", "70 %"), ("this plan, 50 %", "50 %")):
        shown.value(f"[...stops].find(stop => stop.textContent === '{button}').click()")
        assert shown.value("at('percent').textContent") == percent
        assert shown.value("[...stops].filter(s => s.ariaPressed === 'true').map(s => s.textContent)") == [button]


def test_the_pictures_move_with_the_slider(shown: Chromium) -> None:
    moved_to(shown, 100)
    for key, axis in (("throughput", "y1"), ("latency", "x1"), ("errors", "x1"), ("cpu", "x1")):
        line = f"at('{key}-target')"
        target = f"{line}.getAttribute('{axis}')"
        maximum = f"{line}.parentElement.querySelector('.maximum').getAttribute('{axis}')"
        assert shown.value(target) == shown.value(maximum)
    moved_to(shown, 50)
    assert shown.value(target) != shown.value(maximum)


def test_the_fitted_curves_are_drawn_within_their_plots(shown: Chromium) -> None:
    inside = """[...document.querySelectorAll("path.fit")].map(path => {
      const clip = document.querySelector(path.parentElement.getAttribute("clip-path").slice(4, -1)).firstChild;
      const [from, to] = [path.getPointAtLength(0).x, path.getPointAtLength(path.getTotalLength()).x];
      const left = +clip.getAttribute("x");
      return left <= from && from < to && to <= left + +clip.getAttribute("width");
    })"""
    assert shown.value(inside) == [True, True, True]  # throughput, latency and errors
    assert shown.value("document.querySelectorAll('path.fit-band').length") == 3


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(shown: Chromium, width: int) -> None:
    shown.size(width, 740, mobile=width < 768)
    moved_to(shown, 97)
    shown.value("document.querySelector('details').open = true")
    assert shown.value("innerWidth") == width
    assert shown.value("document.documentElement.scrollWidth") <= width
    within = "[...document.querySelectorAll('.panel, .notice')].every(e => e.scrollWidth <= e.clientWidth)"
    assert shown.value(within)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_ground(shown: Chromium, scheme: str) -> None:
    shown.media(scheme=scheme)
    moved_to(shown, 97)
    grounds = shown.value(COLOURS)
    assert len(grounds) > 50
    assert (luminance(shown.value("getComputedStyle(document.body).backgroundColor")) < 0.1) is (scheme == "dark")
    faint = [said for colour, ground, said in grounds if contrast(colour, ground) < 4.5]
    assert faint == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_paper_is_light_and_shows_the_row_instead_of_the_slider(shown: Chromium, scheme: str) -> None:
    moved_to(shown, 97)
    shown.media("print", scheme)
    assert shown.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not shown.value("slider.checkVisibility()")
    assert shown.value("at('percent').checkVisibility()")
    assert shown.value("at('whose').textContent") == "not this plan, which is at 50 %"
    assert shown.pdf().startswith(b"%PDF-")


def test_without_scripts_the_plan_s_own_row_stands_there(
    browser: Chromium, report_file: Path, tmp_path: Path
) -> None:
    silent = tmp_path / "silent.html"
    text = report_file.read_text(encoding="utf-8")
    silent.write_text(re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL), encoding="utf-8")
    browser.media()
    browser.open(silent)
    alone = browser.value(TEXTS)
    assert not browser.value("document.getElementById('threshold').checkVisibility()")
    browser.open(report_file)
    assert browser.value(TEXTS) == alone


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2, "relative luminance")."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
