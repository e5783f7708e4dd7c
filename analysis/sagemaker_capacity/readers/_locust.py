"""Locust: its statistics over time (``--csv NAME --csv-full-history``), or a log of its requests.

Locust writes no log of requests by itself. The one read here has the arguments of its event ``request`` as
columns, which a listener of two lines writes: ``start_time`` in seconds since 1970, ``response_time`` in
milliseconds, ``exception``; others are left out.
"""

from __future__ import annotations

import pandas as pd

from sagemaker_capacity._benchmark import ERRORS, INVOCATIONS, TIME

from ._columns import epochs, header, numbers, table
from ._measured import MEAN, PERCENTILES, WHOLE_SECONDS, Measured, checked, gathered, nothing
from ._source import Source

_HISTORY = "Timestamp,User Count,Type,Name,Requests/s,Failures/s"
_REQUESTS = ("start_time", "response_time", "exception")
_COUNT, _FAILED, _AVERAGE = "Total Request Count", "Total Failure Count", "Total Average Response Time"
USERS = "users"


def recognises_history(beginning: str) -> bool:
    """Whether it begins with the columns of a history."""
    return beginning.replace('"', "").startswith(_HISTORY)


def recognises_requests(beginning: str) -> bool:
    """Whether the first line names the arguments of the event `request` that are needed."""
    return {*_REQUESTS} <= {*header(beginning)}


def read_history(source: Source) -> Measured:
    """Read the rows of all requests together (Aggregated).

    Counts and means are the differences of Locust's totals. Its percentiles are those of the last ten seconds,
    and of parts none can be had for the whole; but the whole's is at most the highest of the parts', which is
    taken: a minute is at most that slow. Failed requests are in Locust's latencies, too.

    Raises:
        BenchmarkError: bad cells, totals that fall, less than two whole minutes, or no success.
    """
    text = table(source, source.content())
    text = text[text["Name"] == "Aggregated"]
    faults: list[str] = []
    history = pd.DataFrame({TIME: epochs(text["Timestamp"], faults, "s")})
    columns = {_COUNT: "count", _FAILED: "failed", _AVERAGE: MEAN, "User Count": USERS}
    columns |= {f"{percent}%": f"p{percent}" for percent in PERCENTILES}
    for column, name in columns.items():
        cells = text[column].replace("N/A", "")  # before the first answer
        history[name] = numbers(cells, faults, blank_allowed=name.startswith("p"))
    falls = history.index[history["count"].diff() < 0]
    faults += [
        f"line {line}: {_COUNT} falls to {history['count'][line]:g}: run Locust without --reset-stats"
        for line in falls
    ]
    measured = Measured(nothing()) if faults or history.empty else _minutes(history)
    return checked(source, measured, faults, "The history is that of --csv-full-history, with the row Aggregated.")


def _minutes(history: pd.DataFrame) -> Measured:
    begin = history[TIME].iloc[0]
    # Totals are told at the end of what they count, so that a minute has (0, 60], and second 0 its beginning.
    minute = ((history[TIME] - begin).dt.total_seconds().clip(lower=1) - 1) // 60
    ends = pd.concat([history.iloc[:1], history.groupby(minute).tail(1)])
    seconds = ends[TIME].diff().dt.total_seconds()
    count, total = ends["count"].diff(), (ends["count"] * ends[MEAN]).diff()
    rows = pd.DataFrame(
        {
            TIME: ends[TIME].shift(),
            INVOCATIONS: count * 60 / seconds,
            ERRORS: ends["failed"].diff() * 60 / seconds,
            MEAN: (total / count).where(count > 0),
            USERS: [float("nan"), *history.groupby(minute)[USERS].mean()],
        }
    )
    for percent in PERCENTILES:
        rows[f"p{percent}"] = [float("nan"), *history.groupby(minute)[f"p{percent}"].max()]
    warnings = [
        "Locust tells percentiles of ten seconds: the highest of a minute bounds the minute's, and was taken."
    ]
    if rows[ERRORS].sum() > 0:
        warnings.append("Locust's latencies hold those of failed requests: a log of requests tells them apart.")
    whole = seconds >= WHOLE_SECONDS
    if not whole.iloc[1:].all():
        warnings.append("A part of a minute at the end was left out.")
    return Measured(rows[whole], warnings=tuple(warnings))


def read_requests(source: Source) -> Measured:
    """Read a log of requests.

    Raises:
        BenchmarkError: bad cells, less than two whole minutes, or no success.
    """
    text = table(source, source.content())
    faults: list[str] = []
    requests = pd.DataFrame(
        {
            "start": epochs(text["start_time"], faults, "s"),
            "latency_ms": numbers(text["response_time"], faults),
            "failed": ~text["exception"].isin(["", "None"]),
        }
    )
    return checked(source, gathered(requests, faults), faults, "One row a request, with the event's arguments.")
