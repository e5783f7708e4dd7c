"""How much load one instance sustains, by explicit criteria, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ._fit import Curves
from ._queue import ClosedQueue, StraightLine
from ._resampling import Interval, Resampled
from ._usl import Usl

Limit = Literal["latency", "errors", "throughput"]

# How far off a curve of the right kind is even without noise, as measured over queues of other families
# (benchmarks/README.md): standard deviations of logarithms, of the load, and of what is to be kept.
_FORM_ERROR: dict[Limit, float] = {"throughput": 0.01, "latency": 0.008, "errors": 0.008}
_FORM_LATENCY_ERROR, _FORM_SHARE_ERROR = 0.045, 0.15
_STILL_GROWING = 0.5  # percent of throughput by one percent of load
_REACHED = 0.9  # of the ceiling: what lies further is not measured but hoped for


@dataclass(frozen=True)
class Criteria:
    """What a load must keep to be sustained, beside a throughput that still grows.

    `latency` is the highest allowed, in the table's statistic and unit; `error_share` the highest share of requests
    that may fail; `sustained_rows` how many rows must have had as much load, for one may be noise.
    """

    latency: float | None = None
    error_share: float = 0.01
    sustained_rows: int = 3

    def __post_init__(self) -> None:
        faults = []
        if self.latency is not None and not 0 < self.latency < np.inf:
            faults.append(f"the latency must be finite and above 0, got {self.latency}")
        if not 0 <= self.error_share < 1:
            faults.append(f"the share of errors must be from 0 to below 1, got {self.error_share}")
        if self.sustained_rows < 1:
            faults.append(f"the rows that sustain a load must be at least 1, got {self.sustained_rows}")
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True)
class Sustained:
    """A highest load and the throughput there, both infinite where no criterion ends it; and what ended it."""

    load: float
    throughput: float
    limit: Limit | None


@dataclass(frozen=True)
class Saturation:
    """The highest load that one instance sustains, and its throughput; intervals of 95 %.

    `load` and `throughput` are None where the benchmark did not saturate, and `at_least_load` and
    `at_least_throughput` hold all the same: with a confidence of 97.5 % no less is sustained, and no more is
    claimed than was measured. Where these are None as well there is no answer, and `reasons` tells why. Of a load
    that does not wait for its answers, load and throughput are the same rate.
    """

    limit: Limit | None
    load: float | None
    load_interval: Interval | None
    throughput: float | None
    throughput_interval: Interval | None
    at_least_load: float | None
    at_least_throughput: float | None
    reasons: tuple[str, ...]


def sustained_within(curves: Curves, criteria: Criteria, highest_load: float, form: float = 0.0) -> Sustained:
    """Where the curves first leave the criteria, up to the highest load measured.

    A tighter criterion never gives a higher load: the curves know nothing of the criteria, and none ever falls.

    Args:
        curves: of a table, or of a draw.
        criteria: what is to be kept.
        highest_load: of the table.
        form: how far off the form of each curve is, in standard deviations.
    """
    curve, collapse = curves.throughput.curve, curves.throughput.collapse[0]
    highest_load = min(highest_load, collapse)
    ends: dict[Limit, float] = {}
    if criteria.latency is not None and curves.latency is not None:
        ends["latency"] = curves.latency.load_at(
            criteria.latency * np.exp(_FORM_LATENCY_ERROR * form), highest_load
        )
    if curves.errors is not None:
        ends["errors"] = curves.errors.load_at(criteria.error_share * np.exp(_FORM_SHARE_ERROR * form))
    # Past its knee the throughput may still grow a little, up to where another criterion ends it.
    throughputs = {name: _throughput_at(curves, end) for name, end in ends.items()}
    throughputs["throughput"] = _throughput_at(curves, collapse)
    ends["throughput"] = min(curve.knee_load, highest_load) if _reached(curve, highest_load) else collapse
    off = {name: float(np.exp(error * form)) for name, error in _FORM_ERROR.items()}
    limit = min(ends, key=lambda name: ends[name] * off[name])
    if np.isinf(ends[limit]):
        return Sustained(np.inf, np.inf, None)
    throughput = min(throughputs[name] * off[name] for name in ends)
    return Sustained(ends[limit] * off[limit], throughput, limit)


def find_saturation(resampled: Resampled, criteria: Criteria) -> Saturation:
    """The saturation of a table, with its intervals from what the table might have been.

    Raises:
        ValueError: a latency is to be kept, and the table has none.
    """
    fit = resampled.fit
    if criteria.latency is not None and fit.table.latency is None:
        raise ValueError(f"a latency of {criteria.latency:g} is to be kept, and none was measured: add its column")
    highest, held = fit.table.highest_load, fit.table.sustained_load(criteria.sustained_rows)
    found = sustained_within(fit.curves, criteria, highest)
    if reasons := _reasons_for_none(resampled, criteria, found):
        return Saturation(found.limit, None, None, None, None, None, None, reasons)
    draws = zip(resampled.drawn, resampled.form.tolist(), strict=True)
    ends = [sustained_within(curves, criteria, highest, form) for curves, form in draws]
    loads = resampled.interval([end.load for end in ends])
    throughputs = resampled.interval([end.throughput for end in ends])
    measured = [min(end.load, held) for end in ends]
    floor, _ = resampled.interval(
        np.array([_throughput_at(curves, load) for curves, load in zip(resampled.drawn, measured, strict=True)])
    )
    at_least = min(loads[0], held)
    if reasons := _reasons_for_bound(fit.curves, found, loads, held):
        return Saturation(None, None, None, None, None, at_least, floor, reasons)
    return Saturation(
        limit=found.limit,
        load=found.load,
        load_interval=loads,
        throughput=found.throughput,
        throughput_interval=throughputs,
        at_least_load=at_least,
        at_least_throughput=throughputs[0],
        reasons=_reasons_for_limit(found, criteria),
    )


def _bends(curves: Curves) -> bool:
    return curves.throughput.bends or np.isfinite(curves.throughput.collapse[0])


def _reached(curve: StraightLine | ClosedQueue | Usl, highest_load: float) -> bool:
    """Whether the throughput stopped growing within what was measured, so that its ceiling is not hoped for."""
    if isinstance(curve, StraightLine) or (isinstance(curve, Usl) and curve.peak_load > highest_load):
        return False
    measured = float(curve.throughput_at(np.asarray(min(highest_load, curve.peak_load))))
    return curve.growth_at(highest_load) <= _STILL_GROWING and measured >= _REACHED * curve.ceiling


def _throughput_at(curves: Curves, load: float) -> float:
    """The throughput up to a load: of a rate that waits for no answers, the rate itself."""
    curve = curves.throughput.curve
    if load >= curve.peak_load:
        return curve.ceiling
    if curves.throughput.load_is == "rate":
        return min(load * curves.throughput.throughput_per_load, curve.ceiling)
    return float(curve.throughput_at(np.asarray(load)))


def _reasons_for_none(resampled: Resampled, criteria: Criteria, found: Sustained) -> tuple[str, ...]:
    lightest = float(np.min(resampled.fit.table.load))
    if criteria.latency is not None and resampled.fit.curves.latency is None:
        return ("too few rows below the knee have a latency to tell how it grows with the load.",)
    if found.limit == "latency" and found.load < lightest:
        return (f"the latency is above {criteria.latency:g} at the lightest load measured, {lightest:g}.",)
    if found.limit == "errors" and found.load < lightest:
        return (f"more than {criteria.error_share:.3g} of the requests fail at the lightest load, {lightest:g}.",)
    return ()


def _reasons_for_bound(curves: Curves, found: Sustained, loads: Interval, held: float) -> tuple[str, ...]:
    if found.limit is None:
        return ("up to the highest load the criteria were kept and the throughput grew: it never saturated.",)
    if found.load > held:
        return (f"it seems to saturate at {found.load:.4g}, and too few rows had as much load to be sure.",)
    if np.isinf(loads[1]) or (found.limit == "throughput" and not _bends(curves)):
        return (f"it may saturate at {found.load:.4g}, and the rows leave open that it does not.",)
    return ()


def _reasons_for_limit(found: Sustained, criteria: Criteria) -> tuple[str, ...]:
    reasons: dict[Limit, str] = {
        "latency": f"above it the latency is more than {criteria.latency or 0:g}.",
        "errors": f"above it more than {criteria.error_share:.3g} of the requests fail.",
        "throughput": "above it the throughput no longer grows.",
    }
    return () if found.limit is None else (reasons[found.limit],)
