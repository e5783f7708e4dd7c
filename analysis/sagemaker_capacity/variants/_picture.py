"""A comparison as a picture: each measure over time, every variant in its colour, and how they differ."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import cycle
from typing import Any, Literal, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure

from sagemaker_capacity.planning._picture import STYLE

from ._comparison import ERRORS, Comparison, Finding
from ._measurements import FAILED, REQUESTS, VariantPeriods

_COLOURS = ("#57606a", "#1f6feb", "#8250df", "#bf3989", "#1a7f37")
_BAND = "#f2cc60"
_OUTCOMES = {"better": "#1a7f37", "worse": "#cf222e", "same": "#57606a", "unknown": "#9a6700"}
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def draw(comparisons: Sequence[Comparison], title: str, form: Literal["svg", "png"]) -> bytes:
    """The picture, the same bytes for the same comparison."""
    variants = [comparisons[0].baseline, *(comparison.challenger for comparison in comparisons)]
    measures = [finding.measure for finding in comparisons[0].findings]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 1.2 + 1.6 * (1 + len(measures))), layout="constrained", dpi=120)
        FigureCanvasAgg(figure)
        grid = figure.subplots(1 + len(measures), 2, width_ratios=[3, 2])
        over_time = grid[:, 0]
        for axes, measure in zip(over_time, [REQUESTS, *measures], strict=True):
            axes.sharex(over_time[-1])
            _draw_over_time(axes, variants, measure)
            axes.tick_params(labelbottom=axes is over_time[-1])
        times, concise = over_time[-1].xaxis, cast("Any", ConciseDateFormatter)  # it has no types
        times.set_major_formatter(concise(times.get_major_locator(), tz=UTC))
        over_time[-1].set_xlabel("UTC")
        over_time[0].set_title(title, loc="left", parse_math=False, fontsize=12, fontweight="bold")
        grid[0, 1].axis("off")
        grid[0, 1].legend(*over_time[0].get_legend_handles_labels(), loc="center left", frameon=False)
        for row, measure in enumerate(measures, start=1):
            found = {c.challenger.name: f for c in comparisons for f in c.findings if f.measure == measure}
            _draw_findings(grid[row, 1], found, comparisons[0].baseline.name)
        file = io.BytesIO()
        figure.savefig(file, format=form, metadata=_METADATA[form])
    return file.getvalue()


def _draw_over_time(axes: Axes, variants: Sequence[VariantPeriods], measure: str) -> None:
    for variant, colour in zip(variants, cycle(_COLOURS), strict=False):
        frame = variant.frame
        if (FAILED if measure == ERRORS else measure) not in frame:
            continue
        values = 100 * frame[FAILED] / frame[REQUESTS] if measure == ERRORS else frame[measure]
        axes.plot(frame.index, values, color=colour, linewidth=1.2, label=variant.name)
    axes.set_ylabel({REQUESTS: "requests", ERRORS: "errors\n%"}.get(measure, f"{measure} latency\nms"))
    axes.set_ylim(bottom=0)


def _draw_findings(axes: Axes, findings: Mapping[str, Finding], baseline: str) -> None:
    """The intervals, over the band of differences that do not matter."""
    first = next(iter(findings.values()))
    axes.axvspan(-first.matters, first.matters, color=_BAND, alpha=0.3, linewidth=0)
    axes.axvline(0, color=_COLOURS[0], linewidth=0.8)
    for height, finding in enumerate(findings.values()):
        colour = _OUTCOMES[finding.outcome]
        if finding.interval is not None and finding.difference is not None:
            axes.plot(finding.interval, [height, height], color=colour, linewidth=3)
            axes.plot([finding.difference], [height], "o", color=colour)
        axes.annotate(
            finding.outcome, (1.02, height), xycoords=("axes fraction", "data"), va="center", color=colour
        )
    axes.set_ylim(len(findings) - 0.4, -0.6)
    axes.set_yticks(range(len(findings)), [*findings])
    axes.set_xlabel("points" if first.unit == "points" else f"% of {baseline}", fontsize=8, parse_math=False)
