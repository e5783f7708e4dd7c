"""The one expression: invocations to counts by group, of latencies and of seconds, the same on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from sagemaker_capacity.request_logs._buckets import LATENCY_LIMIT_US, branches

from ._groups import MEMORY, MEMORY_SIZES_MB
from ._raw import (
    BAD,
    COLUMN_OF_KEY,
    END,
    FAILED_MS,
    FALSE,
    FLAGS,
    LATENCIES,
    LATENCY,
    OTHER_FAILURE,
    RESPONSE,
    SECONDS,
    START,
    TRUE,
)

_US_PER_MS = 1000
_HALF = 0.5
_LIMIT = 1e12  # of seconds and bytes, so that both are whole numbers to an engine


def counted(table: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """The keys, what is counted, which bucket, failure or completions, how many, their sum, from when to when.

    Latencies and seconds are counted by themselves, so that each reads the columns that it needs and no more.
    """
    counts = ("counts", "value", "number", "latency_us", "response_bytes")
    times = ("first", "last", "first_second", "last_second")
    return ibis.union(_latencies(table, keys), _seconds(table, keys)).select(*keys, *counts, *times)


def faults(table: ir.Table, keys: tuple[str, ...]) -> Iterator[tuple[str, ir.BooleanValue]]:
    """Each column, and whether a row's cell there cannot be used."""
    half_up_us = _number(table[LATENCY]) * _US_PER_MS + _HALF
    yield LATENCY, _fault_of_latency(half_up_us) | (_succeeded(table) & (half_up_us < 1)).fill_null(False)  # noqa: FBT003
    yield from _faults_of_text(table)
    start, end = _number(table[START]), _number(table[END])
    yield START, ~_is_finite(start)
    yield END, ~(_is_finite(end) & (end >= start).fill_null(True))  # noqa: FBT003  # where the start is the fault
    for key, value in _keys(table, keys).items():
        is_one = value.isin([*MEMORY_SIZES_MB]) if key == MEMORY else value >= 1
        yield COLUMN_OF_KEY[key], ~is_one.fill_null(False)  # noqa: FBT003


def _latencies(table: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    faults_of_text = [is_bad for _, is_bad in _faults_of_text(table)]
    rows = table.select(
        **_keys(table, keys),
        **{name: _flag(table[column]) for name, column in FLAGS.items()},
        fault=ibis.or_(*faults_of_text),
        succeeded=ibis.and_(_succeeded(table), *(~is_bad for is_bad in faults_of_text)),
        half_up_us=_number(table[LATENCY]) * _US_PER_MS + _HALF,  # to be floored, as each engine does alike
        response=_number(table[RESPONSE]),
    )
    # No limit is put to a latency here, as each would be asked of every row: what is no number ends the query, and
    # is looked for after that; what is below or beyond all buckets is bad.
    is_weighed = rows.succeeded & (rows.response < _LIMIT)
    rows = rows.mutate(
        latency_us=_floor(rows.succeeded.ifelse(rows.half_up_us, None)),
        response_bytes=_floor(is_weighed.ifelse(rows.response, None) + _HALF),
    )
    value = ibis.cases(  # what most rows are is first, so that no more is asked of them
        (rows.latency_us < 1, BAD),
        *branches(rows.latency_us),
        (rows.succeeded | rows.fault | _fault_of_latency(rows.half_up_us), BAD),
        *((rows[name], -1 - i) for i, name in enumerate(FLAGS)),
        else_=OTHER_FAILURE,
    )
    # Who asks what a response weighs has the stability benchmark, which is told apart by memory alone.
    weight = rows.response_bytes.sum() if len(keys) == 1 else ibis.null("int64")
    return rows.group_by(*keys, value=value.cast("int64")).aggregate(
        counts=ibis.literal(LATENCIES, "int64"),
        number=rows.count(),
        latency_us=rows.latency_us.sum(),
        response_bytes=weight,
        first=ibis.null("float64"),
        last=ibis.null("float64"),
        first_second=ibis.null("int64"),
        last_second=ibis.null("int64"),
    )


def _seconds(table: ir.Table, keys: tuple[str, ...]) -> ir.Table:
    """How many seconds of the clock had how many completions, and which was the first and the last that did."""
    start, end = _number(table[START]), _number(table[END])
    rows = table.select(
        **_keys(table, keys),
        start=start,
        end=(end >= start).ifelse(end, None),  # where one is no number, as of latencies
        succeeded=_succeeded(table),
    )
    seconds = rows.group_by(*keys, second=_floor(rows.end)).aggregate(
        completions=rows.count(where=rows.succeeded), first=rows.start.min(), last=rows.end.max()
    )
    value = seconds.second.isnull().ifelse(BAD, seconds.completions)
    return seconds.group_by(*keys, value=value).aggregate(
        counts=ibis.literal(SECONDS, "int64"),
        number=seconds.count(),
        latency_us=ibis.null("int64"),
        response_bytes=ibis.null("int64"),
        first=seconds["first"].min(),
        last=seconds["last"].max(),
        first_second=seconds.second.min(),
        last_second=seconds.second.max(),
    )


def _succeeded(table: ir.Table) -> ir.BooleanValue:
    """Whether an answer is there: whatever else the client met, the toolkit writes as none."""
    response = _number(table[RESPONSE])
    # Engines take NaN for the greatest of all numbers; no limit would keep it out, as DuckDB takes a comparison for
    # decided by what a Parquet file says of its column's extremes, among which NaN is not.
    answered = (response > 0) & ~response.isnan()
    return ibis.cases(*((_flag(table[flag]), False) for flag in FLAGS.values()), else_=answered)


def _fault_of_latency(half_up_us: ir.FloatingValue) -> ir.BooleanValue:
    is_one = half_up_us.between(_HALF, LATENCY_LIMIT_US) | (half_up_us == FAILED_MS * _US_PER_MS + _HALF)
    return ~is_one.fill_null(False)  # noqa: FBT003  # where it is blank


def _faults_of_text(table: ir.Table) -> Iterator[tuple[str, ir.BooleanValue]]:
    if isinstance(response := table[RESPONSE], ir.StringValue):
        is_blank = response.isnull() | (response.strip() == "")
        yield RESPONSE, ~(is_blank | _is_finite(_number(response)))
    for name in FLAGS.values():
        if isinstance(flag := table[name], ir.StringValue):
            yield name, flag.strip().notin((*TRUE, *FALSE)).fill_null(False)  # noqa: FBT003


def _flag(cell: ir.Value) -> ir.BooleanValue:
    """Whether it is raised; null, as no branch of a CASE takes it, where it is blank."""
    if isinstance(cell, ir.StringValue):
        return cell.strip().isin(TRUE).fill_null(False)  # noqa: FBT003
    return cell if isinstance(cell, ir.BooleanValue) else cell == 1


def _keys(table: ir.Table, keys: tuple[str, ...]) -> dict[str, ir.IntegerValue]:
    return {key: _key(table[COLUMN_OF_KEY[key]]) for key in keys}


def _key(cell: ir.Value) -> ir.IntegerValue:
    if isinstance(cell, ir.IntegerValue):
        return cell.cast("int64")
    number = _number(cell)
    return (_is_finite(number) & (number == number.floor())).ifelse(_floor(number), None)


def _number(cell: ir.Value) -> ir.FloatingValue:
    return cell.strip().try_cast("float64") if isinstance(cell, ir.StringValue) else cell.cast("float64")


def _is_finite(number: ir.FloatingValue) -> ir.BooleanValue:
    """Whether it is a number of everyday; none of text, NaN and infinity is."""
    return (number.between(-_LIMIT, _LIMIT) & ~number.isnan()).fill_null(False)  # noqa: FBT003


def _floor(number: ir.FloatingValue) -> ir.IntegerValue:
    return number.floor().cast("int64")
