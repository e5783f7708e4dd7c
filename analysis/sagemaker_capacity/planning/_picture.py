"""The benchmark as a picture: load over time with the plan's bands, latency and CPU below it."""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sagemaker_capacity._benchmark import CPU_PER_CORE, CPU_SUM, INVOCATIONS, TIME, Benchmark
from sagemaker_capacity_plan import CapacityPlan

from ._analysed import Analysed, analysed

_LOAD, _BAND, _LIMIT, _GOOD, _CPU = "#1f6feb", "#f2cc60", "#57606a", "#1a7f37", "#8250df"
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "cdk-sagemaker-scaling",  # the same plan, the same bytes
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(benchmark: Benchmark, plan: CapacityPlan, title: str) -> str:
    """The picture as SVG text, the same bytes for the same plan."""
    parts = analysed(plan)
    panels = [_draw_load]
    if parts.saturation.slo_statistic is not None:
        panels.append(_draw_latency)
    if parts.scaling.cpu_per_core is not None:
        panels.append(_draw_cpu)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 2.2 + 1.7 * len(panels)), layout="constrained")
        FigureCanvasSVG(figure)
        ratios = [2.2, *([1] * (len(panels) - 1))]
        grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=ratios)
        for axes, panel in zip(grid[:, 0], panels, strict=True):
            panel(axes, benchmark, parts)
        grid[0, 0].set_title(title, loc="left", parse_math=False, fontsize=12, fontweight="bold")
        grid[-1, 0].xaxis.get_major_locator().set_params(integer=True)
        timed = not benchmark.frame[TIME].isna().all()
        grid[-1, 0].set_xlabel(f"minutes since {plan.evidence.start_utc}" if timed else "levels of load")
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _draw_load(axes: Axes, benchmark: Benchmark, parts: Analysed) -> None:
    minutes = _minutes(benchmark)
    limits, saturation = parts.limits, parts.saturation
    axes.axhspan(
        limits.lower_invocations_per_minute,
        limits.upper_invocations_per_minute,
        color=_BAND,
        alpha=0.45,
        linewidth=0,
    )
    axes.plot(minutes, benchmark.frame[INVOCATIONS], color=_LOAD, marker="o", markersize=4, linewidth=2)
    objective = parts.objective
    band = f"{objective.lower_percent:g} to {objective.upper_percent:g} % of the {objective.share_of}"
    target = parts.invocations.target_per_instance_per_minute
    _rule(axes, target, _LIMIT, f"target {target:g} in the band of {band}", "-")
    _rule(axes, limits.max_invocations_per_minute, _LIMIT, f"maximum {limits.max_invocations_per_minute:g}", ":")
    rate = saturation.highest_invocations_per_minute
    least, most = saturation.least_invocations_per_minute, saturation.most_invocations_per_minute
    if least is not None and most is not None:
        axes.axhspan(least, most, color=_GOOD, alpha=0.12, linewidth=0)
    if rate is not None and rate != limits.max_invocations_per_minute:
        _rule(axes, rate, _GOOD, f"highest within the SLO {rate:g}", "--")
    axes.set_ylabel("invocations\nper minute")
    axes.set_ylim(0, limits.max_invocations_per_minute * 1.12)


def _draw_latency(axes: Axes, benchmark: Benchmark, parts: Analysed) -> None:
    statistic, slo_ms = parts.saturation.slo_statistic, parts.saturation.slo_latency_ms
    axes.plot(_minutes(benchmark), benchmark.frame[statistic], color=_LOAD, marker="o", markersize=3)
    if slo_ms is not None:
        _rule(axes, slo_ms, _GOOD, f"SLO {slo_ms:g} ms", "--")
    axes.set_ylabel(f"{statistic} latency\nms")
    axes.set_ylim(bottom=0)


def _draw_cpu(axes: Axes, benchmark: Benchmark, parts: Analysed) -> None:
    frame, cpu = benchmark.frame, parts.scaling.cpu_per_core
    per_core = frame[CPU_PER_CORE] if CPU_PER_CORE in frame else frame[CPU_SUM] / parts.instance.vcpus
    axes.plot(
        _minutes(benchmark), per_core, color=_CPU, marker="o", markersize=3, clip_on=False
    )  # a full core is at the edge
    if cpu is not None:
        _rule(axes, cpu.target_percent_per_core, _LIMIT, f"target {cpu.target_percent_per_core:g} %", "-")
    axes.set_ylabel(f"CPU, % of each\nof {parts.instance.vcpus} cores")
    axes.set_ylim(0, 100)


def _minutes(benchmark: Benchmark) -> list[float]:
    times = benchmark.frame[TIME]
    if times.isna().all():
        return [float(level) for level in range(len(times))]
    return [float(m) for m in (times - times.iloc[0]).dt.total_seconds() / 60]


def _rule(axes: Axes, height: float, color: str, label: str, style: str) -> None:
    axes.axhline(height, color=color, linestyle=style, linewidth=1.2)
    axes.annotate(
        label,
        (0, height),
        xycoords=("axes fraction", "data"),
        xytext=(6, 3),
        textcoords="offset points",
        color=color,
        fontsize=9,
    )
