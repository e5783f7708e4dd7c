"""What a reader hands back, and the invariants that hold whatever tool measured it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sagemaker_capacity._benchmark import DECIMALS, ERRORS, INVOCATIONS, TIME

from ._source import Source

PERCENTILES = (50, 90, 95, 99)
MEAN = "mean"
STATISTICS = (MEAN, *(f"p{percent}" for percent in PERCENTILES))
CONCURRENCY = "concurrency"
INPUT_TOKENS = "input_tokens_per_minute"
OUTPUT_TOKENS = "output_tokens_per_minute"
FIRST_TOKEN = {statistic: f"time_to_first_token_{statistic}_ms" for statistic in STATISTICS}
_MINUTE_SECONDS = 60
WHOLE_SECONDS = 59  # of 60: a tool's own clock may tick in whole seconds


@dataclass(frozen=True)
class Measured:
    """The frame of a benchmark in the making, and what its reader has to say about it."""

    frame: pd.DataFrame
    ignored_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def checked(source: Source, measured: Measured, faults: list[str], remedy: str) -> Measured:
    """Sort by time and see that the frame is one of a benchmark.

    Raises:
        BenchmarkError: faults were found before, two rows of one minute, fewer than two rows, or no request
            that succeeded.
    """
    frame = measured.frame
    faults = [*faults, *_repeated_minutes(frame)]
    faults = faults or too_few(frame) or all_failed(frame)
    if faults:
        raise source.error(faults, remedy)
    measures = [name for name in frame.columns.drop(TIME) if frame[name].notna().any()]
    frame = frame[[TIME, *measures]].round(dict.fromkeys(measures, DECIMALS))
    in_order = frame.sort_values([TIME, INVOCATIONS], ignore_index=True)
    return Measured(in_order, measured.ignored_columns, measured.warnings)


def nothing() -> pd.DataFrame:
    """The frame of no measurement."""
    return pd.DataFrame({TIME: pd.Series(dtype="datetime64[ns, UTC]"), INVOCATIONS: pd.Series(dtype=float)})


def too_few(frame: pd.DataFrame) -> list[str]:
    """A fault where one row or none tells nothing of how one follows from another."""
    if len(frame) > 1:
        return []
    many = "no whole minute" if frame.empty else "one row only"
    return [f"{many}: how latency grows with load takes several minutes, or several levels of load"]


def all_failed(frame: pd.DataFrame) -> list[str]:
    """A fault where there were requests and none of them succeeded."""
    if ERRORS not in frame or not frame[INVOCATIONS].any() or not (frame[ERRORS] >= frame[INVOCATIONS]).all():
        return []
    return ["every request failed: nothing was measured but errors, so see to those first"]


def _repeated_minutes(frame: pd.DataFrame) -> list[str]:
    minutes = frame[TIME].dropna().dt.floor("min")
    return [
        f"two rows of the minute {minute:%Y-%m-%dT%H:%MZ}: one row a minute"
        for minute in minutes[minutes.duplicated()].unique()
    ]


def gathered(requests: pd.DataFrame, faults: list[str], warnings: tuple[str, ...] = ()) -> Measured:
    """Requests to minutes, each request in the minute in which it was answered.

    `requests` has ``start`` (UTC), ``latency_ms`` and ``failed``; where measured ``first_token_ms``,
    ``input_tokens`` and ``output_tokens``. Minutes are counted from the first start on; the last one counts only
    where it is whole, for a rate over a part of a minute is none of a minute. Latency is that of the requests
    that succeeded, and a percentile is the nearest rank: a latency that was measured. Where faults were found
    there is nothing to gather.
    """
    if faults or requests.empty:
        return Measured(nothing(), warnings=warnings)
    begin = requests["start"].min()
    end = requests["start"] + pd.to_timedelta(requests["latency_ms"].fillna(0), unit="ms")
    minute = (end - begin).dt.total_seconds() // _MINUTE_SECONDS
    rest = (end.max() - begin).total_seconds() % _MINUTE_SECONDS
    if rest < WHOLE_SECONDS:
        warnings = (*warnings, f"The last {rest:.3g} seconds are no whole minute and were left out.")
        within = minute < minute.max()
        requests, minute = requests[within], minute[within]
    rows = [
        {TIME: begin.floor("s") + pd.Timedelta(seconds=_MINUTE_SECONDS * float(number)), **_minute(part)}
        for number, part in requests.groupby(minute)
    ]
    return Measured(pd.DataFrame(rows) if rows else nothing(), warnings=warnings)


def _minute(requests: pd.DataFrame) -> dict[str, float]:
    good = requests[~requests["failed"]]
    row: dict[str, float] = {INVOCATIONS: len(requests), ERRORS: len(requests) - len(good)}
    row |= statistics(good["latency_ms"])
    if "first_token_ms" in requests:
        row |= {FIRST_TOKEN[name]: ms for name, ms in statistics(good["first_token_ms"]).items()}
    for column, name in (("input_tokens", INPUT_TOKENS), ("output_tokens", OUTPUT_TOKENS)):
        if column in requests:
            row[name] = good[column].sum(min_count=1)
    return row


def statistics(latencies_ms: pd.Series[float]) -> dict[str, float]:
    """Mean and percentiles, NaN where there is nothing to tell them of."""
    values = latencies_ms.dropna().to_numpy(float)
    if not values.size:
        return dict.fromkeys(STATISTICS, np.nan)
    ranks = np.quantile(values, [percent / 100 for percent in PERCENTILES], method="inverted_cdf")
    return dict(zip(STATISTICS, [float(values.mean()), *map(float, ranks)], strict=True))
