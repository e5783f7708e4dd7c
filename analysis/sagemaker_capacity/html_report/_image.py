"""The page's pictures in one file, PNG or SVG, to be put where a page cannot go."""

from __future__ import annotations

import io
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sagemaker_capacity._benchmark import Benchmark
from sagemaker_capacity._limits import plainly
from sagemaker_capacity.planning._analysed import Analysed, analysed
from sagemaker_capacity_plan import CapacityPlan

from ._fitted import UNFITTED, Fitted
from ._panels import Axis, Panel, panels

_COLORS, _MARKERS = ("#0072b2", "#c04f00", "#7a3d78", "#566372"), "oDs^"
_BAND, _INK, _QUIET, _SLO, _FIT = "#f0c24a", "#16202b", "#566372", "#00795a", "#0062a3"
_ROLES = {"slo": (_SLO, "--"), "maximum": (_QUIET, ":")}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "cdk-sagemaker-scaling",  # the same plan, the same bytes
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.edgecolor": "#dde2e8",
    "axes.grid": True,
    "axes.labelcolor": _QUIET,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": "#e8ecf0",
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
}
# What a file says of who made it and when, which changes while the picture does not.
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def image(
    plan: CapacityPlan,
    benchmark: Benchmark,
    title: str,
    kind: Literal["png", "svg"],
    fitted: Fitted = UNFITTED,
) -> bytes:
    """Throughput, latency, errors and CPU of a plan's benchmark, with the plan's numbers, as a file's bytes.

    `fitted` are the curves to draw beside what was measured.

    Raises:
        ValueError: the plan was not made from a benchmark.
    """
    parts, shown = analysed(plan), [panel for panel in panels(benchmark, plan, fitted) if panel.series]
    rows = -(-len(shown) // 2)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(11, 0.9 + 3.2 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.subplots(rows, 2, squeeze=False)
        for axes, panel in zip(grid.flat, shown, strict=False):
            _draw(axes, panel, parts)
        for axes in grid.flat[len(shown) :]:
            axes.set_axis_off()
        figure.suptitle(title, x=0.01, ha="left", parse_math=False, fontsize=14, fontweight="bold")
        handles, labels = grid.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=4, frameon=False)
        file = io.BytesIO()
        figure.savefig(file, format=kind, dpi=150, metadata=_METADATA[kind])
    return file.getvalue()


def _draw(axes: Axes, panel: Panel, parts: Analysed) -> None:
    if panel.load_axis is not None:
        _draw_plan(axes, panel.load_axis, parts)
    if panel.fit is not None:
        around = (*panel.fit.low, *panel.fit.high[::-1])
        axes.fill(*zip(*around, strict=True), color=_FIT, alpha=0.22, linewidth=0, label="fit's 95 % band")
        axes.plot(*zip(*panel.fit.line, strict=True), color=_FIT, linewidth=1.6, marker="None", label="fit")
    for each in panel.rules:
        color, style = _ROLES[each.role]
        line = axes.axhline if each.axis == "y" else axes.axvline
        said = {"slo": "SLO, held up to ", "maximum": "maximum "}[each.role] + plainly(each.value)
        line(each.value, color=color, linestyle=style, linewidth=1.3, label=said)
        if each.label:
            place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
            axes.annotate(each.label, (0, each.value), xytext=(6, 4), color=color, fontsize=9, **place)
    for i, series in enumerate(panel.series):
        x, y = zip(*series.points, strict=True) if series.points else ((), ())
        look: dict[str, Any] = {"color": _COLORS[i % len(_COLORS)], "marker": _MARKERS[i % len(_MARKERS)]}
        look["clip_on"] = False  # nor is a mark at the edge cut, such as a full core's
        axes.plot(x, y, markersize=4, linewidth=1, label=None if len(panel.series) == 1 else series.name, **look)
    if len(panel.series) > 1 and panel.load_axis != "y":
        curves = [line for line in axes.get_lines() if line.get_marker() != "None"]
        axes.legend(handles=curves, frameon=False, loc="best")
    if panel.x_ticks:
        axes.set_xticks(*map(list, zip(*panel.x_ticks, strict=True)))
    axes.set_title(f"{panel.title}, {panel.unit}", loc="left", parse_math=False, fontsize=11)
    axes.set_xlabel(panel.x_label)
    axes.set_xlim(0, panel.highest("x") * 1.05)
    axes.set_ylim(0, panel.top or panel.highest("y") * 1.1)


def _draw_plan(axes: Axes, load_axis: Axis, parts: Analysed) -> None:
    limits = parts.limits
    band = limits.lower_invocations_per_minute, limits.upper_invocations_per_minute
    span, rule = (axes.axhspan, axes.axhline) if load_axis == "y" else (axes.axvspan, axes.axvline)
    span(*band, color=_BAND, alpha=0.34, linewidth=0, label=f"band {band[0]} to {band[1]}")
    target = parts.invocations.target_per_instance_per_minute
    rule(target, color=_INK, linewidth=1.6, label=f"target {plainly(target)}")
