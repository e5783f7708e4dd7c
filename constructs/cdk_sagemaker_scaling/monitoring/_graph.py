"""A graph of a dashboard: series of one thing that is measured, with a plan's numbers drawn over them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from aws_cdk import Aws

from cdk_sagemaker_scaling import _metrics as metrics
from cdk_sagemaker_scaling.endpoints._measured import Measured
from cdk_sagemaker_scaling.scaling._queries import dimensions_of
from sagemaker_capacity_plan import Metric, Query

from ._readings import Reading, period_seconds

Row: TypeAlias = list[Any]
Line: TypeAlias = "dict[str, Any] | list[dict[str, Any]]"

_BAND, _LINE, _BESIDE = "#f2cc60", "#57606a", "#c7c7c7"
_IDS = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![a-zA-Z0-9_])[a-z][a-zA-Z0-9_]*")  # and what is quoted, to pass over it


def line(value: float | None, label: str) -> list[Line]:
    """A line at a number of the plan, if it has that number."""
    return [] if value is None else [{"value": value, "label": label, "color": _LINE}]


def band(lower: float, upper: float) -> list[Line]:
    """The space between two limits: CloudWatch fills what is between a pair of lines."""
    return [[{"value": lower, "label": "lower limit", "color": _BAND}, {"value": upper, "label": "upper limit"}]]


@dataclass(frozen=True)
class Series:
    """One curve."""

    label: str
    reading: Reading
    period_seconds: int | None = None

    def rows(self, measured: Measured, tag: str, **look: object) -> Iterator[Row]:
        """What a widget needs to draw it: what it is computed from, unseen, and itself.

        Args:
            measured: what is measured.
            tag: tells its queries from those of the graph's other curves.
            look: how it is drawn.
        """
        seconds = self.period_seconds or period_seconds(self.reading, measured)
        period = {} if seconds == metrics.PERIOD_SECONDS else {"period": seconds}
        *used, last = self.reading
        for query in used:
            yield _row(query, measured, tag, {"visible": False, **period})
        yield _row(last, measured, tag if used else None, {"label": self.label, **look, **period})


@dataclass(frozen=True)
class Graph:
    """Curves on one axis from zero.

    Attributes:
        title: what they show, with its unit.
        series: the curves.
        lines: the plan's numbers.
        highest: where the axis ends, if the measure has an end.
    """

    title: str
    series: Sequence[Series]
    lines: Sequence[Line] = ()
    highest: float | None = None

    def widget(
        self, name: str, measured: Measured, beside: tuple[str, Graph, Measured] | None = None
    ) -> dict[str, Any]:
        """The widget, without its place.

        Args:
            name: what is measured, as a person calls it.
            measured: the same, as CloudWatch knows it.
            beside: what the widget stands beside for comparison. Its curves are drawn in grey, so that both
                widgets have the same axis.
        """
        curves: list[tuple[Series, Measured, dict[str, str]]] = [(series, measured, {}) for series in self.series]
        if beside is not None:
            other, graph, of_other = beside
            curves += [(s, of_other, {"label": f"{other}: {s.label}", "color": _BESIDE}) for s in graph.series]
        rows = [
            row for number, (series, of, look) in enumerate(curves) for row in series.rows(of, str(number), **look)
        ]
        axis = {"min": 0, "showUnits": False} | ({} if self.highest is None else {"max": self.highest})
        return {
            "type": "metric",
            "properties": {
                "title": f"{name}: {self.title}",
                "view": "timeSeries",
                "region": Aws.REGION,
                "period": metrics.PERIOD_SECONDS,
                "metrics": rows,
                "yAxis": {"left": axis},
                **({"annotations": {"horizontal": list(self.lines)}} if self.lines else {}),
            },
        }


def _row(query: Query, measured: Measured, tag: str | None, look: dict[str, object]) -> Row:
    named = {} if tag is None else {"id": query.id + tag}
    if isinstance(query, Metric):
        dimensions = [word for pair in dimensions_of(query, measured).items() for word in pair]
        return [query.namespace, query.name, *dimensions, {**named, "stat": query.statistic, **look}]
    return [{**named, "expression": _tagged(query.expression, tag or ""), **look}]


def _tagged(expression: str, tag: str) -> str:
    return _IDS.sub(lambda found: found[0] if found[0][0] in "'\"" else found[0] + tag, expression)
