"""When a growing load first reached a rate."""

from __future__ import annotations

import pandas as pd

from sagemaker_capacity._benchmark import INVOCATIONS, TIME, Benchmark


def first_reached(benchmark: Benchmark, per_minute: float) -> pd.Timestamp | None:
    """The first minute that carried at least this rate, or None where there is none or no times were recorded.

    Each rate is searched for by itself. Since a minute with the higher of two rates has the lower one as well,
    a lower rate is never reached later.
    """
    times = benchmark.frame.loc[benchmark.frame[INVOCATIONS] >= per_minute, TIME].dropna()
    return None if times.empty else times.min()
