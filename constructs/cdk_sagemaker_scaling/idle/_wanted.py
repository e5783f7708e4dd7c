"""What counts as idle and what may be done about it, as the function is told; checked before jsii sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from aws_cdk import Aws

from cdk_sagemaker_scaling._checks import at_least, in_words, of_part, ordered, repeated, unresolved

from ._actions import IdleActions

TAG_KEY = "idle-endpoints"
MOST_DAYS = 63  # CloudWatch keeps five-minute data so long.
_EVERY_REGION = "*"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The props that all detectors share."""

    lookback_days: int
    ignored_calls_per_day: float
    regions: Sequence[str]
    all_regions: bool
    actions: IdleActions | None
    tag_key: str
    prices: Path | None

    def faults(self) -> list[str]:
        """What is wrong with them."""
        faults = at_least("lookback_days", self.lookback_days, 1)
        faults += ordered("lookback_days", self.lookback_days, "the longest window", MOST_DAYS)
        faults += at_least("ignored_calls_per_day", self.ignored_calls_per_day, 0)
        if self.ignored_calls_per_day == inf:
            faults.append("ignored_calls_per_day must be finite, got inf: every endpoint would look idle")
        faults += repeated("regions", list(self.regions))
        if self.regions and self.all_regions:
            faults.append("all_regions takes no regions beside it: give one of the two")
        if not unresolved(self.tag_key) and not re.fullmatch(r"(?!aws:)[\w.:/=+@-]{1,128}", self.tag_key):
            faults.append(f"tag_key must be a tag's key that is not AWS's own, got {self.tag_key!r}")
        if self.prices is not None and not self.prices.is_file():
            faults.append(
                f"prices must be a file as `sagemaker-capacity prices --refresh` writes it, got {self.prices}"
            )
        return faults + of_part("actions", self.actions.faults() if self.actions else [])

    @property
    def region(self) -> str:
        """Where it may look, in an ARN: its own region, or any."""
        return "*" if self.regions or self.all_regions else Aws.REGION

    @property
    def environment(self) -> dict[str, str]:
        """The function's variables; what is not said it knows itself."""
        said = {
            "IGNORED_CALLS_PER_DAY": in_words(self.ignored_calls_per_day) if self.ignored_calls_per_day else "",
            "REGIONS": _EVERY_REGION if self.all_regions else ",".join(self.regions),
            "TAG_KEY": "" if self.tag_key == TAG_KEY else self.tag_key,
            **(self.actions.environment if self.actions else {}),
        }
        said = {name: value for name, value in said.items() if value}
        return {"LOOKBACK_DAYS": in_words(self.lookback_days), **said}
