"""Where the widgets of a dashboard stand, and how many it may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

Widget: TypeAlias = "dict[str, Any]"

_COLUMNS = 24
# "CloudWatch service quotas". What an expression is computed from counts, too.
_MOST_WIDGETS = 500
_MOST_METRICS_OF_A_WIDGET = 500
_MOST_METRICS = 2500


class Layout:
    """Rows of widgets from the top down."""

    def __init__(self) -> None:
        """An empty dashboard."""
        self.widgets: list[Widget] = []
        self._bottom = 0

    def add_row(self, widgets: Sequence[Widget | None], *, height: int = 6, widest: int = _COLUMNS) -> None:
        """Put widgets side by side, all of one width; None leaves a place free."""
        width = min(_COLUMNS // max(len(widgets), 1), widest)
        for number, widget in enumerate(widgets):
            if widget is not None:
                place = {"x": number * width, "y": self._bottom, "width": width, "height": height}
                self.widgets.append({**place, **widget})
        self._bottom += height

    def faults(self) -> list[str]:
        """What CloudWatch would refuse."""
        counts = [_metrics_of(widget) for widget in self.widgets]
        remedy = "show fewer variants or components, and make a dashboard for the others"
        faults = []
        if len(self.widgets) > _MOST_WIDGETS:
            faults.append(f"a dashboard has at most {_MOST_WIDGETS} widgets, got {len(self.widgets)}: {remedy}")
        if sum(counts) > _MOST_METRICS:
            faults.append(f"a dashboard has at most {_MOST_METRICS} metrics, got {sum(counts)}: {remedy}")
        faults += [
            f"a widget has at most {_MOST_METRICS_OF_A_WIDGET} metrics, got {count}: {remedy}"
            for count in counts
            if count > _MOST_METRICS_OF_A_WIDGET
        ]
        return faults


def _metrics_of(widget: Widget) -> int:
    return sum(len(row) > 1 for row in widget["properties"].get("metrics", ()))
