"""The page: everything in one file, which asks no network for anything."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from sagemaker_capacity._benchmark import TIME, Benchmark
from sagemaker_capacity._limits import OBJECTIVES_PERCENT, plainly
from sagemaker_capacity.planning._analysed import analysed
from sagemaker_capacity_plan import CapacityPlan

from . import _drawing as drawing
from ._drawing import Drawing, marks
from ._figures import figures
from ._fitted import UNFITTED, Fitted
from ._panels import panels
from ._what_if import Choice, choices

_NONE = "none"


def page(
    plan: CapacityPlan,
    benchmark: Benchmark,
    title: str,
    file_name: str = "plan.json",
    fitted: Fitted = UNFITTED,
) -> str:
    """The page of a plan as HTML text, the same bytes for the same plan.

    Args:
        plan: a plan as analysis makes it.
        benchmark: its evidence.
        title: what the plan is of.
        file_name: the plan's own name in its folder, for the commands that the page shows.
        fitted: the curves to draw beside what was measured.

    Raises:
        ValueError: the plan was not made from a benchmark.
    """
    parts = analysed(plan)
    shown = list(panels(benchmark, plan, fitted))
    drawings = [Drawing(panel) for panel in shown if panel.series]
    made = {str(position): choice for position, choice in enumerate(choices(plan, benchmark, file_name), 1)}
    positions = {choice.percent: position for position, choice in made.items()}
    style, script = _text("page.css"), _text("page.js")
    names = {figure.key: figure.name for figure in figures(plan)}
    return (
        _environment()
        .get_template("page.html")
        .render(
            plan=plan,
            parts=parts,
            title=title,
            figures=list(figures(plan)),
            drawings=drawings,
            fitted=fitted,
            unmeasured=[panel for panel in shown if not panel.series],
            a_row="a minute" if benchmark.frame[TIME].notna().any() else "a level of load",
            plot=drawing,
            rows={position: _row(choice, plan, names, drawings) for position, choice in made.items()},
            here=positions[parts.objective.target_percent],
            stops=_stops(parts.objective.target_percent, positions),
            style=Markup(style),  # noqa: S704 - ours
            script=Markup(script),  # noqa: S704 - ours
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _row(choice: Choice, plan: CapacityPlan, names: dict[str, str], drawings: Sequence[Drawing]) -> dict[str, Any]:
    """All that a position of the slider shows: texts and attributes by id, and the doubts that come with it."""
    percent, own = f"{plainly(choice.percent)} %", analysed(plan).objective.target_percent
    texts = {f"{key}-{part}": _NONE if part == "text" else "" for key in names for part in ("text", "unit")}
    places, doubts, spoken = (0.0, 0.0, 0.0), [choice.refusal or ""], f"{percent}: no plan"
    if choice.plan is not None:
        parts = analysed(choice.plan)
        limits, target = parts.limits, parts.invocations.target_per_instance_per_minute
        for figure in figures(choice.plan):
            if figure.key in names:
                texts |= {f"{figure.key}-text": figure.text, f"{figure.key}-unit": figure.unit}
        places = (limits.lower_invocations_per_minute, limits.upper_invocations_per_minute, target)
        doubts = [warning for warning in choice.plan.warnings if warning not in plan.warnings]
        scaling = parts.scaling
        spoken = f"{percent}: target {plainly(target)}, {scaling.min_capacity} to {scaling.max_capacity} instances"
    texts |= {
        "percent": percent,
        "whose": "as in this plan" if choice.percent == own else f"not this plan, which is at {plainly(own)} %",
        "command": choice.command,
        "legend-target": texts["target-text"],
        "legend-band": f"{texts['lower-text']} to {texts['upper-text']}",
    }
    return {
        "texts": texts,
        "attributes": marks(drawings, *places) | {"threshold": {"aria-valuetext": spoken}},
        "doubts": doubts,
    }


def _stops(own_percent: float, positions: dict[float, str]) -> list[tuple[str, str]]:
    """Where to jump to: the plan's own percent and those of the objectives, with their positions."""
    objectives = {percent: name for name, percent in OBJECTIVES_PERCENT.items()}
    named = {own_percent: "this plan"} | {p: name for p, name in objectives.items() if p != own_percent}
    return [(f"{name}, {plainly(percent)} %", positions[percent]) for percent, name in named.items()]


def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,  # a plan's texts are a person's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression of the page's Content-Security-Policy that lets this text in, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
