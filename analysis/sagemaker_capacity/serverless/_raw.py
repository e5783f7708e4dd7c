"""What the toolkit calls the columns of its raw results, and how a row of counts of them is to be read."""

from __future__ import annotations

from ._groups import CLIENTS, FAILURES, MAX_CONCURRENCY, MEMORY

STABILITY_FOLDER = "stability_benchmark_raw_results"
CONCURRENCY_FOLDER = "concurrency_benchmark_raw_results"
LATENCY, RESPONSE = "invocation_latency", "response_size"
START, END = "start_time", "end_time"
FLAGS = {
    "throttled": "throttle_exception",
    "out_of_memory": "insufficient_memory_error",
    "model_error": "other_model_error",
}
COLUMN_OF_KEY = {MEMORY: "memory_size", MAX_CONCURRENCY: "max_concurrency", CLIENTS: "num_clients"}
FAILED_MS = -1  # what the toolkit writes for the latency of a failure
TRUE, FALSE = ("True", "1", "1.0"), ("False", "0", "0.0", "")
REMEDY = "Give the toolkit's file as it wrote it: one row an invocation, latency in ms, times in seconds."

# What a row counts: latencies of a bucket and failures of a kind, or seconds with so many completions.
LATENCIES, SECONDS = 0, 1
# Failures stand in the place of a bucket, -1 for the first of `FAILURES`; cells that cannot be used below them.
OTHER_FAILURE = -len(FAILURES)
BAD = OTHER_FAILURE - 1


class ResultsError(ValueError):
    """Results that cannot be read: the message names the file, the lines and the remedy."""


def raw_columns(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Every column that is read, of invocations that are told apart by these keys."""
    return (LATENCY, RESPONSE, *FLAGS.values(), START, END, *(COLUMN_OF_KEY[key] for key in keys))
