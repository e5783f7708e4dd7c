"""A comparison as one JSON document, from which the words and the table are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ._comparison import Comparison, Finding, Question
from ._summary import cautions, summary_of

_DIGITS = 6
_LATENCY = {"better": "faster", "worse": "slower"}
_ERRORS = {"better": "fewer errors", "worse": "more errors"}


def document_of(comparisons: Sequence[Comparison], question: Question) -> dict[str, Any]:
    """All of it: the question, each variant, each comparison with its verdict in words."""
    variants = [comparisons[0].baseline, *(comparison.challenger for comparison in comparisons)]
    summaries = [summary_of(variant, question.confidence) for variant in variants]
    document: dict[str, Any] = _rounded(
        {
            "question": asdict(question),
            "period_seconds": variants[0].period_seconds,
            "variants": {
                variant.name: {"periods": len(variant.frame), **{k: asdict(m) for k, m in summary.items()}}
                for variant, summary in zip(variants, summaries, strict=True)
            },
            "baseline": variants[0].name,
            "comparisons": {
                comparison.challenger.name: {
                    "outcome": comparison.outcome,
                    "verdict": verdict_of(comparison),
                    "findings": {finding.measure: _finding(finding) for finding in comparison.findings},
                }
                for comparison in comparisons
            },
            "cautions": cautions(variants, summaries),
        }
    )
    return document


def verdict_of(comparison: Comparison) -> str:
    """The answer in words, with what decided it."""
    new, old = comparison.challenger.name, comparison.baseline.name
    told = {
        outcome: ", ".join(_told(finding) for finding in comparison.findings if finding.outcome == outcome)
        for outcome in ("worse", "better")
    }
    match comparison.outcome:
        case "worse":
            though = f", though {told['better']}" if told["better"] else ""
            return f"{new} is worse than {old}: {told['worse']}{though}."
        case "better":
            return f"{new} is better than {old}: {told['better']}, and nothing worse."
        case "same":
            return f"{new} and {old} differ in nothing by as much as matters."
    reasons: dict[str | None, list[str]] = {}
    for finding in comparison.findings:
        if finding.outcome == "unknown":
            reasons.setdefault(finding.reason, []).append(finding.measure)
    unknown = "; ".join(f"{', '.join(measures)}: {reason}" for reason, measures in reasons.items())
    so_far = f" So far {told['better']}." if told["better"] else ""
    return f"Not enough data to tell {new} from {old}: {unknown}.{so_far}"


def _told(finding: Finding) -> str:
    words = _ERRORS if finding.unit == "points" else _LATENCY
    unit = " points" if finding.unit == "points" else " %"
    measure = "" if finding.unit == "points" else f"{finding.measure} "
    low, high = finding.interval or (0.0, 0.0)
    return f"{measure}{words[finding.outcome]} by {finding.difference:+.3g}{unit} ({low:+.3g} to {high:+.3g})"


def _finding(finding: Finding) -> dict[str, Any]:
    return {name: value for name, value in asdict(finding).items() if name != "measure"}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case float():
            return float(f"{value:.{_DIGITS}g}")
        case dict():
            return {key: _rounded(part) for key, part in value.items()}
        case list() | tuple():
            return [_rounded(part) for part in value]
    return value
