"""Variants as CloudWatch might have measured them, drawn from what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sagemaker_capacity.variants import VariantPeriods

START = pd.Timestamp("2026-03-01T10:00Z")
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Truth:
    """What is true of a variant.

    Attributes:
        requests: a minute, on average.
        error_share: how many of them fail.
        p50_ms: its median latency; p90 is twice and p99 four times as much.
        alike: the correlation of the latencies of neighbouring minutes.
        bursts: how far failures come together, as the standard deviation of their share's logarithm.
    """

    requests: float = 1000
    error_share: float = 0.01
    p50_ms: float = 100
    alike: float = 0.5
    bursts: float = 0.0

    def drawn(
        self, name: str, minutes: int, rng: np.random.Generator, shared: Numbers | float = 0.0
    ) -> VariantPeriods:
        """So many minutes of it; `shared` is added to the logarithm of each latency."""
        noise = 0.1 * series_of(minutes, self.alike, rng) + shared
        share = self.error_share * np.exp(self.bursts * series_of(minutes, self.alike, rng) - self.bursts**2 / 2)
        requests = rng.poisson(self.requests, minutes)
        latencies = {f"p{p}": factor * self.p50_ms * np.exp(noise) for p, factor in ((50, 1), (90, 2), (99, 4))}
        return VariantPeriods(
            name,
            60,
            pd.DataFrame(
                {"requests": requests, "failed": rng.binomial(requests, np.minimum(share, 1)), **latencies},
                index=pd.date_range(START, periods=minutes, freq="min"),
                dtype=float,
            ),
        )


def series_of(minutes: int, alike: float, rng: np.random.Generator) -> Numbers:
    """An autoregressive series of order one, of variance one, from its middle on."""
    values = rng.standard_normal(minutes)
    for minute in range(1, minutes):
        values[minute] = alike * values[minute - 1] + np.sqrt(1 - alike**2) * values[minute]
    return values
