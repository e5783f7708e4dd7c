"""A day as a person knows it, from a CSV file, as scheduled capacity."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sagemaker_capacity._limits import DEFAULT_COOLDOWN_SECONDS
from sagemaker_capacity._text_file import read_text
from sagemaker_capacity_plan import ScheduledDemand

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_COLUMNS = ("time", "tps", "days")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MINUTES_PER_DAY = 24 * 60

_Row = tuple[int, float, tuple[int, ...]]  # minute of the day, TPS, days


def read_daily_profile(path: Path, timezone: str, start_up_seconds: int | None) -> tuple[ScheduledDemand, ...]:
    """What is to be carried at which time, one scheduled demand for each change.

    The file has the columns ``time`` (``09:00``), ``tps``, and where the days differ ``days`` (``MON-FRI``,
    ``SAT,SUN``, blank for all). A demand that grows is scheduled so much earlier as an instance takes to start, or
    by five minutes where that is not known; one that falls is scheduled at its time. Rows that change nothing are
    left out.

    Args:
        path: the file.
        timezone: of its times, such as ``Europe/Berlin``.
        start_up_seconds: how long an instance takes to serve, where known.

    Raises:
        ValueError: no such file, or rows that are no profile: all that is wrong with it.
    """
    text = read_text(path, "the daily profile")
    faults: list[str] = []
    try:
        rows = list(_rows(text, faults))
    except csv.Error as error:
        raise ValueError(f"{path} is no daily profile: {error}") from error
    if not rows and not faults:
        faults.append("it has no rows: give time and tps, such as 09:00,300")
    times = [(minute, days) for minute, _, days in rows]
    faults += [f"{_clock(minute)} stands there twice for a day: keep one" for minute in _twice(times)]
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise ValueError(f"{path} is no daily profile:{listed}")
    lead_minutes = -(-(start_up_seconds or DEFAULT_COOLDOWN_SECONDS) // 60)
    return tuple(_scheduled(rows, timezone, lead_minutes))


def _rows(text: str, faults: list[str]) -> Iterator[_Row]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = [name.strip() for name in reader.fieldnames or ()]
    if not {"time", "tps"} <= set(columns) <= set(_COLUMNS):
        faults.append(f"its columns are to be time, tps and, where they differ, days; got {', '.join(columns)}")
        return
    reader.fieldnames = columns
    for row in reader:
        where = f"line {reader.line_num}"
        time = _TIME.fullmatch((row["time"] or "").strip())
        days = _days_of((row.get("days") or "").strip().upper())
        try:
            tps = round(float(row["tps"] or ""), 6)
        except ValueError:
            tps = -1
        if time is None:
            faults.append(f"{where}: time is to be like 09:00, got {row['time']!r}")
        if not 0 < tps < float("inf"):
            faults.append(f"{where}: tps is to be a number above 0, got {row['tps']!r}")
        if days is None:
            faults.append(f"{where}: days are to be like MON-FRI or SAT,SUN (quoted), got {row['days']!r}")
        if time is not None and days is not None and 0 < tps < float("inf"):
            yield 60 * int(time[1]) + int(time[2]), int(tps) if tps.is_integer() else tps, days


def _days_of(words: str) -> tuple[int, ...] | None:
    """Days by number, Monday 0, of words such as MON-FRI or SAT,SUN; None where they are no days."""
    if words in ("", "*", "?"):
        return tuple(range(len(_DAYS)))
    found: set[int] = set()
    for part in words.replace(" ", "").split(","):
        ends = part.split("-")
        if len(ends) > 2 or not all(end in _DAYS for end in ends):  # noqa: PLR2004
            return None
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        found |= {(first + ahead) % len(_DAYS) for ahead in range((last - first) % len(_DAYS) + 1)}
    return tuple(sorted(found))


def _twice(times: list[tuple[int, tuple[int, ...]]]) -> list[int]:
    taken = [(minute, day) for minute, days in times for day in days]
    return sorted({minute for minute, day in taken if taken.count((minute, day)) > 1})


def _scheduled(rows: list[_Row], timezone: str, lead_minutes: int) -> Iterator[ScheduledDemand]:
    """A demand a change of rate, those of several days at the same time together."""
    week = sorted((day * _MINUTES_PER_DAY + minute, tps) for minute, tps, days in rows for day in days)
    changes = [
        (at, at - (lead_minutes if tps > earlier else 0), tps)
        for (at, tps), (_, earlier) in zip(week, [week[-1], *week[:-1]], strict=True)
        if tps != earlier
    ]
    told = defaultdict(list)
    for at, begins, tps in changes or [(week[0][0], week[0][0], week[0][1])]:
        day, minute = divmod(at, _MINUTES_PER_DAY)
        begins_on, begins_at = divmod(begins % (len(_DAYS) * _MINUTES_PER_DAY), _MINUTES_PER_DAY)
        told[minute, begins_at, tps].append((_DAYS[day], _DAYS[begins_on]))
    for (minute, begins_at, tps), days in sorted(told.items()):
        every = len(days) == len(_DAYS)
        name = f"Daily{minute // 60:02}{minute % 60:02}" + (
            "" if every else "".join(day.title() for day, _ in days)
        )
        on = "*" if every else ",".join(begins_on for _, begins_on in days)
        yield ScheduledDemand(name, f"cron({begins_at % 60} {begins_at // 60} ? * {on} *)", timezone, tps)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
