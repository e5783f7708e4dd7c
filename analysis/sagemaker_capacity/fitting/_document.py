"""A fit as a document, which the command prints as JSON or as text."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any

from ._fit import Curves
from ._queue import ClosedLatency, ClosedQueue, OpenLatency
from ._resampling import CONFIDENCE, Resampled
from ._saturation import Criteria, Saturation
from ._usl import UslFit

_DIGITS = 6  # significant: what is written is the same on every machine


def document_of(resampled: Resampled, criteria: Criteria, saturation: Saturation) -> dict[str, Any]:
    """All that a fit says, of numbers with six digits; null where there is none, or where it is infinite.

    The intervals of the law are Student's; the queue's and the saturation's are of the bootstrap.
    """
    fit = resampled.fit
    throughput, latency = fit.curves.throughput, fit.curves.latency
    straight = throughput.supported == "line"
    document = {
        "rows": len(fit.table.load),
        "highest_load": fit.table.highest_load,
        "confidence": CONFIDENCE,
        "criteria": asdict(criteria),
        "saturation": asdict(saturation),
        "load_is": throughput.load_is,
        "supported": throughput.supported,
        "aicc": throughput.aicc,
        "knee_load": None if straight else throughput.curve.knee_load,
        "usl": _law(throughput.usl),
        "queue": None if straight else _queue(throughput.queue.queue, resampled),
        "latency": None if latency is None else _latency(latency.curve, resampled),
        "notes": list(fit.table.notes),
    }
    return {name: _written(value) for name, value in document.items()}


def _law(fit: UslFit) -> dict[str, Any]:
    usl = fit.usl
    return {
        "sigma": usl.sigma,
        "kappa": usl.kappa,
        "lambda": usl.lambda_,
        "intervals": fit.intervals(CONFIDENCE),
        "peak_load": usl.peak_load,
        "peak_throughput": usl.ceiling if math.isfinite(usl.peak_load) else None,
        "amdahl_limit": usl.amdahl_limit,
        "optimal_load": usl.optimal_load,
        "residual_standard_error": fit.residual_standard_error,
        "degrees_of_freedom": fit.degrees_of_freedom,
    }


def _queue(queue: ClosedQueue, resampled: Resampled) -> dict[str, Any]:
    parameters = asdict(queue) | {"service_demand": queue.service_demand}

    def of(curves: Curves, name: str) -> float:
        return float(getattr(curves.throughput.queue.queue, name))

    return parameters | {
        "intervals": {
            name: resampled.interval([of(drawn, name) for drawn in resampled.drawn]) for name in parameters
        }
    }


def _latency(curve: OpenLatency | ClosedLatency, resampled: Resampled) -> dict[str, Any]:
    curves = [drawn.latency.curve for drawn in resampled.drawn if drawn.latency is not None]
    names = [field.name for field in fields(curve)]
    return asdict(curve) | {
        "intervals": {name: resampled.interval([getattr(c, name) for c in curves]) for name in names}
    }


def _written(value: Any) -> Any:  # noqa: ANN401  # whatever JSON has
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_written(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return value
