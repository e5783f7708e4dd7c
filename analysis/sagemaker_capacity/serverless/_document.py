"""The answer as JSON for machines: the plan, and beside it every table that was weighed."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pandas as pd

from ._cost import cents, rounded
from ._plain import DECIMALS, as_text
from ._planning import ServerlessAnswer
from ._savings import SavingsRow

_MILLION = 1_000_000


def document(answer: ServerlessAnswer) -> str:
    """Canonical JSON: sorted keys, six decimals, money as text to the cent (of a million invocations, to six)."""
    toolkit = answer.toolkit
    told = {
        "plan": json.loads(answer.plan.to_json()),
        "latency_statistic": answer.statistic,
        "payload": {
            "request_bytes": float(answer.payload.request_bytes),
            "response_bytes": float(answer.payload.response_bytes),
            "source": answer.payload.source,
        },
        "memory_sizes": [
            {
                "memory_mb": candidate.memory_mb,
                "usd_per_million": _money(candidate.usd_per_invocation, _MILLION, DECIMALS),
                "model_ms": candidate.model_ms,
                "latency_ms": candidate.latency_ms,
                "cold_start_ms": candidate.cold_start_ms,
                "in_flight": None if candidate.in_flight is None else float(candidate.in_flight),
                "max_concurrency": candidate.max_concurrency,
                "excluded": list(candidate.excluded),
            }
            for candidate in answer.candidates
        ],
        "instances": [
            {
                "type": alternative.type,
                "instances": alternative.instances,
                "usd_per_month": _money(alternative.usd_per_month),
                "break_even_per_month": _number(alternative.break_even_per_month),
                "carries_per_month": _number(alternative.carries_per_month),
                "said": alternative.said,
                "savings": [_savings(row) for row in alternative.rows],
            }
            for alternative in answer.alternatives
        ],
        "stability": _table(answer.stability),
        "concurrency": _table(answer.concurrency),
        "toolkit": {"said": toolkit}
        if isinstance(toolkit, str)
        else {
            "memory_mb": toolkit.memory_mb,
            "instance_type": toolkit.instance_type,
            "usd_per_million": _money(toolkit.usd_per_invocation, _MILLION, DECIMALS),
            "break_even_per_month": _number(toolkit.break_even_per_month),
            "savings": [_savings(row) for row in toolkit.rows],
        },
    }
    return as_text(told)


def _savings(row: SavingsRow) -> dict[str, Any]:
    return {
        "invocations_per_month": row.invocations_per_month,
        "serverless_usd": _money(row.serverless_usd),
        "instance_usd": _money(row.instance_usd),
        "savings_percent": f"{row.savings_percent}",
        "is_break_even": row.is_break_even,
    }


def _money(usd: Fraction | None, times: int = 1, decimals: int = 2) -> str | None:
    if usd is None:
        return None
    return f"{cents(usd * times) if decimals == 2 else rounded(usd * times, decimals)}"  # noqa: PLR2004


def _number(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def _table(frame: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    if frame is None:
        return None
    return [{str(key): value for key, value in row.items()} for row in frame.reset_index().to_dict("records")]
