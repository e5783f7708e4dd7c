"""The toolkit's raw results as it writes them, a few thousand rows of CSV, to groups with every latency exact."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from sagemaker_capacity._limits import exact

from ._files import File
from ._groups import FAILURES, MEMORY, MEMORY_SIZES_MB, SUCCESS, Counted, Group, whole_seconds
from ._raw import COLUMN_OF_KEY, END, FAILED_MS, FLAGS, LATENCY, REMEDY, RESPONSE, START

_OUTCOME = "outcome"
_LEAST_MS = 0.0005  # half of what engines count in


def exact_groups(file: File, keys: tuple[str, ...]) -> tuple[Group, ...]:
    """The groups of a file's rows, by their keys.

    Raises:
        ResultsError: bad cells, each with its line.
    """
    frame = _checked(file, keys)
    by = [COLUMN_OF_KEY[key] for key in keys]
    return tuple(_group(tuple(int(rows[column].iloc[0]) for column in by), rows) for _, rows in frame.groupby(by))


def _checked(file: File, keys: tuple[str, ...]) -> pd.DataFrame:
    latency = file.numbers(LATENCY)
    response = file.numbers(RESPONSE, blank_allowed=True)
    start, end = file.numbers(START), file.numbers(END)
    file.fault_where((latency < 0) & (latency != FAILED_MS), LATENCY, "must be at least 0 ms, or -1")
    file.fault_where(end < start, END, "must not be before start_time")
    frame = pd.DataFrame({LATENCY: latency, RESPONSE: response, START: start, END: end})
    for key in keys:
        column = COLUMN_OF_KEY[key]
        number = frame[column] = file.numbers(column)
        if key == MEMORY:
            file.fault_where(number.notna() & ~number.isin([*MEMORY_SIZES_MB]), column, "must be 1024 … 6144 MB")
        else:
            file.fault_where((number < 1) | (number % 1 != 0), column, "must be a whole number from 1")
    outcome = pd.Series(SUCCESS, index=frame.index)
    outcome[~(response > 0)] = FAILURES[-1]  # whatever else the client met, the toolkit writes as no answer
    for name, flag in reversed(FLAGS.items()):
        outcome[file.flags(flag)] = name
    file.fault_where(
        (outcome == SUCCESS) & (latency < _LEAST_MS) & ((latency >= 0) | (latency == FAILED_MS)),
        LATENCY,
        "must be above 0 ms of what was answered",
    )
    file.close(REMEDY)
    return frame.assign(**{_OUTCOME: outcome})


def _group(key: tuple[int, ...], rows: pd.DataFrame) -> Group:
    start, end = float(rows[START].min()), float(rows[END].max())
    succeeded = rows[rows[_OUTCOME] == SUCCESS]
    latencies = succeeded[LATENCY].to_list()
    whole = whole_seconds(start, end)
    seconds = np.floor(succeeded[END].to_numpy()).astype(np.int64) - whole.start
    within = seconds[(seconds >= 0) & (seconds < len(whole))]
    completions = Counter(np.bincount(within, minlength=len(whole)).tolist() if whole else [])
    return Group(
        key=key,
        outcomes=Counter(rows[_OUTCOME]),
        latencies_ms=Counted.of((latency, 1, latency, 0) for latency in latencies),
        completions=Counted.of((value, number, value * number, 0) for value, number in completions.items()),
        start_seconds=start,
        end_seconds=end,
        response_bytes=sum(map(exact, succeeded[RESPONSE]), exact(0)),
    )
