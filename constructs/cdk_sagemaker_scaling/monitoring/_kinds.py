"""The graphs of each kind of hosting, in rows: of what SageMaker publishes for it, and of nothing else."""

from __future__ import annotations

from cdk_sagemaker_scaling import _metrics as metrics

from ._graph import Graph, Series, line
from ._graphs import (
    Rows,
    Shown,
    bounds,
    curves,
    failed,
    failed_share,
    instances,
    invocations,
    latencies,
    latency,
    limits,
    policies,
    utilization,
)
from ._readings import COPIES, count, failed_percent, failed_percent_of_answers

_MODEL_ERRORS = {"model error": metrics.MODEL_ERRORS}
_OVERHEAD = {"overhead": metrics.OVERHEAD_LATENCY}


def real_time(of: Shown) -> Rows:
    """A variant of a real-time endpoint."""
    return [
        [
            invocations(),
            Graph(
                "Invocations per instance and minute",
                curves({"invocations": metrics.INVOCATIONS_PER_INSTANCE}),
                limits(of, of.target("invocations", "target_per_instance_per_minute")),
            ),
            Graph(
                "Concurrent requests per model, at most",
                curves({"requests": metrics.CONCURRENT_REQUESTS_PER_MODEL}),
                of.target("concurrency", "target_per_model"),
            ),
        ],
        [failed_share(of, failed_percent()), failed(_MODEL_ERRORS), latency(of, _OVERHEAD)],
        [*utilization(of), *instances(of)],
        *policies(of),
    ]


def asynchronous(of: Shown) -> Rows:
    """The variant of an asynchronous endpoint: its queue, and what becomes of the requests in it."""
    lost = {
        "failed": metrics.INVOCATION_FAILURES,
        "expired": metrics.EXPIRED_REQUESTS,
        "not downloaded": metrics.REQUEST_DOWNLOAD_FAILURES,
        "not uploaded": metrics.RESPONSE_UPLOAD_FAILURES,
        "not notified": metrics.NOTIFICATION_FAILURES,
    }
    times = {"in backlog": metrics.TIME_IN_BACKLOG, "in all": metrics.TOTAL_PROCESSING_TIME}
    return [
        [
            Graph("Backlog, requests", curves({"requests": metrics.BACKLOG_SIZE})),
            Graph(
                "Backlog per instance, requests",
                curves({"requests": metrics.BACKLOG_SIZE_PER_INSTANCE}),
                of.target("backlog", "target_per_instance"),
            ),
            Graph("Age of the oldest request, s", curves({"age": metrics.AGE_OF_OLDEST_REQUEST})),
        ],
        [
            Graph("Requests processed a minute", curves({"processed": metrics.INVOCATIONS_PROCESSED})),
            Graph("Requests lost a minute", curves(lost)),
            failed_share(of, failed_percent_of_answers()),
        ],
        [failed(), latency(of), Graph("Time of a request, ms", latencies("p99", times))],
        [*utilization(of), *instances(of)],
        *policies(of),
    ]


def serverless(of: Shown) -> Rows:
    """The variant of a serverless endpoint, which has no instances."""
    provisioned = getattr(of.scaling, "provisioned", None)
    tracked = provisioned.utilization if provisioned else None
    set_up = {"set-up": metrics.MODEL_SETUP_TIME}
    handled = {
        "on provisioned concurrency": metrics.PROVISIONED_CONCURRENCY_INVOCATIONS,
        "spilled over": metrics.PROVISIONED_CONCURRENCY_SPILLOVER_INVOCATIONS,
    }
    return [
        [
            invocations(),
            Graph(
                "Concurrency in use, share of the most",
                curves({"share": metrics.CONCURRENT_EXECUTIONS_UTILIZATION}),
                highest=1,
            ),
            Graph("Memory, percent", curves({"memory": metrics.MEMORY_UTILIZATION}), highest=100),
        ],
        [failed_share(of, failed_percent()), failed(), latency(of, _OVERHEAD)],
        [
            Graph(
                "Provisioned concurrency in use, share",
                curves({"share": metrics.PROVISIONED_CONCURRENCY_UTILIZATION}),
                line(tracked and tracked.target_utilization, "target"),
                highest=1,
            ),
            Graph(
                "Executions on provisioned concurrency",
                curves({"executions": metrics.PROVISIONED_CONCURRENCY_EXECUTIONS}),
                bounds(provisioned),
            ),
            Graph("Invocations a minute, by capacity", curves(handled)),
            Graph("Cold starts, ms", [*latencies("p50", set_up), *latencies("p99", set_up)]),
        ],
    ]


def component(of: Shown) -> Rows:
    """The copies of an inference component."""
    used = {"CPU": metrics.COMPONENT_CPU_UTILIZATION, "memory": metrics.COMPONENT_MEMORY_UTILIZATION}
    gpus = {"GPU": metrics.COMPONENT_GPU_UTILIZATION, "GPU memory": metrics.COMPONENT_GPU_MEMORY_UTILIZATION}
    copies = Series("copies", count(COPIES, of.measured.publish_seconds))
    return [
        [
            invocations(),
            Graph(
                "Invocations per copy and minute",
                curves({"invocations": metrics.INVOCATIONS_PER_COPY}),
                of.target("invocations", "target_per_copy_per_minute"),
            ),
            Graph(
                "Concurrent requests per copy, at most",
                curves({"requests": metrics.CONCURRENT_REQUESTS_PER_COPY}),
                of.target("concurrency", "target_per_copy"),
            ),
        ],
        [failed_share(of, failed_percent()), failed(_MODEL_ERRORS), latency(of, _OVERHEAD)],
        [
            Graph("Utilisation, percent of what is reserved", curves(used | gpus if of.has_gpus else used)),
            Graph("Copies in service", [copies], bounds(of.scaling)),
            Graph("Requests without a copy a minute", curves({"failed": metrics.NO_CAPACITY_INVOCATION_FAILURES})),
        ],
        *policies(of),
    ]


def component_host(of: Shown) -> Rows:
    """The fleet that carries inference components."""
    used = {
        "CPU": metrics.CPU_UTILIZATION_NORMALIZED,
        "memory": metrics.MEMORY_UTILIZATION,
        "disk": metrics.DISK_UTILIZATION,
    }
    reserved = {"CPU": metrics.CPU_RESERVATION, "memory": metrics.MEMORY_RESERVATION}
    if of.has_gpus:
        used |= {
            "GPU": metrics.GPU_UTILIZATION_NORMALIZED,
            "GPU memory": metrics.GPU_MEMORY_UTILIZATION_NORMALIZED,
        }
        reserved |= {"GPU": metrics.GPU_RESERVATION}
    return [
        [
            Graph("Utilisation of instances, percent", curves(used), highest=100),
            Graph("Reserved by copies, percent", curves(reserved), highest=100),
            *instances(of),
        ]
    ]
