"""What the pictures show, before anything is drawn: the minutes of a benchmark against the load of one instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import log10
from typing import Literal, TypeAlias

import pandas as pd

from sagemaker_capacity._benchmark import CPU_PER_CORE, CPU_SUM, ERRORS, INVOCATIONS, TIME, Benchmark
from sagemaker_capacity._limits import plainly
from sagemaker_capacity.planning._analysed import Analysed, analysed
from sagemaker_capacity_plan import CapacityPlan

from ._fitted import UNFITTED, Band, Fitted

Axis: TypeAlias = Literal["x", "y"]
_MS_PER_MINUTE = 60_000
_LOAD = "invocations per minute"
_IN_FLIGHT = "concurrency"  # a column of the tools that hold so many requests in flight
_USERS = "users"
_MARGIN_NINES = 0.1  # left of the lowest percentile
_LOADS = (("to 50 %", 0.0, 0.5), ("to 90 %", 0.5, 0.9), ("above", 0.9, 1.0))  # shares of the maximum, light to full


@dataclass(frozen=True)
class Series:
    """One thing that was measured: x and y of each minute that has both, in order of time."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Rule:
    """A line across at a number of the plan; `axis` is the one that the number lies on."""

    axis: Axis
    value: float
    label: str
    role: Literal["maximum", "slo"]


@dataclass(frozen=True)
class Panel:
    """One picture.

    Attributes:
        key: its name in the page.
        title: what it shows.
        unit: of its y axis.
        x_label: what its x axis is, with the unit.
        load_axis: the axis that bears invocations per minute, and so the band and the target; None where none does.
        series: what was measured; none where nothing was.
        rules: what it is held to.
        top: where the y axis ends, if the measure has an end.
        fit: the curve that was fitted, with its band.
        x_ticks: where the x axis is labelled, and how, if not at round numbers.
    """

    key: str
    title: str
    unit: str
    x_label: str
    load_axis: Axis | None
    series: tuple[Series, ...]
    rules: tuple[Rule, ...]
    top: float | None = None
    fit: Band | None = None
    x_ticks: tuple[tuple[float, str], ...] = ()

    def highest(self, axis: Axis) -> float:
        """The highest number on an axis; 1 where all are zero, so that there is an axis to draw."""
        at = 0 if axis == "x" else 1
        values = [point[at] for series in self.series for point in series.points]
        values += [rule.value for rule in self.rules if rule.axis == axis]
        return max(values, default=0) or 1


def panels(benchmark: Benchmark, plan: CapacityPlan, fitted: Fitted = UNFITTED) -> Iterator[Panel]:
    """Throughput, latency and its distribution, errors and CPU; one without series is of what was not measured.

    Raises:
        ValueError: the plan was not made from a benchmark.
    """
    parts = analysed(plan)
    yield _throughput(benchmark, parts, fitted)
    yield replace(_latency(benchmark, parts), fit=fitted.latency)
    yield _distribution(benchmark, parts)
    yield replace(_errors(benchmark, parts), fit=fitted.errors)
    yield _cpu(benchmark, parts)


def _throughput(benchmark: Benchmark, parts: Analysed, fitted: Fitted) -> Panel:
    frame = benchmark.frame
    x, x_label = _offered(frame)
    series = [Series("invocations", _points(x, frame[INVOCATIONS]))]
    if ERRORS in frame and frame[ERRORS].any():
        series.append(Series("without error", _points(x, frame[INVOCATIONS] - frame[ERRORS])))
    fit = None if x_label == _USERS else fitted.throughput  # whose x are the requests in flight
    return Panel("throughput", "Throughput", _LOAD, x_label, "y", tuple(series), _load_rules(parts, "y"), fit=fit)


def _offered(frame: pd.DataFrame) -> tuple[pd.Series[float], str]:
    """How hard the instance was pressed, which its throughput cannot tell once it is full.

    Where nobody counted the requests in flight they are rate x mean latency by Little's law (J. D. C. Little
    1961, "A Proof for the Queuing Formula: L = lambda W"); without a mean, the time that the load grew for.
    """
    if _IN_FLIGHT in frame:
        return frame[_IN_FLIGHT], "requests in flight"
    if _USERS in frame:
        return frame[_USERS], _USERS
    if "mean" in frame:
        return frame[INVOCATIONS] * frame["mean"] / _MS_PER_MINUTE, "requests in flight (rate x mean latency)"
    if TIME in frame and frame[TIME].notna().all():
        return (frame[TIME] - frame[TIME].iloc[0]).dt.total_seconds() / 60, "minutes since the start"
    return pd.Series(range(1, len(frame) + 1), frame.index, dtype=float), "level of load, in order"


def _latency(benchmark: Benchmark, parts: Analysed) -> Panel:
    frame, slo = benchmark.frame, parts.saturation
    series = tuple(Series(s, _points(frame[INVOCATIONS], frame[s])) for s in benchmark.latency_statistics)
    rules = _load_rules(parts, "x")
    if slo.slo_latency_ms is not None:
        label = f"SLO: {slo.slo_statistic} {plainly(slo.slo_latency_ms)} ms"
        rules = (Rule("y", slo.slo_latency_ms, label, "slo"), *rules)
    return Panel("latency", "Latency", "ms", _LOAD, "x", series, rules)


def _distribution(benchmark: Benchmark, parts: Analysed) -> Panel:
    """The percentiles of the latency, each the median over the minutes of a load.

    A percentile p stands at -log10(1 - p / 100), the nines that it has, for the tail to have room.
    """
    frame, slo = benchmark.frame, parts.saturation
    nines = {s: -log10(1 - float(s[1:]) / 100) for s in benchmark.latency_statistics if s.startswith("p")}
    at = {statistic: _MARGIN_NINES + each - min(nines.values()) for statistic, each in nines.items()}
    share = frame[INVOCATIONS] / frame[INVOCATIONS].max()
    series = []
    for name, least, most in _LOADS if len(at) > 1 else ():
        median = frame.loc[(share > least) & (share <= most), list(at)].median()
        if points := _points(pd.Series(at), median):
            series.append(Series(name, points))
    rules: tuple[Rule, ...] = ()
    if series and slo.slo_latency_ms is not None and slo.slo_statistic in at:
        rules = (
            Rule("y", slo.slo_latency_ms, f"SLO: {slo.slo_statistic} {plainly(slo.slo_latency_ms)} ms", "slo"),
        )
    return Panel(
        key="distribution",
        title="Latency distribution",
        unit="ms, by share of the maximum",
        x_label="percentile of the requests",
        load_axis=None,
        series=tuple(series),
        rules=rules,
        x_ticks=tuple((place, statistic) for statistic, place in at.items()),
    )


def _errors(benchmark: Benchmark, parts: Analysed) -> Panel:
    series: tuple[Series, ...] = ()
    if parts.saturation.errors_measured:
        loaded = benchmark.frame[benchmark.frame[INVOCATIONS] > 0]
        percent = loaded[ERRORS] / loaded[INVOCATIONS] * 100
        series = (Series("failed", _points(loaded[INVOCATIONS], percent)),)
    allowed = parts.saturation.slo_error_percent
    slo = Rule("y", allowed, f"SLO: {plainly(allowed)} %", "slo")
    rules = (slo, *_load_rules(parts, "x"))
    return Panel("errors", "Errors", "% of the invocations", _LOAD, "x", series, rules)


def _cpu(benchmark: Benchmark, parts: Analysed) -> Panel:
    frame, vcpus = benchmark.frame, parts.instance.vcpus
    series: tuple[Series, ...] = ()
    if {CPU_PER_CORE, CPU_SUM} & set(frame.columns):
        per_core = frame[CPU_PER_CORE] if CPU_PER_CORE in frame else frame[CPU_SUM] / vcpus
        series = (Series("CPU", _points(frame[INVOCATIONS], per_core)),)
    unit = f"% of each of {vcpus} cores" if vcpus > 1 else "% of the core"
    return Panel("cpu", "CPU", unit, _LOAD, "x", series, _load_rules(parts, "x"), top=100)


def _load_rules(parts: Analysed, axis: Axis) -> tuple[Rule, ...]:
    maximum = parts.limits.max_invocations_per_minute
    within = parts.saturation.highest_invocations_per_minute
    rules = [Rule(axis, maximum, "", "maximum")]
    if within is not None and within != maximum:
        rules.append(Rule(axis, within, "", "slo"))
    return tuple(rules)


def _points(x: pd.Series[float], y: pd.Series[float]) -> tuple[tuple[float, float], ...]:
    measured = x.notna() & y.notna()
    return tuple(zip(x[measured].astype(float), y[measured].astype(float), strict=True))
