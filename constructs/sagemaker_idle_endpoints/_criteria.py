from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import isfinite

from sagemaker_idle_endpoints.prices._table import PriceTable

TAG = "idle-endpoints"
EXEMPTING = "keep"


@dataclass(frozen=True)
class Criteria:
    """What counts as idle.

    Attributes:
        lookback: How long nobody must have called, 1 to 63 days.
        ignored_calls_per_day: A day with at most so many calls counts as one without: health checks.
        tag: The key of the tag by which an endpoint's owner says what may become of it: with the value "keep" it
            is exempt, and "scale-in" and "delete" permit these.
        reads_tags: Whether to ask for the tags of idle endpoints, a call each. Without, none is exempt, no stack
            is named, and nothing is ever done to an endpoint.
        prices: What instances cost; what is missing there is told as unknown.
    """

    lookback: timedelta = timedelta(days=7)
    ignored_calls_per_day: float = 0
    tag: str = TAG
    reads_tags: bool = True
    prices: PriceTable = field(default_factory=PriceTable)

    def __post_init__(self) -> None:
        if not (isfinite(self.ignored_calls_per_day) and self.ignored_calls_per_day >= 0):
            # Compared with these, every endpoint would look idle.
            raise ValueError(
                f"ignored_calls_per_day must be at least 0 and finite, got {self.ignored_calls_per_day}: change it"
            )
