"""The one expression: rows to counts by group, minute and bucket. Each engine gives the same integers for it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from ._buckets import LATENCY_LIMIT_US, branches
from ._columns import MICROSECONDS, LogColumns
from ._histogram import COUNT, SUM_US
from ._statements import EpochMicroseconds

MINUTE, FIRST_US, LAST_US = "minute_us", "first_us", "last_us"
ZONED, NAIVE = "zoned", "naive"  # how many times name their zone, and how many do not
# What is no latency has a bucket below 0: a failed request, or why a row cannot be used.
FAILED, BAD_LATENCY, BAD_STATUS, BAD_TIME = -1, -2, -3, -4

_MINUTE_US = 60_000_000
_TIME_LIMIT_US = 253_402_300_800_000_000  # the year 10000
# Engines leave out what is finer than a microsecond, of which pandas and Go write three digits.
_ISO_8601 = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?)?$"
_FIRST_ERROR = 400  # RFC 9110, section 15
_NO_ERROR = ("", "0", "false", "none", "null")


def tally(table: ir.Table, columns: LogColumns, epoch_us: EpochMicroseconds) -> ir.Table:
    """How many requests, how many microseconds together, and from when to when: by key, minute and bucket."""
    rows = converted(table, columns, epoch_us)
    took_us = rows.latency_us if columns.time_is == "start" else -rows.latency_us
    other_us = (rows.time_us + took_us).fill_null(rows.time_us)  # the end where the time is the start, or the start
    return rows.group_by(
        *keys(columns), (rows.time_us - rows.time_us % _MINUTE_US).name(MINUTE), bucket_of(rows).name("bucket")
    ).aggregate(
        rows.count().name(COUNT),
        rows.latency_us.sum().name(SUM_US),
        (rows.time_us if columns.time_is == "start" else other_us).min().name(FIRST_US),
        (other_us if columns.time_is == "start" else rows.time_us).max().name(LAST_US),
        rows.count(where=rows.zoned).name(ZONED),
        rows.count(where=~rows.zoned).name(NAIVE),
    )


def keys(columns: LogColumns) -> list[str]:
    """What the keys are called inside, where no name of a user's can meet one of ours."""
    return [f"key_{i}" for i, _ in enumerate(columns.by)]


def converted(table: ir.Table, columns: LogColumns, epoch_us: EpochMicroseconds, **also: ir.Value) -> ir.Table:
    """Each row in integers, null where a cell is none, with what else is asked for."""
    return table.select(
        *(table[column].name(key) for key, column in zip(keys(columns), columns.by, strict=True)),
        time_us=_time_us(table[columns.time], columns, epoch_us),
        latency_us=_microseconds(table[columns.latency], columns.latency_microseconds, LATENCY_LIMIT_US),
        failed=_failed(table, columns),
        zoned=_zoned(table[columns.time], columns),
        **also,
    )


def bucket_of(rows: ir.Table) -> ir.IntegerValue:
    """A row's bucket; below 0 where it has no latency to count."""
    return ibis.cases(
        (rows.time_us.isnull(), BAD_TIME),
        (rows.failed.isnull(), BAD_STATUS),
        (rows.failed, FAILED),
        *branches(rows.latency_us),
        else_=BAD_LATENCY,  # null, and so negative, no number, or beyond the last octave
    ).cast("int64")


def _time_us(time: ir.Value, columns: LogColumns, epoch_us: EpochMicroseconds) -> ir.IntegerValue:
    if columns.time_unit is not None:
        return _microseconds(time, MICROSECONDS[columns.time_unit], _TIME_LIMIT_US)
    if isinstance(time, ir.StringValue):  # engines take "now" for a time, too
        time = time.re_search(_ISO_8601).ifelse(time, None).try_cast("timestamp('UTC')")
    us = epoch_us(time)
    return us.between(0, _TIME_LIMIT_US).ifelse(us, None)


def _zoned(time: ir.Value, columns: LogColumns) -> ir.BooleanValue:
    """Whether a time of text names its zone; any other is of one column with one meaning."""
    if columns.time_unit is not None or not isinstance(time, ir.StringValue):
        return ibis.literal(True)  # noqa: FBT003
    clock = time.substr(len("2026-01-31"))
    return clock.contains("Z") | clock.contains("+") | clock.contains("-")


def _microseconds(number: ir.Value, factor: int, limit_us: int) -> ir.IntegerValue:
    """Rounded half up: of one IEEE product, so that engines agree on every bit; null outside 0 to the limit."""
    if isinstance(number, ir.IntegerValue):
        whole = number.cast("int64")
        return whole.between(0, limit_us // factor).ifelse(whole * factor if factor > 1 else whole, None)
    real = number.try_cast("float64") if isinstance(number, ir.StringValue) else number.cast("float64")
    # NaN, which is above every limit, is not in what a Parquet file says of its column's extremes, and by those
    # DuckDB takes comparisons for decided: of the column, but not of this sum.
    half_up = real * factor + 0.5
    return half_up.between(0.5, limit_us).ifelse(half_up.floor().cast("int64"), None)


def _failed(table: ir.Table, columns: LogColumns) -> ir.BooleanValue:
    if columns.status is not None:
        code = table[columns.status]
        code = code.try_cast("int64") if isinstance(code, ir.StringValue) else code
        return code.between(100, 599).ifelse(code >= _FIRST_ERROR, None)
    if columns.error is not None:
        error = table[columns.error]
        if isinstance(error, ir.BooleanValue):
            return error.fill_null(False)  # noqa: FBT003  # the value of a cell
        if isinstance(error, ir.NumericValue):
            return (error != 0).fill_null(False)  # noqa: FBT003
        return error.strip().lower().notin(_NO_ERROR).fill_null(False)  # noqa: FBT003
    return ibis.literal(False)  # noqa: FBT003
