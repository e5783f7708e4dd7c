"""What was found as canonical JSON: sorted keys, six decimals, null for what was not measured."""

from __future__ import annotations

import json
import math
from typing import Any

DECIMALS = 6


def as_text(told: Any) -> str:  # noqa: ANN401
    """The text, the same for the same numbers."""
    return json.dumps(_plain(told), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Lists and dicts with rounded numbers; what was not measured is null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    short = round(value, DECIMALS)
    return int(short) if short == int(short) else short
