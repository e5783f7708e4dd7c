from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MAX_LOOKBACK_DAYS = 63


@dataclass(frozen=True)
class Window:
    """The stretch of time that is searched for calls: aware UTC times, `start` at midnight."""

    start: datetime
    end: datetime

    @classmethod
    def ending(cls, now: datetime, lookback: timedelta) -> Window:
        """Return the window of `lookback` that ends `now`, its start moved back to midnight.

        Raises:
            ValueError: `now` is naive, or `lookback` is not between 1 and 63 days.
        """
        if now.utcoffset() is None:
            raise ValueError(f"now must carry a time zone, got {now!r}: use datetime.now(UTC)")
        if not timedelta(days=1) <= lookback <= timedelta(days=MAX_LOOKBACK_DAYS):
            raise ValueError(f"lookback must be 1 to {MAX_LOOKBACK_DAYS} days, got {lookback}: change it")
        end = now.astimezone(UTC)
        # The sums are by the day: from midnight on, no first day is cut, however CloudWatch lays its days.
        return cls((end - lookback).replace(hour=0, minute=0, second=0, microsecond=0), end)

    @property
    def days(self) -> int:
        """The whole days that it spans."""
        return (self.end - self.start).days

    def reaching_back(self, days: int) -> Window:
        """A longer window with the same end."""
        start = datetime.combine(self.end.date() - timedelta(days=days), time(), UTC)
        return Window(min(self.start, start), self.end)

    def day_number(self, moment: datetime) -> int:
        """Which of its days a moment falls in, from 0."""
        return (moment - self.start).days

    def day(self, number: int) -> date:
        """The date of one of its days, from 0."""
        return self.start.date() + timedelta(days=number)


def parse_lookback_days(text: str, *, source: str) -> timedelta:
    """Read a whole number of days, 1 to 63; `source` names for the error where the text came from.

    Raises:
        ValueError: it is anything else.
    """
    if re.fullmatch(r"[1-9][0-9]?", text) and int(text) <= MAX_LOOKBACK_DAYS:
        return timedelta(days=int(text))
    raise ValueError(
        f"{source} must be a whole number of days, 1 to {MAX_LOOKBACK_DAYS}, got {text!r}: set it to 14, say",
    )
