"""Which curve the throughput follows: a straight line, a queue, or the Universal Scalability Law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ._erlang import Numbers
from ._queue import ClosedQueue, StraightLine
from ._queue_fit import PARAMETERS, RATE_PARAMETERS, LoadIs, QueueFit, fit_queue, refit_queues
from ._student import aicc, fit_student
from ._usl import Usl, UslFit, fit_usl

LEAST_LOADS, LEAST_ROWS = 4, 6  # three parameters and one more, and as many rows as AICc takes for them

_NO_SUPPORT = 10  # of AICc: the worse curve has essentially none (Burnham and Anderson, 2002, section 2.6)
_LESS_SUPPORT = 2  # its support is substantial below
_TIME_UNITS = (1 / 3600, 1 / 60, 1.0, 60.0, 3600.0)
_NEARLY_ONE_TO_ONE = 0.25  # of the logarithm: what is so near is looked at closely
_TOGETHER, _COLLAPSED, _AS_MUCH = 5, 2 / 3, 0.9
_SLOPE_ERROR = 0.01  # of the logarithm, where all that is asked comes out


@dataclass(frozen=True)
class ThroughputFit:
    """Three curves, each with Akaike's criterion for few rows (AICc), and which of them the data supports.

    `unit` is the throughput of one unit of load where nearly all that is asked comes out as throughput: one, or the
    seconds in a minute or an hour; None where it does not. `collapse` are the loads between which an overloaded
    instance lost a third of its throughput or more, if it did: the rows past it are left out of line and queue.
    """

    line: StraightLine
    queue: QueueFit
    usl: UslFit
    aicc: dict[str, float]
    load_is: LoadIs
    unit: float | None
    collapse: tuple[float, float] = (np.inf, np.inf)

    @property
    def supported(self) -> Literal["line", "queue", "usl"]:
        """The line unless a curve is clearly better, and the queue unless the law is clearly better.

        The law is one of users, or requests in flight: of a rate it says nothing.
        """
        if self._better_than_line < _LESS_SUPPORT:
            return "line"
        law_is_better = self.load_is == "users" and self.aicc["usl"] < self.aicc["queue"] - _LESS_SUPPORT
        return "usl" if law_is_better else "queue"

    @property
    def bends(self) -> bool:
        """Whether a straight line is out of the question, so that a knee may be named."""
        return self._better_than_line >= _NO_SUPPORT

    @property
    def _better_than_line(self) -> float:
        curves = ("queue", "usl") if self.load_is == "users" else ("queue",)
        return self.aicc["line"] - min(self.aicc[name] for name in curves)

    @property
    def curve(self) -> StraightLine | ClosedQueue | Usl:
        """The curve that is supported."""
        curves: dict[str, StraightLine | ClosedQueue | Usl] = {
            "line": self.line,
            "queue": self.queue.queue,
            "usl": self.usl.usl,
        }
        return curves[self.supported]

    @property
    def throughput_per_load(self) -> float:
        """The throughput of one unit of load while nobody waits."""
        slope = self.line.slope if self.supported == "line" else self.queue.queue.slope
        return slope if self.unit is None else self.unit


def enough(load: Numbers) -> bool:
    """Whether these loads are enough for a curve."""
    return len(load) >= LEAST_ROWS and len(np.unique(load)) >= LEAST_LOADS


def fit_throughput(load: Numbers, throughput: Numbers, load_is: LoadIs | None = None) -> ThroughputFit:
    """Fit the curves to at least `LEAST_ROWS` rows of at least `LEAST_LOADS` different loads, all above 0.

    Args:
        load: of each row.
        throughput: of each row, not all of them 0.
        load_is: as told; otherwise a rate where all that is asked comes out as throughput, and users where not.
    """
    fit = _fit(load, throughput, load_is)
    before, after, most = _collapse(load, throughput)
    kept = load <= before
    told_by_law = fit.supported == "usl" and fit.usl.usl.ceiling > most * _AS_MUCH
    if told_by_law or np.all(kept) or not enough(load[kept]):
        return fit
    return replace(_fit(load[kept], throughput[kept], load_is), collapse=(before, after))


def refit_throughputs(load: Numbers, drawn: Numbers, near: ThroughputFit) -> list[ThroughputFit]:
    """Fit the supported curve, and the queue, to much the same rows from where they were: a fit for each draw."""
    kept = load <= near.collapse[0]
    load, drawn = load[kept], drawn[:, kept]
    lines, queues, laws = [near.line] * len(drawn), [near.queue] * len(drawn), [near.usl] * len(drawn)
    if near.supported == "line":
        lines = _fit_lines(load, drawn, near.unit)
    else:
        queues = refit_queues(load, drawn, near.queue)
    if near.supported == "usl":
        laws = [fit_usl(load, throughput) for throughput in drawn]
    each = zip(lines, queues, laws, strict=True)
    return [replace(near, line=line, queue=queue, usl=usl) for line, queue, usl in each]


def _fit(load: Numbers, throughput: Numbers, told: LoadIs | None) -> ThroughputFit:
    top = float(np.max(throughput))

    def support(curve: StraightLine | ClosedQueue | Usl, parameters: int) -> float:
        return aicc((curve.throughput_at(load) - throughput) / top, parameters)

    unit = None if told == "users" else _unit_near(fit_queue(load, throughput, None, None).queue.slope)
    load_is = told or "users"
    if told is None and unit is not None:
        rate, users = fit_queue(load, throughput, "rate", unit), fit_queue(load, throughput, "users", None)
        if support(rate.queue, RATE_PARAMETERS) < support(users.queue, PARAMETERS) + _LESS_SUPPORT:
            load_is = "rate"
    if load_is == "users":
        unit = None
    queue, usl = fit_queue(load, throughput, load_is, unit), fit_usl(load, throughput)
    (line,) = _fit_lines(load, throughput[None, :], unit)
    supports = {
        "line": support(line, 1 if unit is None else 0),
        "queue": support(queue.queue, PARAMETERS if unit is None else RATE_PARAMETERS),
        "usl": support(usl.usl, PARAMETERS),
    }
    return ThroughputFit(line, queue, usl, supports, load_is, unit)


def _collapse(load: Numbers, throughput: Numbers) -> tuple[float, float, float]:
    """The last load before the throughput fell by a third, the next load, and the most throughput.

    A row counts as the median of the `_TOGETHER` rows around it, so that no two rows are a collapse.
    """
    order = np.lexsort([throughput, load])
    windows = np.lib.stride_tricks.sliding_window_view(throughput[order], _TOGETHER)
    smooth = np.pad(np.median(windows, axis=1), _TOGETHER // 2, mode="edge")
    most = float(np.max(smooth))
    before = float(load[order][np.flatnonzero(smooth >= most * _COLLAPSED)[-1]])
    return before, float(np.min(load[load > before], initial=np.inf)), most


def _unit_near(slope: float) -> float | None:
    away = {abs(float(np.log(slope / unit))): unit for unit in _TIME_UNITS}
    return away[min(away)] if min(away) < _NEARLY_ONE_TO_ONE else None


def _fit_lines(load: Numbers, throughput: Numbers, unit: float | None) -> list[StraightLine]:
    top = float(np.max(throughput))
    usual = float(np.log(np.median((throughput / load)[throughput > 0]) if unit is None else unit))
    prior = None if unit is None else (np.array([[1 / _SLOPE_ERROR]]), np.array([usual / _SLOPE_ERROR]))
    fits = fit_student(
        lambda logs: np.exp(logs) * load / top, throughput / top, np.full((len(throughput), 1), usual), prior=prior
    )
    return [StraightLine(float(np.exp(fit.parameters[0]))) for fit in fits]
