"""All metrics of one account in one region, by namespace, name and dimensions."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import numpy as np
from moto.cloudwatch.models import cloudwatch_backends
from numpy.typing import ArrayLike

from embedded_aws.metric_store._series import Series, regular_times

NO_UNIT = "None"


@dataclass(frozen=True)
class Metric:
    """What names a metric. Its dimensions are exact: each set of them is a metric of its own."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def named(cls, namespace: str, name: str, dimensions: Sequence[Mapping[str, str]]) -> Metric:
        """A metric by the API's list of dimensions."""
        return cls(namespace, name, frozenset((each["Name"], each["Value"]) for each in dimensions))


class MixedUnits(ValueError):  # noqa: N818 - named for what it is
    """A metric with points in several units, asked for without saying which."""


class MetricStore:
    """Series by metric and unit. `lock` is held by whoever reads or writes: series sort themselves when read."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._metrics: dict[str, dict[Metric, dict[str, Series]]] = {}

    def series(self, metric: Metric, unit: str) -> Series:
        """The series of a metric in a unit, made if there is none."""
        units = self._metrics.setdefault(metric.namespace, {}).setdefault(metric, {})
        return units.setdefault(unit, Series())

    def find(self, metric: Metric, unit: str | None) -> tuple[str, Series] | None:
        """A metric's series with its unit; None where nothing was measured.

        Raises:
            MixedUnits: no unit is asked for and there are several.
        """
        units = self._metrics.get(metric.namespace, {}).get(metric, {})
        if unit is not None:
            return (unit, units[unit]) if unit in units else None
        if len(units) > 1:
            raise MixedUnits(
                f"{metric.namespace} {metric.name} has points in the units {', '.join(sorted(units))}: "
                "several at once are not emulated, ask for one by Unit"
            )
        return next(iter(units.items()), None)

    def metrics(self, namespace: str | None = None) -> Iterator[tuple[Metric, list[Series]]]:
        """All metrics (of a namespace), each once, in the order in which they came."""
        for name, metrics in self._metrics.items():
            if namespace in (None, name):
                for metric, units in metrics.items():
                    yield metric, list(units.values())


def store_of(account: str, region: str) -> MetricStore:
    """The metrics of an account in a region. They hang on moto's backend, so that its reset forgets them too."""
    backend = cloudwatch_backends[account][region]
    return cast("MetricStore", vars(backend).setdefault("metric_store", MetricStore()))


def seed(  # noqa: PLR0917 - as one reads a metric aloud
    account: str,
    region: str,
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    start: datetime,
    period_seconds: int,
    values: ArrayLike,
    unit: str = NO_UNIT,
) -> None:
    """Put a whole series at once: one value a period from `start` on. For tests; AWS has no such call.

    Raises:
        ValueError: a value that is not finite, a time without a zone, or a period that is not above 0.
    """
    if start.tzinfo is None or period_seconds <= 0:
        raise ValueError(
            f"start needs a time zone and the period a second at least, got {start} and {period_seconds}"
        )
    numbers = np.array(values, dtype=np.float64)
    if not np.all(np.isfinite(numbers)):
        raise ValueError(f"the values of {name} are not all finite")
    times = regular_times(math.floor(start.astimezone(UTC).timestamp()), period_seconds, len(numbers))
    store = store_of(account, region)
    with store.lock:
        store.series(Metric(namespace, name, frozenset(dimensions.items())), unit).extend(times, numbers)
