"""Folders such as the serverless benchmarking toolkit writes, in its columns, from a seeded generator."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

STABILITY = "stability_benchmark_raw_results"
CONCURRENCY = "concurrency_benchmark_raw_results"
INVOCATIONS = "invocation_benchmark_results.csv"
METRICS = "endpoint_metrics.csv"
COSTS = "cost_analysis_summary_results/metrics_with_cost.csv"
RAW = (
    "invocation_latency",
    "response_size",
    "throttle_exception",
    "insufficient_memory_error",
    "other_model_error",
    "start_time",
    "end_time",
)
METRIC = ("Timestamp", "Average", "Minimum", "Maximum", "Unit", "p25", "p50", "p75", "metric_name", "memory_size")
MODEL_MS = {1024: 90.0, 2048: 40.0, 3072: 38.0}

# Recorded by the serverless inference benchmarking toolkit (aws-samples, Apache-2.0) of a TensorFlow MobileNet in
# August 2022: its metrics_with_cost.csv, 1024 to 6144 MB: memory %, model ms, overhead ms, average ms, USD a call.
RECORDED = (
    ("23.638002525573768", "73.28666885245902", "63.54677377049181", "135.563618342938", "3.304601836221655e-06"),
    ("12.37826281712766", "33.910969312169314", "60.97570507399577", "96.18791880264831", "4.440846221468827e-06"),
    ("8.890712954791443", "36.05100319148936", "62.97209680851064", "98.32795268196836", "6.493006630280997e-06"),
    ("6.841696049152914", "31.263772277227723", "62.331233223322336", "93.54072176770673", "8.076587210779434e-06"),
    ("5.299023987010078", "27.35226091825308", "61.845281075028", "89.62921040873209", "9.556250510236105e-06"),
    ("4.824359379716088", "28.28676059322034", "61.99060699152543", "90.56371008369935", "1.1460974679406819e-05"),
)
# Its cost_savings_summary.csv: invocations a month, serverless USD, instance USD, % saved.
SAVINGS = (
    (500000, "2.220423110734414", "40.32", "94.49"),
    (1000000, "4.440846221468828", "40.32", "88.99"),
    (1500000, "6.661269332203241", "40.32", "83.48"),
    (2000000, "8.881692442937656", "40.32", "77.97"),
    (2500000, "11.102115553672068", "40.32", "72.46"),
    (3000000, "13.322538664406482", "40.32", "66.96"),
    (3500000, "15.542961775140895", "40.32", "61.45"),
    (4000000, "17.76338488587531", "40.32", "55.94"),
    (4500000, "19.983807996609723", "40.32", "50.44"),
    (5000000, "22.204231107344135", "40.32", "44.93"),
    (5500000, "24.42465421807855", "40.32", "39.42"),
    (6000000, "26.645077328812963", "40.32", "33.92"),
    (6500000, "28.86550043954738", "40.32", "28.41"),
    (7000000, "31.08592355028179", "40.32", "22.90"),
    (7500000, "33.30634666101621", "40.32", "17.39"),
    (8000000, "35.52676977175062", "40.32", "11.89"),
    (8500000, "37.74719288248503", "40.32", "6.38"),
    (9000000, "39.96761599321945", "40.32", "0.87"),
)


def write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def rewrite(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Rows of one's own after those that are there."""
    write(path, columns, [*read(path), *rows])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def recorded_folder(folder: Path) -> Path:
    """The recorded run: only its cost analysis was published, without the memory sizes."""
    columns = (
        "MemoryUtilization",
        "ModelLatency",
        "ModelSetupTime",
        "OverheadLatency",
        "average_latency",
        "cost_per_invocation",
        "cost_per_1M_invocations",
    )
    rows = [
        dict(zip(columns, (memory, model, "", overhead, average, cost, f"{float(cost) * 1e6!r}"), strict=True))
        for memory, model, overhead, average, cost in RECORDED
    ]
    write(folder / COSTS, columns, rows)
    return folder


def made_folder(
    folder: Path, *, invocations: int = 200, cold_ms: float = 6000, throttled_share: float = 0, seed: int = 7
) -> Path:
    """A run over `MODEL_MS`: 60 ms of overhead, one cold start a size, and a concurrency benchmark on 2048 MB."""
    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    stability, metrics = [], []
    for memory, model_ms in MODEL_MS.items():
        clock = 1000.0
        for index in range(invocations):
            latency = cold_ms if index == 0 else model_ms + 60 + draw.uniform(-3, 3)
            stability.append(succeeded(clock, latency) | {"invoke_arg_index": 0, "memory_size": memory})
            clock += latency / 1000 + draw.random()
        metrics += metric_rows(memory, model_ms)
    write(folder / STABILITY / INVOCATIONS, (*RAW, "invoke_arg_index", "memory_size"), stability)
    write(folder / STABILITY / METRICS, METRIC, metrics)
    concurrency, under_load = [], []
    for most, clients in ((2, 2), (2, 3), (4, 4), (4, 8)):
        group: dict[str, object] = {"max_concurrency": most, "num_clients": clients, "memory_size": 2048}
        for client in range(clients):
            clock = 2000.0 + draw.random()
            for _ in range(100):
                latency = 100 + draw.uniform(-5, 15)
                refused = clients > most and draw.random() < throttled_share
                row = failed(clock, "throttle_exception") if refused else succeeded(clock, latency)
                concurrency.append(row | group | {"client": client})
                clock += latency / 1000 + draw.random()
        under_load += [row | group for row in metric_rows(2048, 41.0)]
    write(
        folder / CONCURRENCY / INVOCATIONS,
        (*RAW, "memory_size", "max_concurrency", "num_clients", "client"),
        concurrency,
    )
    write(folder / CONCURRENCY / METRICS, (*METRIC, "max_concurrency", "num_clients"), under_load)
    return folder


def succeeded(start: float, latency_ms: float) -> dict[str, object]:
    flags = dict.fromkeys(("throttle_exception", "insufficient_memory_error", "other_model_error"), False)
    timed = {"start_time": start, "end_time": start + latency_ms / 1000}
    return {"invocation_latency": latency_ms, "response_size": 500, **flags, **timed}


def failed(start: float, flag: str) -> dict[str, object]:
    return {"invocation_latency": -1, flag: True, "start_time": start, "end_time": start + 0.01}


def metric_rows(memory: int, model_ms: float) -> list[dict[str, object]]:
    values = {
        "ModelLatency": (model_ms * 1000, "Microseconds"),
        "OverheadLatency": (60_000, "Microseconds"),
        "MemoryUtilization": (20_480 / memory, "Percent"),
    }
    measured: list[dict[str, object]] = [
        {
            "Timestamp": "2026-03-02 00:00:00+00:00",
            "Average": average,
            "Unit": unit,
            "metric_name": name,
            "memory_size": memory,
        }
        for name, (average, unit) in values.items()
    ]
    return [*measured, {"metric_name": "ModelSetupTime", "memory_size": memory}]
