"""Whether two variants differ by as much as matters, or do not, or whether that is not known yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from ._effects import Effect, ErrorDifference, LatencyRatio
from ._inference import quantile
from ._measurements import FAILED, REQUESTS, VariantPeriods

Outcome = Literal["better", "worse", "same", "unknown"]

ERRORS = "errors"
LATENCIES = ("p50", "p90", "p99")
LEAST_PERIODS = 20
POWER = 0.8
# With fewer answers than this beyond a percentile it depends on their number, which weights make unlike.
_LEAST_BEYOND = 5
_MOST_PERIODS = 1_000_000
_MOST_TIMES = 10  # as long as it was measured: beyond that, there is no telling


@dataclass(frozen=True)
class Question:
    """What is a difference that matters, and how sure an answer must be.

    Attributes:
        latency_percent: the least change of a latency that matters, in percent of the baseline's.
        error_points: the least change of the share of failed requests that matters, in percentage points.
        latencies: which percentiles are compared.
        confidence: of all intervals together.
    """

    latency_percent: float = 5.0
    error_points: float = 0.5
    latencies: tuple[str, ...] = LATENCIES
    confidence: float = 0.95


@dataclass(frozen=True)
class Finding:
    """How a challenger differs from the baseline in one measure.

    Attributes:
        measure: ``errors`` (the share of failed requests) or a percentile of the latency.
        unit: of the differences: percentage points of the errors, percent of the baseline's latency.
        matters: the least difference that matters.
        outcome: what is known of it.
        periods: how many it was taken from.
        difference: challenger less baseline; None where nothing is known.
        interval: of the difference; it holds together with those of all other findings.
        p_value: of no difference, times the number of findings (Bonferroni).
        needed_periods: about how many would show a difference that just matters to be no chance, in four cases
            of five.
        reason: why nothing is known, or not enough.
    """

    measure: str
    unit: Literal["points", "percent"]
    matters: float
    outcome: Outcome
    periods: int
    difference: float | None = None
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    needed_periods: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A challenger beside the baseline."""

    baseline: VariantPeriods
    challenger: VariantPeriods
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Worse in anything is worse; better, or the same, takes an answer to every question."""
        outcomes = {finding.outcome for finding in self.findings}
        order: tuple[Outcome, ...] = ("worse", "unknown", "better", "same")
        return next(outcome for outcome in order if outcome in outcomes)


def compare(
    baseline: VariantPeriods, challengers: Sequence[VariantPeriods], question: Question | None = None
) -> list[Comparison]:
    """Compare each challenger with the baseline, in the periods in which both were asked.

    A difference is worse or better if its interval leaves zero out and it is at least as large as matters; the same
    if its whole interval is smaller than that; and otherwise unknown.

    Raises:
        ValueError: no challenger, two variants of one name, periods of unequal lengths, or nothing to compare.
    """
    question = question or Question()
    every = [replace(variant, frame=variant.frame.sort_index()) for variant in (baseline, *challengers)]
    _refuse(every)
    baseline, *challengers = every
    measures = (ERRORS, *question.latencies)
    asked = sum(not _lacking(measure, baseline, challenger) for challenger in challengers for measure in measures)
    if not asked:
        raise ValueError("neither errors nor latencies are known of every variant: ask for both")
    return [
        Comparison(
            baseline,
            challenger,
            tuple(_find(measure, baseline, challenger, question, asked) for measure in measures),
        )
        for challenger in challengers
    ]


def _refuse(variants: Sequence[VariantPeriods]) -> None:
    names = [variant.name for variant in variants]
    if len({*names}) < max(2, len(names)):
        raise ValueError(f"a comparison takes two variants or more, of different names, got {', '.join(names)}")
    if len({variant.period_seconds for variant in variants}) > 1:
        lengths = ", ".join(f"{variant.name} {variant.period_seconds} s" for variant in variants)
        raise ValueError(f"the variants have periods of unequal lengths ({lengths}): export them alike")


def _column(measure: str) -> str:
    return FAILED if measure == ERRORS else measure


def _lacking(measure: str, *variants: VariantPeriods) -> list[str]:
    """Of which variants a measure is not known at all."""
    return [variant.name for variant in variants if _column(measure) not in variant.frame]


def _find(
    measure: str, baseline: VariantPeriods, challenger: VariantPeriods, question: Question, asked: int
) -> Finding:
    finding = (
        Finding(measure, "points", question.error_points, "unknown", 0)
        if measure == ERRORS
        else Finding(measure, "percent", question.latency_percent, "unknown", 0)
    )
    if lacking := _lacking(measure, baseline, challenger):
        return replace(finding, reason=_not_measured(measure, lacking))
    if idle := [variant.name for variant in (baseline, challenger) if variant.frame.empty]:
        return replace(finding, reason=f"{' and '.join(idle)} had no request at all: move some traffic there first")
    least = _least_requests(measure)
    known = [_known(variant.frame, measure) for variant in (baseline, challenger)]
    shared = known[0].index.intersection(known[1].index)
    first, second = (frame.loc[shared] for frame in known)
    enough = shared[(first[REQUESTS] >= least) & (second[REQUESTS] >= least)]
    finding = replace(finding, periods=len(enough))
    if len(enough) < LEAST_PERIODS:
        return replace(finding, reason=_too_few(measure, len(shared), least))
    first, second = first.loc[enough], second.loc[enough]
    effect: Effect = (
        ErrorDifference.between(first, second)
        if measure == ERRORS
        else LatencyRatio.between(first[measure], second[measure])
    )
    return _judged(effect, finding, 1 - (1 - question.confidence) / asked, asked)


def _known(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    columns = frame[[REQUESTS, _column(measure)]].dropna()
    return columns if measure == ERRORS else columns[columns[measure] > 0]


def _least_requests(measure: str) -> int:
    """How many requests a period needs of each variant for the measure to be one."""
    return 1 if measure == ERRORS else math.ceil(_LEAST_BEYOND * 100 / (100 - int(measure[1:])))


def _not_measured(measure: str, lacking: Sequence[str]) -> str:
    remedy = (
        "export Invocation4XXErrors and Invocation5XXErrors (Sum) too"
        if measure == ERRORS
        else f"export {measure} of ModelLatency too, or ask for other percentiles"
    )
    return f"{' and '.join(lacking)} tells nothing of it: {remedy}"


def _too_few(measure: str, shared: int, least: int) -> str:
    if shared < LEAST_PERIODS:
        return f"both were asked in {shared} periods, and it takes {LEAST_PERIODS}"
    return (
        f"a {measure} takes {least} requests of each variant in a period, and too few periods have them: "
        "take longer periods, move more traffic, or ask for lower percentiles"
    )


def _judged(effect: Effect, finding: Finding, confidence: float, asked: int) -> Finding:
    low, high = effect.interval(confidence)
    mean, matters = effect.mean.value, effect.of(finding.matters)
    outcome: Outcome = "unknown"
    if max(-low, high) < matters:
        outcome = "same"
    elif low > 0 and mean >= matters:
        outcome = "worse"
    elif high < 0 and -mean >= matters:
        outcome = "better"
    needed = _needed((high - low) / 2, matters, confidence, finding.periods)
    return replace(
        finding,
        outcome=outcome,
        difference=effect.shown(mean),
        interval=(effect.shown(low), effect.shown(high)),
        p_value=min(1.0, effect.p_value * asked),
        needed_periods=needed,
        reason=_undecided(finding, needed, _decisive(mean, (high - low) / 2, matters))
        if outcome == "unknown"
        else None,
    )


def _undecided(finding: Finding, needed: int | None, times: float) -> str:
    if needed is None:
        return f"no measurement of less than {_MOST_PERIODS} periods would tell a difference that matters"
    if needed > finding.periods:
        return f"about {needed - finding.periods} more periods like these would tell a difference that matters"
    if times > _MOST_TIMES:
        return "the difference lies about where it begins to matter"
    more = math.ceil(finding.periods * (times - 1))
    return f"about {more} more periods would tell, should the difference stay as it is"


def _decisive(mean: float, reach: float, matters: float) -> float:
    """How many times as long it takes until the interval leaves zero out, or lies within what does not matter.

    An interval reaches as far as the square root of the number of periods is small.
    """
    far = abs(mean) if abs(mean) >= matters else matters - abs(mean)
    return (reach / far) ** 2 if far else math.inf


def _needed(reach: float, matters: float, confidence: float, periods: int) -> int | None:
    """How many periods show a difference that just matters to be no chance, with a power of 80 %."""
    standard_error = reach / quantile((1 + confidence) / 2, periods)
    needed = LEAST_PERIODS
    while needed < _MOST_PERIODS:
        both = quantile((1 + confidence) / 2, needed) + quantile(POWER, needed)
        if both * standard_error * math.sqrt(periods / needed) <= matters:
            return needed
        needed = math.ceil(needed * 1.02)
    return None
