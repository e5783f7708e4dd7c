"""Which columns of a log say what, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TimeUnit = Literal["s", "ms", "us"]
MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
# What the summary calls its own columns, so that no key may.
SUMMARY = ("requests", "errors", "seconds", "completions_per_second")
PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, kw_only=True)
class LogColumns:
    """The columns of a request log, one row a request.

    Args:
        time: when the request started or ended. Timestamps, or text in ISO 8601, all with a zone or
            all in UTC without.
        time_unit: the unit of a time that is a number since 1970; none where it is a timestamp or text.
        time_is: whether `time` is the request's start or its end, its latency later.
        latency: a number of `latency_unit`. A failed request's is never used, and may be blank or negative.
        latency_unit: by default what the name ends in: ``_s``, ``_ms`` or ``_us``.
        status: an HTTP status code; 400 and above is an error.
        error: what went wrong; blank, 0, ``false``, ``none`` and ``null`` are a success.
        by: what the summary is grouped by: concurrency, memory, variant.

    Raises:
        ValueError: a unit that neither the name nor an argument tells, a column with two meanings.
    """

    time: str = "time_utc"
    time_unit: TimeUnit | None = None
    time_is: Literal["start", "end"] = "start"
    latency: str = "latency_ms"
    latency_unit: TimeUnit | None = None
    status: str | None = None
    error: str | None = None
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = [
            f"{argument} must be one of {', '.join(MICROSECONDS)}, got {unit!r}"
            for argument, unit in (("time_unit", self.time_unit), ("latency_unit", self.latency_unit))
            if unit is not None and unit not in MICROSECONDS
        ]
        if self.latency_unit is None and self._unit_of_its_name not in MICROSECONDS:
            faults.append(f"the unit of {self.latency!r} is not known: give latency_unit, one of s, ms, us")
        if self.time_is not in {"start", "end"}:
            faults.append(f"time_is must be 'start' or 'end', got {self.time_is!r}")
        if self.status is not None and self.error is not None:
            faults.append(f"errors are told by status ({self.status!r}) or by error ({self.error!r}): give one")
        used = self.used
        faults += [f"column {name!r} is given two meanings" for name in sorted({*used}) if used.count(name) > 1]
        taken = {*SUMMARY, "latency_mean_ms", *(f"latency_p{p}_ms" for p in PERCENTILES)}
        faults += [
            f"a group cannot be called {key!r}, as a column of the summary is" for key in self.by if key in taken
        ]
        if faults:
            raise ValueError("; ".join(faults) + ".")

    @property
    def _unit_of_its_name(self) -> str:
        return self.latency.rpartition("_")[2]

    @property
    def used(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (self.time, self.latency, *(c for c in (self.status, self.error) if c is not None), *self.by)

    @property
    def tells_errors(self) -> bool:
        """Whether the log says which requests failed."""
        return self.status is not None or self.error is not None

    @property
    def latency_microseconds(self) -> int:
        """How many microseconds one of the latency's units is."""
        return MICROSECONDS[self.latency_unit or self._unit_of_its_name]

    def faults_of(self, types: Mapping[str, str]) -> list[str]:
        """What is wrong with the types of a log's columns, DuckDB's names for them."""
        time = types.get(self.time, "VARCHAR")
        if self.time_unit is None and not time.startswith(("TIMESTAMP", "VARCHAR")):
            return [f"{self.time!r} is a number ({time}): give time_unit, one of s, ms, us"]
        if self.time_unit is not None and time.startswith("TIMESTAMP"):
            return [f"{self.time!r} is a timestamp already: leave time_unit out"]
        return []
