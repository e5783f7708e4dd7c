"""The curves of one load test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._erlang import Numbers
from ._errors import ErrorShares, LossFit, fit_errors, without_bursts
from ._latency import LatencyFit, fit_latency
from ._queue_fit import LoadIs
from ._table import LoadTable
from ._throughput import LEAST_LOADS, LEAST_ROWS, ThroughputFit, enough, fit_throughput

_MOST_ROWS = 200  # with more of them neighbours tell the same, and time is all that they cost


class NoFitError(Exception):
    """The rows support no curve; the message gives the reasons."""


@dataclass(frozen=True)
class Curves:
    """Throughput, latency and errors by load; the latter two are None where the table does not tell of them."""

    throughput: ThroughputFit
    latency: LatencyFit | None
    errors: LossFit | ErrorShares | None


@dataclass(frozen=True)
class LoadFit:
    """A table, the rows of it that were fitted, and its curves, which depend on no criteria."""

    table: LoadTable
    rows: LoadTable
    curves: Curves

    @property
    def latency_rows(self) -> tuple[Numbers, Numbers]:
        """Load and logarithm of the latency of the rows that have one; empty where none was measured."""
        return _latency_rows(self.rows)

    @property
    def error_share(self) -> Numbers | None:
        """The share of failed requests of each row, without bursts."""
        share = self.rows.error_share
        return None if share is None else without_bursts(share)


def fit_load_table(table: LoadTable, load_is: LoadIs | None = None) -> LoadFit:
    """Fit the curves of throughput, latency and errors.

    Args:
        table: of one load test.
        load_is: ``rate`` of requests, which waits for no answers, or ``users`` and requests in flight, which do; by
            default a rate where what is asked comes out as throughput.

    Raises:
        NoFitError: too few rows or different loads, or no request was answered.
    """
    if not enough(table.load):
        got = f"{len(np.unique(table.load))} in {len(table.load)}"
        raise NoFitError(f"a curve takes at least {LEAST_LOADS} different loads in {LEAST_ROWS} rows; got {got}.")
    if not np.any(table.throughput > 0):
        raise NoFitError("no request was answered in any row.")
    rows = table.in_groups(_MOST_ROWS)
    throughput = fit_throughput(rows.load, rows.throughput, load_is)
    latency = fit_latency(*_latency_rows(rows), throughput)
    fit = LoadFit(table, rows, Curves(throughput, latency, None))
    if (share := fit.error_share) is None:
        return fit
    return LoadFit(table, rows, Curves(throughput, latency, fit_errors(rows.load, share, throughput)))


def _latency_rows(table: LoadTable) -> tuple[Numbers, Numbers]:
    if table.latency is None:
        return np.empty(0), np.empty(0)
    measured = table.latency > 0  # neither NaN nor 0, which no request takes
    return table.load[measured], np.log(table.latency[measured])
