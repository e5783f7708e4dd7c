"""Variants compared: what is drawn alike is told apart no more often than was asked, and what differs is."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.simulated_variants import Truth
from sagemaker_capacity.variants import Comparison, Finding, Question, VariantPeriods, compare
from sagemaker_capacity.variants._comparison import _judged
from sagemaker_capacity.variants._document import document_of, verdict_of
from sagemaker_capacity.variants._effects import ErrorDifference, LatencyRatio
from sagemaker_capacity.variants._inference import Mean, difference_interval
from sagemaker_capacity.variants._picture import draw

SAME = Truth()
# All latencies of a minute move together here, so that the three questions about them are one.
DAY = 0.5 * np.sin(np.arange(1440) / 50)


def compared(
    seed: int, minutes: int, current: Truth = SAME, new: Truth = SAME, question: Question | None = None
) -> Comparison:
    rng = np.random.default_rng(seed)
    shared = DAY[:minutes]
    drawn = [truth.drawn(name, minutes, rng, shared) for name, truth in (("Current", current), ("Next", new))]
    (comparison,) = compare(drawn[0], drawn[1:], question)
    return comparison


def finding(comparison: Comparison, measure: str) -> Finding:
    (found,) = (each for each in comparison.findings if each.measure == measure)
    return found


@pytest.mark.parametrize(
    ("truth", "minutes"),
    [
        (SAME, 120),
        (Truth(error_share=0.0005, requests=300), 60),
        (Truth(bursts=1.0, alike=0.6), 120),
    ],
    ids=["plain", "rare errors", "bursts"],
)
def test_of_two_that_are_alike_one_is_seldom_called_worse_or_better(truth: Truth, minutes: int) -> None:
    """At most 5 % in all, with three standard deviations of chance beside it."""
    runs = 60
    told = [compared(seed, minutes, truth, replace(truth, requests=truth.requests / 2)) for seed in range(runs)]
    wrong = sum(any(f.outcome in {"worse", "better"} for f in comparison.findings) for comparison in told)
    assert wrong <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


def test_errors_that_come_together_tell_less_than_their_number() -> None:
    """Taken each by itself, as Newcombe's interval does, they would be told apart far too often."""
    truth, runs = Truth(bursts=1.5, alike=0.6), 40
    ours = apart = 0
    for seed in range(runs):
        comparison = compared(seed, 120, truth, truth)
        counts = [(v.frame["failed"].sum(), v.frame["requests"].sum()) for v in _both(comparison)]
        low, high = difference_interval(*zip(*counts, strict=True), confidence=0.95)  # type: ignore[arg-type]  # pairs
        apart += not low < 0 < high
        p_value = finding(comparison, "errors").p_value
        assert p_value is not None
        ours += p_value < 0.05
    assert apart > runs / 4
    assert ours <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


@pytest.mark.parametrize(
    ("truth", "minutes_decide"),
    [(Truth(error_share=0.0001, requests=200), False), (Truth(bursts=2, alike=0.8), True)],
)
def test_of_few_errors_their_number_decides_and_of_bursts_the_minutes_do(
    truth: Truth, *, minutes_decide: bool
) -> None:
    """The larger p-value and the wider interval hold, whichever they are."""
    wider_by_minutes = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        effect = ErrorDifference.between(*(truth.drawn(name, 60, rng).frame for name in ("Current", "Next")))
        table = [[failed, total - failed] for failed, total in zip(effect.failed, effect.requests, strict=True)]
        exact = stats.fisher_exact(np.array(table, int)).pvalue
        assert effect.p_value == pytest.approx(max(exact, effect.mean.p_value))
        by_minutes, by_requests = (
            effect.mean.interval(0.95),
            difference_interval(effect.failed, effect.requests, 0.95),
        )
        ends = zip(by_minutes, by_requests, strict=True)
        assert effect.interval(0.95) == tuple(pick(pair) for pick, pair in zip((min, max), ends, strict=True))
        wider_by_minutes += by_minutes[1] > by_requests[1]
    assert (wider_by_minutes > 8) if minutes_decide else (wider_by_minutes < 3)


def test_errors_that_both_have_at_once_are_no_difference() -> None:
    """What comes from without, such as a caller's mistake, comes to both."""
    frame = Truth(bursts=2).drawn("Current", 60, np.random.default_rng(0)).frame
    assert ErrorDifference.between(frame, frame.copy()).mean == Mean(0, 0, 60)


@pytest.mark.parametrize(
    ("percent", "error", "outcome"),
    [
        (12, 2, "worse"),
        (9, 2, "unknown"),
        (12, 9, "unknown"),
        (-12, 2, "better"),
        (-9, 2, "unknown"),
        (-12, 9, "unknown"),
        (2, 2, "same"),
        (-2, 2, "same"),
        (0, 9, "unknown"),
    ],
)
def test_what_is_known_of_a_difference_of_which_ten_percent_matter(
    percent: float, error: float, outcome: str
) -> None:
    effect = LatencyRatio(Mean(math.log1p(percent / 100), error / 100, 480))
    asked = Finding("p50", "percent", 10, "unknown", 480)
    assert _judged(effect, asked, 0.95, 1).outcome == outcome


def _both(comparison: Comparison) -> list[VariantPeriods]:
    return [comparison.baseline, comparison.challenger]


@pytest.mark.parametrize(
    ("new", "measure", "outcome"),
    [
        (Truth(p50_ms=125), "p50", "worse"),
        (Truth(p50_ms=75), "p99", "better"),
        (Truth(error_share=0.03), "errors", "worse"),
        (Truth(error_share=0.001), "errors", "better"),
    ],
)
def test_a_difference_that_matters_is_found(new: Truth, measure: str, outcome: str) -> None:
    for seed in range(5):
        comparison = compared(seed, 180, new=new)
        assert finding(comparison, measure).outcome == outcome
        assert comparison.outcome in {outcome, "unknown"}


def test_its_interval_holds_the_truth() -> None:
    """And is told in percent of the baseline's latency, and in percentage points of errors."""
    held = {"p50": 0, "errors": 0}
    for seed in range(20):
        comparison = compared(seed, 240, new=Truth(p50_ms=120, error_share=0.02))
        for measure, truth in (("p50", 20.0), ("errors", 1.0)):
            low, high = finding(comparison, measure).interval or (0.0, 0.0)
            held[measure] += low < truth < high
            assert high - low < 30
    assert min(held.values()) >= 19


def test_long_enough_what_is_the_same_is_called_so() -> None:
    comparison = compared(1, 1440)
    assert comparison.outcome == "same"
    assert verdict_of(comparison) == "Next and Current differ in nothing by as much as matters."


def test_a_difference_that_lies_within_what_matters_is_told_to_be_the_same_after_as_long_as_is_said() -> None:
    """Should it stay as it is: its noise is half as large after four times as long."""

    def drawn(periods: int) -> Finding:
        asked = Finding("p50", "percent", 10, "unknown", periods)
        return _judged(LatencyRatio(Mean(0.06, 0.02 * math.sqrt(100 / periods), periods)), asked, 0.95, 1)

    assert drawn(100).outcome == "unknown"
    more = int((drawn(100).reason or "").removeprefix("about ").split()[0])
    assert drawn(100 + more).outcome == "same"
    assert drawn(100 + more // 2).outcome == "unknown"


def test_too_short_nothing_is_said_but_how_long_it_takes() -> None:
    """As long as it says, it then is told, of a difference as large as matters."""
    question = Question(latency_percent=10, error_points=1, latencies=("p50",))
    short = compared(2, 40, question=question)
    assert short.outcome == "unknown"
    needed = finding(short, "p50").needed_periods
    assert needed is not None
    assert needed > 40
    assert f"about {needed - 40} more periods" in verdict_of(short)
    found = [
        finding(compared(seed, min(needed, 1440), new=Truth(p50_ms=115), question=question), "p50").outcome
        for seed in range(10)
    ]
    assert found.count("worse") >= 7


def test_after_as_long_as_it_says_four_of_five_see_what_matters() -> None:
    """That it is no chance, of a difference just as large as matters; with three standard deviations of luck."""
    question, runs = Question(latency_percent=8, latencies=("p50",)), 80
    needed = finding(compared(0, 1440, question=question), "p50").needed_periods
    assert needed is not None
    seen = 0
    for seed in range(runs):
        p_value = finding(compared(seed, needed, new=Truth(p50_ms=108), question=question), "p50").p_value
        seen += p_value is not None and p_value < 0.05
    assert abs(seen / runs - 0.8) < 3 * np.sqrt(0.8 * 0.2 / runs)


def test_fewer_minutes_are_needed_the_larger_what_matters() -> None:
    needed = [
        finding(compared(3, 60, question=Question(latency_percent=percent)), "p50").needed_periods or 0
        for percent in (1, 2, 5, 10, 20)
    ]
    assert all(fewer < more for more, fewer in pairwise(needed))


@pytest.mark.parametrize(
    ("truths", "minutes", "measure", "reason"),
    [
        ((SAME, SAME), 19, "p50", "both were asked in 19 periods, and it takes 20"),
        ((SAME, Truth(requests=100)), 60, "p99", "a p99 takes 500 requests of each variant in a period"),
        ((Truth(requests=20), SAME), 60, "p90", "a p90 takes 50 requests of each variant in a period"),
    ],
)
def test_too_few_requests_make_no_percentile(
    truths: tuple[Truth, Truth], minutes: int, measure: str, reason: str
) -> None:
    found = finding(compared(4, minutes, *truths), measure)
    assert found.outcome == "unknown"
    assert found.difference is found.interval is found.p_value is found.needed_periods is None
    assert reason in (found.reason or "")


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (
            "failed",
            "errors: Next tells nothing of it: export Invocation4XXErrors and Invocation5XXErrors (Sum) too",
        ),
        ("p90", "p90: Next tells nothing of it: export p90 of ModelLatency too, or ask for other percentiles"),
    ],
)
def test_what_is_not_known_of_one_is_not_taken_for_the_same(lost: str, told: str) -> None:
    """Nor for any better; that another measure is worse needs no more."""
    rng = np.random.default_rng(1)
    current, new = (truth.drawn(name, 1440, rng, DAY) for name, truth in (("Current", SAME), ("Next", SAME)))
    (comparison,) = compare(current, [replace(new, frame=new.frame.drop(columns=lost))])
    assert comparison.outcome == "unknown"
    assert verdict_of(comparison) == f"Not enough data to tell Next from Current: {told}."
    (worse,) = compare(current, [replace(new, frame=new.frame.drop(columns=lost).assign(p50=200.0))])
    assert worse.outcome == "worse"


def test_a_variant_without_traffic_is_told_as_that() -> None:
    rng = np.random.default_rng(1)
    current, new = SAME.drawn("Current", 60, rng), SAME.drawn("Next", 60, rng)
    (comparison,) = compare(current, [replace(new, frame=new.frame.iloc[:0])])
    assert verdict_of(comparison) == (
        "Not enough data to tell Next from Current: errors, p50, p90, p99: Next had no request at all: "
        "move some traffic there first."
    )


def test_minutes_that_only_one_was_asked_in_and_latencies_of_nothing_do_not_count() -> None:
    rng = np.random.default_rng(5)
    current, new = SAME.drawn("Current", 100, rng), SAME.drawn("Next", 100, rng)
    current.frame.loc[current.frame.index[:10], "p50"] = 0.0
    later = replace(new, frame=new.frame.iloc[30:])
    earlier = replace(current, frame=current.frame.iloc[:95])
    (comparison,) = compare(earlier, [later])
    assert {f.periods for f in comparison.findings} == {65}
    (comparison,) = compare(current, [new])
    assert {f.measure: f.periods for f in comparison.findings} == {"errors": 100, "p50": 90, "p90": 100, "p99": 100}


def test_the_order_of_rows_never_matters_and_twice_the_same_is_the_same() -> None:
    rng = np.random.default_rng(6)
    current, new = SAME.drawn("Current", 60, rng), SAME.drawn("Next", 60, rng)
    shuffled = [replace(v, frame=v.frame.sample(frac=1, random_state=0)) for v in (current, new)]
    first, second = compare(current, [new]), compare(shuffled[0], shuffled[1:])
    assert [c.findings for c in first] == [c.findings for c in second]
    assert draw(first, "shop", "svg") == draw(second, "shop", "svg")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(20, 80))
def test_exchanged_they_differ_the_other_way(seed: int, minutes: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = SAME.drawn("One", minutes, rng), SAME.drawn("Other", minutes, rng)
    (there,), (back,) = compare(one, [other]), compare(other, [one])
    for forth, reverse in zip(there.findings, back.findings, strict=True):
        assert forth.p_value == pytest.approx(reverse.p_value)
        assert {forth.outcome, reverse.outcome} in ({"better", "worse"}, {"same"}, {"unknown"})
        if forth.measure == "errors":
            assert forth.difference == pytest.approx(-(reverse.difference or 0))
        elif forth.difference is not None and reverse.difference is not None:
            assert (1 + forth.difference / 100) * (1 + reverse.difference / 100) == pytest.approx(1)


def test_more_challengers_make_every_interval_wider() -> None:
    rng = np.random.default_rng(7)
    current, new, other = (SAME.drawn(name, 120, rng) for name in ("Current", "Next", "Other"))
    (alone,), (among, _) = compare(current, [new]), compare(current, [new, other])
    for narrow, wide in zip(alone.findings, among.findings, strict=True):
        assert narrow.interval is not None
        assert wide.interval is not None
        assert wide.interval[0] < narrow.interval[0] < narrow.interval[1] < wide.interval[1]
        assert wide.p_value == pytest.approx(min(1.0, 2 * (narrow.p_value or 0)))


def found_as(**outcomes: str) -> Comparison:
    none = VariantPeriods("", 60, pd.DataFrame())
    findings = tuple(Finding(measure, "percent", 5, outcome, 20) for measure, outcome in outcomes.items())  # type: ignore[arg-type]  # outcomes
    return Comparison(none, none, findings)


@pytest.mark.parametrize(
    ("errors", "p50", "outcome"),
    [
        ("worse", "better", "worse"),
        ("worse", "unknown", "worse"),
        ("better", "unknown", "unknown"),
        ("same", "unknown", "unknown"),
        ("better", "same", "better"),
        ("same", "same", "same"),
    ],
)
def test_one_thing_worse_is_worse_and_better_takes_every_answer(errors: str, p50: str, outcome: str) -> None:
    assert found_as(errors=errors, p50=p50).outcome == outcome


def test_a_verdict_says_what_decided_it_and_what_speaks_against_it() -> None:
    worse = verdict_of(compared(8, 240, new=Truth(p50_ms=70, error_share=0.05)))
    assert worse.startswith("Next is worse than Current: more errors by +")
    assert "though p50 faster by -" in worse
    better = verdict_of(compared(8, 240, new=Truth(p50_ms=70, error_share=0.001)))
    assert better.startswith("Next is better than Current: fewer errors by -")


def test_a_document_tells_each_number_with_its_interval_and_unlike_loads() -> None:
    rng = np.random.default_rng(9)
    current, new = SAME.drawn("Current", 60, rng), SAME.drawn("Next", 60, rng)
    current.frame.loc[current.frame.index[0], "p99"] = 0.0  # no latency was measured
    current.frame["requests_per_instance"], new.frame["requests_per_instance"] = 500.0, 200.0
    question = Question()
    document = document_of(compare(current, [new], question), question)
    told = document["variants"]["Current"]
    assert told["requests_per_minute"]["value"] == pytest.approx(current.frame["requests"].mean(), rel=1e-5)
    assert told["failed_percent"]["low"] < told["failed_percent"]["value"] < told["failed_percent"]["high"]
    typical = np.exp(np.log(current.frame["p99"].iloc[1:]).mean())
    assert told["p99_ms"]["value"] == pytest.approx(typical, rel=1e-5)
    alone = replace(new, frame=new.frame.iloc[:1])
    one = document_of(compare(current, [alone], question), question)["variants"]["Next"]["p50_ms"]
    assert one == {"value": pytest.approx(new.frame["p50"].iloc[0], rel=1e-5), "low": None, "high": None}
    (caution,) = document["cautions"]
    assert "unlike loads (requests per minute: Current 500, Next 200)" in caution
    new.frame["requests_per_instance"] = 450.0
    assert document_of(compare(current, [new], question), question)["cautions"] == []


def test_what_cannot_be_compared_is_refused() -> None:
    rng = np.random.default_rng(10)
    current, new = SAME.drawn("Current", 30, rng), SAME.drawn("Next", 30, rng)
    with pytest.raises(ValueError, match="two variants or more, of different names, got Current, Current"):
        compare(current, [current])
    with pytest.raises(ValueError, match="two variants or more, of different names, got Current"):
        compare(current, [])
    with pytest.raises(ValueError, match=r"unequal lengths \(Current 60 s, Next 300 s\): export them alike"):
        compare(current, [replace(new, period_seconds=300)])
    with pytest.raises(ValueError, match="neither errors nor latencies are known"):
        compare(current, [replace(new, frame=new.frame[["requests"]])])
