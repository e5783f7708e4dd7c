"""What the function's environment sets; all faults of it are told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite, nan
from pathlib import Path
from typing import TypeVar

from sagemaker_idle_endpoints._criteria import TAG, Criteria
from sagemaker_idle_endpoints._window import parse_lookback_days
from sagemaker_idle_endpoints.actions._decision import Action, Switch
from sagemaker_idle_endpoints.prices._table import read_prices, shipped_prices

EVERY_REGION = "*"
# Beside the package, where the construct puts it.
_PRICES = Path(__file__).parent.with_name("prices.csv")

Value = TypeVar("Value")


@dataclass(frozen=True)
class Settings:
    """What a run goes by.

    Attributes:
        criteria: What counts as idle.
        switch: What may be done about it.
        topic_arn: Who is told.
        bucket: The name of the bucket for reports and state.
        regions: Where to look; empty is the function's own region, and `EVERY_REGION` all that are enabled.
        role_name: The role to assume in other accounts.
    """

    criteria: Criteria
    switch: Switch
    topic_arn: str
    bucket: str
    regions: tuple[str, ...] = ()
    role_name: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read LOOKBACK_DAYS, TOPIC_ARN and BUCKET_NAME, and what else is set.

        Beside them: REGIONS (names with commas, or *), IGNORED_CALLS_PER_DAY, TAG_KEY, ACTIONS (scale-in, delete),
        DRY_RUN (true, or false to act), GRACE_DAYS, ROLE_NAME.

        Raises:
            ValueError: a variable is missing or wrong.
        """
        read = _Reading(environment)
        actions = read.names("ACTIONS")
        criteria = read.tried(
            lambda: Criteria(
                lookback=parse_lookback_days(environment.get("LOOKBACK_DAYS", ""), source="LOOKBACK_DAYS"),
                ignored_calls_per_day=read.number("IGNORED_CALLS_PER_DAY", 0),
                tag=environment.get("TAG_KEY") or TAG,
                prices=shipped_prices().under(read_prices(_PRICES)) if _PRICES.exists() else shipped_prices(),
            )
        )
        switch = read.tried(
            lambda: Switch(
                permitted=frozenset(map(Action, actions)),
                dry_run=read.choice("DRY_RUN", {"": True, "true": True, "false": False}),
                grace=timedelta(days=read.number("GRACE_DAYS", 7)),
            )
        )
        topic_arn = read.needed("TOPIC_ARN", "an SNS topic")
        bucket = read.needed("BUCKET_NAME", "an S3 bucket")
        if read.faults or criteria is None or switch is None:
            raise ValueError(f"{'; '.join(read.faults)}: set it in the function's environment")
        return cls(
            criteria, switch, topic_arn, bucket, tuple(read.names("REGIONS")), environment.get("ROLE_NAME", "")
        )


class _Reading:
    """The environment, and what is wrong with it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def tried(self, make: Callable[[], Value]) -> Value | None:
        try:
            return make()
        except ValueError as error:
            self.faults.append(str(error))
            return None

    def needed(self, name: str, what: str) -> str:
        value = self._environment.get(name, "")
        if not value:
            self.faults.append(f"{name} must name {what}, got ''")
        return value

    def names(self, name: str) -> list[str]:
        return [each.strip() for each in self._environment.get(name, "").split(",") if each.strip()]

    def number(self, name: str, default: float) -> float:
        text = self._environment.get(name, "")
        try:
            number = float(text) if text else default
        except ValueError:
            number = nan
        if not isfinite(number):
            raise ValueError(f"{name} must be a number, got {text!r}")
        return number

    def choice(self, name: str, values: Mapping[str, bool]) -> bool:
        text = self._environment.get(name, "")
        if text not in values:
            raise ValueError(f"{name} must be one of {', '.join(filter(None, values))}, got {text!r}")
        return values[text]
