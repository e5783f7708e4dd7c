"""The curves of one load test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._erlang import Numbers
from ._errors import ErrorShares, fit_errors, without_bursts
from ._latency import LatencyFit, fit_latency
from ._table import LoadTable
from ._throughput import LEAST_LOADS, LoadIs, ThroughputFit, fit_throughput


class NoFitError(Exception):
    """The rows support no curve; the message gives the reasons."""


@dataclass(frozen=True)
class Curves:
    """Throughput, latency and errors by load; the latter two are None where the table does not tell of them."""

    throughput: ThroughputFit
    latency: LatencyFit | None
    errors: ErrorShares | None


@dataclass(frozen=True)
class LoadFit:
    """A table and its curves, which depend on no criteria."""

    table: LoadTable
    curves: Curves

    @property
    def latency_rows(self) -> tuple[Numbers, Numbers]:
        """Load and logarithm of the latency of the rows that have one; empty where none was measured."""
        return _latency_rows(self.table)

    @property
    def error_share(self) -> Numbers | None:
        """The share of failed requests of each row, without bursts."""
        share = self.table.error_share
        return None if share is None else without_bursts(share)


def fit_load_table(table: LoadTable, load_is: LoadIs | None = None) -> LoadFit:
    """Fit the curves of throughput, latency and errors.

    Args:
        table: of one load test.
        load_is: ``rate`` of requests, which waits for no answers, or ``users`` and requests in flight, which do; by
            default a rate where what is asked comes out as throughput.

    Raises:
        NoFitError: too few different loads, or no request was answered.
    """
    loads = len(np.unique(table.load))
    if loads < LEAST_LOADS:
        raise NoFitError(f"a curve takes at least {LEAST_LOADS} different loads, and {loads} were measured.")
    if not np.any(table.throughput > 0):
        raise NoFitError("no request was answered in any row.")
    throughput = fit_throughput(table.load, table.throughput, load_is)
    latency = fit_latency(*_latency_rows(table), throughput)
    fit = LoadFit(table, Curves(throughput, latency, None))
    if (share := fit.error_share) is None:
        return fit
    return LoadFit(table, Curves(throughput, latency, fit_errors(table.load, share)))


def _latency_rows(table: LoadTable) -> tuple[Numbers, Numbers]:
    if table.latency is None:
        return np.empty(0), np.empty(0)
    measured = table.latency > 0  # neither NaN nor 0, which no request takes
    return table.load[measured], np.log(table.latency[measured])
