"""CloudWatch's metrics of the benchmarked endpoints, as the toolkit saved them: a row a metric."""

from __future__ import annotations

import pandas as pd

from ._files import File

METRICS_COLUMNS = ("Timestamp", "Average", "Unit", "metric_name", "memory_size")
METRICS_REMEDY = "Give the toolkit's endpoint_metrics.csv as it wrote it: one row a metric and memory size."

_NAMES = {
    "ModelLatency": "model_ms",
    "OverheadLatency": "overhead_ms",
    "ModelSetupTime": "model_setup_ms",
    "MemoryUtilization": "memory_percent",
}
_SCALES = {"Microseconds": 0.001, "Milliseconds": 1.0, "Seconds": 1000.0}  # to ms
_MEMORY_MB = "memory_mb"
_CLIENTS = "num_clients"
_SIZES_MB = range(1024, 6144 + 1, 1024)
_DECIMALS = 9


def measured(file: File, keys: list[str]) -> pd.DataFrame:
    """The averages, a row for each of `keys`, a column a metric in ms or percent; NaN where there was no data.

    Of an endpoint's metrics that were saved again after each number of clients, the last stands for all.

    Raises:
        ResultsError: bad cells, an unknown unit, or two values of one metric.
    """
    average = file.numbers("Average", blank_allowed=True)
    memory = file.numbers("memory_size")
    file.fault_where(memory.notna() & ~memory.isin(list(_SIZES_MB)), "memory_size", "must be 1024 … 6144 MB")
    file.fault_where(average < 0, "Average", "must be at least 0")
    name, unit = file.texts["metric_name"], file.texts["Unit"]
    known, timed = name.isin(list(_NAMES)), name.isin(list(_NAMES)[:-1])
    has_data = average.notna()
    file.fault_where(known & timed & has_data & ~unit.isin(list(_SCALES)), "Unit", "of a latency must be a time")
    file.fault_where(known & ~timed & has_data & (unit != "Percent"), "Unit", "of a utilisation must be Percent")
    # pandas multiplies 33910.97 by 0.001 to a number of 17 digits; a billionth of a ms is enough of them.
    values = (average * unit.map(_SCALES).astype(float).fillna(1.0)).round(_DECIMALS)
    frame = pd.DataFrame({_MEMORY_MB: memory, "metric": name.map(_NAMES), "value": values})
    others = [key for key in keys if key != _MEMORY_MB]
    for key in [*others, *([_CLIENTS] if others else [])]:
        frame[key] = file.numbers(key)
    frame = frame[known]
    with_data = frame.dropna(subset="value").drop_duplicates()
    if others:
        with_data = with_data.sort_values(_CLIENTS).drop_duplicates([*keys, "metric"], keep="last")
    twice = with_data.duplicated([*keys, "metric"], keep=False).reindex(file.texts.index, fill_value=False)
    file.fault_where(twice, "Average", "is a second value of one metric, which cannot be weighted: keep one")
    file.close(METRICS_REMEDY)
    every = frame[keys].drop_duplicates().astype(int).set_index(keys).sort_index()
    by_metric = {
        metric: with_data[with_data["metric"] == metric].astype(dict.fromkeys(keys, int)).set_index(keys)["value"]
        for metric in _NAMES.values()
    }
    return every.assign(**by_metric)


def recorded(file: File) -> pd.DataFrame:
    """The toolkit's own ``metrics_with_cost.csv``, already in ms: a row a memory size, 1024 to 6144 MB.

    The toolkit writes it without the memory sizes, so only a file of all six tells which row is which.

    Raises:
        ResultsError: bad cells, or memory sizes that cannot be told.
    """
    columns = {
        **_NAMES,
        "average_latency": "toolkit_average_latency_ms",
        "cost_per_invocation": "toolkit_cost_per_invocation_usd",
    }
    frame = pd.DataFrame({ours: file.numbers(theirs, blank_allowed=True) for theirs, ours in columns.items()})
    if "memory_size" in file.texts:
        frame[_MEMORY_MB] = file.numbers("memory_size")
    elif len(frame) == len(_SIZES_MB):
        frame[_MEMORY_MB] = list(_SIZES_MB)
    else:
        first = pd.Series(False, index=frame.index)  # noqa: FBT003
        first.iloc[:1] = True
        said = f"is one of {len(frame)} rows and no column says of which memory size: add memory_size"
        file.fault_where(first, "ModelLatency", said)
    file.close("Give the toolkit's metrics_with_cost.csv, of all six memory sizes, 1024 to 6144 MB, in order.")
    return frame.astype({_MEMORY_MB: int}).set_index(_MEMORY_MB).sort_index()
