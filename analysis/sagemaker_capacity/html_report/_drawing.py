"""Panels as coordinates of an SVG; the page's template only writes them down, and its script only moves them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from matplotlib.ticker import MaxNLocator

from ._fitted import Points
from ._panels import Panel, Rule, Series

WIDTH, HEIGHT = 400, 236
LEFT, RIGHT, TOP, BOTTOM = 52, 376, 12, 194
_THOUSAND, _MILLION = 1_000, 1_000_000
_IN_FULL = 10_000  # up to here a tick has room for all digits

Marks: TypeAlias = "dict[str, dict[str, str]]"


@dataclass(frozen=True)
class Tick:
    """Where an axis is labelled, and how."""

    at: str
    label: str


@dataclass(frozen=True)
class Line:
    """A rule, from end to end of the plot."""

    x1: str
    y1: str
    x2: str
    y2: str
    label: str
    role: str


@dataclass(frozen=True)
class Curve:
    """A series: a dot a minute, and the way from one to the next."""

    name: str
    dots: str
    trail: str


@dataclass(frozen=True)
class Fit:
    """A fitted curve and the band around it, as paths."""

    line: str
    band: str


class Drawing:
    """A panel on its scales."""

    def __init__(self, panel: Panel) -> None:
        """Choose the scales: from zero to the first round number that all fits below."""
        self.panel = panel
        self._x_ticks = [at for at, _ in panel.x_ticks] or _round_numbers(panel.highest("x"))
        self._y_ticks = _round_numbers(panel.top or panel.highest("y"))

    @property
    def description(self) -> str:
        """What is to be seen, in words, for who does not see it."""
        panel = self.panel
        measured = "; ".join(
            f"{series.name}, {len(series.points)} points, from {min(ys):.4g} to {max(ys):.4g} {panel.unit}"
            for series in panel.series
            if (ys := [y for _, y in series.points])
        )
        held_to = "".join(f"; {rule.label}" for rule in panel.rules if rule.label)
        fit = "; with the curve that was fitted" if panel.fit else ""
        return f"{panel.title} against {panel.x_label}: {measured or 'nothing measured'}{fit}{held_to}."

    @property
    def x_ticks(self) -> list[Tick]:
        """The labels of the x axis."""
        named = self.panel.x_ticks or [(value, _short(value)) for value in self._x_ticks]
        return [Tick(_written(self._x(value)), label) for value, label in named]

    @property
    def y_ticks(self) -> list[Tick]:
        """The labels of the y axis."""
        return [Tick(_written(self._y(value)), _short(value)) for value in self._y_ticks]

    @property
    def curves(self) -> list[Curve]:
        """The series."""
        return [self._curve(series) for series in self.panel.series]

    @property
    def fit(self) -> Fit | None:
        """The curve that was fitted: a line, and its band around it."""
        band = self.panel.fit
        if band is None:
            return None
        return Fit(
            "M" + "L".join(self._at(band.line)), "M" + "L".join(self._at((*band.low, *band.high[::-1]))) + "Z"
        )

    @property
    def lines(self) -> list[Line]:
        """The rules."""
        return [self._line(rule) for rule in self.panel.rules]

    def marks(self, lower: float, upper: float, target: float) -> Marks:
        """Where the band and the target lie, as attributes by the ids of what has them."""
        panel = self.panel
        if panel.load_axis is None:
            return {}
        if panel.load_axis == "x":
            start, end, at = self._x(lower), self._x(upper), _written(self._x(target))
            band, line = {"x": _written(start), "width": _written(end - start)}, {"x1": at, "x2": at}
        else:
            start, end, at = self._y(lower), self._y(upper), _written(self._y(target))
            band, line = {"y": _written(end), "height": _written(start - end)}, {"y1": at, "y2": at}
        return {f"{panel.key}-band": band, f"{panel.key}-target": line}

    def _curve(self, series: Series) -> Curve:
        at = self._at(series.points)
        # A stroke of next to no length is a dot, and one path holds them all; one of none is lost on paper.
        return Curve(series.name, "".join(f"M{point}h.01" for point in at), "M" + "L".join(at) if at else "")

    def _line(self, rule: Rule) -> Line:
        if rule.axis == "x":
            x = _written(self._x(rule.value))
            return Line(x, str(TOP), x, str(BOTTOM), rule.label, rule.role)
        y = _written(self._y(rule.value))
        return Line(str(LEFT), y, str(RIGHT), y, rule.label, rule.role)

    def _at(self, points: Points) -> list[str]:
        """The points on the scales; a curve may leave the plot, and the page cuts it off there."""
        far = 2 * HEIGHT  # beyond it nobody sees where
        return [f"{_written(self._x(x))} {_written(max(self._y(y), -far))}" for x, y in points]

    def _x(self, value: float) -> float:
        return LEFT + (RIGHT - LEFT) * value / self._x_ticks[-1]

    def _y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * value / self._y_ticks[-1]


def marks(drawings: Iterable[Drawing], lower: float, upper: float, target: float) -> Marks:
    """The marks of all panels."""
    return {key: mark for drawing in drawings for key, mark in drawing.marks(lower, upper, target).items()}


def _round_numbers(highest: float) -> list[float]:
    return [float(tick) for tick in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, highest)]


def _written(pixels: float) -> str:
    return f"{round(pixels, 1):g}"


def _short(value: float) -> str:
    if value >= _MILLION:
        return f"{value / _MILLION:g}M"
    return f"{value / _THOUSAND:g}k" if value > _IN_FULL else f"{value:g}"
